"""Forest and funnel plot of a pooling."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from nervelight.evidence import Effect, Measure, PooledOutcome, study_label
from nervelight.evidence.effect_size import NORMAL_975
from nervelight.report.evidence_words import (
    effect_text,
    interval_of,
    number_text,
    pooled_title,
    shown_value,
)
from nervelight.report.picture import ACCENT, INK, PAPER, QUIET, Picture, Table, canvas, drawing, finished

__all__ = ["forest_figure", "funnel_figure"]

ROW = 21
# Space for the names on the left and the numbers on the right, in points.
NAMES, NUMBERS = 142, 136
LETTERS = 20
# Room that a name takes beside a point of the funnel, in points.
NAME_HEIGHT, NAME_WIDTH = 12, 110
AXIS: dict[Measure, str] = {
    "mean_difference": "Difference in points of 10",
    "standardised": "Difference in standard deviations (Hedges' g)",
    "risk_ratio": "Risk ratio (log scale)",
}


def forest_figure(found: PooledOutcome) -> Picture | None:
    """Draw the effect of each trial, the pooled one, and where a further trial is expected.

    Returns
    -------
    Picture or None
        None where no trial gives an effect.
    """
    rows = [*found.effects, *found.set_aside]
    if not rows:
        return None
    title = pooled_title(found)
    description = (
        "Each line: one trial with its 95 % interval; the square grows with its weight. Hollow: set aside, not pooled. "
        "Diamond: the mean of the trials with its 95 % interval; bar below it: where the effect of a further trial is "
        "expected (95 % prediction interval)."
    )
    extra = 2 if found.pooled else 0
    height = ROW * (len(rows) + extra + 0.6)
    with drawing():
        figure, axes = canvas(title, height, (NAMES, NUMBERS))
        axes.set_ylim(-(len(rows) + extra) + 0.2, 0.8)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        _scale(axes, found, rows)
        axes.axvline(shown_value(0.0, found.measure), color=QUIET, lw=0.8)
        weights = dict(
            zip((e.study_id for e in found.effects), found.pooled.weights if found.pooled else (), strict=False)
        )
        for index, effect in enumerate(rows):
            _draw_trial(axes, found.measure, -index, effect, weights.get(effect.study_id))
        if found.pooled is not None:
            _draw_pooled(axes, found, -len(rows))
        axes.set_xlabel(AXIS[found.measure])
        _favours(axes, found)
        return finished(figure, f"forest-{found.domain}", title, description, _table(found, rows, weights))


def _scale(axes: Any, found: PooledOutcome, rows: Sequence[Effect]) -> None:
    ends = [end for effect in rows for end in interval_of(effect)] + [0.0]
    if found.pooled is not None:
        ends += [found.pooled.low, found.pooled.high]
        # A prediction interval of three trials may reach far beyond all that was seen: an arrow says so.
        span = max(ends) - min(ends)
        ends += [
            max(found.pooled.prediction_low, min(ends) - 0.4 * span),
            min(found.pooled.prediction_high, max(ends) + 0.4 * span),
        ]
    low, high = min(ends), max(ends)
    room = 0.06 * (high - low)
    low, high = low - room, high + room
    if found.measure == "risk_ratio":
        axes.set_xscale("log")
        axes.set_xlim(math.exp(low), math.exp(high))
        ticks = [t for t in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if math.exp(low) <= t <= math.exp(high)]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.minorticks_off()
        return
    axes.set_xlim(low, high)
    axes.locator_params(axis="x", nbins=5)


def _draw_trial(axes: Any, measure: Measure, y: float, effect: Effect, weight: float | None) -> None:
    low, high = (shown_value(end, measure) for end in interval_of(effect))
    value = shown_value(effect.value, measure)
    colour = INK if not effect.set_aside else QUIET
    style = "-" if not effect.set_aside else (0, (3, 2))
    axes.plot([low, high], [y, y], color=colour, lw=1.1, ls=style)
    size = 4.5 + 6 * math.sqrt((weight or 15) / 100)
    axes.plot(
        [value],
        [y],
        marker="s",
        ms=size,
        color=colour,
        mfc=INK if not effect.set_aside else PAPER,
        mec=colour,
        ls="none",
    )
    _write_row(axes, y, study_label(effect.study_id), effect_text(effect.value, *interval_of(effect), measure), colour)


def _write_row(axes: Any, y: float, name: str, text: str, colour: str, weight: str = "normal") -> None:
    transform = axes.get_yaxis_transform()
    short = name if len(name) <= LETTERS else f"{name[: LETTERS - 1]}…"
    axes.text(-0.03, y, short, ha="right", va="center", transform=transform, color=colour, weight=weight)
    axes.text(1.03, y, text, ha="left", va="center", transform=transform, color=colour, weight=weight, size=10)


def _draw_pooled(axes: Any, found: PooledOutcome, y: float) -> None:
    pooled = found.pooled
    assert pooled is not None
    low, middle, high = (shown_value(x, found.measure) for x in (pooled.low, pooled.estimate, pooled.high))
    axes.fill([low, middle, high, middle], [y, y + 0.32, y, y - 0.32], color=ACCENT, lw=0)
    _write_row(axes, y, "Mean", effect_text(pooled.estimate, pooled.low, pooled.high, found.measure), ACCENT, "bold")
    ends = [shown_value(x, found.measure) for x in (pooled.prediction_low, pooled.prediction_high)]
    left, right = axes.get_xlim()
    shown = [max(ends[0], left), min(ends[1], right)]
    axes.plot(shown, [y - 1, y - 1], color=ACCENT, lw=4, alpha=0.45, solid_capstyle="butt")
    for end, limit, marker in ((ends[0], left, "<"), (ends[1], right, ">")):
        if (end < left) or (end > right):
            axes.plot([limit], [y - 1], marker=marker, ms=6, color=ACCENT, clip_on=False, ls="none")
    low_text, high_text = (number_text(x, found.measure) for x in (pooled.prediction_low, pooled.prediction_high))
    _write_row(axes, y - 1, "Next trial", f"{low_text} to {high_text}", ACCENT)


def _favours(axes: Any, found: PooledOutcome) -> None:
    rows = found.effects or found.set_aside
    light_left = found.measure != "risk_ratio" or rows[0].better == "lower"
    left, right = ("light better", "sham better") if light_left else ("sham better", "light better")
    if found.open_label:
        left, right = left.replace("sham", "comparator"), right.replace("sham", "comparator")
    at = axes.transAxes.inverted().transform(axes.transData.transform((shown_value(0.0, found.measure), 0)))[0]
    style = {"color": QUIET, "size": 9.5, "va": "bottom", "transform": axes.transAxes}
    axes.text(at - 0.015, 1.0, f"← {left}", ha="right", **style)
    axes.text(at + 0.015, 1.0, f"{right} →", ha="left", **style)


def _table(found: PooledOutcome, rows: Sequence[Effect], weights: dict[str, float]) -> Table:
    lines = [
        (
            study_label(e.study_id),
            effect_text(e.value, *interval_of(e), found.measure),
            f"{e.n_light} + {e.n_comparator}",
            f"{weights[e.study_id]:.0f} %" if e.study_id in weights else "set aside" if e.set_aside else "alone",
        )
        for e in rows
    ]
    if found.pooled is not None:
        p = found.pooled
        lines.append(("Mean", effect_text(p.estimate, p.low, p.high, found.measure), "", "100 %"))
        lines.append(
            (
                "Next trial (prediction)",
                effect_text(p.estimate, p.prediction_low, p.prediction_high, found.measure),
                "",
                "",
            )
        )
    return Table(("Trial", f"{AXIS[found.measure]} (95 %)", "People, light + comparator", "Weight"), tuple(lines))


def funnel_figure(found: PooledOutcome) -> Picture | None:
    """Draw effects against their standard errors, so that missing small trials would leave a gap.

    Returns
    -------
    Picture or None
        None for fewer than two effects.
    """
    if found.pooled is None:
        return None
    tested = found.egger is not None
    trials = len(found.effects)
    title = (
        f"Funnel of {trials} trials: Egger's test P = {found.egger.p:.2g}"
        if found.egger is not None
        else f"Funnel of {trials} trials: too few to say whether small ones are missing"
    )
    description = (
        "Each point: one trial, the precise ones on top. Between the slanting lines 95 % of trials would lie if only "
        "chance made them differ. Hollow circle: set aside. "
        + ("Hollow square: trials that trim and fill adds." if tested else "")
    )
    centre = found.pooled.estimate
    every = [*found.effects, *found.set_aside]
    highest = 1.12 * max(math.sqrt(e.variance) for e in every)
    with drawing():
        figure, axes = canvas(title, 230, (48, 20), "Standard error")
        axes.set_ylim(highest, 0)
        ends = [e.value for e in every] + [centre - NORMAL_975 * highest, centre + NORMAL_975 * highest, 0.0]
        room = 0.05 * (max(ends) - min(ends))
        _funnel_ticks(axes, found.measure, min(ends) - room, max(ends) + room)
        axes.plot([centre, centre - NORMAL_975 * highest], [0, highest], color=QUIET, lw=0.8, ls=(0, (3, 2)))
        axes.plot([centre, centre + NORMAL_975 * highest], [0, highest], color=QUIET, lw=0.8, ls=(0, (3, 2)))
        axes.axvline(centre, color=ACCENT, lw=1.2)
        axes.axvline(0, color=QUIET, lw=0.8)
        for effect in every:
            face = PAPER if effect.set_aside else INK
            axes.plot([effect.value], [math.sqrt(effect.variance)], marker="o", ms=6, mfc=face, mec=INK, ls="none")
        _name_points(axes, every)
        if found.trim_and_fill is not None:
            for value, variance in found.trim_and_fill.filled:
                axes.plot([value], [math.sqrt(variance)], marker="s", ms=6, mfc=PAPER, mec=ACCENT, ls="none")
        axes.set_xlabel(AXIS[found.measure])
        lines = tuple(
            (study_label(e.study_id), f"{shown_value(e.value, found.measure):.2f}", f"{math.sqrt(e.variance):.2f}")
            for e in every
        )
        return finished(
            figure, "funnel", title, description, Table(("Trial", AXIS[found.measure], "Standard error"), lines)
        )


def _name_points(axes: Any, effects: Sequence[Effect]) -> None:
    """Write names beside points: to the right, or to the left where the one above would be run into."""
    points = [(tuple(axes.transData.transform((e.value, math.sqrt(e.variance)))), e) for e in effects]
    points.sort(key=lambda point: point[0])
    placed: list[tuple[float, float]] = []
    for (x, y), effect in points:
        crowded = any(
            abs(y - other_y) < NAME_HEIGHT and 0 < other_x - x < NAME_WIDTH for (other_x, other_y), _ in points
        )
        left = crowded and not any(
            abs(y - other_y) < NAME_HEIGHT and 0 < x - other_x < NAME_WIDTH for other_x, other_y in placed
        )
        placed.append((x, y))
        offset, side = (-7, "right") if left else (7, "left")
        at = (effect.value, math.sqrt(effect.variance))
        style = {
            "textcoords": "offset points",
            "ha": side,
            "va": "center",
            "size": 9.5,
            "bbox": {"fc": PAPER, "ec": "none", "pad": 0.5},
        }
        axes.annotate(study_label(effect.study_id), at, xytext=(offset, 0), **style)


def _funnel_ticks(axes: Any, measure: Measure, low: float, high: float) -> None:
    axes.set_xlim(low, high)
    if measure == "risk_ratio":
        ticks = [t for t in (0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20) if low <= math.log(t) <= high]
        axes.set_xticks([math.log(t) for t in ticks], [f"{t:g}" for t in ticks])
    else:
        axes.locator_params(axis="x", nbins=5)
    axes.locator_params(axis="y", nbins=5)
