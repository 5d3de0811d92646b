"""What must be said with any result: what else could explain it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from nervelight.planning.diary import Diary
from nervelight.planning.plan_document import Plan
from nervelight.planning.review.outcomes import PAIN
from nervelight.planning.review.review_document import DomainOutcome, ShamStanding
from nervelight.planning.words import day

__all__ = ["said_aloud"]

# From here on pain is what brought the person to treatment, and its mean tends to fall by itself.
HIGH_PAIN = 4.0
# From here on more people on sham fall by as much than the 5 % over all baselines (validation/sham_calls.py).
VERY_HIGH_PAIN = 8.0
# What changed in other treatment this long before the first session can still be at work.
OTHER_TREATMENT_DAYS = 28


def said_aloud(
    plan: Plan, diary: Diary, pain: DomainOutcome, sham: ShamStanding | None, started: dt.date
) -> Iterator[str]:
    """Yield regression to the mean, sham, changes of other treatment, and what is missing, each where it applies."""
    if pain.before is not None and pain.instrument == PAIN and pain.before.mean >= HIGH_PAIN:
        yield _regression(plan, pain.before.mean, started)
    if sham is not None and pain.before is not None and (pain.improvement or 0) > 0:
        yield _against_sham(sham, pain.before.mean)
    since = started - dt.timedelta(days=OTHER_TREATMENT_DAYS)
    changes = [each for each in diary.days if each.other_treatment and each.date >= since]
    if changes:
        told = "; ".join(f"{each.other_treatment} ({day(each.date)})" for each in changes)
        yield f"Other treatment changed: {told}. That explains a change before light does."
    yield from _missing(pain)
    unscored = [each for each in diary.days if each.not_scored]
    if unscored:
        told = ", ".join(f"{', '.join(each.not_scored)} of {day(each.date)}" for each in unscored)
        yield f"Forms with too few answers for a score: {told}."


def _regression(plan: Plan, baseline: float, started: dt.date) -> str:
    text = (
        f"Treatment began when pain was {baseline:.1f} of 10. Pain that is high when treatment begins tends to fall by "
        "itself (regression to the mean)."
    )
    first = [
        (str(score["date"]), float(score["value"]))
        for score in plan.case.get("scores", ())
        if score["instrument"] == PAIN and str(score["date"]) < started.isoformat() and score.get("value") is not None
    ]
    if first and max(first)[1] - baseline >= 1:
        date, value = max(first)
        since = day(dt.date.fromisoformat(date))
        text += f" From {value:g} on {since} it had fallen by {value - baseline:.1f} before any light."
    return text


def _against_sham(sham: ShamStanding, baseline: float) -> str:
    people = f"people with {sham.condition} on sham"
    if sham.more_than_sham:
        text = f"More than sham would explain: fewer than 1 in 20 {people} improve as much. "
        if baseline >= VERY_HIGH_PAIN:
            return f"{text}From so high a baseline it may be said wrongly of 6 to 19 of 100 of them."
        return f"{text}Of 1 in 20 of them it would be said wrongly."
    if sham.share_as_good is None:
        return f"On average {people} improve by {sham.mean:.1f} points."
    share = f"Sham would explain this gain: {100 * sham.share_as_good:.0f} of 100 {people} improve at least as much"
    if not sham.within_reach:
        return (
            f"{share}. From this baseline no gain could be told from sham; periods with and without light in random "
            "order could tell."
        )
    return f"{share}; only from {sham.limit:.1f} points on would it be more."


def _missing(pain: DomainOutcome) -> Iterator[str]:
    for gathered, when in ((pain.before, "before the first session"), (pain.after, "that the result rests on")):
        if gathered is not None and gathered.written < gathered.possible:
            lost = gathered.possible - gathered.written
            are = "day is" if lost == 1 else "days are"
            yield f"Of the {gathered.possible} days {when}, {lost} {are} missing."
    pessimistic = pain.state_if_missing_no_better
    if pessimistic and pessimistic != pain.state:
        called = f"{pessimistic}, not {pain.state}"
        yield f"Had the missing days been as bad as before treatment, pain would be called {called}."
