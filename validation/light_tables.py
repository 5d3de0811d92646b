"""Fills the tables of ``docs/light.md`` that say what the solvers were checked against.

Run as ``python validation/light_tables.py``; with ``--check`` it changes nothing, prints what is stale and exits with
1. A number may differ by one in its last digit before it is stale.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from measured_outcomes import Outcome, median_width, outcomes, pinned_bands, summary
from published_cases import Case, published_cases

__all__ = ["filled", "measured_table", "published_cases_table", "same_to_the_last_digit"]

PAGE = Path(__file__).resolve().parents[1] / "docs" / "light.md"
NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


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
    return _table(("case", "quantity", "expected", "got", "deviation", "source"), rows)


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
        _table(head, rows),
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


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)


def filled(page: str, tables: Mapping[str, str]) -> str:
    """Return a page with each table between its markers.

    Parameters
    ----------
    page : str
        Text with ``<!-- begin: NAME -->`` and ``<!-- end: NAME -->``.
    tables : mapping of str to str
        Tables by name.

    Raises
    ------
    ValueError
        If a pair of markers does not stand in the page exactly once.
    """
    for name, table in tables.items():
        begin, end = f"<!-- begin: {name} -->", f"<!-- end: {name} -->"
        if page.count(begin) != 1 or page.count(end) != 1 or page.index(begin) > page.index(end):
            raise ValueError(f"the page needs {begin} and {end}, once each and in this order")
        before, rest = page.split(begin)
        page = f"{before}{begin}\n{table}\n{end}{rest.split(end)[1]}"
    return page


def same_to_the_last_digit(old: str, new: str) -> bool:
    """Return whether two texts are the same but for one in the last digit of numbers."""
    if NUMBER.sub("0", old) != NUMBER.sub("0", new):
        return False
    pairs = zip(NUMBER.findall(old), NUMBER.findall(new), strict=True)
    return all(abs(float(a) - float(b)) <= 1.01 * max(_last_digit(a), _last_digit(b)) for a, b in pairs)


def _last_digit(number: str) -> float:
    """Return what one in the last digit of a number is worth; of whole numbers nothing, for they count."""
    mantissa, _, exponent = number.partition("e")
    decimals = len(mantissa.partition(".")[2])
    return float(10.0 ** (int(exponent or 0) - decimals)) if decimals or exponent else 0.0


def main() -> int:
    parser = argparse.ArgumentParser(description="The tables of docs/light.md about published and measured values.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where the page is stale")
    check = parser.parse_args().check
    tables = {
        "published-cases": published_cases_table(published_cases()),
        "measured": measured_table(outcomes(pinned_bands())),
    }
    old = PAGE.read_text(encoding="utf-8")
    new = filled(old, tables)
    if same_to_the_last_digit(old, new):
        print(f"{PAGE.name} is up to date")
        return 0
    if check:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "page", "computed", n=0))
        return 1
    PAGE.write_text(new, encoding="utf-8", newline="\n")
    print(f"{PAGE.name} rewritten")
    return 0


if __name__ == "__main__":
    sys.exit(main())
