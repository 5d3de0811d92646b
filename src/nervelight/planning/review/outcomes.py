"""Whether a person changed, domain by domain: from the days before the first session to the days before the review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from nervelight.assessment import ChangeThreshold, change_of, instrument
from nervelight.planning.diary import Diary
from nervelight.planning.plan_document import Plan
from nervelight.planning.review.course import Course
from nervelight.planning.review.domains import Domain, DomainInstrument, domains
from nervelight.planning.review.review_document import DomainOutcome, Gathered

__all__ = ["PAIN", "WALK", "Gain", "compare_outcomes", "gain_by", "pain_threshold"]

PAIN = "nrs11"
"""The instrument that sham arms are known for: pain from 0 to 10."""
WALK = "sixmwt"
# The second walk is longer by practice alone; walks of one visit belong together.
WALKS_AT_BASELINE, VISIT_DAYS = 2, 7

Gain = Literal["whole", "half", "less"]
"""Nearly all of it, at least half, or less."""
# Rules of this project: what counts as nearly all of a gain, and as half of it.
WHOLE, HALF = 0.8, 0.5

Scores = list[tuple[dt.date, float]]


@dataclass(frozen=True)
class _Window:
    """Scores within some days.

    Parameters
    ----------
    scores : list of (date, float)
    first, last : date
        Ends of the window for what is asked daily, and of the scores otherwise.
    possible : int
        Days on which there could be one.
    """

    scores: Scores
    first: dt.date
    last: dt.date
    possible: int

    @property
    def values(self) -> list[float]:
        return [score for _, score in self.scores]

    @property
    def gathered(self) -> Gathered | None:
        if not self.scores:
            return None
        return Gathered(
            mean=fmean(self.values),
            written=len(self.scores),
            possible=self.possible,
            first=self.first,
            last=self.last,
        )


def compare_outcomes(
    course: Course, diary: Diary, on: dt.date, limits: Mapping[str, float]
) -> tuple[DomainOutcome, ...]:
    """Return the change of each domain, pain first.

    Parameters
    ----------
    course : Course
        Scores of its plan's case count as scores before the first session.
    diary : Diary
        Up to the day of the review.
    on : date
        The day of the review.
    limits : mapping of str to float
        Thresholds by id.
    """
    return tuple(_outcome(domain, course, diary, on, limits) for domain in domains().values())


def gain_by(course: Course, diary: Diary, on: dt.date, gain: float, limits: Mapping[str, float]) -> Gain | None:
    """Return how much of a gain in pain was there on a day; None where too few days were written down.

    Parameters
    ----------
    course, diary, limits
        As `compare_outcomes`.
    on : date
        The last day that counts.
    gain : float
        Points, above 0.
    """
    scores = list(diary.series(PAIN))
    before, after = _daily_before(scores, course, diary, limits), _daily_after(scores, course, on, limits)
    if min(len(before.scores), len(after.scores)) < instrument(PAIN).days_needed:
        return None
    share = (fmean(before.values) - fmean(after.values)) / gain
    return "whole" if share >= WHOLE else "half" if share >= HALF else "less"


def pain_threshold(limits: Mapping[str, float]) -> ChangeThreshold:
    """Return the change of pain that matters by the plan's thresholds."""
    own = instrument(PAIN).threshold
    assert own is not None
    return own.model_copy(update={"points": limits["pain_points"], "percent": limits["pain_percent"]})


def _series(plan: Plan, diary: Diary, name: str, until: dt.date) -> Scores:
    """Return the scores of an instrument by date; the diary wins over the case on the same day.

    A score of the case counts for a form only. What is asked daily was asked once then, when people come because pain
    is high: it would make any later mean look better.
    """
    if name == WALK:
        walks = {
            dt.date.fromisoformat(str(reading["date"])): float(reading["distance"]) / 1000
            for reading in plan.case.get("readings", ())
            if reading["test"] == WALK and reading["distance"] is not None
        }
        walks = {day: walked for day, walked in walks.items() if day <= until}
        return sorted((walks | {day.date: day.walked / 1000 for day in diary.days if day.walked is not None}).items())
    found = {}
    for score in plan.case.get("scores", ()) if not _daily(name) else ():
        day = dt.date.fromisoformat(str(score["date"]))
        if score["instrument"] == name and day <= until and score.get("value") is not None:
            found[day] = float(score["value"])
    return sorted((found | dict(diary.series(name))).items())


def _daily(name: str) -> bool:
    return instrument(name).days_needed > 1


def _outcome(domain: Domain, course: Course, diary: Diary, on: dt.date, limits: Mapping[str, float]) -> DomainOutcome:
    """Return the outcome by the first instrument that was asked before and after, or by the first that was asked."""
    asked: DomainOutcome | None = None
    for name, entry in domain.instruments.items():
        scores = _series(course.plan, diary, name, course.first_light)
        if _daily(name):
            before, after = _daily_before(scores, course, diary, limits), _daily_after(scores, course, on, limits)
        else:
            before, after = _form_before(scores, name, course, limits), _form_after(scores, course, on, limits)
        if before.scores or after.scores:
            judge = _walking if name == WALK else _judged
            made = judge(domain, name, entry, before, after, limits)
            if made.before and made.after:
                return made
            asked = asked or made
    return asked or DomainOutcome(
        id=domain.id,
        label=domain.label,
        instrument="",
        name="",
        state="not judged",
        reasons=("nothing was asked about it",),
        before=None,
        after=None,
        impaired=None,
        sources=("nervelight_rule",),
    )


def _daily_before(scores: Scores, course: Course, diary: Diary, limits: Mapping[str, float]) -> _Window:
    light = course.first_light
    # Nobody can have written down a day before the diary began: those days are not missing.
    first = max(light - dt.timedelta(days=limits["baseline_window_days"]), diary.days[0].date)
    kept = [(day, score) for day, score in scores if first <= day < light]
    return _Window(kept, first, light - dt.timedelta(days=1), max((light - first).days, 0))


def _daily_after(scores: Scores, course: Course, on: dt.date, limits: Mapping[str, float]) -> _Window:
    first = max(on - dt.timedelta(days=limits["result_window_days"] - 1), course.first_light + dt.timedelta(days=1))
    kept = [(day, score) for day, score in scores if first <= day <= on]
    return _Window(kept, first, on, max((on - first).days + 1, 0))


def _form_before(scores: Scores, name: str, course: Course, limits: Mapping[str, float]) -> _Window:
    """Return the last form of some weeks before; one of the first day was filled in before the light."""
    since = course.first_light - dt.timedelta(days=limits["baseline_form_days"])
    kept = [(day, score) for day, score in scores if since <= day <= course.first_light]
    if name == WALK:
        return _of(kept and [row for row in kept if (kept[-1][0] - row[0]).days <= VISIT_DAYS])
    return _of(kept[-1:])


def _form_after(scores: Scores, course: Course, on: dt.date, limits: Mapping[str, float]) -> _Window:
    since = on - dt.timedelta(days=limits["score_window_days"])
    return _of([(day, score) for day, score in scores if max(since, course.first_light) < day <= on][-1:])


def _of(scores: Scores) -> _Window:
    ends = (scores[0][0], scores[-1][0]) if scores else (dt.date.min, dt.date.min)
    return _Window(scores, *ends, len(scores))


def _judged(
    domain: Domain, name: str, entry: DomainInstrument, before: _Window, after: _Window, limits: Mapping[str, float]
) -> DomainOutcome:
    kind = instrument(name)
    threshold = pain_threshold(limits) if name == PAIN else kind.threshold
    base: dict[str, Any] = {
        "id": domain.id,
        "label": domain.label,
        "instrument": name,
        "name": kind.name,
        "before": before.gathered,
        "after": after.gathered,
        "impaired": _impaired(kind.better == "higher", entry, before.gathered),
        "impaired_at": entry.impaired_at,
        "impaired_unverified": entry.unverified,
        "unverified": threshold is not None and threshold.unverified,
        "sources": tuple(dict.fromkeys([*entry.sources, *(threshold.sources if threshold else ())])),
    }
    if not before.scores or not after.scores:
        lacking = "before the first session" if not before.scores else "in the days that the result rests on"
        return DomainOutcome(**base, state="not judged", reasons=(f"not asked {lacking}",))
    found = change_of(name, before.values, after.values, threshold)
    missing = after.possible - len(after.scores)
    pessimistic = ""
    if missing > 0 and found.state != "not judged":
        # The days left out could all have been as bad as before treatment.
        pessimistic = change_of(name, before.values, [*after.values, *[found.before] * missing], threshold).state
    return DomainOutcome(
        **base,
        state=found.state,
        reasons=found.reasons,
        improvement=found.improvement,
        percent=found.percent,
        important=found.important,
        reliable=found.reliable,
        p_better=found.p_better,
        p_important=found.p_important,
        state_if_missing_no_better=pessimistic,
    )


def _impaired(higher_is_better: bool, entry: DomainInstrument, before: Gathered | None) -> bool | None:
    if before is None:
        return None
    if entry.impaired_at is None:
        return True
    return before.mean <= entry.impaired_at if higher_is_better else before.mean >= entry.impaired_at


def _walking(
    domain: Domain, name: str, entry: DomainInstrument, before: _Window, after: _Window, limits: Mapping[str, float]
) -> DomainOutcome:
    """Judge a walking distance [m]: two walks at baseline, since the second is longer by practice alone."""
    matters = limits["walk_metres"]
    longest = max(before.scores, key=lambda row: row[1], default=None)
    state, improvement, reasons = "not judged", None, []
    if longest is None or not after.scores:
        reasons = ["not walked before the first session" if longest is None else "not walked lately"]
    elif len(before.scores) < WALKS_AT_BASELINE:
        reasons = ["one walk at baseline: the second is longer by practice alone, by about 21 m"]
    else:
        improvement = after.values[-1] - longest[1]
        more = "more" if improvement >= 0 else "less"
        reasons = [f"{abs(improvement):.0f} m {more} than the longer of {len(before.scores)} walks"]
        state = "no clear change"
        if abs(improvement) >= matters:
            state = "possibly better" if improvement > 0 else "worse"
            reasons.append("its measurement error in neuropathy is not known")
    return DomainOutcome(
        id=domain.id,
        label=domain.label,
        instrument=name,
        name=instrument(name).name,
        state=state,
        reasons=tuple(reasons),
        before=_of([longest] if longest else []).gathered,
        after=after.gathered,
        unit="m",
        impaired=True if longest is not None else None,
        improvement=improvement,
        important=matters,
        unverified=True,
        sources=(*entry.sources, "chan2015_6mwd"),
    )
