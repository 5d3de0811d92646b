"""Writes the table of scores into ``docs/mechanism.md``.

Run: ``python validation/mechanism_scores.py``; about a minute on one core. 200 draws of each set, as the page says.
"""

from __future__ import annotations

from pathlib import Path

from nervelight.documents import write_all
from nervelight.mechanism import Scores, score_model
from nervelight.report.mechanism_words import MEAN, score_rows

DRAWS = 200
PAGE = Path(__file__).parents[1] / "docs" / "mechanism.md"
BEGIN, END = "<!-- scores -->\n", "<!-- end of scores -->"


def table(scores: Scores) -> str:
    """Return the table, with a mean for each use."""
    lines = ["| | Asked for | Before | After | All on | Nothing |", "|---|---|---|---|---|---|"]
    for use, name, *shares in score_rows(scores):
        if name == MEAN:
            lines.append(f"| **{use}, {name}** | | {' | '.join(f'**{share}**' for share in shares)} |")
        else:
            seen, asked = name.split(": ", 1)
            lines.append(f"| {use}: {seen} | {asked} | {' | '.join(shares)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    found, text = table(score_model(DRAWS)), PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    write_all({PAGE: text[:start] + found + text[end:]})


if __name__ == "__main__":
    main()
