"""What happens without light that does anything: placebo arms of drug trials, and sham arms of trials of light."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from nervelight.evidence.conditions import Condition, condition_info
from nervelight.evidence.effect_size import sd_of_standard_error
from nervelight.evidence.outcome import Outcome
from nervelight.evidence.studies import studies
from nervelight.evidence.study_schema import Study, StudyId

__all__ = ["PlaceboResponse", "placebo_responses"]

# Between the quartiles of a normal distribution lie so many standard deviations.
QUARTILES = 2 * NormalDist().inv_cdf(0.75)


@dataclass(frozen=True)
class PlaceboResponse:
    """The change in one group without light that does anything.

    Parameters
    ----------
    study_id : str
    kind : {"benchmark", "sham"}
        Pooled placebo arms of drug trials, or the sham arm of a trial of light.
    instrument : str
    week : float or None
        Weeks after the start; None where a pooling has no single time.
    change : float or None
        On a scale of 0 to 10; negative is less pain.
    responders : float or None
        Share of people who responded [%].
    low, high : float or None
        95 % interval, where printed.
    how : str
        Mean or median, and which rule of response.
    source, place : str
        Where the number stands.
    spread : float or None
        Standard deviation between people of their change, on a scale of 0 to 10; None where it is not printed.
    """

    study_id: StudyId
    kind: Literal["benchmark", "sham"]
    instrument: str
    week: float | None
    change: float | None
    responders: float | None
    low: float | None
    high: float | None
    how: str
    source: str
    place: str
    spread: float | None = None


def placebo_responses(condition: Condition) -> tuple[PlaceboResponse, ...]:
    """Return what people without light that does anything did: benchmarks first, then sham arms by week.

    Raises
    ------
    UnknownName
        If there is no such condition.
    """
    condition_info(condition)
    found = [
        response
        for entry in studies()
        if entry.speaks_of(condition) and not entry.set_aside and not entry.same_people_as
        for response in _of_study(entry)
    ]
    return tuple(sorted(found, key=lambda r: (r.kind != "benchmark", r.study_id, r.week or 0.0)))


def _of_study(study: Study) -> Iterator[PlaceboResponse]:
    kind: Literal["benchmark", "sham"] = "benchmark" if study.topic == "placebo" else "sham"
    arms = {arm.name for arm in study.arms if arm.role == "sham" or (kind == "benchmark" and arm.name == "placebo")}
    for row in study.outcomes:
        if row.arm not in arms and not (kind == "benchmark" and not row.arm):
            continue
        share = row.mean if row.unit == "%" else 100 * row.count / row.of if row.count is not None and row.of else None
        change, how = _change(study, row)
        if row.domain in {"pain_responders", "response"} and share is not None:
            change, how = None, row.instrument
        elif row.domain == "pain" and change is not None:
            share = None
        else:
            continue
        factor = 10 / (row.range[1] - row.range[0]) if row.range else 1.0
        ends = row.ci if row.ci and (row.change is not None or share is not None) else None
        scale = factor if share is None else 1.0
        yield PlaceboResponse(
            study_id=study.id,
            kind=kind,
            instrument=row.instrument,
            week=row.week,
            change=None if change is None else change * factor,
            responders=share,
            low=None if ends is None else ends[0] * scale,
            high=None if ends is None else ends[1] * scale,
            how=how,
            source=row.source or study.sources[0],
            place=row.place or study.place,
            spread=None if change is None else _spread(study, row, factor),
        )


def _change(study: Study, row: Outcome) -> tuple[float | None, str]:
    """Return the change since the start, and what kind of number it is; none without the range of the scale."""
    if row.range is None or row.week == 0:
        return None, ""
    if row.change is not None:
        return row.change, "mean change"
    if row.median_change is not None:
        return row.median_change, "median change"
    start = [o for o in study.outcomes if (o.instrument, o.arm, o.week) == (row.instrument, row.arm, 0)]
    if row.mean is None or not start or start[0].mean is None:
        return None, ""
    return row.mean - start[0].mean, "difference of means"


def _spread(study: Study, row: Outcome, factor: float) -> float | None:
    """Return the standard deviation of the change, as printed or by the Cochrane Handbook (`cochrane_handbook_6`)."""
    arm = next((arm for arm in study.arms if arm.name == row.arm), None)
    people = row.n or (arm and (arm.completed or arm.n))
    if row.change is not None and row.cohens_d:
        return abs(row.change) / row.cohens_d * factor
    if row.change is not None and row.sd is not None:
        return row.sd * factor
    if row.change is not None and row.se is not None and people:
        return sd_of_standard_error(row.se, people) * factor
    if row.median_change is not None and row.iqr is not None:
        return (row.iqr[1] - row.iqr[0]) / QUARTILES * factor
    return None
