"""Trials in one person in words: the design with its days, and what the days showed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from nervelight.assessment import instrument
from nervelight.planning.nof1 import Guesses, IndividualEffect, NOf1Design, NOf1Result, Period
from nervelight.planning.nof1.analysis import SIGNIFICANT
from nervelight.planning.nof1.document import PowerCase
from nervelight.report.picture import Table
from nervelight.report.words import count, day, joined, short_day

__all__ = [
    "nof1_design_rows",
    "nof1_period_rows",
    "nof1_record",
    "nof1_rows",
    "nof1_table",
    "nof1_title",
    "nof1_warnings",
]

Rows = list[tuple[str, str]]

# Share of days missing, and how far it may differ with light and without (rules of this project).
MOST_MISSING, MOST_UNEQUAL = 0.2, 0.1
# Below this, or above one less it, a probability is told as a bound.
SMALL = 0.01
ROUNDS_TO_NOTHING = 0.05


def nof1_design_rows(design: NOf1Design) -> Rows:
    """Return what a design is, what it would find, and how it is to be read."""
    power = design.power
    cases = [
        ("", f"{100 * case.power:.0f} {_case(case)}; interval alone {100 * case.interval:.0f}") for case in power.cases
    ]
    if design.smallest_p > SIGNIFICANT:
        found = "never: with so few blocks the randomisation test cannot rule out chance"
    else:
        found = (
            f"in {100 * power.reached:.0f} of 100 such trials (± {100 * power.error:.0f}), if every day is filled in: "
            f"interval without zero, and p ≤ {SIGNIFICANT:g}"
        )
    if power.wanted is not None:
        found += f"; {100 * power.wanted:.0f} were asked for"
    return [
        ("for", design.patient),
        ("trial", f"masked: {design.dummy_setting}" if design.masked else "open: no dummy setting was stated"),
        ("asked daily", instrument(design.instrument).name),
        ("made to find", f"{_points(design.effect)} better: {design.effect_reason}"),
        ("finds it", found),
        *cases,
        ("days", design.scatter_reason),
        ("left out", f"the first {count(design.washout_days, 'day')} of each period of {design.period_days} days"),
        ("smallest p", f"{design.smallest_p:.3g}, randomisation test"),
        ("light given", design.session),
        ("sealed by", f"{design.commitment}: give this, or design.json, to somebody else before the first day"),
        ("sources", ", ".join(design.sources)),
    ]


def nof1_period_rows(design: NOf1Design) -> list[tuple[str, str, str, str, str]]:
    """Return a row for each period: name, days, first day that counts, light, number of sessions."""
    lit = None if design.allocation is None else design.light_on(None)
    return [
        (
            period.name,
            f"{short_day(period.first)} to {day(period.last)}",
            short_day(period.counts_from),
            "sealed" if lit is None else "on" if period.name in lit else "off",
            _session_days(period),
        )
        for period in design.periods
    ]


def nof1_title(found: NOf1Result, design: NOf1Design) -> str:
    """Return the result in one line: with its interval, how far it can be trusted, and whether the trial is over."""
    early = f"Not finished, {count(found.days_to_come, 'day')} to come: " if found.days_to_come else ""
    if not found.light_given:
        said = "No session with light was written down: nothing is said of light"
    else:
        said = _conclusion(found, design)
    return f"{early}{said[0].lower()}{said[1:]}" if early else said


def _conclusion(found: NOf1Result, design: NOf1Design) -> str:
    effect = found.effect
    span = f"95 % interval {_signed(effect.low, effect.high)}"
    small = _against_matters(effect, design.matters)
    if effect.low <= 0 <= effect.high:
        return f"No clear difference between light and no light, {_masking(found)} ({span}){small}"
    name = "Pain" if design.instrument == "nrs11" else "The score"
    size = f"{_signed(abs(effect.effect)).lstrip('+')} points {_side(effect)}"
    unsure = (
        "" if effect.p_randomisation <= SIGNIFICANT else f"; chance is not ruled out (p = {effect.p_randomisation:.3g})"
    )
    worse = "" if _improved(effect) else "Worse with light: "
    return (
        f"{worse}{name if not worse else name.lower()} was {size} with light, {_masking(found)} ({span}){small}{unsure}"
    )


def _against_matters(effect: IndividualEffect, matters: float | None) -> str:
    """Return what the interval rules out of what matters, either way."""
    if matters is None:
        return ""
    worst, best = (-effect.high, -effect.low) if effect.better == "lower" else (effect.low, effect.high)
    if best >= matters:
        return ""
    if worst > -matters:
        return ": less than what matters"
    # Of a clear worsening nobody asks whether it is a benefit.
    return "; a benefit that matters is ruled out, a worsening is not" if best >= 0 else ""


def _masking(found: NOf1Result) -> str:
    """Return in few words what the person knew."""
    if not found.masked:
        return "open trial"
    if (asked := found.guesses) is None:
        return "masked (not checked)"
    return f"masked (guesses: {asked.right} right, {asked.wrong} wrong, {asked.unsure} unsure)"


def _improved(effect: IndividualEffect) -> bool:
    return (effect.effect < 0) == (effect.better == "lower")


def _side(effect: IndividualEffect) -> str:
    return "lower" if effect.effect < 0 else "higher"


def nof1_rows(found: NOf1Result, design: NOf1Design) -> Rows:
    """Return what a trial showed, and what that rests on."""
    effect = found.effect
    direction = "less is better" if effect.better == "lower" else "more is better"
    size = f"{_signed(effect.effect)} points, 95 % interval {_signed(effect.low, effect.high)}"
    correlation = _signed(effect.correlation, places=2)
    alike = f"correlation {correlation} ({_signed(effect.correlation_low, effect.correlation_high)})"
    return [
        ("difference", f"{size}; {direction}"),
        *(_chances(found, design) if found.light_given else ()),
        ("randomisation", _test(effect)),
        ("each block", f"{joined([_signed(size) for size in effect.differences])}, light less no light"),
        ("day after day", f"{alike}, scatter {_points(effect.scatter)}"),
        ("days", _days(found)),
        ("sessions", _sessions(found)),
        *([("guesses", _guessed(found.guesses))] if found.guesses else ()),
    ]


def _chances(found: NOf1Result, design: NOf1Design) -> Iterator[tuple[str, str]]:
    """Yield how probable it is that scores differ by more than chance, and by what matters; not why they do."""
    effect = found.effect
    why = "masking not checked" if found.masked and found.guesses is None else "as far as masking held"
    why = why if found.masked else "open: expectation included"
    improved = _improved(effect)
    p = effect.p_better if improved else 1 - effect.p_better
    told = (
        f"{'better' if improved else 'worse'}, by more than chance: {_probability(p)}, if nothing was known beforehand"
    )
    yield _side(effect), f"{told} ({why})"
    if effect.p_matters is not None and design.matters is not None:
        yield "what matters", f"better by {_points(design.matters)} or more: {_probability(effect.p_matters)} ({why})"


def nof1_table(found: NOf1Result) -> Table:
    """Return the days of each period."""
    rows = tuple(
        (
            period.name,
            "on" if period.on else "off",
            "-" if period.mean is None else f"{period.mean:.1f}",
            str(period.used),
            str(period.missing),
            str(period.left_out),
        )
        for period in found.periods
    )
    return Table(("Period", "Light", "Mean", "Days", "Missing", "Washout left out"), rows)


def nof1_warnings(found: NOf1Result, design: NOf1Design) -> list[str]:
    """Return what must be read with the result, first what weighs most."""
    return list(_warnings(found, design))


def _warnings(found: NOf1Result, design: NOf1Design) -> Iterator[str]:
    effect = found.effect
    clear = not effect.low <= 0 <= effect.high
    if clear and not _improved(effect):
        yield "Worse in the periods with light: see the plan's reasons to stop before any further session."
    if found.synthetic:
        yield f"A made-up diary: {found.synthetic}"
    yield from _delivery(found, design)
    yield from _gaps(found)
    if found.days_to_come:
        yield (
            f"Looked at {count(found.days_to_come, 'day')} before the end: who looks often, and stops when all looks "
            "well, finds effects that are not there."
        )
    yield from _what_was_known(found)
    if clear and effect.p_randomisation > SIGNIFICANT:
        yield (
            f"The interval trusts that days resemble each other only as its model says. The randomisation test trusts "
            f"nothing but the draw, and does not rule out chance (p = {effect.p_randomisation:.3g})."
        )
    if found.changed:
        yield f"Other treatment changed on {joined([day(date) for date in found.changed])}: that may be the difference."
    yield (
        f"The level of each block takes up slow drift. A change within a block, or an effect that outlasts "
        f"{count(design.washout_days, 'day')} of washout, is not told apart from light."
    )


def _delivery(found: NOf1Result, design: NOf1Design) -> Iterator[str]:
    """Yield where what was given is not what was to be compared."""
    for on in (True, False) if found.masked else (True,):
        mine = [period for period in found.periods if period.on is on]
        # A session too many in one period does not make up for one too few in another.
        given, planned = sum(min(p.sessions, p.planned) for p in mine), sum(p.planned for p in mine)
        if 100 * given < design.adherence_percent * planned or (on and not found.light_given):
            what = "light" if on else "the dummy"
            yield (
                f"{given} of {planned} sessions with {what} written down, below {design.adherence_percent:g} %: what "
                "is compared is not what was planned."
            )
    stray = sum(period.sessions for period in found.periods if not period.on)
    if stray and not found.masked:
        yield f"{count(stray, 'session')} in periods that should have had none: less light is compared with more."


def _gaps(found: NOf1Result) -> Iterator[str]:
    """Yield where days are missing, or more with light than without."""
    missing, days = {}, {}
    for on in (True, False):
        missing[on] = sum(period.missing for period in found.periods if period.on is on)
        days[on] = missing[on] + sum(period.used for period in found.periods if period.on is on)
    lost = {on: missing[on] / days[on] if days[on] else 0.0 for on in days}
    if sum(missing.values()) > MOST_MISSING * sum(days.values()) or abs(lost[True] - lost[False]) > MOST_UNEQUAL:
        yield (
            f"Days missing: {missing[True]} of {days[True]} with light, {missing[False]} of {days[False]} without. If "
            "bad days, or good ones, were left out on one side, that is the difference."
        )


def _what_was_known(found: NOf1Result) -> Iterator[str]:
    if not found.masked:
        yield "Open: what was expected of the light is in the difference, and cannot be taken out."
    elif found.guesses is None:
        yield (
            "Masked, but nobody knows whether that held: ask which periods are thought to have had light, and give the "
            "answers with --guesses."
        )
    elif found.guesses.p <= SIGNIFICANT:
        yield (
            "Periods were guessed right more often than chance would: by the dummy, or by a difference that was felt. "
            "Read this as an open trial, with expectation in the difference."
        )
    else:
        yield f"Guesses were not clearly better than chance (p = {found.guesses.p:.2g}): no proof that masking held."


def nof1_record(found: NOf1Result, design: NOf1Design) -> dict[str, Any]:
    """Return what a trial showed as a record; differences are points, with light less without."""
    from dataclasses import asdict

    return {
        "instrument": design.instrument,
        "title": nof1_title(found, design),
        "warnings": nof1_warnings(found, design),
        "matters": design.matters,
        **asdict(found),
        "changed": [date.isoformat() for date in found.changed],
    }


def _case(case: PowerCase) -> str:
    return f"if days scatter by {_points(case.scatter)} with correlation {case.correlation:.2g}"


def _session_days(period: Period) -> str:
    """Return how many sessions a period has, and on which weekdays."""
    if not period.sessions:
        return "none"
    weekdays = dict.fromkeys(short_day(date, weekday=True).split()[0] for date in period.sessions)
    return f"{len(period.sessions)}: {', '.join(weekdays)}"


def _days(found: NOf1Result) -> str:
    used = [sum(period.used for period in found.periods if period.on is on) for on in (True, False)]
    missing = sum(period.missing for period in found.periods)
    left = sum(period.left_out for period in found.periods)
    told = f"{used[0]} with light and {used[1]} without; {missing} not filled in, {left} of washout left out"
    return f"{told}, {found.outside} outside of the trial" if found.outside else told


def _sessions(found: NOf1Result) -> str:
    if found.masked:
        given, planned = (sum(getattr(p, name) for p in found.periods) for name in ("sessions", "planned"))
        return f"{given} of {planned} written down, light or dummy"
    lit = [period for period in found.periods if period.on]
    told = f"{sum(p.sessions for p in lit)} of {sum(p.planned for p in lit)} with light written down"
    stray = sum(period.sessions for period in found.periods if not period.on)
    return f"{told}; {stray} in periods that should have had none" if stray else told


def _test(effect: IndividualEffect) -> str:
    blocks = count(len(effect.blocks), "block")
    return f"p = {effect.p_randomisation:.3g}; with {blocks} it cannot be below {effect.p_smallest:.3g}"


def _points(size: float) -> str:
    return f"{size:.2g} point" if f"{size:.2g}" == "1" else f"{size:.2g} points"


def _guessed(asked: Guesses) -> str:
    told = f"{asked.right} right, {asked.wrong} wrong, {asked.unsure} unsure"
    return f"{told}; as many right or more in {100 * asked.p:.0f} of 100 draws of the order"


def _signed(*values: float, places: int = 1) -> str:
    """Return numbers with their sign, as ends of an interval where there are two."""
    # An end that would round to nothing gets a second place, so that its side of zero is seen.
    places = 2 if any(0 < abs(value) < ROUNDS_TO_NOTHING for value in values) else places
    return " to ".join(f"{value:+.{places}f}".replace("-", "−") if value else "0" for value in values)


def _probability(p: float) -> str:
    if p > 1 - SMALL or p < SMALL:
        return f"probability {'above' if p > 0.5 else 'below'} {1 - SMALL if p > 0.5 else SMALL:g}"
    return f"probability {p:.2f}"
