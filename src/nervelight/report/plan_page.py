"""A plan as one page that needs nothing else: for the screen, the phone and the printer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from nervelight.planning.findings import LEVELS, Finding, ranked
from nervelight.planning.plan_document import Plan, ScheduledSession
from nervelight.report.case_rows import case_rows, case_value
from nervelight.report.page import Marks, environment, page_style, source_rows
from nervelight.report.plots import course_figure, fluence_figure, irradiance_figure
from nervelight.report.words import count

__all__ = ["findings_in_words", "plan_body", "plan_page", "plan_version"]

# What moves the time by less is named, but not told in numbers.
LEAST_FACTOR = 1.05


def plan_page(plan: Plan) -> str:
    """Return a plan as a self-contained HTML page.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        HTML5, with pictures and style inside, without scripts and without a request to anywhere. Equal plans
        give equal pages.
    """
    return environment().get_template("plan.html.j2").render(css=page_style(), signature=True, **_context(plan))


def plan_body(plan: Plan) -> str:
    """Return what stands in the page of a plan, for a page that has head and style already.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        HTML without head, style and the lines to sign on. Where the page comes from says who signed.
    """
    return environment().get_template("plan_body.html.j2").render(signature=False, **_context(plan))


def _context(plan: Plan) -> dict[str, Any]:
    # A page must say the same whether the plan was just made or read back: plan.json rounds its numbers.
    plan = Plan.model_validate_json(plan.to_json())
    pictures = [picture for draw in (fluence_figure, irradiance_figure, course_figure) if (picture := draw(plan))]
    return {
        "plan": plan,
        "version": plan_version(plan),
        "patient": case_value(plan.case, "patient", "label"),
        "condition": case_value(plan.case, "diagnosis", "condition").replace("_", " "),
        "case_rows": case_rows(plan.case),
        "findings": ranked(plan.findings),
        "findings_heading": findings_in_words(plan.findings),
        "weeks": _by_week(plan.schedule.sessions) if plan.schedule else (),
        "pictures": pictures,
        "sources": source_rows(plan.citations),
        "least_factor": LEAST_FACTOR,
        "marks": Marks(plan.citations),
    }


def plan_version(plan: Plan) -> str:
    """Return the SHA-256 of the plan's JSON text, the same for a page and its ``plan.json``."""
    return hashlib.sha256(plan.to_json().encode()).hexdigest()


def findings_in_words(findings: Iterable[Finding]) -> str:
    """Return the number of findings by level: ``1 block, 2 warnings, 3 notes``."""
    found = [finding.level for finding in findings]
    nouns = {"block": "block", "warn": "warning", "note": "note"}
    counts = [count(found.count(level), nouns[level]) for level in LEVELS if level in found]
    return ", ".join(counts) or "no findings"


def _by_week(sessions: Iterable[ScheduledSession]) -> tuple[tuple[ScheduledSession, ...], ...]:
    """Return the sessions week by week, counted from the first."""
    weeks: dict[int, list[ScheduledSession]] = {}
    first = None
    for session in sessions:
        first = first or session.date
        weeks.setdefault((session.date - first).days // 7, []).append(session)
    return tuple(tuple(week) for week in weeks.values())
