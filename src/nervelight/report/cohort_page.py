"""A cohort as one page: who is reached, in what time, by which lamp, and who is left out."""

from __future__ import annotations

from collections.abc import Sequence

from nervelight.optics import device, site
from nervelight.planning.case import CUTANEOUS_ENDINGS
from nervelight.planning.safety.limits import SKIN_CAP_C, SKIN_CAP_NUMB_C, SKIN_RISE_C, SKIN_STOP_C
from nervelight.populations import Cell, CohortSummary, ProtocolSummary
from nervelight.report.cohort_plots import FEW, cohort_figures, protocols_figure, share_text
from nervelight.report.page import environment, page_style
from nervelight.report.words import distance, duration, number

__all__ = ["cohort_page", "cohort_rows"]

REASON_WORDS = {
    "unreachable": "less than a thousandth of the light on the skin arrives at the target",
    "cap": "the matching time is longer than the session cap",
    "time": "the time that everybody gets is shorter than their matching time",
    "skin": "reached, but the skin passes its cap of temperature or of rise",
}
FINDING_WORDS = {
    "target.unreachable": "Less than a thousandth arrives",
    "time.cap": "Matching time above the cap",
    "rate.ratio": "Fluence rate at the target not within a third to three times the trial's",
    "skin.temperature": f"Skin above {SKIN_CAP_C:g} °C ({SKIN_CAP_NUMB_C:g} °C: neuropathy) or up {SKIN_RISE_C:g} K",
}
# With fewer people in a world their chance shows in the interval over worlds.
ENOUGH_OF_A_WORLD = 100


def cohort_page(summary: CohortSummary) -> str:
    """Return a cohort as a self-contained HTML page, without scripts and without a request to anywhere.

    Parameters
    ----------
    summary : CohortSummary

    Returns
    -------
    str
        HTML5. Equal summaries give equal pages.
    """
    sections = [
        {
            "found": found,
            "facts": _facts(found),
            "left": _left(found),
            "tones": _tones(found),
            "pictures": cohort_figures(found),
        }
        for found in summary.protocols
    ]
    return (
        environment()
        .get_template("cohort.html.j2")
        .render(
            css=page_style(),
            summary=summary,
            overview=protocols_figure(summary),
            compared=_compared(summary),
            by_people=_by_people(summary),
            few=summary.people / summary.worlds < ENOUGH_OF_A_WORLD,
            taken=(
                ("As the file says", summary.assumed),
                ("Drawn for each person", summary.drawn),
                ("Drawn once for everybody in a world", summary.common),
            ),
            sections=sections,
        )
    )


def cohort_rows(summary: CohortSummary) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the header and the rows of a cohort in the terminal."""
    header = ("protocol", "reached", "interval", "median time", "skin warm")
    rows: list[tuple[str, ...]] = [
        (
            found.id,
            share_text(found.reached.share),
            ""
            if found.reached.low is None or found.reached.high is None
            else f"{100 * found.reached.low:.0f} to {100 * found.reached.high:.0f} %",
            duration(_median(found)),
            share_text(found.findings["skin.temperature"]),
        )
        for found in summary.protocols
    ]
    return header, rows


def _compared(summary: CohortSummary) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return for each protocol how long it takes and how warm the skin gets."""
    rows: list[tuple[str, ...]] = [
        (
            found.label,
            duration(_median(found)),
            f"{found.skin_c[0]:.1f} °C ({found.skin_c[1]:.1f} °C)",
            share_text(found.findings["skin.temperature"]),
        )
        for found in summary.protocols
    ]
    return ("Protocol", "Median matching time", "Skin: median (95th percentile)", "Skin too warm"), rows


def _by_people(summary: CohortSummary) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return for each protocol the share reached among people of each skin tone, and among the deepest fifth."""
    tones = tuple(dict.fromkeys(cell.tone for found in summary.protocols for cell in found.cells))
    rows = []
    for found in summary.protocols:
        groups = [[cell for cell in found.cells if cell.tone == tone] for tone in tones]
        groups.append([cell for cell in found.cells if cell.depth_high_mm is None])
        rows.append((found.label, *(_reached(cells) for cells in groups)))
    return ("Protocol", *tones, "Deepest fifth"), rows


def _reached(cells: Sequence[Cell]) -> str:
    return _share(sum(cell.reached for cell in cells), sum(cell.people for cell in cells))


def _share(count: int, people: int) -> str:
    return share_text(count / people) if people >= FEW else "too few"


def _median(found: ProtocolSummary) -> float:
    held, seen = found.match_time_s, 0
    for low, high, count in zip(held.ends[:-1], held.ends[1:], held.counts, strict=True):
        seen += count
        if 2 * seen >= found.people:
            return (low + high) / 2
    return held.ends[-1]


def _facts(found: ProtocolSummary) -> tuple[tuple[str, str], ...]:
    # Of a window on the skin no rate at the target is known.
    judged = FINDING_WORDS.keys() - (set() if found.window_j_cm2 is None else {"rate.ratio"})
    place, lamp = site(found.site), device(found.device)
    target = "nerve endings of the skin" if found.target == CUTANEOUS_ENDINGS else place.nerves[found.target].label
    given = "each person's own matching time" if found.time == "match" else f"{duration(found.time)} for everybody"
    trial = ""
    if found.window_j_cm2 is not None:
        trial = (
            f": a guideline's window on the skin, up to {number(found.window_j_cm2, 'J/cm2')}, whatever arrives below"
        )
    if found.trial_fluence_j_cm2 is not None:
        low, middle, high = found.trial_fluence_j_cm2
        trial = f": {number(middle, 'J/cm2')} at the target ({number(low)} to {number(high)} over worlds)"
    return (
        ("Where", f"{place.label}, {target}"),
        ("Lamp", f"{lamp.manufacturer} {lamp.model}, {distance(found.distance_mm)}"),
        ("Light followed", f"{found.study}{f' ({found.reading})' if found.reading else ''}{trial}"),
        ("Time of a field", f"{given}; cap {duration(found.field_cap_s)}"),
        ("Median matching time", duration(_median(found))),
        ("Skin at its warmest", f"median {found.skin_c[0]:.1f} °C, 95th percentile {found.skin_c[1]:.1f} °C"),
        (f"Skin reaches {SKIN_STOP_C:g} °C, where a plan is blocked", share_text(found.skin_stop)),
        *((FINDING_WORDS[name], share_text(share)) for name, share in found.findings.items() if name in judged),
    )


def _left(found: ProtocolSummary) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        (REASON_WORDS[reason], f"{count:,}", share_text(count / found.people))
        for reason, count in found.left_out.items()
        if reason != "time" or found.time != "match"
    )


def _tones(found: ProtocolSummary) -> tuple[tuple[str, str, str, str], ...]:
    """Return for each skin tone: people, share reached, share whose skin gets too warm."""
    rows = []
    for tone in dict.fromkeys(cell.tone for cell in found.cells):
        cells = [cell for cell in found.cells if cell.tone == tone]
        people, warm = sum(cell.people for cell in cells), sum(cell.skin_too_warm for cell in cells)
        rows.append((tone, f"{people:,}", _reached(cells), _share(warm, people)))
    return tuple(rows)
