"""Where two JSON documents differ."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

# The plan's numbers are written with six figures: one step of the last figure is at most this.
LAST_FIGURE = 1.01e-5


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """Yield one line for each place at which two JSON documents differ by more than the last figure of a number."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            here = f"{path}.{key}" if path else key
            if key not in new:
                yield f"{here}: gone, was {_short(old[key])}"
            elif key not in old:
                yield f"{here}: new, {_short(new[key])}"
            else:
                yield from differences(old[key], new[key], here)
    elif isinstance(old, list) and isinstance(new, list):
        if len(old) != len(new):
            yield f"{path}: {len(old)} entries became {len(new)}"
        for index, (before, after) in enumerate(zip(old, new, strict=False)):
            yield from differences(before, after, f"{path}[{index}]")
    elif _is_number(old) and _is_number(new):
        if not math.isclose(old, new, rel_tol=LAST_FIGURE):
            yield f"{path}: {old} became {new}"
    elif old != new or type(old) is not type(new):
        yield f"{path}: {_short(old)} became {_short(new)}"


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:159]}…"
