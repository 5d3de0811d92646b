"""A plan as one page that needs nothing else: for the screen, the phone and the printer."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from nervelight.planning.findings import LEVELS, Finding, ranked
from nervelight.planning.plan_document import Plan, ScheduledSession
from nervelight.report.case_rows import case_rows, case_value
from nervelight.report.plots import course_figure, fluence_figure, irradiance_figure
from nervelight.report.words import (
    band,
    count,
    day,
    distance,
    duration,
    duration_band,
    joined,
    number,
    percentage,
    short_day,
    temperature,
    typeset,
)
from nervelight.sources import Checked, all_sources

__all__ = ["findings_in_words", "plan_page", "plan_version"]

CHECKED_WORDS: Mapping[Checked, str] = {
    "full-text": "",
    "full-text-part": "read in part",
    "abstract": "read as abstract only",
    "partial-abstract": "read as part of an abstract",
    "conference-abstract": "read as abstract of a congress",
    "vendor": "read on a seller's page",
    "citation-only": "known as a citation only",
    "registry": "read in the trial registry",
    "data": "data set",
    "secondary": "known through a third party",
    "own": "",
}
# What moves the time by less is named, but not told in numbers.
LEAST_FACTOR = 1.05
_ADDRESS = re.compile(r"(?P<url>https?://[^\s<>\"]*[^\s<>\".,;)])|doi:\s*(?P<doi>10\.[^\s<>\"]*[^\s<>\".,;])")


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
    # A page must say the same whether the plan was just made or read back: plan.json rounds its numbers.
    plan = Plan.model_validate_json(plan.to_json())
    pictures = [picture for draw in (fluence_figure, irradiance_figure, course_figure) if (picture := draw(plan))]
    return (
        _environment()
        .get_template("plan.html.j2")
        .render(
            plan=plan,
            version=plan_version(plan),
            css=Markup(resources.files("nervelight.report").joinpath("templates/page.css").read_text(encoding="utf-8")),
            patient=case_value(plan.case, "patient", "label"),
            condition=case_value(plan.case, "diagnosis", "condition").replace("_", " "),
            case_rows=case_rows(plan.case),
            findings=ranked(plan.findings),
            findings_heading=findings_in_words(plan.findings),
            weeks=_by_week(plan.schedule.sessions) if plan.schedule else (),
            pictures=pictures,
            sources=_source_rows(plan),
            least_factor=LEAST_FACTOR,
            marks=_Marks(plan.citations),
        )
    )


def plan_version(plan: Plan) -> str:
    """Return the SHA-256 of the plan's JSON text, the same for a page and its ``plan.json``."""
    return hashlib.sha256(plan.to_json().encode()).hexdigest()


def findings_in_words(findings: Iterable[Finding]) -> str:
    """Return the number of findings by level: ``1 block, 2 warnings, 3 notes``."""
    found = [finding.level for finding in findings]
    nouns = {"block": "block", "warn": "warning", "note": "note"}
    counts = [count(found.count(level), nouns[level]) for level in LEVELS if level in found]
    return ", ".join(counts) or "no findings"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("nervelight.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        band=band,
        count=count,
        day=day,
        distance=distance,
        duration=duration,
        duration_band=duration_band,
        joined=joined,
        number=number,
        percentage=percentage,
        short_day=short_day,
        temperature=temperature,
        two_pieces=_two_pieces,
        typeset=typeset,
    )
    return environment


def _two_pieces(text: str) -> Markup:
    """Let a narrow column break a value with interval before the interval only."""
    value, bracket, interval = text.partition(" (")
    pieces = [value, f"({interval}"] if bracket else [value]
    return Markup(" ").join(Markup('<span class="piece">{}</span>').format(piece) for piece in pieces)


class _Marks:
    """Source keys as small numbers that lead to the list of sources."""

    def __init__(self, citations: Mapping[str, str]) -> None:
        self._numbers = {key: index for index, key in enumerate(citations, start=1)}

    def __call__(self, keys: Iterable[str]) -> Markup:
        links = [
            Markup('<a href="#source-{0}" aria-label="source {0}">{0}</a>').format(self._numbers[key])
            if key in self._numbers
            else escape(key)
            for key in keys
        ]
        return Markup('<sup class="marks">{}</sup>').format(Markup(" ").join(links)) if links else Markup("")


def _source_rows(plan: Plan) -> tuple[tuple[Markup, str], ...]:
    """Return each citation with its links live, and how far it was read."""
    rows = []
    for key, citation in plan.citations.items():
        known = all_sources().get(key)
        text = citation
        if known is not None and known.link and known.link not in text and (not known.doi or known.doi not in text):
            text = f"{text} {known.link}"
        rows.append((_linked(text), CHECKED_WORDS[known.checked] if known is not None else ""))
    return tuple(rows)


def _linked(text: str) -> Markup:
    """Escape a text and turn its addresses into links; the address stays readable, on paper too."""
    parts, end = Markup(""), 0
    for hit in _ADDRESS.finditer(text):
        address = hit["url"] or f"https://doi.org/{hit['doi']}"
        parts += escape(text[end : hit.start()]) + Markup('<a href="{}">{}</a>').format(address, address)
        end = hit.end()
    return parts + escape(text[end:])


def _by_week(sessions: Iterable[ScheduledSession]) -> tuple[tuple[ScheduledSession, ...], ...]:
    """Return the sessions week by week, counted from the first."""
    weeks: dict[int, list[ScheduledSession]] = {}
    first = None
    for session in sessions:
        first = first or session.date
        weeks.setdefault((session.date - first).days // 7, []).append(session)
    return tuple(tuple(week) for week in weeks.values())
