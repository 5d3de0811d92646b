"""Log-in, log-out and refusals go to the audit; what was typed does not."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

from nervelight.record import audit
from nervelight.record.models import Account

__all__ = ["connect"]


def connect() -> None:
    """Listen; after django-axes, which says whether a refusal locks."""
    for signal, listener in (
        (user_logged_in, _logged_in),
        (user_logged_out, _logged_out),
        (user_login_failed, _refused),
    ):
        signal.connect(listener, dispatch_uid=f"nervelight.{listener.__name__}")


def _logged_in(user: Account, **_: Any) -> None:
    audit.append("log in", actor=user, patient=user.patient_id)


def _logged_out(request: Any, user: Account | None, **_: Any) -> None:
    if user is not None:
        about = "left alone" if getattr(request, "left_alone", False) else ""
        audit.append("log out", actor=user, patient=user.patient_id, about=about)


def _refused(credentials: dict[str, Any], request: Any = None, **_: Any) -> None:
    locks = getattr(request, "axes_locked_out", False)
    if locks and request.axes_failures_since_start is None:
        # Locked before: whoever goes on trying fills no audit.
        return
    typed = str(credentials.get("username") or "").strip().lower()
    account = Account.objects.filter(login=typed).first()
    audit.append("lock out" if locks else "log in refused", actor=None, about=account.pk if account else "unknown name")
