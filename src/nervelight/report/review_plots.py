"""The pictures of a review: pain by day with its bands, light delivered against planned, and a calendar of sessions."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from nervelight.planning.review import GivenSession, Review
from nervelight.report.picture import (
    ACCENT,
    BLOCK,
    INK,
    PAPER,
    QUIET,
    RULE,
    Picture,
    Table,
    canvas,
    drawing,
    finished,
    mark_change,
)
from nervelight.report.words import band, count, day, number, short_day

__all__ = ["adherence_figure", "delivery_figure", "outcome_figure"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HIGHEST = 10
MOST_TICKS = 5
# The calendar of a short course is not drawn any wider than that of a long one.
FEWEST_WEEKS = 12
# Points of pain between two labels at the right edge.
LABEL_GAP = 0.75


def outcome_figure(review: Review) -> Picture | None:
    """Draw pain by day, with the change that matters, measurement error, people on sham, gates and other treatment.

    Parameters
    ----------
    review : Review

    Returns
    -------
    Picture or None
        None where pain was never written down.
    """
    pain = review.outcomes[0]
    if not review.pain:
        return None
    title = f"Pain: {pain.state}"
    if pain.before and pain.after and pain.instrument == "nrs11":
        title = f"Pain went from {pain.before.mean:.1f} to {pain.after.mean:.1f} of 10: {pain.state}"
    if review.sham is not None and review.sham.more_than_sham:
        title += ", more than sham would explain"
    elif review.sham is not None and review.sham.explained:
        title += "; sham would explain it"
    description = (
        "Pain of each day, 0 to 10. Bars: means before the first session and before the review. Dashed line: from here "
        "down the change matters. Dotted band: from here down it is beyond measurement error, for the two ends of that "
        "error. Grey: people on sham, mean and 90 %, drawn as coming on evenly over the course, an assumption. "
        "Ticks below: sessions. Lines from above: decisions."
    )
    changes = "; ".join(f"{index} {change.text}" for index, change in enumerate(review.other_treatment, 1))
    if changes:
        description += f" Triangles, other treatment changed: {changes}."
    days = [value.date for value in review.pain]
    first, last = min(days[0], review.first_light), max(days[-1], review.on)
    span = (last - first).days
    with drawing():
        figure, axes = canvas(title, 230, (24, 112), "Pain, 0 to 10")
        axes.set(xlim=(first.toordinal() - 1, last.toordinal() + 1), ylim=(-1.2, HIGHEST + 2.6), yticks=range(0, 11, 2))
        axes.spines["left"].set_bounds(0, HIGHEST)
        labels: list[tuple[float, str, str]] = []
        _draw_sham(axes, review, last, labels)
        _draw_bands(axes, review, last, labels)
        _write_labels(axes, labels)
        _draw_marks(axes, review, first, last)
        axes.plot(
            [d.toordinal() for d in days], [v.value for v in review.pain], color=INK, marker="o", ms=2.6, ls="none"
        )
        for gathered in (pain.before, pain.after):
            if gathered is not None and pain.instrument == "nrs11":
                ends = (gathered.first.toordinal() - 0.4, gathered.last.toordinal() + 0.4)
                axes.plot(ends, [gathered.mean] * 2, color=INK, lw=2.6, solid_capstyle="butt")
        given = [session.date.toordinal() for session in review.delivery.sessions]
        axes.vlines(given, -1.05, -0.45, color=ACCENT, lw=1.2)
        _date_axis(axes, first, last, span)
        return finished(figure, "outcome", title, description, _outcome_table(review))


def _draw_sham(axes: Any, review: Review, last: dt.date, labels: list[tuple[float, str, str]]) -> None:
    pain, sham = review.outcomes[0], review.sham
    if sham is None or pain.before is None or pain.instrument != "nrs11":
        return
    start, end = review.first_light.toordinal(), last.toordinal()
    full = next((gate.date.toordinal() for gate in reversed(review.gates)), end)
    share = min(1.0, (end - start) / max(full - start, 1))
    base = pain.before.mean
    ends = [min(max(base - share * change, 0.0), HIGHEST) for change in (sham.low, sham.mean, sham.limit)]
    axes.fill_between([start, end], [base, ends[0]], [base, ends[2]], color=QUIET, alpha=0.13, lw=0)
    axes.plot([start, end], [base, ends[1]], color=QUIET, lw=1.2)
    labels.append((ends[1], "people on sham", QUIET))


def _draw_bands(axes: Any, review: Review, last: dt.date, labels: list[tuple[float, str, str]]) -> None:
    pain = review.outcomes[0]
    if pain.before is None or pain.important is None or pain.instrument != "nrs11":
        return
    start, end = review.first_light.toordinal(), last.toordinal() + 1
    matters = pain.before.mean - pain.important
    axes.plot([start, end], [matters, matters], color=ACCENT, lw=1.2, ls=(0, (6, 3)))
    labels.append((matters, "matters", ACCENT))
    if pain.reliable is not None:
        upper, lower = (pain.before.mean - error for error in pain.reliable)
        axes.fill_between(
            [start, end], [lower] * 2, [upper] * 2, facecolor="none", edgecolor=ACCENT, lw=0.7, ls=(0, (1, 2))
        )
        labels.append(((upper + lower) / 2, "beyond error", ACCENT))


def _write_labels(axes: Any, labels: Sequence[tuple[float, str, str]]) -> None:
    """Write at the right edge, from below, each label off the one before."""
    last = -math.inf
    for y, words, colour in sorted(labels):
        last = max(y, last + LABEL_GAP)
        axes.text(1.015, last, words, color=colour, va="center", transform=axes.get_yaxis_transform())


def _draw_marks(axes: Any, review: Review, first: dt.date, last: dt.date) -> None:
    """Draw decisions with their words above the days, and changes of other treatment by number."""
    for row, gate in enumerate(gate for gate in review.gates if first <= gate.date <= last):
        x, y = gate.date.toordinal(), HIGHEST + 0.5 + 0.7 * (row % 3)
        axes.plot([x, x], [0, y], color=QUIET, lw=0.8, ls=(0, (2, 2)))
        left = x > first.toordinal() + 0.6 * (last - first).days
        offset, side = (-4, "right") if left else (4, "left")
        place = {"xytext": (offset, 0), "textcoords": "offset points", "ha": side, "va": "center"}
        words = gate.text.split(",")[0]
        axes.annotate(words, (x, y), color=QUIET, size=10, bbox={"fc": PAPER, "ec": "none", "pad": 0.6}, **place)
    for index, change in enumerate(review.other_treatment, 1):
        if first <= change.date <= last:
            mark_change(axes, change.date.toordinal(), (0, HIGHEST), f"{index}")


def _date_axis(axes: Any, first: dt.date, last: dt.date, span: int) -> None:
    step = max(1, math.ceil(span / (MOST_TICKS - 1)))
    marks = list(range(first.toordinal(), last.toordinal() + 1, step))
    axes.set_xticks(marks, [short_day(dt.date.fromordinal(mark)) for mark in marks])


def _outcome_table(review: Review) -> Table:
    gates = {gate.date: gate.text for gate in review.gates}
    changes = {change.date: change.text for change in review.other_treatment}
    given = {session.date for session in review.delivery.sessions}
    pain = {value.date: value.value for value in review.pain}
    rows = [
        (
            day(date),
            f"{pain[date]:g}" if date in pain else "not written down",
            "yes" if date in given else "",
            "; ".join(filter(None, (gates.get(date, ""), changes.get(date, "")))),
        )
        for date in sorted({*pain, *given, *changes, *(date for date in gates if date <= review.on)})
    ]
    return Table(("Day", "Pain, 0 to 10", "Session", "Decision or other treatment"), tuple(rows))


def delivery_figure(review: Review) -> Picture | None:
    """Draw the fluence [J/cm2] at the target, delivered against planned, adding up over the course.

    Parameters
    ----------
    review : Review

    Returns
    -------
    Picture or None
        None before the first session was due.
    """
    found = review.delivery
    if not found.due or not found.fields:
        return None
    share = sum(field.percent for field in found.fields) / len(found.fields)
    title = f"{share:.0f} % of the planned light reached the target so far"
    description = (
        "Light at the target (fluence) added up over the sessions, mean of the fields, at the median of the plan. Grey "
        "steps: planned. Blue steps: delivered, recomputed from time, fields, distance and lamp of each session. The "
        "light itself is known to the interval in the table; the share of the planned is known better."
    )
    planned = [entry.date for entry in found.days]
    per_session = sum(field.planned_j_cm2.p50 for field in found.fields) / len(found.fields) / found.due
    start, end = min(planned[0], review.start), max(review.on, planned[-1])
    with drawing():
        figure, axes = canvas(title, 170, (48, 70), "Fluence at the target, J/cm²")
        steps = [(date, (number + 1) * per_session) for number, date in enumerate(planned)]
        delivered = [(session.date, session.cumulative_j_cm2) for session in found.sessions]
        highest = max(steps[-1][1], delivered[-1][1] if delivered else 0.0)
        axes.set(xlim=(start.toordinal() - 1, end.toordinal() + 1), ylim=(0, 1.12 * highest))
        axes.locator_params(axis="y", nbins=MOST_TICKS)
        # Two labels at one height would hide each other.
        near = bool(delivered) and abs(delivered[-1][1] - steps[-1][1]) < 0.09 * highest
        lift = (7 if delivered[-1][1] < steps[-1][1] else -7) if near else 0
        _steps(axes, start, steps, end, QUIET, "planned", lift)
        _steps(axes, start, delivered, review.on, ACCENT, "delivered", -lift)
        _date_axis(axes, start, end, (end - start).days)
        rows = tuple(
            (field.field, band(field.delivered_j_cm2), band(field.planned_j_cm2), f"{field.percent:.0f} %")
            for field in found.fields
        )
        header = ("Field", "Delivered, J/cm² (90 %)", "Planned until now, J/cm² (90 %)", "Share")
        return finished(figure, "delivery", title, description, Table(header, rows))


def _steps(
    axes: Any,
    start: dt.date,
    steps: Sequence[tuple[dt.date, float]],
    end: dt.date,
    colour: str,
    word: str,
    lift: float,
) -> None:
    x = [start.toordinal() - 1, *(date.toordinal() for date, _ in steps), end.toordinal()]
    y = [0.0, *(total for _, total in steps)]
    axes.step(x, [*y, y[-1]], where="post", color=colour, lw=2.0 if colour == ACCENT else 1.2)
    place = {"xytext": (5, lift), "textcoords": "offset points", "va": "center"}
    axes.annotate(word, (x[-1], y[-1]), color=colour, annotation_clip=False, **place)


def adherence_figure(review: Review) -> Picture | None:
    """Draw a calendar of the sessions: given, moved, missed, to come, and more than planned.

    Parameters
    ----------
    review : Review

    Returns
    -------
    Picture or None
        None for a plan without sessions.
    """
    found = review.delivery
    if not found.days:
        return None
    title = f"{found.given} of {count(found.due, 'session')} given: {found.adherence_percent:.0f} %"
    description = (
        "One column a week, one row a day. Filled: given on its day. Half filled: moved or made up later, at the day "
        "it was planned for. Cross: missed. Hollow: to come. Diamond: a session that the plan does not have."
    )
    unplanned = [session.date for session in found.sessions if session.planned is None]
    first = min([entry.date for entry in found.days] + unplanned)
    monday = first - dt.timedelta(days=first.weekday())
    last = max([entry.date for entry in found.days] + unplanned)
    weeks = (last - monday).days // 7 + 1
    with drawing():
        figure, axes = canvas(title, 118, (34, 12))
        axes.set(xlim=(-0.6, max(weeks, FEWEST_WEEKS) - 0.4), ylim=(6.6, -0.6))
        axes.set_yticks(range(7), WEEKDAYS)
        axes.tick_params(length=0)
        axes.spines[["left", "bottom"]].set_visible(False)
        for row in range(7):
            axes.axhline(row, color=RULE, lw=0.6, zorder=0)
        for entry in found.days:
            _draw_day(axes, (entry.date - monday).days // 7, entry.date.weekday(), entry.state)
        for date in unplanned:
            axes.plot([(date - monday).days // 7], [date.weekday()], marker="D", ms=6, mfc=PAPER, mec=INK, ls="none")
        step = max(1, math.ceil(max(weeks, FEWEST_WEEKS) / MOST_TICKS))
        marks = list(range(0, weeks, step))
        axes.set_xticks(marks, [short_day(monday + dt.timedelta(weeks=mark)) for mark in marks])
        return finished(figure, "adherence", title, description, _adherence_table(review))


def _draw_day(axes: Any, x: int, y: int, state: str) -> None:
    if state == "missed":
        axes.plot([x], [y], marker="x", ms=7, mew=1.8, color=BLOCK, ls="none")
        return
    fill = {"given": "full", "moved": "left", "made up": "left", "to come": "none"}[state]
    axes.plot([x], [y], marker="s", ms=9, color=ACCENT, fillstyle=fill, markerfacecoloralt=PAPER, mec=ACCENT, ls="none")


def _adherence_table(review: Review) -> Table:
    found = review.delivery
    sessions = {session.planned: session for session in found.sessions if session.planned is not None}
    rows = []
    for entry in found.days:
        session = sessions.get(entry.date)
        light = "" if session is None or session.light_percent is None else f"{number(session.light_percent)} %"
        state = (
            entry.state if session is None or entry.state == "given" else f"{entry.state}, {short_day(session.date)}"
        )
        rows.append((day(entry.date, weekday=True), state, light, _remarks(session)))
    rows += [
        (day(session.date, weekday=True), "not planned", "", _remarks(session))
        for session in found.sessions
        if session.planned is None
    ]
    return Table(
        ("Planned for", "What became of it", "Light, of planned", "Out of tolerance, or not written down"), tuple(rows)
    )


def _remarks(session: GivenSession | None) -> str:
    if session is None:
        return ""
    much = (session.too_much,) if session.too_much else ()
    missing = f"not written down: {', '.join(session.not_recorded)}" if session.not_recorded else ""
    return "; ".join(filter(None, (*much, *session.departures, missing)))
