"""A study in words: what it says, its light as printed and as computed, its results. For terminal and pages."""

from __future__ import annotations

from typing import get_args

from nervelight.evidence import Light, Outcome, Quantity, Study, condition_info, derived_light, quantity_text

__all__ = ["LIGHT_HEADER", "OUTCOME_HEADER", "light_remarks", "light_rows", "outcome_rows", "study_rows", "study_says"]

LIGHT_HEADER = ("as printed", "as computed")
OUTCOME_HEADER = ("outcome", "week", "arm", "result")
_NUMBER_WORDS = {
    "mean": "mean",
    "change": "change",
    "change_percent": "change in %",
    "median_change": "median change",
    "difference": "difference",
    "cohens_d": "d",
    "sd": "SD",
    "se": "SE",
}


def study_says(entry: Study) -> str:
    """Return what a study as a whole says, or why it says nothing."""
    return entry.direction.replace("_", " ") if entry.status == "reported" else f"nothing: {entry.status}"


def study_rows(entry: Study) -> list[tuple[str, str]]:
    """Return what a study is, how far it was read, why to trust it more or less, and what is not verified."""
    condition = condition_info(entry.condition).label if entry.condition else entry.condition_text
    return [
        ("condition", condition),
        ("design", entry.design.replace("_", " ") + (f", n = {entry.n}" if entry.n else "")),
        ("says", study_says(entry)),
        ("read", f"{entry.checked.replace('-', ' ')}; numbers stand in: {entry.place}"),
        *([("set aside", entry.set_aside)] if entry.set_aside else []),
        *([("same people", f"as {entry.same_people_as}: never counted twice")] if entry.same_people_as else []),
        *(
            ("strength" if w.concern == "none" else f"weakness ({w.concern})", f"{w.domain}: {w.text}")
            for w in entry.bias
        ),
        *([("harm", entry.adverse_events)] if entry.adverse_events else []),
        *(("not verified", what) for what in entry.unverified),
    ]


def light_rows(light: Light) -> list[tuple[str, str, str]]:
    """Return each quantity of a light as printed beside what follows by arithmetic; what is missing stays missing."""
    values, rows = derived_light(light), []
    for name in get_args(Quantity):
        value = values.get(name)
        text = quantity_text(name, value.value) if value else ""
        if value is None:
            rows.append((name.replace("_", " "), "not reported", ""))
        elif value.derived:
            rows.append((name.replace("_", " "), "-", f"{text} = {value.formula}"))
        else:
            rows.append((name.replace("_", " "), text, ""))
    return rows


def light_remarks(light: Light) -> list[tuple[str, str]]:
    """Return what a light says beside the quantities of its arithmetic."""
    pulses = [light.mode or "", f"{light.pulse_frequency:g} Hz" if light.pulse_frequency else ""]
    power = f"{light.radiant_power * 1000:g} mW ({light.radiant_power_kind})" if light.radiant_power else ""
    rows = [
        ("emitter", " ".join(part for part in (light.emitter.replace("_", " "), light.device) if part)),
        ("wavelength", ", ".join(f"{wavelength:g} nm" for wavelength in light.wavelengths)),
        ("power as printed", power),
        ("session energy", f"{light.session_energy:g} J" if light.session_energy else ""),
        ("points", f"{light.points}" if light.points else ""),
        ("pulses", ", ".join(part for part in pulses if part)),
        ("where", light.sites_text or ", ".join(light.sites)),
        ("contradiction", light.contradiction),
        *(("unclear", f"{name.replace('_', ' ')}: {why}") for name, why in light.unclear.items()),
        *(("note", remark) for remark in light.remarks),
    ]
    return [(name, text) for name, text in rows if text]


def outcome_rows(entry: Study) -> list[tuple[str, str, str, str]]:
    """Return instrument, week, arm and result of each outcome."""
    return [
        (
            outcome.instrument,
            f"{outcome.week:g}" if outcome.week is not None else outcome.time or "?",
            outcome.arm or "between",
            _result(outcome),
        )
        for outcome in entry.outcomes
    ]


def _result(outcome: Outcome) -> str:
    """Say an outcome in one line: numbers as printed, then the direction."""
    parts = [
        f"{word} {value:g}" for name, word in _NUMBER_WORDS.items() if (value := getattr(outcome, name)) is not None
    ]
    for word, ends in (("95 %", outcome.ci), ("quartiles", outcome.iqr)):
        if ends is not None:
            parts.append(f"{word} {ends[0]:g} to {ends[1]:g}")
    if outcome.count is not None:
        parts.append(f"{outcome.count} of {outcome.of}")
    if outcome.n is not None:
        parts.append(f"n {outcome.n}")
    if outcome.p is not None:
        parts.append(f"p {outcome.p}")
    if outcome.direction:
        parts.append(outcome.direction.replace("_", " "))
    if outcome.secondary:
        parts.append("through a third party")
    if outcome.contradiction:
        parts.append(f"contradiction: {outcome.contradiction}")
    return ", ".join(parts) or outcome.remark
