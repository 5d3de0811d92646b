"""Making a trial in one person: how many blocks, in which order, on which days."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

import numpy as np

from nervelight.assessment import ChangeThreshold, Instrument, check_score, instrument
from nervelight.errors import Fault, InvalidInput
from nervelight.planning.nof1.analysis import SIGNIFICANT
from nervelight.planning.nof1.document import Allocation, NOf1Design, NOf1Protocol, Period, PowerCase, PowerFound
from nervelight.planning.nof1.power import (
    ASSUMED_CORRELATION,
    DAYS_FOR_CORRELATION,
    LEAST_BASELINE_DAYS,
    REPLICATES,
    Scatter,
    Shape,
    power_of,
    scatter_of,
)
from nervelight.planning.plan import require_signable
from nervelight.planning.plan_document import Plan, Prescription
from nervelight.planning.review.outcomes import PAIN, pain_threshold
from nervelight.planning.schedule import make_schedule
from nervelight.planning.thresholds import thresholds_by_name
from nervelight.planning.words import count, duration, duration_band, each_field, joined

__all__ = ["FEWEST_BLOCKS", "MOST_BLOCKS", "design_nof1"]

# Two blocks are one repetition; more than twelve of two weeks each way last a year (rules of this project).
FEWEST_BLOCKS, MOST_BLOCKS = 3, 12
# With fewer the randomisation test cannot fall to 0.05: nothing would be found.
BLOCKS_TO_FIND = math.ceil(1 - math.log2(SIGNIFICANT))
LONGEST_PERIOD_DAYS = 56
POWER_RANGE = (0.5, 0.99)
# Red fades out about here; as in the pictures of a plan.
SEEN_BELOW_NM = 780.0
# "yes" is no description of a dummy setting.
FEWEST_WORDS = 3
SOURCES = ("nervelight_rule", "kravitz2014_nof1", "vohra2015_cent", "harville1974", "bulte2008")


def design_nof1(
    plan: Plan,
    *,
    start: dt.date,
    period_days: int,
    washout_days: int,
    effect: float | Literal["matters"],
    baseline: Sequence[float | None] | None = None,
    scatter: float | None = None,
    power: float | None = None,
    blocks: int | None = None,
    instrument_id: str | None = None,
    dummy_setting: str = "",
    seed: int | None = None,
    today: dt.date | None = None,
) -> tuple[NOf1Design, Allocation]:
    """Make a randomised trial of the plan's light against no light in this person.

    Parameters
    ----------
    plan : Plan
        Periods with light follow its prescription.
    start : date
        First day of the first period.
    period_days, washout_days : int
        Days of each period, and those at its start that do not count.
    effect : float or "matters"
        Improvement to find [points], or the one that matters from the baseline.
    baseline : sequence of float or None, optional
        Scores of successive days before the trial, None for a day without one; this or `scatter`.
    scatter : float, optional
        Standard deviation of days [points], where there is no baseline.
    power : float, optional
        Share of such trials that should find the effect, by interval and randomisation test; sets the number of blocks.
        This or `blocks`.
    blocks : int, optional
        Number of blocks; the power follows.
    instrument_id : str, optional
        What is asked daily; pain from 0 to 10 when absent, where the plan has a score of it.
    dummy_setting : str
        How the lamp gives no light while seeming to. Without it the trial is open.
    seed : int, optional
        Of the order; drawn when not given. Whoever knows it knows the order.
    today : date, optional
        The trial must not begin before it: an order drawn for days that have passed can be chosen by their scores.

    Returns
    -------
    NOf1Design, Allocation
        The design of an open trial holds its allocation as well.

    Raises
    ------
    BlockedPlan
        If the plan must not be signed.
    InvalidInput
        With every fault at once; also when the power cannot be reached, with how far it gets.

    References
    ----------
    Randomised pairs of periods, washout and masking: Kravitz and Duan 2014 (`kravitz2014_nof1`). What is to be told:
    CENT 2015 (`vohra2015_cent`). Numbers of blocks and days: rules of this project (`nervelight_rule`).
    """
    require_signable(plan)
    prescription = _prescription(plan)
    entry = _daily_instrument(plan, instrument_id)
    faults = [*_shape_faults(entry, period_days, washout_days), *_size_faults(power, blocks)]
    if today is not None and start < today:
        faults.append(Fault("start", start.isoformat(), f"{today} or later: the order is drawn before the first day"))
    if dummy_setting and len(dummy_setting.split()) < FEWEST_WORDS:
        told = "how the lamp gives no light while seeming to, such as 'opaque cover that warms as the lamp does'"
        faults.append(Fault("dummy_setting", dummy_setting, told))
    days = _days(entry, plan, baseline, scatter, faults)
    threshold = _threshold(entry, plan)
    wanted = None if days is None else _wanted(entry, threshold, days.level, effect, faults)
    if faults or days is None or wanted is None:
        raise InvalidInput("design", faults)
    tried = range(BLOCKS_TO_FIND, MOST_BLOCKS + 1) if blocks is None else [blocks]
    shapes = [Shape(number, period_days, washout_days) for number in tried]
    found = _power(entry, days, wanted[0], shapes, power)
    periods = tuple(_periods(plan, prescription, start, found.shape))
    if not all(period.sessions for period in periods):
        told = f"long enough for a session: there are {prescription.sessions_per_week:g} a week"
        raise InvalidInput("design", [Fault("period", period_days, told)])
    seed, on = _drawn(found.shape.blocks, seed)
    notes = tuple(_notes(found.shape, plan, prescription, periods, bool(dummy_setting)))
    if not dummy_setting:
        periods = tuple(
            period if period.name in on else period.model_copy(update={"sessions": ()}) for period in periods
        )
    protocol = NOf1Protocol(
        nervelight=version("nervelight"),
        patient=str(plan.case["patient"]["label"]),
        plan_title=plan.title,
        plan_sha256=hashlib.sha256(plan.to_json().encode()).hexdigest(),
        session=_session(plan, prescription),
        instrument=entry.id,
        better=entry.better or "lower",
        level=days.level,
        scatter_reason=days.reason,
        effect=wanted[0],
        effect_reason=wanted[1],
        matters=None if threshold is None else threshold.points_from(days.level),
        period_days=period_days,
        washout_days=washout_days,
        masked=bool(dummy_setting),
        dummy_setting=dummy_setting,
        periods=periods,
        power=found.power,
        smallest_p=2.0 ** (1 - found.shape.blocks),
        notes=notes,
        adherence_percent=thresholds_by_name(plan.thresholds)["adherence_percent"],
        sources=SOURCES if baseline is None else (*SOURCES, "browne1995"),
    )
    allocation = Allocation(start=start, seed=seed, nonce=secrets.token_hex(16), on=on, design_sha256=protocol.sha256())
    design = NOf1Design(
        **dict(protocol), allocation=None if dummy_setting else allocation, commitment=allocation.sha256()
    )
    return design, allocation


@dataclass(frozen=True)
class _Days:
    """What is known of the days before the trial.

    Parameters
    ----------
    level : float
        Mean score.
    ends : tuple of Scatter
        The ends of what is known of their scatter.
    reason : str
        Where that comes from.
    """

    level: float
    ends: tuple[Scatter, Scatter]
    reason: str


@dataclass(frozen=True)
class _Sized:
    """A shape, and its power."""

    shape: Shape
    power: PowerFound


def _prescription(plan: Plan) -> Prescription:
    if plan.prescription is None or not plan.prescription.sessions_per_week:
        raise InvalidInput("plan", [Fault("prescription", None, "a trial needs time and sessions a week of its light")])
    return plan.prescription


def _session(plan: Plan, prescription: Prescription) -> str:
    time = prescription.time_per_field_s
    told = duration(time) if plan.translation is None else duration_band(plan.translation.time_s, time)
    return f"{told} on {each_field(prescription.fields)}, {count(prescription.sessions_per_week, 'session')} a week"


def _daily_instrument(plan: Plan, given: str | None) -> Instrument:
    """Return the instrument that is asked daily: the one given, pain, or the only other with a score."""
    scored = dict.fromkeys(str(score["instrument"]) for score in plan.case["scores"])
    daily = [name for name in scored if instrument(name).days_needed > 1]
    if given is None:
        if PAIN in daily:
            return instrument(PAIN)
        if len(daily) != 1:
            told = f"needs one that is asked daily; the plan has scores of {', '.join(daily) or 'none'}"
            raise InvalidInput("design", [Fault("instrument", None, told)])
        return instrument(daily[0])
    entry = instrument(given)
    if entry.days_needed == 1 or entry.score is None or entry.better is None:
        raise InvalidInput("design", [Fault("instrument", given, "one that is asked daily and has a better end")])
    return entry


def _days(
    entry: Instrument,
    plan: Plan,
    baseline: Sequence[float | None] | None,
    scatter: float | None,
    faults: list[Fault],
) -> _Days | None:
    """Return what is known of the days before the trial, or None with a fault noted."""
    low, high = ASSUMED_CORRELATION
    assumed = f"correlation of a day with the day before assumed from {low:g} to {high:g}"
    if baseline is not None and scatter is None:
        return _days_of_baseline(entry, baseline, assumed, faults)
    if scatter is None or baseline is not None:
        faults.append(Fault("baseline or scatter", None, "one of them: how days scatter decides the size"))
        return None
    widest = _span(entry) / 2
    if not 0 < scatter <= widest:
        faults.append(Fault("scatter", scatter, f"points above 0, at most {widest:g}: half of the scale"))
        return None
    scores = [score for score in plan.case["scores"] if score["instrument"] == entry.id]
    if not scores:
        faults.append(Fault("baseline", None, f"the plan has no score of {entry.id} that would say from which level"))
        return None
    level = float(max(scores, key=lambda score: score["date"])["value"])
    return _Days(level, (Scatter(scatter, low), Scatter(scatter, high)), f"scatter as given; {assumed}")


def _days_of_baseline(
    entry: Instrument, baseline: Sequence[float | None], assumed: str, faults: list[Fault]
) -> _Days | None:
    wrong = []
    for number, score in enumerate(baseline, 1):
        try:
            if score is not None:
                check_score(entry.id, score)
        except ValueError as problem:
            wrong.append(Fault(f"baseline[{number}]", score, str(problem)))
    scores = [score for score in baseline if score is not None]
    if len(scores) < LEAST_BASELINE_DAYS:
        wrong.append(Fault("baseline", f"{len(scores)} scores", f"{LEAST_BASELINE_DAYS} days with a score or more"))
    if wrong:
        faults += wrong
        return None
    if len(scores) >= DAYS_FOR_CORRELATION:
        assumed = "80 % interval of the correlation of a day with the day before"
    reason = f"{len(scores)} days: upper limit of their scatter, one-sided 80 %; {assumed}"
    return _Days(sum(scores) / len(scores), scatter_of(baseline), reason)


def _span(entry: Instrument) -> float:
    low, high = _ends(entry)
    return math.inf if low is None or high is None else high - low


def _ends(entry: Instrument) -> tuple[float | None, float | None]:
    return (None, None) if entry.score is None else (entry.score.low, entry.score.high)


def _shape_faults(entry: Instrument, period: int, washout: int) -> Iterator[Fault]:
    least = entry.days_needed
    if not least <= period <= LONGEST_PERIOD_DAYS:
        yield Fault("period", period, f"whole days from {least} to {LONGEST_PERIOD_DAYS}")
    elif washout < 0 or period - washout < least:
        told = f"from 0 to {period - least} days: {least} days of each period have to count"
        yield Fault("washout", washout, told)


def _size_faults(power: float | None, blocks: int | None) -> Iterator[Fault]:
    if (power is None) == (blocks is None):
        yield Fault("power or blocks", None, "one of them: the other follows")
        return
    low, high = POWER_RANGE
    if power is not None and not low <= power <= high:
        yield Fault("power", power, f"from {low:.0%} to {high:.0%}".replace("%", " %"))
    if blocks is not None and not FEWEST_BLOCKS <= blocks <= MOST_BLOCKS:
        yield Fault("blocks", blocks, f"from {FEWEST_BLOCKS} to {MOST_BLOCKS}")


def _threshold(entry: Instrument, plan: Plan) -> ChangeThreshold | None:
    """Return the change that matters: of pain as the plan has it, of others their own."""
    return pain_threshold(thresholds_by_name(plan.thresholds)) if entry.id == PAIN else entry.threshold


def _wanted(
    entry: Instrument,
    threshold: ChangeThreshold | None,
    level: float,
    effect: float | Literal["matters"],
    faults: list[Fault],
) -> tuple[float, str] | None:
    """Return the effect to find and why, or None with a fault noted."""
    points, reason = effect, "as given"
    if points == "matters":
        if threshold is None:
            faults.append(Fault("effect", "matters", f"points: no change of {entry.name} is known to matter"))
            return None
        points = threshold.points_from(level)
        mark = " (not verified)" if threshold.unverified else ""
        reason = f"the change that matters from {level:.3g}: {threshold.reason}{mark}"
    low, high = _ends(entry)
    end = low if entry.better == "lower" else high
    room = math.inf if end is None else abs(level - end)
    if not 0 < points <= room:
        faults.append(Fault("effect", points, f"points above 0, at most {room:.3g}: the scale ends there"))
        return None
    return points, reason


def _power(entry: Instrument, days: _Days, effect: float, shapes: Sequence[Shape], wanted: float | None) -> _Sized:
    """Return the first shape that reaches the power wanted, or the first of all where none is; raise if none does."""
    shift = -effect if entry.better == "lower" else effect
    for shape in shapes:
        cases = tuple(
            PowerCase(
                scatter=round(end.deviation, 3),
                correlation=round(end.correlation, 3),
                **power_of(shape, end, days.level, shift, _ends(entry))._asdict(),
            )
            for end in dict.fromkeys(days.ends)
        )
        worst = min(cases, key=lambda case: (case.power, case.interval))
        if wanted is None or worst.power >= wanted:
            error = 1.96 * math.sqrt(worst.power * (1 - worst.power) / REPLICATES)
            return _Sized(shape, PowerFound(wanted=wanted, reached=worst.power, error=error, cases=cases))
    told = (
        f"{shape.blocks} blocks, {shape.days} days, find an effect of {effect:.3g} points in {100 * worst.power:.0f} "
        f"of 100 trials if days scatter by {worst.scatter:.2g} points with correlation {worst.correlation:.2g}"
    )
    helps = "longer periods or a longer baseline may help; a larger effect would"
    raise InvalidInput("design", [Fault("power", wanted, told, helps)])


def _periods(plan: Plan, prescription: Prescription, start: dt.date, shape: Shape) -> Iterator[Period]:
    """Yield the periods in order of time, each with sessions."""
    weekdays = plan.case["course"].get("weekdays") or ()
    for number in range(2 * shape.blocks):
        first = start + dt.timedelta(days=number * shape.period_days)
        last = first + dt.timedelta(days=shape.period_days - 1)
        course = make_schedule(first, prescription.sessions_per_week, shape.period_days, weekdays)
        yield Period(
            name=f"{number // 2 + 1}{'AB'[number % 2]}",
            block=number // 2 + 1,
            first=first,
            counts_from=first + dt.timedelta(days=shape.washout_days),
            last=last,
            sessions=tuple(session.date for session in course.sessions if session.date <= last),
        )


def _drawn(blocks: int, seed: int | None) -> tuple[int, tuple[str, ...]]:
    """Draw the order in each block, by itself: return the seed, and the names of the periods with light."""
    seed = secrets.randbits(32) if seed is None else seed
    second = np.random.default_rng(seed).integers(0, 2, blocks).tolist()
    return seed, tuple(f"{block}{'AB'[later]}" for block, later in enumerate(second, 1))


def _notes(
    shape: Shape, plan: Plan, prescription: Prescription, periods: Sequence[Period], masked: bool
) -> Iterator[str]:
    # Over all periods: the mean of those with light would tell which they are.
    given = sum(len(period.sessions) for period in periods) / len(periods)
    total, in_all = prescription.total_sessions, f"About {given * shape.blocks:.0f} sessions with light in all"
    if given * shape.blocks > total:
        yield f"{in_all}, more than the {total} of the plan's course: whoever signed the plan has to agree to that."
    else:
        yield f"{in_all}; the plan's course has {total}."
    if masked:
        yield (
            "Masked. Whoever sets the lamp keeps allocation.json and sets it by that; nobody else opens it before the "
            "last day. On that day ask first which periods are thought to have had light, and why; "
            "`nervelight nof1 analyse --guesses` takes the answers. Until then the result says that masking was not "
            "checked."
        )
        lights = () if plan.lamp is None else plan.lamp.wavelengths
        seen = [f"{light.wavelength_nm:g}" for light in lights if light.wavelength_nm < SEEN_BELOW_NM]
        if seen:
            yield (
                f"This lamp's light of {joined(seen)} nm is seen: it must be hidden in both settings, from whoever "
                "asks for the score as well."
            )
    else:
        yield (
            "Open: it is known when the light is on. What is expected of it is in the effect, and cannot be taken out."
        )
    yield "Findings, gates and reasons to stop of the plan hold on every day of the trial."
    if given < total:
        yield (
            f"A period with light holds {given:.2g} of the {total} sessions of the plan's course: an effect that needs "
            "the whole course is not seen."
        )
    yield (
        f"What lasts longer than the {count(shape.washout_days, 'day')} of washout is counted as no light and makes "
        "the effect look smaller. How long light acts is not known here."
    )
    if shape.period_days % 7:
        yield "Periods are not whole weeks: what differs between weekdays is taken for scatter, or for an effect."
    smallest = 2.0 ** (1 - shape.blocks)
    if smallest > SIGNIFICANT:
        yield (
            f"The randomisation test cannot give less than p = {smallest:.3g} with {shape.blocks} blocks: no result "
            f"can rule out chance. For {SIGNIFICANT:g} it takes {BLOCKS_TO_FIND}."
        )
