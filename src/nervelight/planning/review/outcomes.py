"""Whether a person changed, domain by domain: from the days before the first session to the days before the review."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from statistics import fmean

from nervelight.assessment import ChangeThreshold, change_of, instrument
from nervelight.planning.diary import Diary
from nervelight.planning.plan_document import Plan
from nervelight.planning.review.domains import Domain, DomainInstrument, domains
from nervelight.planning.review.review_document import DomainOutcome, Gathered

__all__ = ["PAIN", "WALK", "compare_outcomes", "pain_threshold"]

PAIN = "nrs11"
"""The instrument that sham arms are known for: pain from 0 to 10."""
WALK = "sixmwt"
# Upper end of the changes published as important, found in other diseases; none is known for neuropathy.
WALK_IMPORTANT_M = 30.0
# The second walk is longer by practice alone.
WALKS_AT_BASELINE = 2

Scores = list[tuple[dt.date, float]]


def compare_outcomes(
    plan: Plan, diary: Diary, start: dt.date, on: dt.date, limits: Mapping[str, float]
) -> tuple[DomainOutcome, ...]:
    """Return the change of each domain, pain first.

    Parameters
    ----------
    plan : Plan
        Scores of its case count as scores before the first session.
    diary : Diary
        Up to the day of the review.
    start, on : date
        First session, and day of the review.
    limits : mapping of str to float
        Thresholds by id.
    """
    return tuple(
        _outcome(domain, _series(plan, diary, domain, start), start, on, limits) for domain in domains().values()
    )


def pain_threshold(limits: Mapping[str, float]) -> ChangeThreshold:
    """Return the change of pain that matters by the plan's thresholds."""
    own = instrument(PAIN).threshold
    assert own is not None
    return own.model_copy(update={"points": limits["pain_points"], "percent": limits["pain_percent"]})


def _series(plan: Plan, diary: Diary, domain: Domain, start: dt.date) -> dict[str, Scores]:
    """Return the scores of each instrument of a domain by date; the diary wins over the case on the same day.

    A score of the case counts for a form only. What is asked daily was asked once then, when people come because pain
    is high: it would make any later mean look better.
    """
    found: dict[str, dict[dt.date, float]] = {name: {} for name in domain.instruments}
    for score in plan.case.get("scores", ()):
        name, day = score["instrument"], dt.date.fromisoformat(str(score["date"]))
        if name in found and not _daily(name) and day <= start and score.get("value") is not None:
            found[name][day] = float(score["value"])
    for reading in plan.case.get("readings", ()):
        day = dt.date.fromisoformat(str(reading["date"]))
        if reading["test"] in found and reading["distance"] is not None and day <= start:
            found[reading["test"]][day] = float(reading["distance"]) / 1000
    for name, scores in found.items():
        if name == WALK:
            scores.update((day.date, day.walked / 1000) for day in diary.days if day.walked is not None)
        else:
            scores.update(diary.series(name))
    return {name: sorted(scores.items()) for name, scores in found.items()}


def _outcome(
    domain: Domain, series: Mapping[str, Scores], start: dt.date, on: dt.date, limits: Mapping[str, float]
) -> DomainOutcome:
    nearest: DomainOutcome | None = None
    for name, entry in domain.instruments.items():
        before, after = _windows(name, series[name], start, on, limits)
        if name == WALK:
            made = _walking(domain, name, entry, before, after)
        else:
            made = _judged(domain, name, entry, (before, start), (after, on), limits)
        if made.before and made.after:
            return made
        if nearest is None and (made.before or made.after):
            nearest = made
    return nearest or DomainOutcome(
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


def _daily(name: str) -> bool:
    return instrument(name).days_needed > 1


def _windows(
    name: str, scores: Scores, start: dt.date, on: dt.date, limits: Mapping[str, float]
) -> tuple[Scores, Scores]:
    """Return the scores before the first session and those that count as the result."""
    before = [(day, score) for day, score in scores if day < start]
    after = [(day, score) for day, score in scores if start < day <= on]
    if _daily(name):
        since = start - dt.timedelta(days=limits["baseline_window_days"])
        until = on - dt.timedelta(days=limits["result_window_days"])
        return [row for row in before if row[0] >= since], [row for row in after if row[0] > until]
    # A form filled in on the first day, before the light, is the baseline as well.
    before = [(day, score) for day, score in scores if day <= start]
    recent = [row for row in after if row[0] > on - dt.timedelta(days=limits["score_window_days"])]
    return (before if name == WALK else before[-1:]), recent[-1:]


def _gathered(scores: Scores, possible: float | None, window: tuple[dt.date, dt.date]) -> Gathered | None:
    if not scores:
        return None
    daily = possible is not None
    return Gathered(
        mean=fmean(score for _, score in scores),
        written=len(scores),
        possible=int(possible) if possible is not None else len(scores),
        first=window[0] if daily else scores[0][0],
        last=window[1] if daily else scores[-1][0],
    )


def _judged(
    domain: Domain,
    name: str,
    entry: DomainInstrument,
    before_at: tuple[Scores, dt.date],
    after_at: tuple[Scores, dt.date],
    limits: Mapping[str, float],
) -> DomainOutcome:
    (before, start), (after, on) = before_at, after_at
    kind = instrument(name)
    days_before, days_after = (
        (limits["baseline_window_days"], limits["result_window_days"]) if _daily(name) else (None, None)
    )
    day = dt.timedelta(days=1)
    first_before = start - dt.timedelta(days=days_before or 0)
    first_after = max(on - dt.timedelta(days=(days_after or 1) - 1), start + day)
    # Nobody can have written down a day before the diary began: those days are not missing.
    if before and days_before is not None:
        first_before = before[0][0]
        days_before = (start - first_before).days
    if days_after is not None:
        days_after = (on - first_after).days + 1
    gathered = (
        _gathered(before, days_before, (first_before, start - day)),
        _gathered(after, days_after, (first_after, on)),
    )
    threshold = pain_threshold(limits) if name == PAIN else kind.threshold
    sources = dict.fromkeys([*entry.sources, *(threshold.sources if threshold else ())])
    impaired = _impaired(kind.better == "higher", entry, gathered[0])
    base = {
        "id": domain.id,
        "label": domain.label,
        "instrument": name,
        "name": kind.name,
        "before": gathered[0],
        "after": gathered[1],
        "impaired": impaired,
        "impaired_at": entry.impaired_at,
        "impaired_unverified": entry.unverified,
        "unverified": threshold is not None and threshold.unverified,
        "sources": tuple(sources),
    }
    if not before or not after:
        lacking = "before the first session" if not before else "in the days that the result rests on"
        return DomainOutcome(**base, state="not judged", reasons=(f"not asked {lacking}",))
    values = ([score for _, score in before], [score for _, score in after])
    found = change_of(name, *values, threshold)
    missing = int(days_after or len(after)) - len(after)
    pessimistic = ""
    if missing > 0 and found.state != "not judged":
        # The days left out could all have been as bad as before treatment.
        pessimistic = change_of(name, values[0], [*values[1], *[found.before] * missing], threshold).state
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


def _walking(domain: Domain, name: str, entry: DomainInstrument, before: Scores, after: Scores) -> DomainOutcome:
    """Judge a walking distance [m]: two walks at baseline, since the second is longer by practice alone."""
    kind = instrument(name)
    best = max((distance for _, distance in before), default=None)
    longest = [row for row in before if row[1] == best][-1:]
    gathered = [_gathered(side, None, (dt.date.min, dt.date.min)) for side in (longest, after)]
    state, improvement = "not judged", None
    reasons: Sequence[str]
    if best is None or not after:
        reasons = ("not walked before the first session" if best is None else "not walked lately",)
    elif len(before) < WALKS_AT_BASELINE:
        reasons = ("one walk at baseline: the second is longer by practice alone, by about 21 m",)
    else:
        improvement = after[-1][1] - best
        more = "more" if improvement >= 0 else "less"
        reasons = [f"{abs(improvement):.0f} m {more} than the longer of {len(before)} walks"]
        state = "no clear change"
        if improvement >= WALK_IMPORTANT_M:
            state = "possibly better"
        elif improvement <= -WALK_IMPORTANT_M:
            state = "worse"
        if state != "no clear change":
            reasons.append("its measurement error in neuropathy is not known")
    return DomainOutcome(
        id=domain.id,
        label=domain.label,
        instrument=name,
        name=kind.name,
        state=state,
        reasons=tuple(reasons),
        before=gathered[0],
        after=gathered[1],
        unit="m",
        impaired=True if best is not None else None,
        improvement=improvement,
        important=WALK_IMPORTANT_M,
        unverified=True,
        sources=(*entry.sources, "chan2015_6mwd"),
    )
