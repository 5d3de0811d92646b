"""Reading a diary: each faulty row is refused with its reason, and none is left out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from nervelight.assessment import check_score, instrument, instrument_ids, read_answers, red_flag_ids, score_answers
from nervelight.documents import Day, Text
from nervelight.errors import Fault, InvalidInput, closest
from nervelight.optics import device_ids
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay, SkinCheck
from nervelight.planning.diary_files import COLUMNS, ONE_LINE, UNITS, read_diary_file
from nervelight.units import bounded

__all__ = ["read_diary"]

# Two sessions of a day are one entry, so that their light adds up.
TWICE = "two sessions of one day are one row: with their times added"
NARROW = "a column too narrow for its dates shows # signs: widen it, and save again"
TEXTS = ("event", "other_treatment", "note")
_NUMBER = re.compile(r"[+-]?\d{1,9}(\.\d{1,9})?")
_COMMA = re.compile(r"\d+,\d+")
DECIMALS = "decimals with a point"
_DAY: TypeAdapter[dt.date] = TypeAdapter(Day)
_TYPES: Mapping[str, TypeAdapter[Any]] = {
    "time": TypeAdapter(bounded("s", "1 s", "24 h")),
    "distance": TypeAdapter(bounded("mm", "0 mm", "5 m")),
    "walk": TypeAdapter(bounded("mm", "1 m", "2000 m")),
    "skin": TypeAdapter(SkinCheck),
    "text": TypeAdapter(Text),
}


def read_diary(path: Path | str, today: dt.date | None = None) -> Diary:
    """Read and check a diary.

    Parameters
    ----------
    path : path-like
        A ``.csv`` file with one row a day, or YAML with the schema ``nervelight-diary-1``.
    today : date, optional
        Days after it are refused.

    Returns
    -------
    Diary
        Days in order of date, in whatever order they were written.

    Raises
    ------
    InvalidInput
        With every fault of every row: nothing is read in part.
    """
    path = Path(path)
    head, rows, faults = read_diary_file(path)
    days, seen = [], dict[dt.date, str]()
    for row, given in rows:
        reader = _Row(row, given)
        date = reader.date(today)
        if date is not None and date in seen:
            reader.fault("date", date.isoformat(), f"each day once; it stands in {seen[date]} already", TWICE)
        elif date is not None:
            seen[date] = row
        day = reader.day(date)
        if day is not None:
            days.append(day)
        faults += reader.faults
    if not rows and not any(fault.path == "days" for fault in faults):
        faults.append(Fault("file", None, "at least one day"))
    if faults:
        raise InvalidInput(str(path), faults)
    return Diary(
        patient=head.get("patient", ""),
        synthetic=head.get("synthetic", ""),
        days=tuple(sorted(days, key=lambda day: day.date)),
    )


def _reason(problem: ValidationError) -> str:
    first = problem.errors(include_url=False)[0]
    if first["type"] in ("greater_than_equal", "less_than_equal"):
        return "a day from 2000-01-01 to 2100-01-01"
    if first["type"] in ("string_pattern_mismatch", "string_too_long", "string_too_short"):
        return ONE_LINE
    if first["type"] == "literal_error":
        return f"one of {first['ctx']['expected']}"
    return str(first.get("ctx", {}).get("error", first["msg"][0].lower() + first["msg"][1:]))


class _Row:
    """Reads one day and collects what is wrong with it."""

    def __init__(self, row: str, given: dict[str, Any]) -> None:
        self._given = dict(given)
        # An empty key of a YAML diary says nothing, as an empty cell does.
        self._given = {name: value for name, value in self._given.items() if value is not None and value != ""}
        self._row = row
        date = self._given.get("date")
        self._place = f"{row} ({date})" if isinstance(date, (str, dt.date)) else row
        self.faults: list[Fault] = []

    def fault(self, name: str, value: object, allowed: str, suggestion: str = "") -> None:
        self.faults.append(Fault(f"{self._place}.{name}" if name else self._place, value, allowed, suggestion))

    def day(self, date: dt.date | None) -> DiaryDay | None:
        """Return the day; None where something is wrong with it."""
        session = self._session()
        walked = self._value("walk")
        texts = {name: self._text(name) for name in TEXTS}
        flags = self._red_flags()
        scores: dict[str, float] = {}
        not_scored = []
        for name in [name for name in self._given if name not in COLUMNS]:
            if name not in instrument_ids():
                if not any(name == f"{what}_{unit}" for what, units in UNITS.items() for unit in units):
                    hint = closest(name, [*COLUMNS, *instrument_ids()])
                    allowed = f"an instrument, or one of {', '.join(COLUMNS)}"
                    self.fault(name, self._given[name], allowed, f"did you mean {hint!r}?" if hint else "")
                continue
            score, raised = self._score(name, self._given[name])
            flags += raised
            if score is not None:
                scores[name] = score
            else:
                not_scored.append(name)
        if self.faults or date is None:
            return None
        return DiaryDay(
            row=self._row,
            date=date,
            scores=scores,
            walked=walked,
            session=session,
            red_flags=tuple(dict.fromkeys(flags)),
            not_scored=tuple(not_scored),
            **texts,
        )

    def date(self, today: dt.date | None) -> dt.date | None:
        """Return the date; None where it is none."""
        value = self._given.get("date")
        try:
            date = _DAY.validate_python(value)
        except ValidationError as problem:
            hint = (
                "a column too narrow for its dates shows # signs: widen it, and save again"
                if "##" in str(value)
                else ""
            )
            told = _reason(problem) if value is not None else "required: a date as YYYY-MM-DD"
            self.fault("date", value, told, hint)
            return None
        if today is not None and date > today:
            self.fault("date", date.isoformat(), f"a day that is past; today is {today.isoformat()}")
        return date

    def _value(self, name: str) -> float | None:
        """Return a physical value, from its own entry or from one with the unit in its name."""
        units = [unit for unit in UNITS[name] if f"{name}_{unit}" in self._given]
        if len(units) + (name in self._given) > 1:
            self.fault(name, ", ".join(f"{name}_{unit}" for unit in units), "one entry in one unit")
            return None
        if units:
            column, unit = f"{name}_{units[0]}", units[0]
            value = str(self._given[column])
            if not _NUMBER.fullmatch(value):
                hint = DECIMALS if _COMMA.fullmatch(value) else ""
                self.fault(
                    column, self._given[column], f"a bare number in {unit}, as the name of the column says", hint
                )
                return None
            value = f"{value} {unit}"
        elif name in self._given:
            column, value = name, self._given[name]
        else:
            return None
        parsed = self._parsed(name, value, column)
        return None if parsed is None else float(parsed)

    def _parsed(self, kind: str, value: object, name: str) -> Any:
        try:
            return _TYPES[kind].validate_python(value)
        except ValidationError as problem:
            self.fault(name, value, _reason(problem))
            return None

    def _text(self, name: str) -> str:
        return str(self._parsed("text", self._given[name], name) or "") if name in self._given else ""

    def _session(self) -> DeliveredSession | None:
        before = len(self.faults)
        time, distance = self._value("time"), self._value("distance")
        own_times, names = self._fields()
        lamp = self._given.get("lamp")
        if lamp is not None and lamp not in device_ids():
            hint = closest(str(lamp), device_ids())
            self.fault(
                "lamp",
                lamp,
                "a lamp of the catalogue (`nervelight devices list`)",
                f"did you mean {hint!r}?" if hint else "",
            )
        skin = self._parsed("skin", self._given["skin"], "skin") if "skin" in self._given else None
        if len(self.faults) > before:
            return None
        if time is None and not own_times:
            for name in ("fields", "distance", "lamp", "skin"):
                if name in self._given:
                    self.fault("time", None, f"the time of the session whose {name} stands here")
                    break
            return None
        if time is not None and own_times:
            self.fault("time", self._given.get("time"), "one time for all fields, or one behind each field; not both")
            return None
        fields = own_times or (dict.fromkeys(names, time) if time is not None and names else None)
        return DeliveredSession(fields=fields, time=time, distance=distance, lamp=lamp, skin=skin)

    def _fields(self) -> tuple[dict[str, float], list[str]]:
        """Return the fields that have a time of their own, and those that have none."""
        given = self._given.get("fields")
        if given is None:
            return {}, []
        if isinstance(given, str):
            parts = [part.strip() for part in given.split(";") if part.strip()]
            pairs = [tuple(piece.strip() for piece in part.rsplit(":", 1)) for part in parts]
        elif isinstance(given, dict):
            pairs = [(str(name), time) for name, time in given.items()]
        elif isinstance(given, list):
            pairs = [(str(name),) for name in given]
        else:
            self.fault("fields", given, "the fields that were lit")
            return {}, []
        names = [str(pair[0]) for pair in pairs]
        if not names:
            self.fault("fields", given, "the fields that were lit")
        if len(set(names)) < len(names):
            self.fault("fields", given, "each field once")
        timed = [pair for pair in pairs if len(pair) == 2]
        if timed and len(timed) < len(pairs):
            self.fault("fields", given, "a time behind each field, or behind none")
            return {}, []
        times = {str(name): self._parsed("time", time, "fields") for name, time in timed}
        return {name: time for name, time in times.items() if time is not None}, [] if timed else names

    def _red_flags(self) -> list[str]:
        given = self._given.get("red_flags", [])
        names = re.split(r"[;,\s]+", given) if isinstance(given, str) else given
        if not isinstance(names, list):
            self.fault("red_flags", given, "ids of red flags")
            return []
        for name in names:
            if name not in red_flag_ids():
                hint = closest(str(name), red_flag_ids())
                allowed = f"a known red flag: {', '.join(red_flag_ids())}"
                self.fault("red_flags", name, allowed, f"did you mean {hint!r}?" if hint else "")
        return [name for name in names if name in red_flag_ids()]

    def _score(self, name: str, value: object) -> tuple[float | None, tuple[str, ...]]:
        """Return a score, and the red flags that answers raise; a form with too few answers has no score."""
        if isinstance(value, str) and len(value.split()) > 1:
            value = value.split()
        if isinstance(value, list):
            words = ["-" if word is None else str(word).lower() for word in value]
            words = [{"true": "yes", "false": "no"}.get(word, word) for word in words]
            try:
                found = score_answers(name, read_answers(name, words))
            except InvalidInput as problem:
                for each in problem.faults:
                    self.fault(f"{name}.{each.path}", each.value, each.allowed, each.suggestion)
                return None, ()
            except ValueError as problem:
                self.fault(name, value, str(problem))
                return None, ()
            return found.score, found.red_flags
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(name, value, "a number", DECIMALS if isinstance(value, str) and _COMMA.fullmatch(value) else "")
            return None, ()
        try:
            check_score(name, float(value))
        except ValueError as problem:
            allowed = instrument(name).score
            high = allowed.high if allowed is not None else None
            percent = high == 10 and 20 <= value <= 100
            self.fault(name, value, str(problem), "a scale from 0 to 100 is another scale" if percent else "")
            return None, ()
        return float(value), ()
