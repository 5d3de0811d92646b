"""Writes the table of scores into ``docs/mechanism.md``.

Run: ``python validation/mechanism_scores.py``; some minutes on one core. 200 draws of each set, as the page says.
"""

from __future__ import annotations

from pathlib import Path

from nervelight.documents import write_all
from nervelight.mechanism import Scores, score_model

DRAWS = 200
PAGE = Path(__file__).parents[1] / "docs" / "mechanism.md"
BEGIN, END = "<!-- scores -->\n", "<!-- end of scores -->"
USES = {"fit": "fitted to", "validate": "held out", "negative": "nothing was seen"}
COLUMNS = ("prior", "fitted", "all_on", "nothing")


def table(scores: Scores) -> str:
    """Return the table, with a mean for each use."""
    lines = ["| | Asked for | Before | After | All on | Nothing |", "|---|---|---|---|---|---|"]
    for use, words in USES.items():
        for score in (found for found in scores.scored if found.observation.use == use):
            numbers = " | ".join(f"{100 * score.agreement[column]:.0f}" for column in COLUMNS)
            lines.append(f"| {words}: {score.observation.id} | {score.asked} | {numbers} |")
        means = " | ".join(f"**{100 * scores.mean(use, column):.0f}**" for column in COLUMNS)  # type: ignore[arg-type]
        lines.append(f"| **{words}, mean** | | {means} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    start, end = text.index(BEGIN) + len(BEGIN), text.index(END)
    write_all({PAGE: text[:start] + table(score_model(DRAWS)) + text[end:]})


if __name__ == "__main__":
    main()
