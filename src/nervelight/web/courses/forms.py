"""Forms of a course: a session, a note of a day, a decision, an end."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from nervelight.optics import device, device_ids
from nervelight.planning import Plan
from nervelight.planning.diary import SkinCheck
from nervelight.planning.review import DecisionWord, Review
from nervelight.record.contents import DayNote, Session
from nervelight.report.words import distance as distance_text
from nervelight.report.words import duration as duration_text
from nervelight.web.forms import KEY_AT_MOST, Form, plain_text, up_to

__all__ = ["CourseForm", "DayForm", "DecisionForm", "EndForm", "ErrorForm", "SessionForm", "parse_minutes"]

LONGEST = 4000
UNANSWERED = "not asked"
# One hundred minutes on one field is no session of any trial here; a day is what a record takes.
MOST_SECONDS = 86400
_CLOCK = re.compile(r"(\d{1,4}):([0-5]\d)")
_NUMBER = re.compile(r"\d{1,4}([.,]\d{1,3})?")
SKIN_WORDS: Mapping[str, Any] = {
    "fine": gettext_lazy("Fine"),
    "redness that fades": gettext_lazy("Redness that fades"),
    "redness that lasts": gettext_lazy("Redness that lasts"),
    "blister": gettext_lazy("Blister"),
    "burn": gettext_lazy("Burn"),
    "wound": gettext_lazy("Wound"),
}
DECISION_WORDS: Mapping[str, Any] = {
    "continue": gettext_lazy("Continue"),
    "mend first": gettext_lazy("Mend first"),
    "adjust once": gettext_lazy("Adjust once"),
    "stop": gettext_lazy("Stop light"),
    "refer": gettext_lazy("Refer"),
}
assert set(SKIN_WORDS) == set(get_args(SkinCheck))
assert set(DECISION_WORDS) == set(get_args(DecisionWord))


def parse_minutes(text: str) -> float:
    """Return seconds from minutes as people write them: ``1:45``, ``1.75``, ``1,75``.

    Examples
    --------
    >>> parse_minutes("1:45"), parse_minutes("1,75")
    (105.0, 105.0)
    """
    text = text.strip()
    if clock := _CLOCK.fullmatch(text):
        seconds = 60.0 * int(clock[1]) + int(clock[2])
    elif _NUMBER.fullmatch(text):
        seconds = round(60.0 * float(text.replace(",", ".")), 3)
    else:
        raise ValidationError(_("Minutes, such as 1:45 or 1.75."))
    if not 0 < seconds <= MOST_SECONDS:
        raise ValidationError(_("A time above zero and up to 24 hours."))
    return seconds


def shown_minutes(seconds: float) -> str:
    """Return seconds as minutes to edit: ``1:45``."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}" if abs(whole - seconds) < 1e-6 else f"{seconds / 60:g}"


class CourseForm(Form):
    """A form about a day of a course that is written once however often it is sent."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=KEY_AT_MOST)

    def __init__(self, data: Any = None, *, latest: dt.date, initial: Mapping[str, Any] | None = None) -> None:
        self.latest = latest
        super().__init__(data, initial={"key": uuid.uuid4().hex, "day": latest, **(initial or {})})
        if "day" in self.fields:
            self.fields["day"].widget = forms.DateInput(
                attrs={"type": "date", "max": latest.isoformat()}, format="%Y-%m-%d"
            )

    def clean_day(self) -> dt.date:
        """Refuse a day that cannot be."""
        day: dt.date = self.cleaned_data["day"]
        up_to(self.latest)(day)
        return day


def _words(label: Any, help_text: Any = "", rows: int = 2, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST,
        validators=[plain_text],
        widget=forms.Textarea(attrs={"rows": rows}),
        **more,
    )


def _pain(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        required=False,
        choices=[(str(k), str(k)) for k in range(11)],
        coerce=float,
        empty_value=None,
        widget=forms.RadioSelect(attrs={"class": "tap-row"}),
    )


class SessionForm(CourseForm):
    """One session as given. Nothing clinical is filled in: what was as planned is said with one tap."""

    units: ClassVar[dict[str, str]] = {"distance": "cm"}

    plan = forms.CharField(widget=forms.HiddenInput, max_length=64)
    amends = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    day = forms.DateField(label=gettext_lazy("Day"))
    where = forms.ChoiceField(
        label=gettext_lazy("Where"),
        choices=[("home", gettext_lazy("At home")), ("clinic", gettext_lazy("In the clinic"))],
        widget=forms.RadioSelect(attrs={"class": "tap-row words"}),
    )
    lit = forms.MultipleChoiceField(
        label=gettext_lazy("Which fields were lit"),
        help_text=gettext_lazy("Tick each one yourself, with its side."),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "tap-column"}),
        error_messages={"required": gettext_lazy("Tick each field that was lit.")},
    )
    site_checked = forms.BooleanField(label=gettext_lazy("Site and side were checked before the light"), required=False)
    as_planned = forms.BooleanField(label=gettext_lazy("Time, lamp and distance were as planned"), required=False)
    lamp = forms.ChoiceField(label=gettext_lazy("Lamp"), required=False)
    distance = forms.FloatField(
        label=gettext_lazy("Distance from lamp to skin"),
        required=False,
        min_value=0,
        max_value=500,
        help_text=gettext_lazy("Empty where it was not measured."),
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
    )
    eyes = forms.ChoiceField(
        label=gettext_lazy("Were the eyes protected"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No")), (UNANSWERED, gettext_lazy("Not asked"))],
        widget=forms.RadioSelect(attrs={"class": "tap-row words"}),
    )
    skin = forms.ChoiceField(
        label=gettext_lazy("The skin afterwards"),
        choices=[*SKIN_WORDS.items(), (UNANSWERED, gettext_lazy("Nobody looked"))],
        widget=forms.RadioSelect(attrs={"class": "tap-column"}),
    )
    before = _pain(gettext_lazy("Pain just before, 0 to 10"))
    after = _pain(gettext_lazy("Pain just after, 0 to 10"))
    stopped_early = _words(gettext_lazy("Stopped early: why"), required=False)
    note = _words(gettext_lazy("Note"), required=False)

    def __init__(
        self,
        data: Any = None,
        *,
        plan_id: str,
        plan: Plan,
        latest: dt.date,
        known: Session | None = None,
        amends: str = "",
        day: dt.date | None = None,
    ) -> None:
        assert plan.prescription is not None and plan.lamp is not None
        self.in_force, self.names = plan, plan.prescription.fields
        self.planned_seconds = plan.prescription.time_per_field_s
        initial: dict[str, Any] = {"plan": plan_id, "amends": amends}
        if known is not None:
            initial |= _initial(known, self.names) | {"day": day}
        super().__init__(data, latest=latest, initial=initial)
        self.fields["lit"].choices = [(name, name) for name in self.names]  # type: ignore[attr-defined]
        self.fields["lamp"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose the lamp")),
            *((name, f"{device(name).manufacturer} {device(name).model}") for name in device_ids()),
        ]
        planned = duration_text(self.planned_seconds)
        lamp = device(plan.lamp.device)
        self.fields["as_planned"].help_text = _(
            "Planned: %(time)s on each field, %(lamp)s at %(distance)s. Otherwise fill in what was different."
        ) % {
            "time": planned,
            "lamp": f"{lamp.manufacturer} {lamp.model}",
            "distance": distance_text(plan.lamp.distance_mm),
        }
        for number, name in enumerate(self.names):
            field = forms.CharField(
                label=_("Time on %(field)s") % {"field": name},
                help_text=_("Planned: %(time)s.") % {"time": planned},
                required=False,
                max_length=20,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": "min:s"}),
            )
            field.unit = "min"  # type: ignore[attr-defined]
            self.fields[f"time_{number}"] = field
            if known is not None and name in known.seconds:
                self.initial[f"time_{number}"] = shown_minutes(known.seconds[name])
        self.order_fields(
            ["day", "where", "lit", "site_checked", "as_planned", *(f"time_{k}" for k in range(len(self.names)))]
        )
        self.use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        """Hold times, lamp and distance against what was ticked."""
        given = self.cleaned_data
        lit = given.get("lit") or []
        planned = given.get("as_planned")
        self.seconds: dict[str, float] = {}
        for number, name in enumerate(self.names):
            text, where = given.get(f"time_{number}") or "", f"time_{number}"
            try:
                seconds = parse_minutes(text) if text else None
            except ValidationError as problem:
                self.add_error(where, problem)
                continue
            if seconds is not None and name not in lit:
                self.add_error(where, _("Tick this field too, or leave its time empty."))
            elif seconds is not None and planned and abs(seconds - self.planned_seconds) > 1:
                self.add_error(where, _("This is not the planned time: untick “as planned”, or leave it empty."))
            elif name in lit and seconds is None and not planned:
                self.add_error(where, _("How long was it lit? Or tick “as planned”."))
            elif name in lit:
                self.seconds[name] = seconds if seconds is not None else self.planned_seconds
        lamp = self.in_force.lamp
        assert lamp is not None
        if not planned and not given.get("lamp") and "lamp" not in self.errors:
            self.add_error("lamp", _("Which lamp was it? Or tick “as planned”."))
        elif planned and given.get("lamp") not in ("", None, lamp.device):
            self.add_error("lamp", _("This is not the planned lamp: untick “as planned”, or choose none."))
        distance = given.get("distance")
        if planned and distance is not None and abs(10 * distance - lamp.distance_mm) > 1:
            self.add_error("distance", _("This is not the planned distance: untick “as planned”, or leave it empty."))
        return given

    def session(self) -> Session:
        """Return the session of a form that is valid."""
        given, lamp = self.cleaned_data, self.in_force.lamp
        assert lamp is not None
        planned = given["as_planned"]
        distance = None if given["distance"] is None else round(10 * given["distance"], 6)
        return Session(
            plan=given["plan"],
            lamp=lamp.device if planned else given["lamp"],
            distance_mm=lamp.distance_mm if planned else distance,
            seconds=self.seconds,
            site_checked=given["site_checked"],
            eyes_protected={"yes": True, "no": False}.get(given["eyes"]),
            skin=None if given["skin"] == UNANSWERED else given["skin"],
            before=given["before"],
            after=given["after"],
            stopped_early=given["stopped_early"],
            note=given["note"],
            where=given["where"],
        )


def _initial(known: Session, names: tuple[str, ...]) -> dict[str, Any]:
    """Return what a correction begins with: the session as it was written down."""
    return {
        "where": known.where,
        "lit": [name for name in names if name in known.seconds],
        "site_checked": known.site_checked,
        "lamp": known.lamp,
        "distance": None if known.distance_mm is None else f"{known.distance_mm / 10:g}",
        "eyes": {True: "yes", False: "no", None: UNANSWERED}[known.eyes_protected],
        "skin": known.skin or UNANSWERED,
        "before": None if known.before is None else f"{known.before:g}",
        "after": None if known.after is None else f"{known.after:g}",
        "stopped_early": known.stopped_early,
        "note": known.note,
    }


class DayForm(CourseForm):
    """What else happened on a day."""

    day = forms.DateField(label=gettext_lazy("Day"))
    other_treatment = _words(
        gettext_lazy("What changed in other treatment"),
        gettext_lazy("A drug begun, stopped or changed in amount; physiotherapy; anything that may explain a change."),
        required=False,
    )
    note = _words(gettext_lazy("Anything else"), required=False)

    def clean(self) -> dict[str, Any]:
        """Refuse a note that says nothing."""
        if not (self.cleaned_data.get("other_treatment") or self.cleaned_data.get("note")):
            raise ValidationError(_("Nothing is written yet."))
        return self.cleaned_data

    def content(self) -> DayNote:
        """Return the note of a form that is valid."""
        return DayNote(other_treatment=self.cleaned_data["other_treatment"], note=self.cleaned_data["note"])


class DecisionForm(CourseForm):
    """What the clinician makes of a card."""

    card = forms.CharField(widget=forms.HiddenInput, max_length=64)
    """Hash of the card that was shown."""
    word = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=[
            ("accept", gettext_lazy("Accept the proposal")),
            ("edit", gettext_lazy("Decide something else")),
            ("reject", gettext_lazy("Reject the card: it settles nothing")),
        ],
        widget=forms.RadioSelect(attrs={"class": "tap-column"}),
    )
    instead = forms.ChoiceField(
        label=gettext_lazy("What instead"),
        required=False,
        help_text=gettext_lazy("Only where you decide something else."),
        choices=[("", pgettext_lazy("choice", "Nothing chosen")), *DECISION_WORDS.items()],
    )
    reason = _words(gettext_lazy("Reason"), gettext_lazy("In your own words; it stands in the record."))
    actions = forms.MultipleChoiceField(
        label=gettext_lazy("Actions that become tasks"),
        required=False,
        help_text=gettext_lazy("With the time that the card gives. A card that is rejected makes none."),
        widget=forms.CheckboxSelectMultiple(attrs={"class": "tap-column"}),
    )

    def __init__(self, data: Any = None, *, card: Review, sha256: str, latest: dt.date) -> None:
        super().__init__(data, latest=latest, initial={"card": sha256})
        self.proposal = card.decision
        choices = [(str(k), f"{action.within}: {action.text}") for k, action in enumerate(card.actions)]
        if choices:
            self.fields["actions"].choices = choices  # type: ignore[attr-defined]
            self.initial["actions"] = [number for number, _text in choices]
        else:
            del self.fields["actions"]
        self.order_fields(["word", "instead", "reason", "actions"])
        self.use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        """Ask what holds instead where the proposal does not."""
        word, instead = self.cleaned_data.get("word"), self.cleaned_data.get("instead")
        if word == "edit" and not instead and "instead" not in self.errors:
            self.add_error("instead", _("What do you decide instead?"))
        elif word == "edit" and instead == self.proposal:
            self.add_error("instead", _("This is the proposal itself: accept it, or choose another decision."))
        elif word in ("accept", "reject") and instead:
            self.add_error("instead", _("Choose nothing here, or “Decide something else” above."))
        return self.cleaned_data

    @property
    def decision(self) -> str | None:
        """The decision that holds; None for a card that is rejected."""
        given = self.cleaned_data
        held: dict[str, str | None] = {"accept": self.proposal, "edit": given["instead"], "reject": None}
        return held[given["word"]]

    @property
    def ticked(self) -> list[int]:
        """Which actions become tasks."""
        return [] if self.cleaned_data["word"] == "reject" else [int(k) for k in self.cleaned_data.get("actions", ())]


class EndForm(CourseForm):
    """Why a course ends."""

    day = forms.DateField(label=gettext_lazy("Last day of the course"))
    reason = _words(
        gettext_lazy("Why it ends"),
        gettext_lazy("Such as: plan completed, no benefit, harm, moved away, own wish."),
    )


class ErrorForm(CourseForm):
    """Why a session was entered in error."""

    known = forms.UUIDField(widget=forms.HiddenInput)
    """The version that was looked at."""
    reason = _words(
        gettext_lazy("Why it is an error"),
        gettext_lazy("Such as: wrong person, typed twice, never given. It stands in the record."),
    )
    harm_too = forms.BooleanField(
        label=gettext_lazy("The adverse event that its skin check made is an error too"),
        help_text=gettext_lazy("Only if this person's skin came to no harm. Its task stays until somebody closes it."),
        required=False,
    )

    def __init__(self, data: Any = None, *, known: str, with_harm: bool, latest: dt.date) -> None:
        super().__init__(data, latest=latest, initial={"known": known})
        if not with_harm:
            del self.fields["harm_too"]
        self.use_required_attribute = False
