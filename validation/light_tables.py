"""Fills the tables of ``docs/light.md`` that say what the solvers were checked against.

Run as ``python validation/light_tables.py``; with ``--check`` it changes nothing, prints what is stale and exits with
1. A number may differ by one in its last digit before it is stale.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from measured_outcomes import Outcome, median_width, outcomes, pinned_bands, summary
from page_tables import table, update
from published_cases import Case, published_cases

__all__ = ["measured_table", "published_cases_table"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "light.md"


def published_cases_table(cases: Iterable[Case]) -> str:
    """Return the table of published problems and closed forms."""
    rows = [
        (
            case.problem,
            case.quantity,
            f"{case.expected:.5g}",
            f"{case.found:.5g}",
            f"{100 * case.deviation + 0.0:+.2f} %".replace("-0.00", "+0.00"),
            f"`{case.source}`",
        )
        for case in cases
    ]
    return table(("case", "quantity", "expected", "got", "deviation", "source"), rows)


def measured_table(found: Sequence[Outcome]) -> str:
    """Return how many measured values lie inside of their bands, all of them, and why some do not."""
    rows = [
        (f"`{each.id}`", each.tissue, each.wavelength, each.measured, _band(each), _verdict(each), f"`{each.source}`")
        for each in found
    ]
    head = ("id", "tissue, geometry", "light", "measured", "predicted 90 % band", "inside", "source")
    outside = [f"- `{each.id}`: {each.remark}" for each in found if each.band is not None and not each.inside]
    absent = [f"- `{each.id}`: missing {each.remark}." for each in found if each.band is None]
    parts = [
        _share(found),
        table(head, rows),
        "Why values lie outside:",
        "\n".join(outside),
        "What cannot be predicted:",
        "\n".join(absent),
    ]
    return "\n\n".join(parts)


def _share(found: Sequence[Outcome]) -> str:
    counts = summary(found)
    inside, values = counts["value"]
    ratios_inside, ratios = counts["ratio"]
    met, bounds = counts["bound"]
    half = sum(each.median_inside for each in found if each.kind == "bound")
    return (
        f"**{inside} of {values} printed values ({100 * inside / values:.0f} %) lie inside**, where well-chosen "
        f"intervals would hold 90 %; so do {ratios_inside} of {ratios} ratios of printed values. {met} of {bounds} "
        f"printed upper bounds lie above the lower end of their band, {half} above its median too. "
        f"{counts['not predictable'][1]} values cannot be predicted from what was published of them. The upper end of "
        "a band is "
        f"{median_width(found):.0f} times the lower (median)."
    )


def _band(each: Outcome) -> str:
    if each.band is None:
        return "–"
    factor = 100.0 if each.unit == "%" else 1.0
    unit = "" if each.unit == "1" else f" {each.unit}"
    return f"{factor * each.band['p5']:.3g} to {factor * each.band['p95']:.3g}{unit}"


def _verdict(each: Outcome) -> str:
    if each.band is None:
        return "not predictable"
    if each.kind == "bound":
        return "compatible" if each.inside else "**no**"
    return "yes" if each.inside else "**no**"


def main() -> int:
    return update(
        PAGE,
        {
            "published-cases": published_cases_table(published_cases()),
            "measured": measured_table(outcomes(pinned_bands())),
        },
    )


if __name__ == "__main__":
    sys.exit(main())
