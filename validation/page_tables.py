"""Tables of a documentation page that are made by a script: filled in between markers, or checked.

A number may differ by one in its last digit before a page is stale.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

__all__ = ["filled", "same_to_the_last_digit", "table", "update"]

NUMBER = re.compile(r"(?<![\w.])[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
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


def update(page: Path, tables: Mapping[str, str]) -> int:
    """Write tables into a page, or with ``--check`` on the command line print what is stale and return 1."""
    parser = argparse.ArgumentParser(description=f"The tables of docs/{page.name}.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where the page is stale")
    check = parser.parse_args().check
    old = page.read_text(encoding="utf-8")
    new = filled(old, tables)
    if same_to_the_last_digit(old, new):
        print(f"{page.name} is up to date")
        return 0
    if check:
        sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), new.splitlines(True), "page", "computed", n=0))
        return 1
    page.write_text(new, encoding="utf-8", newline="\n")
    print(f"{page.name} rewritten")
    return 0
