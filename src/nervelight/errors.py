"""Every exception of Nervelight.

::

    NervelightError
    ├── InvalidInput      what a person wrote cannot be used; carries every fault at once
    ├── UnknownName       a device, study, site, instrument or source that does not exist
    ├── ValidityError     a model was asked outside the range in which it holds
    ├── NotSent           a server did not take what was sent, or nobody knows whether it did
    ├── MissingEngine     an optional program, or what it needs on this machine, is not there
    └── BlockedPlan       a plan with a blocking finding was about to be signed

Unsafe is not an exception: it is a ``Finding`` in the plan.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "BlockedPlan",
    "Fault",
    "InvalidInput",
    "MissingEngine",
    "NervelightError",
    "NotSent",
    "UnknownName",
    "ValidityError",
    "closest",
]

_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 80

# Longer lists of names drown the message; the catalogues list them all.
LISTED = 15


class NervelightError(Exception):
    """Base of all errors raised on purpose."""


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input.

    Parameters
    ----------
    path : str
        Where, as written by the user: ``lamp.distance`` or ``pain.scores[0].value``.
    value : object
        What was given; ``None`` for something missing.
    allowed : str
        What would be accepted, in words.
    suggestion : str
        What was probably meant, or what to do; empty when there is nothing to suggest.
    """

    path: str
    value: object
    allowed: str
    suggestion: str = ""

    def __str__(self) -> str:
        given = "missing" if self.value is None else f"got {_short(self.value)}"
        text = f"{self.path}: {given}; {self.allowed}"
        return f"{text} ({self.suggestion})" if self.suggestion else text


class InvalidInput(NervelightError, ValueError):
    """An input that cannot be used, with all of its faults.

    Parameters
    ----------
    where : str
        The file or object that was read.
    faults : iterable of Fault
        At least one.
    """

    def __init__(self, where: str, faults: Iterable[Fault]) -> None:
        self.where = where
        self.faults: tuple[Fault, ...] = tuple(faults)
        count = len(self.faults)
        head = f"{where}: {count} fault{'s' if count != 1 else ''}"
        super().__init__("\n".join([head, *(f"  {fault}" for fault in self.faults)]))


class UnknownName(NervelightError, LookupError):
    """A name that is not in the catalogue it was looked up in.

    Parameters
    ----------
    kind : str
        What was looked up: ``device``, ``study``, ``site``.
    name : str
        The name given.
    known : sequence of str
        The names that exist.
    """

    def __init__(self, kind: str, name: str, known: Sequence[str]) -> None:
        self.kind, self.name, self.known = kind, name, tuple(known)
        hint = closest(name, known)
        tail = f"; did you mean {hint!r}?" if hint else ""
        names = ", ".join(sorted(known)) if len(known) <= LISTED else f"{len(known)} are known"
        super().__init__(f"unknown {kind} {name!r}{tail} ({names})")


class ValidityError(NervelightError, ValueError):
    """A model was asked for something outside the range in which it holds."""


class NotSent(NervelightError):
    """A server did not take what was sent, or nobody knows whether it did; the message says which."""


class MissingEngine(NervelightError, RuntimeError):
    """An optional program, or what it needs on this machine, is not there; the message says what to install."""


class BlockedPlan(NervelightError):
    """A plan with a blocking finding cannot be signed."""


def closest(name: str, known: Iterable[str]) -> str:
    """Return the known name nearest to `name`, or an empty string."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    matches = difflib.get_close_matches(str(name).lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[matches[0]] if matches else ""


def _short(value: object, limit: int = 60) -> str:
    # A few aliases in a YAML file can stand for a value whose full repr fills the memory.
    text = _REPR.repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
