"""Log-in, log-out and the set-up of a new clinic."""

from __future__ import annotations

from django.contrib.auth.views import LoginView, LogoutView

from nervelight.web.access import public
from nervelight.web.phone.offline import clearing

__all__ = ["log_in", "log_out"]

log_in = public(LoginView.as_view(template_name="accounts/login.html", redirect_authenticated_user=True))
log_out = public(clearing(LogoutView.as_view()))
