"""What R's metafor makes of its example data; validation/metafor_pins.py makes the file anew."""

import json
from pathlib import Path

FILE = Path(__file__).resolve().parents[3] / "validation" / "metafor_pins.json"
PINS = json.loads(FILE.read_text(encoding="utf-8"))
