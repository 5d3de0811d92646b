"""The days of a trial in one person, with light and without."""

from __future__ import annotations

from typing import Any

from nervelight.assessment import instrument
from nervelight.planning.diary import Diary
from nervelight.planning.nof1 import NOf1Design, NOf1Result
from nervelight.report.nof1_words import nof1_table, nof1_title
from nervelight.report.picture import (
    ACCENT,
    INK,
    PAPER,
    QUIET,
    RULE,
    Picture,
    canvas,
    drawing,
    finished,
    mark_change,
)
from nervelight.report.words import day, joined

__all__ = ["nof1_figure"]

HEIGHT, LEFT, RIGHT = 200, 26, 8
TICKS = 5


def nof1_figure(design: NOf1Design, diary: Diary, found: NOf1Result) -> Picture:
    """Draw each day's score, the periods with light tinted, and the mean of each period.

    Parameters
    ----------
    design : NOf1Design
    diary : Diary
    found : NOf1Result
        What `analyse_nof1` gives for both.
    """
    title = nof1_title(found, design)
    how = "Masked." if found.masked else "Open: it was known when the light was on."
    made_up = f" A made-up diary: {found.synthetic}" if found.synthetic else ""
    description = (
        f"Score of each day of the trial. {how} Tinted: periods with light. Hatched, hollow circles: washout, not "
        f"counted. Filled circles: days that count. Bars: mean of each period.{made_up}"
    )
    if found.changed:
        description += f" Triangles: other treatment changed ({joined([day(date) for date in found.changed])})."
    start = design.periods[0].first
    with drawing():
        name = instrument(design.instrument)
        figure, axes = canvas(
            title, HEIGHT, (LEFT, RIGHT), f"{name.name}{'; made up' if found.synthetic else ''}; light on or off"
        )
        days = (design.periods[-1].last - start).days + 1
        axes.set_xlim(0.5, days + 0.5)
        if name.score is not None and name.score.low is not None and name.score.high is not None:
            # Room above the scale for the words, and below for points at its lower end.
            axes.set_ylim(name.score.low - 0.03 * name.score.high, 1.12 * name.score.high)
        axes.locator_params(axis="y", nbins=TICKS, integer=True)
        axes.set_xlabel("Day of the trial. Hatched, hollow: washout, not counted. Bars: means.")
        blocks = [(period.first - start).days + 1 for period in design.periods[::2]]
        axes.set_xticks(blocks[:: -(-len(blocks) // TICKS)])
        scores = dict(diary.series(design.instrument))
        for period, days_of in zip(design.periods, found.periods, strict=True):
            first, counts, last = ((day - start).days + 0.5 for day in (period.first, period.counts_from, period.last))
            _draw_ground(axes, (first, counts, last + 1), days_of.on)
            for counted in (False, True):
                mine = [
                    ((day - start).days + 1, score)
                    for day, score in scores.items()
                    if period.first <= day <= period.last and (day >= period.counts_from) is counted
                ]
                face, edge = (INK, INK) if counted else (PAPER, QUIET)
                place = tuple(zip(*mine, strict=True)) or ((), ())
                axes.plot(*place, marker="o", ms=2.8, mfc=face, mec=edge, mew=0.7, ls="none")
            if days_of.mean is not None:
                colour = ACCENT if days_of.on else QUIET
                axes.plot(
                    [counts, last + 1],
                    [days_of.mean] * 2,
                    color=colour,
                    lw=3,
                    alpha=0.8,
                    zorder=1,
                    solid_capstyle="butt",
                )
        low, high = axes.get_ylim()
        for number, date in enumerate(found.changed, 1):
            mark_change(axes, (date - start).days + 1, (low, high), f"{number}")
        return finished(figure, "nof1", title, description, nof1_table(found))


def _draw_ground(axes: Any, ends: tuple[float, float, float], on: bool) -> None:
    """Tint one period, hatch its washout, and write whether there was light."""
    first, counts, last = ends
    if on:
        axes.axvspan(first, last, color=ACCENT, alpha=0.13, lw=0)
    axes.axvspan(first, counts, facecolor="none", edgecolor=RULE, hatch="////", lw=0)
    axes.axvline(first, color=RULE, lw=0.7, zorder=0)
    words = {"ha": "center", "va": "top", "size": 9, "color": ACCENT if on else QUIET}
    axes.text((first + last) / 2, axes.get_ylim()[1], "on" if on else "off", **words)
