"""Draw ``docs/letter.png``: the letter of the first example with the responder's diary, which is made up.

Run: ``python validation/letter_picture.py``. Needs ``pdftoppm`` (Debian: poppler-utils), a renderer that is not ours.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import tempfile
from pathlib import Path

from nervelight.planning import make_plan
from nervelight.planning.diary_reading import read_diary
from nervelight.planning.review import review_course
from nervelight.record.dossier import dossier_of_plan
from nervelight.report import letter_pdf

ROOT = Path(__file__).parents[1]
ON = dt.date(2026, 9, 28)


def main() -> None:
    plan = make_plan(ROOT / "examples/diabetic_feet.yaml")
    diary = read_diary(ROOT / "examples/diaries/responder.csv", today=ON)
    dossier = dossier_of_plan(plan, diary, [review_course(plan, diary, on=ON)], today=ON)
    with tempfile.TemporaryDirectory() as folder:
        letter = Path(folder) / "letter.pdf"
        letter.write_bytes(letter_pdf(dossier, to="Dr C, general practitioner"))
        picture = ROOT / "docs/letter"
        command = ["pdftoppm", "-r", "90", "-gray", "-png", "-singlefile", str(letter), str(picture)]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
