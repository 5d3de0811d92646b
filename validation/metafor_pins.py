"""Makes the pins of R's metafor anew, or checks that they are still what metafor gives.

    python validation/metafor_pins.py          writes metafor_pins.json
    python validation/metafor_pins.py --check  compares, and exits with 1 where a number differs by more than 1e-8

Needs Rscript with metafor (Debian: r-cran-metafor).
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
PINS = HERE / "metafor_pins.json"
TOLERANCE = 1e-8


def made_anew() -> str:
    """Return what metafor gives, as JSON."""
    command = ["Rscript", "--vanilla", str(HERE / "metafor_pins.R")]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() + "\n"


def differences(old: object, new: object, path: str = "") -> Iterator[str]:
    """Yield the path of each number or word that differs; versions may."""
    if path == ".made_by":
        return
    if isinstance(old, dict) and isinstance(new, dict):
        for name in sorted(old.keys() | new.keys()):
            yield from differences(old.get(name), new.get(name), f"{path}.{name}")
    elif isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        for index, pair in enumerate(zip(old, new, strict=True)):
            yield from differences(*pair, f"{path}[{index}]")
    elif isinstance(old, (int, float)) and isinstance(new, (int, float)):
        if not math.isclose(old, new, rel_tol=TOLERANCE, abs_tol=TOLERANCE):
            yield f"{path}: {old} is now {new}"
    elif old != new:
        yield f"{path}: {old!r} is now {new!r}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Pins of R's metafor.")
    parser.add_argument("--check", action="store_true", help="change nothing; exit with 1 where a number differs")
    check = parser.parse_args().check
    text = made_anew()
    if not check:
        PINS.write_text(text, encoding="utf-8")
        return 0
    found = list(differences(json.loads(PINS.read_text(encoding="utf-8")), json.loads(text)))
    print("\n".join(found) or f"the pins are what {json.loads(text)['made_by']} gives")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
