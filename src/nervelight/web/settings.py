"""Settings of Django. What differs from place to place comes from the environment and the user's data folder.

``NERVELIGHT_DATA``          folder of the database and the keys
``NERVELIGHT_DATABASE_URL``  another database, such as ``postgres://user@host/name``
``NERVELIGHT_SITE_KEY_FILE`` the key that wraps the keys of people, where it shall not stand in the folder
``NERVELIGHT_HOSTS``         host names under which the clinic is reached, by commas
``NERVELIGHT_WARM_UP``       0 where the first preview may take seconds and the start shall take less
``NERVELIGHT_HTTPS``         1 where a proxy in front of it speaks HTTPS
``NERVELIGHT_PROXY``         address that the proxy connects from, 127.0.0.1 unless said otherwise

Behind a proxy: it ends HTTPS and passes requests on to `nervelight serve`, which stays on 127.0.0.1. It passes
``Host`` on as the browser sent it, and sets ``X-Forwarded-Proto`` (``https``) and ``X-Forwarded-For`` (the browser's
address) itself, whatever the browser sent under these names; `nervelight serve` believes them from NERVELIGHT_PROXY
alone and drops them from anybody else. With NERVELIGHT_HTTPS=1 plain HTTP is led to HTTPS, cookies travel over HTTPS
only, and browsers are told to remember that for a year. `nervelight check --deploy` says what is missing.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from nervelight.documents import user_folder
from nervelight.record.home import database_settings, site_key_file

HOME = user_folder()
WEB = Path(__file__).parent

_secret_file = HOME / "session.key"
# Made by `nervelight serve`; what runs without it (checks, backups) needs no sessions that last.
SECRET_KEY = _secret_file.read_text("ascii").strip() if _secret_file.exists() else secrets.token_urlsafe(50)
NERVELIGHT_SITE_KEY_FILE = site_key_file()

DEBUG = False
WARM_UP = os.environ.get("NERVELIGHT_WARM_UP") != "0"
HTTPS = os.environ.get("NERVELIGHT_HTTPS") == "1"
NERVELIGHT_HOSTS = [host.strip() for host in os.environ.get("NERVELIGHT_HOSTS", "").split(",") if host.strip()]
NERVELIGHT_PROXY = os.environ.get("NERVELIGHT_PROXY", "127.0.0.1") if HTTPS else None
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *NERVELIGHT_HOSTS]
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in NERVELIGHT_HOSTS] if HTTPS else []
CSRF_FAILURE_VIEW = "nervelight.web.accounts.views.form_too_old"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "axes",
    "nervelight.record.apps.RecordConfig",
    "nervelight.web.apps.WebConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "nervelight.web.middleware.ClinicMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "nervelight.web.access.AccessMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "nervelight.web.urls"
WSGI_APPLICATION = "nervelight.web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "nervelight.web.context.clinic",
            ]
        },
    }
]
FORM_RENDERER = "nervelight.web.forms.Renderer"

DATABASES: dict[str, Any] = {"default": database_settings()}

AUTH_USER_MODEL = "record.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "nervelight.web.accounts.backend.AccountBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"

# Five wrong passwords for one login from one address, then a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"
AXES_RESET_ON_SUCCESS = True
# Who tries while they are locked out waits no longer for it: the page says how long, and keeps its word.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "nervelight.web.accounts.lockout.locked"
AXES_VERBOSE = False
# Nothing that was typed is kept: names as hashes, forms not at all, and the audit says who logged in.
AXES_USERNAME_CALLABLE = "nervelight.web.accounts.lockout.hashed_login"
AXES_SENSITIVE_PARAMETERS = ["username", "password", "next", "csrfmiddlewaretoken"]
AXES_DISABLE_ACCESS_LOG = True

OTP_TOTP_ISSUER = "Nervelight"

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_EXPIRE_AT_BROWSER_CLOSE = False
# Longer than anybody may be idle, so that who was away is told why they log in again.
SESSION_COOKIE_AGE = 15 * 24 * 3600
STAFF_IDLE_SECONDS = 30 * 60
"""A clinician's or administrator's session ends after so long without a request."""
PATIENT_IDLE_SECONDS = 14 * 24 * 3600
"""Somebody with sore hands does not type a password on their own phone before each session."""
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if HTTPS:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        # Pictures of the library are SVG with style attributes; an attribute runs nothing.
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "static/"
STATIC_ROOT = None
# The style sheet of plan and review is the first of the two of a page: one look, kept in one place.
STATICFILES_DIRS = [WEB / "static", WEB.parent / "report" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [WEB / "locale"]
USE_I18N = True
FORMAT_MODULE_PATH = ["nervelight.web.formats"]
USE_TZ = True
TIME_ZONE = "UTC"

DATA_UPLOAD_MAX_MEMORY_SIZE = 16 * 1024 * 1024
# A file of a person stays in memory until it is sealed: a temporary file would hold it readable. What is larger than
# the form takes is read as well, as far as the server lets it in, so that the form can say how large it is.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = LARGEST_REQUEST = 32 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS: list[str] = []

# Nothing of a request's body, and no name, goes into a log: paths carry ids only.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "nervelight.web.logs.Line", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},
}
