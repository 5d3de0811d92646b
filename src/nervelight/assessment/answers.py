"""Answers as people write them down: numbers, yes and no, a dash for one left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nervelight.errors import Fault, InvalidInput

__all__ = ["read_answers"]

_WORDS: dict[str, bool | None] = {"yes": True, "y": True, "no": False, "n": False, "-": None}
_NUMBER = re.compile(r"[+-]?\d{1,6}(\.\d{1,6})?")


def read_answers(where: str, given: Sequence[str]) -> list[float | bool | None]:
    """Return the answers of a form, in its order.

    Parameters
    ----------
    where : str
        The form, for faults.
    given : sequence of str
        One word each.

    Raises
    ------
    InvalidInput
        If a word is no answer; every fault at once.

    Examples
    --------
    >>> read_answers("peg", ["7", "-", "yes"])
    [7.0, None, True]
    """
    read: list[float | bool | None] = []
    faults = []
    for number, text in enumerate(given, 1):
        if text.lower() in _WORDS:
            read.append(_WORDS[text.lower()])
        elif _NUMBER.fullmatch(text):
            read.append(float(text))
        else:
            faults.append(Fault(f"answers[{number}]", text, "needs a number, yes, no, or - for one left out"))
    if faults:
        raise InvalidInput(where, faults)
    return read
