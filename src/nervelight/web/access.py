"""Who may see which page: nobody, until the view says who.

Each view says its roles with `allow`, or that it is `public`. A view that says nothing is refused to everybody. A URL
that names a patient is refused to who is not of the patient's clinic, and each request for it is written to the audit,
reads as well; a patient's own pages name nobody and are about the account's patient. An account with a second factor
sees nothing until it has given a code.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect

from nervelight.record import audit
from nervelight.record.keys import KeyMissing
from nervelight.record.models import Account, Clinic, Course, Patient, PersonKey
from nervelight.web.accounts import second_factor

__all__ = [
    "ADMINISTRATOR",
    "API",
    "CLINICIAN",
    "PATIENT",
    "PUBLIC",
    "STAFF",
    "AccessMiddleware",
    "allow",
    "clinic_of_this_place",
    "public",
]

CLINICIAN, PATIENT, ADMINISTRATOR = Account.Role.CLINICIAN, Account.Role.PATIENT, Account.Role.ADMINISTRATOR
STAFF = (CLINICIAN, ADMINISTRATOR)
PUBLIC = "public"
API = "/me/api/"
"""Addresses that programs ask: who is not logged in gets 401 there, not a page."""

View = TypeVar("View", bound=Callable[..., Any])


def allow(*roles: str, before_code: bool = False, erased: bool = False) -> Callable[[View], View]:
    """Let accounts of these roles see a view.

    Parameters
    ----------
    *roles : str
        Of accounts.
    before_code : bool
        Also while they owe the code of their second factor.
    erased : bool
        Also about a person whose data were erased; every other page of such a person is gone.
    """

    def mark(view: View) -> View:
        view.nervelight_roles = frozenset(roles)  # type: ignore[attr-defined]
        view.nervelight_before_code = before_code  # type: ignore[attr-defined]
        view.nervelight_erased = erased  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Let everybody see a view, also who has not logged in."""
    return allow(PUBLIC)(view)


class AccessMiddleware:
    """Refuses every view to whom it was not opened."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on."""
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Callable[..., Any], _args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Decide before the view runs."""
        roles: frozenset[str] = getattr(view, "nervelight_roles", frozenset())
        if PUBLIC in roles:
            return None
        account = request.user
        if not account.is_authenticated:
            if not roles:
                raise PermissionDenied
            return _lead(request, "login")
        if not getattr(view, "nervelight_before_code", False) and second_factor.is_asked(account):
            return _lead(request, "code")
        if account.role not in roles:
            raise PermissionDenied
        request.patient = _patient(account, kwargs)
        if request.patient is not None and request.patient.erased_at and not getattr(view, "nervelight_erased", False):
            raise Http404
        request.course = _course(request.patient, kwargs)
        if request.patient is not None:
            match = request.resolver_match
            verb = "read" if request.method in ("GET", "HEAD") else "send"
            page = f"{match.url_name} {kwargs.get('course', '')}".strip()
            audit.append(verb, actor=account, patient=request.patient.pk, about=page)
        return None

    def process_exception(self, request: Any, problem: Exception) -> None:
        """Answer that nothing is there where a person was erased while a view worked on their record."""
        person = getattr(request, "patient", None)
        if isinstance(problem, KeyMissing) and person and not PersonKey.objects.filter(patient=person).exists():
            raise Http404 from problem


def _lead(request: Any, page: str) -> HttpResponse:
    """Lead to a page that leads back; programs and renewed parts are told so in their own way."""
    if request.path.startswith(API):
        return JsonResponse({"error": page}, status=401)
    if request.htmx:
        back = request.htmx.current_url_abs_path or "/"
        return HttpResponseClientRedirect(_with_next(page, back))
    back = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        # Some addresses only take what is sent: back to the page that it was sent from.
        sent_from = urlsplit(request.META.get("HTTP_REFERER", ""))
        back = sent_from.path if sent_from.netloc == request.get_host() else "/"
    return redirect(_with_next(page, back))


def _with_next(page: str, back: str) -> str:
    return f"{reverse(page)}?{urlencode({'next': back})}"


def _patient(account: Account, kwargs: dict[str, Any]) -> Patient | None:
    if account.role == PATIENT:
        if "patient" in kwargs:
            raise PermissionDenied
        if account.patient is None or account.patient.erased_at is not None:
            raise PermissionDenied
        return account.patient
    if "patient" not in kwargs:
        return None
    patient = (
        Patient.objects.filter(pk=kwargs["patient"], clinic=account.clinic_id).select_related("clinic", "key").first()
    )
    if patient is None:
        # Whether there is such a person in another clinic is nobody's business.
        raise Http404
    return patient


def _course(patient: Patient | None, kwargs: dict[str, Any]) -> Course | None:
    if "course" not in kwargs:
        return None
    course = Course.objects.filter(pk=kwargs["course"], patient=patient).select_related("signed_plan", "clinic").first()
    if patient is None or course is None:
        raise Http404
    course.patient = patient
    if course.signed_plan is not None:
        course.signed_plan.patient = patient
    return course


def clinic_of_this_place() -> Clinic | None:
    """Return the first clinic, by which pages before log-in know language and numbers; None before the set-up."""
    return Clinic.objects.order_by("pk").first()
