"""The case as a form: what stands in it so far, and what is wrong or missing at its field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField
from django.forms.utils import ErrorDict, ErrorList
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from nervelight.assessment import READING_TESTS, instrument
from nervelight.errors import Fault
from nervelight.web.forms import Form
from nervelight.web.plans.case_asks import ASKS, PARTS, UNIT_WORDS, UNITS, Ask, Part
from nervelight.web.plans.case_choices import (
    CHOOSE,
    AnchorChoice,
    Choices,
    anchors_of,
    choices_of,
    keys_of_test,
    names_of_drugs,
    scenarios_of,
    with_given,
)
from nervelight.web.plans.case_document import (
    ASKED,
    FIXED,
    MOST_ROWS,
    QUANTITY,
    REMOVE,
    ROWS,
    Raw,
    answers_of,
    input_name,
    row_count,
)
from nervelight.web.plans.widgets import Day, Entries, Few, Line, Lines, Quantity, Select, Ticks, is_number

__all__ = ["CaseForm", "posted", "spare_rows"]

SPARE = {"scores": 2, "lamp.readings": 1, "care.goals": 1}
SPARE_DRUGS = 3
UNIT = "-unit"


class CaseForm(Form):
    """Shows a document; what is wrong with it stands at its fields.

    Parameters
    ----------
    document : mapping
        As in a case file, whole or not.
    faults : iterable of Fault
        What to show as wrong.
    spare : mapping
        Rows to add that are still to be filled in.
    missing : iterable of Fault
        What a plan needs besides; it is counted, and not shown as wrong.
    """

    use_required_attribute = False

    def __init__(
        self,
        document: Mapping[str, Any],
        faults: Iterable[Fault] = (),
        spare: Mapping[str, Sequence[dict[str, Any]]] | None = None,
        missing: Iterable[Fault] = (),
    ) -> None:
        self.document, self.faults, self.missing = document, tuple(faults), tuple(missing)
        spare = spare_rows() if spare is None else spare
        super().__init__(initial=answers_of(document, spare))
        for path in FIXED:
            self._add(path, path)
        for path in ROWS:
            self.fields[row_count(path)] = forms.CharField(widget=forms.HiddenInput)
            for index in range(int(str(self.initial[row_count(path)]))):
                self._add_row(path, index)

    def _add_row(self, path: str, index: int) -> None:
        test = str(self.initial.get(input_name(f"readings[{index}].test"), "")) if path == "readings" else ""
        for key in ROWS[path]:
            place = f"{path}[{index}].{key}"
            if path != "readings" or key in keys_of_test(test) or self.initial[input_name(place)]:
                self._add(place, f"{path}.{key}", test)
        self.fields[input_name(f"{path}[{index}].{REMOVE}")] = forms.CharField(
            label=_("Take this out"), required=False, widget=forms.CheckboxInput
        )

    def _add(self, path: str, kind: str, test: str = "") -> None:
        ask, name = ASKS[kind], input_name(path)
        given = self.initial.get(name, "")
        choices = with_given(choices_of(ask.choices, self.document, test), given)
        self.fields[name] = field = forms.CharField(
            label=ask.label, help_text=str(ask.help), required=ask.required, widget=_widget(kind, ask, choices)
        )
        field.unit = ask.unit  # type: ignore[attr-defined]

    def full_clean(self) -> None:
        """Put each fault at its field; those that belong to none stand for themselves."""
        self._errors = ErrorDict(renderer=self.renderer)
        for fault in self.faults:
            name = self._place(fault.path)
            self._errors.setdefault(name, ErrorList(renderer=self.renderer)).append(_told(fault))

    def _place(self, path: str) -> str:
        """Return the name of the field that a fault belongs to, or ``__all__``."""
        while path:
            rows = (f"{path}[0].instrument", *(f"{path}.{key}" for key in ("what", "instrument", "date")))
            for name in map(input_name, (path, *rows)):
                if name in self.fields and not self[name].is_hidden:
                    return name
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return "__all__"

    @cached_property
    def parts(self) -> list[dict[str, Any]]:
        """The parts with their fields, rows and what is wrong or missing in them."""
        return [self._part(part) for part in PARTS]

    @cached_property
    def needed(self) -> list[BoundField]:
        """The fields that a plan still needs."""
        names = dict.fromkeys(self._place(fault.path) for fault in self.missing)
        return [self[name] for name in names if name in self.fields]

    def _part(self, part: Part) -> dict[str, Any]:
        rows = [
            self._row(part, index) for index in range(int(str(self.initial[row_count(part.rows)])) if part.rows else 0)
        ]
        aside = [self[input_name(path)] for path in part.aside]
        fields = [self[input_name(path)] for path in part.paths]
        every = [*fields, *aside, *(field for row in rows for field in row["fields"])]
        return {
            "part": part,
            "fields": fields,
            "aside": aside,
            "aside_open": any(field.value() or field.errors for field in aside),
            "rows": rows,
            "count": self[row_count(part.rows)] if part.rows else None,
            "wrong": sum(len(field.errors) for field in every),
            "needed": sum(field in every for field in self.needed),
        }

    def _row(self, part: Part, index: int) -> dict[str, Any]:
        keys = [key for key in ROWS[part.rows] if input_name(f"{part.rows}[{index}].{key}") in self.fields]
        found = [self[input_name(f"{part.rows}[{index}].{key}")] for key in keys]
        folded = [field for key, field in zip(keys, found, strict=True) if key.startswith(("levels", "weight"))]
        test = str(self.initial.get(input_name(f"readings[{index}].test"), "")) if part.rows == "readings" else ""
        return {
            "number": index + 1,
            "name": instrument(test).name if test in READING_TESTS else "",
            "fields": found,
            "hidden": [field for field in found if field.is_hidden],
            "shown": [field for field in found if not field.is_hidden and field not in folded],
            "folded": folded,
            "folded_open": any(field.value() or field.errors for field in folded),
            "filled": any(field.value() for field in found),
            "remove": self[input_name(f"{part.rows}[{index}].{REMOVE}")],
        }

    @cached_property
    def wrong(self) -> list[tuple[BoundField | None, str]]:
        """Everything that is wrong, in the order of the form, each with its field."""
        listed: list[tuple[BoundField | None, str]] = [(None, str(error)) for error in self.non_field_errors()]
        for part in self.parts:
            rows = (field for row in part["rows"] for field in row["fields"])
            for field in (*part["fields"], *part["aside"], *rows):
                listed += [(field, str(error)) for error in field.errors]
        return listed

    @cached_property
    def anchors(self) -> list[AnchorChoice]:
        """Lights on record for the condition, the best to follow first."""
        return anchors_of(self.document)

    @property
    def unusable_anchors(self) -> list[AnchorChoice]:
        """Those that are not offered first: what they lack stands beside."""
        return [choice for choice in self.anchors if not choice.usable and not choice.chosen]

    @property
    def has_scenarios(self) -> bool:
        """Whether the chosen study has several lights or readings, or one was named."""
        return bool(scenarios_of(str(self.document.get("anchor") or "")) or self.document.get("anchor_scenario"))

    @property
    def target(self) -> BoundField:
        """The field of what the light is meant for, which the place decides."""
        return self["site-target"]

    @property
    def tests(self) -> Choices:
        """Tests of which a row can be added."""
        return [(name, instrument(name).name) for name in READING_TESTS]

    @property
    def drugs(self) -> tuple[str, ...]:
        """Names to offer for drugs that make skin sensitive to light."""
        return names_of_drugs()


def spare_rows(more: str = "", test: str = "") -> dict[str, list[dict[str, Any]]]:
    """Return the rows that a form offers to fill in, with some more of one list."""
    rows: dict[str, list[dict[str, Any]]] = {path: [{} for _row in range(number)] for path, number in SPARE.items()}
    if more == "readings":
        rows["readings"] = [{"test": test}]
    elif more in ROWS:
        rows[more] = [*rows[more], {}]
    return rows


def posted(data: Any) -> dict[str, Raw]:
    """Return the answers of a form that was sent."""
    answers: dict[str, Raw] = {}
    for path, kind in FIXED.items():
        name = input_name(path)
        answers[name] = data.getlist(name) if kind.several else _given(data, name, kind is QUANTITY)
    if data.get("lamp-distance-choose"):
        answers["lamp-distance"] = CHOOSE
    for path, kinds in ROWS.items():
        count = data.get(row_count(path), "")
        if not (count.isdecimal() and len(count) < 4):
            continue
        answers[row_count(path)] = count
        for index in range(min(int(count), MOST_ROWS)):
            for key, kind in kinds.items():
                name = input_name(f"{path}[{index}].{key}")
                answers[name] = _given(data, name, kind is QUANTITY)
            name = input_name(f"{path}[{index}].{REMOVE}")
            answers[name] = data.get(name, "")
    return answers


def _given(data: Any, name: str, has_unit: bool) -> str:
    text = str(data.get(name, "")).strip()
    unit = data.get(f"{name}{UNIT}", "") if has_unit else ""
    if unit and is_number(text.replace(",", ".")):
        return f"{text.replace(',', '.')} {unit}"
    # What is no number keeps the unit that was chosen, so that putting the number right is enough.
    return f"{text} {unit}" if unit and text and not any(sign.isdigit() for sign in text) else text


def _told(fault: Fault) -> str:
    allowed = fault.allowed.removeprefix("required: ")
    if fault.value is None:
        text = f"Needed: {allowed.removeprefix('required, ')}"
    else:
        text = f"{allowed[:1].upper()}{allowed[1:]}"
    return f"{text} ({fault.suggestion})" if fault.suggestion else f"{text.rstrip('.')}."


def _widget(kind: str, ask: Ask, choices: Choices) -> forms.Widget:
    if kind in UNITS:
        units = [(unit, UNIT_WORDS.get(unit, unit)) for unit in UNITS[kind]]
        return Quantity(units, CHOOSE if kind == "lamp.distance" else "")
    made: Mapping[str, Callable[[], forms.Widget]] = {
        "hidden": forms.HiddenInput,
        "ticks": lambda: Ticks(choices=choices),
        "entries": lambda: Entries(ASKED, SPARE_DRUGS, "drug-names"),
        "radio": lambda: Few(choices),
        "lines": lambda: Lines({"rows": 3}),
        "date": Day,
    }
    if ask.shape in made:
        return made[ask.shape]()
    if ask.choices:
        return Select(choices=[("", "–"), *choices])
    return Line({"autocomplete": "off", "maxlength": 500})
