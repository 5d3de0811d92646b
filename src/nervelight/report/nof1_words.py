"""Trials in one person in words: the design with its days, and what the days showed."""

from __future__ import annotations

from typing import Any

from nervelight.assessment import instrument
from nervelight.planning.nof1 import IndividualEffect, NOf1Design, NOf1Result, Period
from nervelight.planning.nof1.analysis import CONFIDENCE, SIGNIFICANT
from nervelight.report.words import count, day, joined, short_day

__all__ = ["nof1_design_rows", "nof1_period_rows", "nof1_record", "nof1_rows", "nof1_title", "nof1_warnings"]

Rows = list[tuple[str, str]]

# Outside of the 95 % interval on one side.
TAIL = (1 - CONFIDENCE) / 2
# Below this, or above one less it, a probability is told as a bound.
SMALL = 0.01
ROUNDS_TO_NOTHING = 0.05


def nof1_design_rows(design: NOf1Design) -> Rows:
    """Return what a design is, what it would find, and how it is to be read."""
    power = design.power
    cases = [
        (
            "",
            f"{100 * case.power:.0f}: days that scatter by {_points(case.scatter)}, correlation {case.correlation:.2g}",
        )
        for case in power.cases
    ]
    found = f"in {100 * power.reached:.0f} of 100 such trials (± {100 * power.error:.0f}), if every day is filled in"
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
    """Return the result in one line, with its interval and whether the trial was open."""
    effect = found.effect
    name = "Pain" if design.instrument == "nrs11" else "The score"
    span = f"95 % interval {_signed(effect.low, effect.high)}"
    small = "" if effect.p_matters is None or effect.p_matters >= TAIL else ": less than what matters"
    if effect.low <= 0 <= effect.high:
        return f"No clear difference between light and no light ({span}){small}"
    size = f"{_signed(abs(effect.effect)).lstrip('+')} points {'lower' if effect.effect < 0 else 'higher'}"
    shown = "with light" if found.masked else "with light, open trial"
    return f"{name} was {size} {shown} ({span}){small if effect.p_better > 0.5 else ''}"


def nof1_rows(found: NOf1Result, design: NOf1Design) -> Rows:
    """Return what a trial showed, and what that rests on."""
    effect = found.effect
    direction = "less is better" if effect.better == "lower" else "more is better"
    size = f"{_signed(effect.effect)} points, 95 % interval {_signed(effect.low, effect.high)}"
    alike = f"correlation {effect.correlation:.2f} ({_signed(effect.correlation_low, effect.correlation_high)})"
    rows = [
        ("difference", f"{size}; {direction}"),
        ("truly better", f"{_probability(effect.p_better)}, if nothing was known beforehand"),
    ]
    if effect.p_matters is not None and design.matters is not None:
        rows.append(("by what matters", f"{_probability(effect.p_matters)}, from {_points(design.matters)} on"))
    return [
        *rows,
        ("randomisation", _test(effect)),
        ("each block", f"{joined([_signed(size) for size in effect.differences])}, light less no light"),
        ("day after day", f"{alike}, scatter {_points(effect.scatter)}"),
        ("days", _days(found)),
        ("sessions", _sessions(found)),
    ]


def nof1_warnings(found: NOf1Result, design: NOf1Design) -> list[str]:
    """Return what must be read with the result, first what weighs most."""
    said = []
    if found.synthetic:
        said.append(f"A made-up diary: {found.synthetic}")
    if found.days_to_come:
        said.append(
            f"Looked at {count(found.days_to_come, 'day')} before the end: who looks often, and stops when all looks "
            "well, finds effects that are not there."
        )
    if found.masked:
        said.append("Masked: that nobody guessed is not shown here; ask which periods were thought to have light.")
    else:
        said.append("Open: what was expected of the light is in the difference, and cannot be taken out.")
    effect = found.effect
    if not effect.low <= 0 <= effect.high and effect.p_randomisation > SIGNIFICANT:
        said.append(
            f"The interval trusts that days resemble each other only as its model says. The randomisation test trusts "
            f"nothing but the draw, and does not rule out chance (p = {effect.p_randomisation:.3g})."
        )
    if found.changed:
        said.append(
            f"Other treatment changed on {joined([day(date) for date in found.changed])}: that may be the difference."
        )
    said.append(
        f"The level of each block takes up slow drift. A change within a block, or an effect that outlasts "
        f"{count(design.washout_days, 'day')} of washout, is not told apart from light."
    )
    return said


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


def _signed(*values: float) -> str:
    """Return numbers with their sign, as ends of an interval where there are two."""
    # An end that would round to nothing gets a second place, so that its side of zero is seen.
    places = 2 if any(0 < abs(value) < ROUNDS_TO_NOTHING for value in values) else 1
    return " to ".join(f"{value:+.{places}f}".replace("-", "−") if value else "0" for value in values)


def _probability(p: float) -> str:
    if p > 1 - SMALL or p < SMALL:
        return f"probability {'above' if p > 0.5 else 'below'} {1 - SMALL if p > 0.5 else SMALL:g}"
    return f"probability {p:.2f}"
