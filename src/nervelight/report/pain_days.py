"""Pain day by day with the sessions given, drawn without a plotting library, so that a page can make it at once."""

from __future__ import annotations

import datetime as dt
import html
from collections.abc import Callable, Collection, Iterator, Mapping

from nervelight.planning.words import count, day
from nervelight.report.picture import ACCENT, INK, RULE, Picture, Table
from nervelight.report.words import short_day

__all__ = ["draw_pain_days"]

WIDTH, HEIGHT = 360.0, 210.0
LEFT, RIGHT, TOP, BOTTOM = 26.0, 8.0, 22.0, 170.0
SESSIONS_AT, LABELS_AT = 184.0, 204.0
QUIET = "#5a5a5a"


def draw_pain_days(
    scores: Mapping[dt.date, float], sessions: Collection[dt.date], first: dt.date, last: dt.date
) -> Picture:
    """Draw pain from 0 to 10 by day; a day without an entry is a gap, never a guess.

    Parameters
    ----------
    scores : mapping of date to float
        Pain of the days that were written down.
    sessions : collection of date
        Days with a session.
    first, last : date
        The days to draw, both included.
    """
    days = (last - first).days + 1
    if days < 1:
        raise ValueError(f"needs a last day that is not before the first, got {first} and {last}")
    shown = {date: scores[date] for date in sorted(scores) if first <= date <= last}
    light = sorted(date for date in sessions if first <= date <= last)
    step = (WIDTH - LEFT - RIGHT) / days

    def x(date: dt.date) -> float:
        return LEFT + ((date - first).days + 0.5) * step

    body = [*_axis(), *_lines(shown, x)]
    body += [
        f'<path d="M{x(date):.1f} {SESSIONS_AT - 5:.1f}v8" style="stroke: {_v(INK)}; stroke-width: 2"/>'
        for date in light
    ]
    body.append(_text(LEFT, LABELS_AT, short_day(first), "start"))
    if days > 1:
        body.append(_text(WIDTH - RIGHT, LABELS_AT, short_day(last), "end"))
    body.append(_text(0, 12, "Pain, 0 to 10", "start"))
    body.append(_text(0, SESSIONS_AT + 3, "light", "start", 9))
    title = f"Pain on {count(len(shown), 'day')} of {days}, {count(len(light), 'session')}"
    description = (
        f"From {day(first)} to {day(last)}. Each dot is the pain of one day. Days side by side are joined; where "
        "nothing was written down there is a gap. Strokes below are days with light."
    )
    return Picture("pain-days", _svg(body, title, description), title, description, _table(shown, light))


def _v(colour: str) -> str:
    names = {INK: "ink", RULE: "rule", ACCENT: "accent", QUIET: "quiet"}
    return f"var(--{names[colour]}, {colour})"


def _height(score: float) -> float:
    return BOTTOM - score / 10 * (BOTTOM - TOP)


def _axis() -> Iterator[str]:
    for score in (0, 5, 10):
        height = _height(score)
        yield (f'<path d="M{LEFT:.1f} {height:.1f}H{WIDTH - RIGHT:.1f}" style="stroke: {_v(RULE)}; stroke-width: 1"/>')
        yield _text(LEFT - 5, height + 4, str(score), "end")


def _lines(shown: Mapping[dt.date, float], x: Callable[[dt.date], float]) -> Iterator[str]:
    run: list[tuple[float, float]] = []
    before: dt.date | None = None
    for date, score in shown.items():
        if before is not None and (date - before).days > 1:
            yield from _run(run)
            run = []
        run.append((x(date), _height(score)))
        before = date
    yield from _run(run)


def _run(points: list[tuple[float, float]]) -> Iterator[str]:
    if len(points) > 1:
        way = "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
        yield f'<path d="M{way}" style="fill: none; stroke: {_v(ACCENT)}; stroke-width: 1.6"/>'
    for a, b in points:
        yield f'<circle cx="{a:.1f}" cy="{b:.1f}" r="2.6" style="fill: {_v(ACCENT)}"/>'


def _text(x: float, y: float, words: str, anchor: str, size: float = 11) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" style="font-size: {size:g}px; text-anchor: {anchor}; fill: {_v(QUIET)}">'
        f"{html.escape(words)}</text>"
    )


def _svg(body: list[str], title: str, description: str) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
        'aria-labelledby="pain-days-title pain-days-desc">'
        f'<title id="pain-days-title">{html.escape(title)}</title>'
        f'<desc id="pain-days-desc">{html.escape(description)}</desc>{"".join(body)}</svg>'
    )


def _table(shown: Mapping[dt.date, float], light: Collection[dt.date]) -> Table:
    dates = sorted({*shown, *light})
    rows = tuple(
        (day(date), f"{shown[date]:g}" if date in shown else "not written down", "yes" if date in light else "no")
        for date in dates
    )
    return Table(("Day", "Pain, 0 to 10", "Light"), rows)
