"""What the mechanism model says, in words and rows, for screen and picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.mechanism import (
    Arrow,
    FibreCheck,
    Result,
    Scores,
    Session,
    Slope,
    Switches,
    as_document,
    fibre,
    mechanism_parameters,
    weakest_status,
)
from nervelight.mechanism.observations import Use
from nervelight.mechanism.photons import TABLE_NM
from nervelight.mechanism.scores import COLUMNS, SCORED, Column

__all__ = [
    "AFTER",
    "COLUMN_WORDS",
    "DURING",
    "LARGE",
    "MEAN",
    "USE_WORDS",
    "PlanWords",
    "arrow_rows",
    "change_rows",
    "column_at",
    "course_words",
    "fibre_rows",
    "mechanism_headline",
    "parameter_rows",
    "percent_band",
    "run_notes",
    "run_rows",
    "score_rows",
    "slope_rows",
]

Rows = tuple[tuple[str, ...], ...]
Pairs = tuple[tuple[str, str], ...]
"""Name and value."""
LARGE = "conduction_large_myelinated"
AFTER = (0.0, 300.0, 900.0, 1800.0, 3600.0, 7200.0, 10800.0, 14400.0, 18000.0, 21600.0)
"""Readings after the light [s], for table and picture."""
DURING = 8
"""How many readings during it."""
TOLD = {"5 min after": 300.0, "6 h after": 21600.0}
"""The readings that the table shows [s]."""
READ_AT = 300.0
"""When headline and shares are read, after the end of the light [s]."""
MOST = 1000.0
"""Relative changes above this are told as such: they say that the model has left what it can describe [%]."""
SHOWN = 0.5
"""Least share of draws that rounds to one percent [%]."""
MEAN = "mean"
"""Name of the row that ends the observations of one use."""
USE_WORDS: dict[Use, str] = {"fit": "fitted to", "validate": "held out", "negative": "nothing seen"}
COLUMN_WORDS: dict[Column, tuple[str, str]] = {
    "prior": ("before", "fit"),
    "fitted": ("after", "fit"),
    "all_on": ("all", "on"),
    "nothing": ("no", "effect"),
}
GRADES = {
    "sham_rct": "sham-controlled trials in people",
    "none": "none found",
    "enzyme": "isolated enzyme or mitochondria",
}


@dataclass(frozen=True)
class PlanWords:
    """The plan that a run took its light from.

    Parameters
    ----------
    target : str
        Name for people.
    band : tuple of float
        Fluence rate there, 5 and 95 % of the plan's draws [mW/cm2].
    of_skin : bool
        Whether its warmth is that of the skin.
    """

    target: str
    band: tuple[float, float]
    of_skin: bool


def percent_band(values: NDArray[np.float64]) -> str:
    """Return median and 90 % interval of changes in percent: ``+0.27 (-2.4 to +0.78)``."""
    low, median, high = (_signed(value) for value in np.percentile(values, (5, 50, 95)).tolist())
    return median if low == high else f"{median} ({low} to {high.removeprefix('+')})".replace("(+", "(")


def _signed(value: float) -> str:
    if value > MOST:
        return f">{MOST:.0f}"
    shown = f"{value:+.0f}" if abs(value) >= 10 else f"{value:+.1f}" if abs(value) >= 1 else f"{value:+.2f}"
    return "0" if not float(shown) else shown.replace("-", "−")


def column_at(result: Result, after: float) -> int:
    """Return the column of a time after the end of the light [s]."""
    return int(np.abs(result.moments - result.session.exposure_time - after).argmin())


def mechanism_headline(result: Result) -> str:
    """Say what the model says of the nerve that a clinic measures, and whether a clinic could see it."""
    found = result.output(LARGE)
    at = column_at(result, READ_AT)
    change, photons = found.change[:, at], found.change[:, at] - found.heat_only[:, at]
    seen = mechanism_parameters().measurement.detectable_percent[0]
    seen_as = {"slower": 100 * float(np.mean(change < -seen)), "faster": 100 * float(np.mean(change > seen))}
    told = " and ".join(f"{words} in {share:.0f} %" for words, share in seen_as.items() if share >= SHOWN)
    within = f"a clinic would see it {told} of draws" if told else "too little for a clinic to see"
    least = mechanism_parameters().no_effect_percent.value
    none = 100 * float(np.mean(np.abs(photons) < least))
    median, _, interval = percent_band(change).partition(" ")
    band = f"{median} % {interval}".strip()
    return f"Speed of thick fibres {band} 5 min after the light: {within}; light does nothing in {none:.0f} %"


def course_words(session: Session) -> str:
    """Say how many sessions there are, and how far apart."""
    hours = session.gap / 3600
    gap = f"{hours:.3g} h" if hours >= 2 else f"{60 * hours:.3g} min"
    return f"{session.sessions} sessions, each {gap} after the one before"


def run_rows(result: Result, switches: Switches, plan: PlanWords | None) -> Pairs:
    """Return what was asked, as rows of name and value."""
    session, told = result.session, as_document(result)
    colours = " and ".join(f"{one:g}" for one in session.wavelengths)
    light = f"{told['fluence_rate_mw_cm2']:.3g} mW/cm² at the target, {colours} nm, {told['minutes']:g} min"
    if session.sessions > 1:
        light += f"; {course_words(session)}"
    likely = ", ".join(f"{name} {value:g}" for name, value in switches.probabilities.items())
    end = "at the end" if session.sessions == 1 else "at the end of each session, besides what earlier ones left"
    warmth = f"{told['warming_end_k']:.2g} °C {end}" if told["warming_end_k"] else "none: the twin stays as it was"
    of_plan = []
    if plan is not None:
        low, high = plan.band
        words = f"{plan.target}, at the median of its draws; 90 % have {low:.3g} to {high:.3g} mW/cm²"
        of_plan = [("plan's target", words)]
        if plan.of_skin:
            warmth += ", as the plan's skin: an upper end for what lies below"
    ((state, failed),) = told["failed"].items()
    return (
        *of_plan,
        ("light", f"{light}: {told['fluence_j_cm2']:.3g} J/cm² a session"),
        ("absorbed", f"{told['absorptions_per_s']:.3g} photons a second by each cytochrome c oxidase"),
        ("warmth", warmth),
        ("state", state.replace("_", " ")),
        ("hypotheses", f"{likely}; all on photons off in {100 * result.h0_share:.0f} % of draws"),
        ("draws", f"{told['draws']}, of which the integrator failed in {failed}"),
    )


def change_rows(result: Result) -> tuple[tuple[str, ...], Rows]:
    """Return header and rows of what changes, with the shares of draws in which photons do nothing, lower and raise."""
    columns = [column_at(result, after) for after in TOLD.values()]
    rows = tuple(
        (
            found.words + ("†" if found.speculative else ""),
            *(percent_band(found.change[:, at]) for at in columns),
            *(f"{100 * share[column_at(result, READ_AT)]:.0f}" for share in found.shares().values()),
        )
        for found in result.outputs
    )
    return ("", *TOLD, "none", "falls", "rises"), rows


def run_notes(result: Result) -> tuple[str, ...]:
    """Return what has to be said with the changes, a paragraph each."""
    session, table, told = result.session, mechanism_parameters(), as_document(result)
    heat = percent_band(result.output(LARGE).heat_only[:, column_at(result, READ_AT)])
    low, high = table.measurement.detectable_percent
    told_first = (
        f"The same warmth without photons: thick fibres {heat} % 5 min after. What a clinic sees of one person: "
        f"changes from {low:.0f} to {high:.0f} %, by how well it measures. None, falls, rises: % of draws in which "
        f"photons do so 5 min after, by more than {table.no_effect_percent.value:g} %."
    )
    notes = [told_first, "† speculative. Relative numbers; none is points of pain."]
    if told["fluence_j_cm2"] > (reach := told["fitted_up_to_j_cm2"]) * (1 + 1e-9):
        notes.insert(
            0,
            f"Beyond the fit: no cell that the model was fitted to had more than {reach:g} J/cm². Above, its term for "
            f"inhibition rules: the cell loses more than half of its energy in {100 * told['collapse_share']:.0f} % of "
            "draws, which nobody has seen.",
        )
    if any(not TABLE_NM[0] <= one <= TABLE_NM[1] for one in session.wavelengths):
        low, high = TABLE_NM
        notes.append(
            f"Absorption outside {low:g} to {high:g} nm is not on record: the nearest value is held, an assumption."
        )
    if failed := told["failed_draws"]:
        notes.append(f"Draws that failed: {', '.join(map(str, failed))}.")
    return tuple(notes)


def arrow_rows(arrow: Arrow) -> Pairs:
    """Return what is known of an arrow, as rows of name and value."""
    rows = [
        ("verdict", arrow.verdict),
        ("evidence", GRADES.get(arrow.grade, arrow.grade)),
        ("for", ", ".join(arrow.for_sources) or "-"),
        ("against", ", ".join(arrow.against_sources) or "-"),
    ]
    if arrow.switch:
        switch = mechanism_parameters().switches[arrow.switch]
        rows.append(("switch", f"{arrow.switch}, {switch.name}: on in {100 * switch.probability:.0f} % of draws"))
    if status := weakest_status(arrow):
        rows.append(("parameters", f"{', '.join(arrow.parameters)}; the least certain is {status}"))
    return (*rows, ("note", arrow.about))


def parameter_rows() -> Rows:
    """Return each parameter: name, prior, unit, status, what it is."""
    return tuple(
        (name, entry.prior.words, entry.unit, entry.status, entry.about.split(";")[0])
        for name, entry in mechanism_parameters().parameters.items()
    )


def score_rows(found: Scores) -> Rows:
    """Return what each observation is for, its name, and the share of draws that agree, with a mean for each use."""

    def shares(of: Mapping[Column, float]) -> Sequence[str]:
        return [f"{100 * of[column]:.0f}" for column in COLUMNS]

    rows: list[tuple[str, ...]] = []
    for use in SCORED:
        words = USE_WORDS[use]
        rows += [(words, f"{one.observation.id}: {one.asked}", *shares(one.agreement)) for one in found.of(use)]
        rows.append((words, MEAN, *shares({column: found.mean(use, column) for column in COLUMNS})))
    return tuple(rows)


def fibre_rows(checks: Sequence[FibreCheck]) -> Rows:
    """Return each fibre and what it is under: by simulator, by surrogate, and their changes against it unchanged."""
    rows: list[tuple[str, ...]] = []
    for check in checks:
        by = _speed(*check.surrogate)
        if check.simulated is None or check.simulated_percent is None:
            rows.append((f"  {check.change}", "none", by, "stops", _span(check.surrogate_percent, "+.1f")))
        elif not check.change:
            name = f"{fibre(check.fibre).short}, {fibre(check.fibre).diameter_um:g} µm, 37 °C"
            rows.append((name, _speed(check.simulated), by, "", ""))
        else:
            changed = f"{check.simulated_percent:+.1f}", _span(check.surrogate_percent, "+.1f")
            rows.append((f"  {check.change}", _speed(check.simulated), by, *changed))
    return tuple(rows)


def slope_rows(slopes: Sequence[Slope]) -> Rows:
    """Return what temperature does: by simulator, by table, and in the draws."""
    return tuple(
        (
            f"{fibre(slope.fibre).short}: {slope.what}",
            f"{slope.simulated:.2f}",
            "-" if slope.table is None else f"{slope.table:.2f}",
            _span(slope.prior, ".2f"),
        )
        for slope in slopes
    )


def _span(ends: tuple[float, float], form: str) -> str:
    low, high = (format(end, form) for end in ends)
    return low if low == high else f"{low} to {high}"


def _speed(*ends: float) -> str:
    return _span((ends[0], ends[-1]), ".1f" if ends[0] >= 10 else ".3f")
