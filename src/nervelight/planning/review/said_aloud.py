"""What must be said with any result: what else could explain it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from nervelight.evidence import FALSE_CALLS
from nervelight.planning.diary import Diary
from nervelight.planning.review.course import Course
from nervelight.planning.review.earlier import Settled
from nervelight.planning.review.known import PLANNED_DAY, Decided, Known
from nervelight.planning.review.outcomes import PAIN
from nervelight.planning.review.review_document import DomainOutcome, ShamStanding
from nervelight.planning.review.rules_effect import EFFECT_RULES
from nervelight.planning.words import count, day

__all__ = ["said_aloud"]

# From here on pain is what brought the person to treatment, and its mean tends to fall by itself.
HIGH_PAIN = 4.0
# From here on more people on sham fall by as much than the 5 % over all baselines (validation/sham_calls.py).
VERY_HIGH_PAIN = 8.0
# By `validation/review_calls.py`: 42 % of 2000, with what people say of their change assumed.
ON_SHAM_TOO = (
    "Of simulated people with diabetic polyneuropathy whose light does nothing, about 4 in 10 are told to continue too."
)
# What changed in other treatment this long before the first session can still be at work.
OTHER_TREATMENT_DAYS = 28


def said_aloud(
    course: Course,
    diary: Diary,
    known: Known,
    sham: ShamStanding | None,
    settled: Settled,
    decided: Decided,
) -> Iterator[str]:
    """Yield regression to the mean, sham, other treatment, the day, what is missing, and what was settled before."""
    pain = known.pain
    if pain.before is not None and pain.instrument == PAIN and pain.before.mean >= HIGH_PAIN:
        yield _regression(course, pain.before.mean)
    if sham is not None and sham.share_as_good is not None and pain.before is not None:
        yield _against_sham(sham, sham.share_as_good, pain.before.mean)
    if decided.rule == "better":
        yield ON_SHAM_TOO
    since = course.first_light - dt.timedelta(days=OTHER_TREATMENT_DAYS)
    changes = [each for each in diary.days if each.other_treatment and each.date >= since]
    if changes:
        told = "; ".join(f"{each.other_treatment} ({day(each.date)})" for each in changes)
        yield f"Other treatment changed: {told}. That explains a change before light does."
    off = (known.on - known.effect_gate).days
    if off > PLANNED_DAY and decided.rule in EFFECT_RULES:
        yield (
            f"The effect was to be judged on {day(known.effect_gate)}; this is {count(off, 'day')} later. Who looks on "
            "several days finds a good one by chance more often than the card says."
        )
    if course.late_days:
        yield f"The course began {count(course.late_days, 'day')} late; its weeks and gates are counted from then."
    if settled.adjusted is not None:
        light = day(course.first_light)
        yield f"This plan adjusts an earlier one: the baseline is that before its first session, {light}."
    yield from _missing(pain)
    unscored = [each for each in diary.days if each.not_scored]
    if unscored:
        told = ", ".join(f"{', '.join(each.not_scored)} of {day(each.date)}" for each in unscored)
        yield f"Forms with too few answers for a score: {told}."
    if course.before and settled.adjusted is None:
        yield "Sessions of an earlier plan are not counted; the baseline is that before the first session of this one."
    for (name, date), card in settled.flags.items():
        if card.clinician is not None and date <= known.on:
            by = f"{card.clinician.by} on {day(card.on)}"
            yield f"Dealt with by {by}: {name.replace('_', ' ')} of {day(date)}."


def _regression(course: Course, baseline: float) -> str:
    text = (
        f"Treatment began when pain was {baseline:.1f} of 10. Pain that is high when treatment begins tends to fall by "
        "itself (regression to the mean)."
    )
    first = [
        (str(score["date"]), float(score["value"]))
        for score in course.plan.case.get("scores", ())
        if score["instrument"] == PAIN
        and str(score["date"]) < course.first_light.isoformat()
        and score.get("value") is not None
    ]
    if first and max(first)[1] - baseline >= 1:
        date, value = max(first)
        since = day(dt.date.fromisoformat(date))
        text += f" From {value:g} on {since} it had fallen by {value - baseline:.1f} before any light."
    return text


def _against_sham(sham: ShamStanding, as_good: float, baseline: float) -> str:
    people = f"people with {sham.condition} on sham"
    if sham.more_than_sham:
        text = f"More than sham would explain: fewer than 1 in 20 {people} improve as much. "
        if baseline >= VERY_HIGH_PAIN:
            return f"{text}From so high a baseline it may be said wrongly of 6 to 19 of 100 of them."
        return f"{text}Of 1 in 20 of them it would be said wrongly."
    share = f"{100 * as_good:.0f} of 100 {people} improve at least as much"
    if as_good < FALSE_CALLS:
        return f"Sham would not explain this gain, since {share}; but measurement error could."
    if not sham.within_reach:
        return (
            f"Sham would explain this gain: {share}. From this baseline no gain could be told from sham; periods with "
            "and without light in random order could tell."
        )
    return f"Sham would explain this gain: {share}; only from {sham.limit:.1f} points on would it be more."


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
