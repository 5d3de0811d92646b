"""What a review decides by: parameters of the plan, each with its source or marked as the clinic's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from pydantic import StrictBool

from nervelight.documents import Document, read_data, validated
from nervelight.errors import Fault, closest

__all__ = ["Threshold", "threshold_faults", "thresholds", "thresholds_by_name"]


class Threshold(Document):
    """One number that a review decides by."""

    id: str
    """Stable name."""
    text: str
    """What it decides."""
    value: float
    """The number."""
    unit: str
    """Its unit."""
    local: StrictBool = False
    """True where the case sets it: the clinic's own number, without a published source."""
    sources: tuple[str, ...]
    """Keys of sources.toml."""


class _Entry(Threshold):
    low: float
    """Least that a clinic may set."""
    high: float
    """Most that a clinic may set."""


@cache
def _catalogue() -> Mapping[str, _Entry]:
    entries = read_data("nervelight.planning", "data", "thresholds.yaml")
    return MappingProxyType(
        {key: validated(_Entry, {"id": key, **entry}, f"thresholds.yaml: {key}") for key, entry in entries.items()}
    )


def thresholds(local: Mapping[str, float] | None = None) -> tuple[Threshold, ...]:
    """Return every threshold, those that a clinic sets itself marked as local.

    Parameters
    ----------
    local : mapping of str to float, optional
        The clinic's own numbers by id, checked by `threshold_faults`.
    """
    own = local or {}
    return tuple(
        Threshold(
            id=name,
            text=entry.text,
            value=own.get(name, entry.value),
            unit=entry.unit,
            local=name in own,
            sources=("case_file",) if name in own else entry.sources,
        )
        for name, entry in _catalogue().items()
    )


def thresholds_by_name(of_plan: Iterable[Threshold]) -> dict[str, float]:
    """Return the numbers of a plan's thresholds by id; this package's own for those that an older plan lacks."""
    return {name: entry.value for name, entry in _catalogue().items()} | {each.id: each.value for each in of_plan}


def threshold_faults(local: object) -> list[Fault]:
    """Return what is wrong with the numbers that a case sets itself."""
    if not isinstance(local, Mapping):
        return []
    faults = []
    for name, value in local.items():
        entry = _catalogue().get(name)
        if entry is None:
            hint = closest(str(name), _catalogue())
            allowed = f"one of {', '.join(_catalogue())}"
            faults.append(Fault(f"thresholds.{name}", name, allowed, f"did you mean {hint!r}?" if hint else ""))
        elif isinstance(value, bool) or not isinstance(value, (int, float)) or not entry.low <= value <= entry.high:
            allowed = f"needs a number from {entry.low:g} to {entry.high:g} ({entry.unit}: {entry.text})"
            faults.append(Fault(f"thresholds.{name}", value, allowed))
    if not faults:
        weeks = {name: entry.value for name, entry in _catalogue().items()} | dict(local)
        order = ("delivery_week", "effect_week", "latest_week")
        told = ", ".join(f"{name} {weeks[name]:g}" for name in order)
        if not weeks[order[0]] < weeks[order[1]] <= weeks[order[2]]:
            faults.append(Fault("thresholds", told, "delivery before effect, effect not after the latest"))
    return faults
