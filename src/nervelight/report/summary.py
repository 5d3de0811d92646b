"""A plan on one screen of a terminal: 80 columns, with or without colour, wrapped at words."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from nervelight.planning.findings import ranked
from nervelight.planning.plan_document import AnchorSummary, Plan
from nervelight.report.words import band, count, day, duration, duration_band, joined, temperature, typeset

__all__ = ["COLUMNS", "plan_facts", "print_summary"]

COLUMNS = 80
STYLES = {"block": "bold red", "warn": "bold yellow", "note": "bold blue"}
WORDS = {"block": "BLOCK", "warn": "WARN", "note": "NOTE"}


def print_summary(plan: Plan, console: Console) -> None:
    """Print what a clinician must know of a plan before anything else.

    Parameters
    ----------
    plan : Plan
    console : rich.console.Console
        Colours and width are its own; no more than 80 columns are used.
    """
    width = min(COLUMNS, console.width)
    lines = Table.grid(padding=(0, 2))
    lines.add_column(no_wrap=True)
    lines.add_column(overflow="fold")
    if plan.blocked:
        lines.add_row(Text("BLOCKED", STYLES["block"]), Text("cannot be signed", "bold"))
    for label, value in plan_facts(plan):
        lines.add_row(Text(label), Text(typeset(value)))
    lines.add_row()
    for level, text in _findings(plan):
        lines.add_row(Text(WORDS[level], STYLES[level]), Text(typeset(text)))
    console.print(Text(typeset(plan.title), "bold"), width=width)
    console.print()
    console.print(lines, width=width)
    console.print()
    for statement in plan.expectation.sentences:
        console.print(Text(typeset(statement.text)), width=width)
    console.print()
    console.print(Text(typeset(plan.disclaimer), "italic"), width=width)


def plan_facts(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield what a clinician asks of a plan first, each with its label."""
    order = plan.prescription
    if order is None:
        yield "Time", "none prescribed"
    else:
        told = duration(order.time_per_field_s)
        if plan.translation is not None and order.capped:
            told += f", cut; the light of the trial would need {duration_band(plan.translation.time_s)}"
        elif plan.translation is not None:
            told = duration_band(plan.translation.time_s, order.time_per_field_s)
        yield "Time", f"{told} for each field"
        yield "Fields", f"{joined(order.fields)}; {duration(order.session_time_s)} of light a session"
        often = f"{order.sessions_per_week:g} a week for {count(order.weeks, 'week')}"
        often += f", {order.total_sessions} in all"
        if plan.schedule is not None:
            often += f", from {day(plan.schedule.sessions[0].date, weekday=True)}"
        yield "Sessions", often
    for light in plan.targets:
        if light.is_target:
            yield "Target", f"{light.label}, {band(light.depth_mm, 'mm')} deep"
            reach = f"{band(light.fluence_rate_mw_cm2, 'mW/cm2')} of light there (fluence rate)"
            if light.fluence_j_cm2 is not None:
                reach += f", {band(light.fluence_j_cm2, 'J/cm2')} a session"
            yield "Light", reach
    if plan.warmth is not None:
        yield "Heat", f"skin {temperature(plan.warmth.skin_c)} at its warmest"
    yield "Follows", _anchor(plan.anchor)
    expected = plan.expectation
    yield (
        "How sure",
        f"benefit over a dummy lamp {expected.benefit_over_sham}; certainty {expected.certainty}",
    )


def _anchor(anchor: AnchorSummary) -> str:
    if anchor.study_id is None or anchor.kind == "none":
        return f"no study: {anchor.why}"
    kind = {
        "arm": "",
        "envelope": " (a recommended window, not a trial)",
        "null": " (a trial without benefit)",
    }
    against = f"; against it: {joined([trial.study_id for trial in anchor.against])}" if anchor.against else ""
    return f"{anchor.study_id}{kind[anchor.kind]}{against}"


def _findings(plan: Plan) -> Iterator[tuple[str, str]]:
    """Tell each block and warning, and the notes by their titles on one line."""
    notes = []
    for finding in ranked(plan.findings):
        if finding.level == "note":
            notes.append(finding.title)
            continue
        text = finding.title
        if finding.value or finding.limit:
            limit = f"limit {finding.limit}{' †' if finding.unverified else ''}" if finding.limit else ""
            text += f": {'; '.join(filter(None, (finding.value, limit)))}"
        if finding.level == "block" and finding.unblock:
            text += f". To unblock: {finding.unblock}"
        yield finding.level, text
    if notes:
        yield "note", f"{count(len(notes), 'note')}: {'; '.join(notes)}"
