"""What a cohort comes to, counted file by file so that memory stays small whatever the number of people."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from nervelight.documents import Document, read_json, validated
from nervelight.populations.arms import Arm
from nervelight.populations.spec import CohortSpec
from nervelight.populations.tables import optional
from nervelight.populations.taken import Spread, assumed, common, drawn
from nervelight.units import to_j_cm2

__all__ = [
    "Cell",
    "CohortSummary",
    "Histogram",
    "ProtocolSummary",
    "Shares",
    "read_summary",
    "summarise_cohort",
]

DEPTHS = 5
"""Groups of depth of equal size, from the first people."""
# Logarithmic bins, so that a median read from them is within 2.5 %.
BINS_A_DECADE = 48
TIME_DECADES = (-1, 7)
FLUENCE_DECADES = (-5, 4)
# Bins of the skin's temperature [degC].
SKIN_EDGES = np.arange(20.0, 101.0, 0.1)
REASONS = ("unreachable", "cap", "time", "skin")
# Ends of the interval over worlds.
LOW, HIGH = 5.0, 95.0

Reason = Literal["unreachable", "cap", "time", "skin"]


class Shares(Document):
    """A share of people, and how it differs from world to world."""

    share: float
    """Of all people."""
    low: float | None
    """5th percentile over worlds; None where a world has none of these people."""
    high: float | None
    """95th percentile over worlds."""


class Histogram(Document):
    """Counts between ends."""

    ends: tuple[float, ...]
    counts: tuple[int, ...]


class Cell(Document):
    """People of one skin tone and one group of depth."""

    tone: str
    """Phototype, or a span of the typology angle."""
    depth_low_mm: float | None
    """None for the shallowest group."""
    depth_high_mm: float | None
    """None for the deepest group."""
    people: int
    reached: int
    skin_too_warm: int
    """People whose skin passes its cap or its rise."""
    median_time_s: float | None
    """Median of the matching time, from bins of 5 %."""


class ProtocolSummary(Document):
    """What one protocol comes to."""

    id: str
    label: str
    site: str
    target: str
    device: str
    distance_mm: float
    study: str
    """Whose light is followed."""
    reading: str
    field_cap_s: float
    time: float | Literal["match"]
    people: int
    reached: Shares
    left_out: dict[Reason, int]
    """People who are not reached, get less than the trial's light in a fixed time, or whose skin gets too warm: by the
    first reason."""
    findings: dict[str, float]
    """Share of people with each finding."""
    cells: tuple[Cell, ...]
    match_time_s: Histogram
    given_fluence_j_cm2: Histogram
    trial_fluence_j_cm2: tuple[float, float, float] | None
    """5th, 50th and 95th percentile over worlds; None where a window on the skin is followed."""
    window_j_cm2: float | None
    """Upper end of that window."""
    skin_c: tuple[float, float]
    """Median and 95th percentile over people."""
    skin_stop: float
    """Share of people whose skin reaches the temperature that blocks a plan."""


class CohortSummary(Document):
    """What a cohort comes to."""

    label: str
    condition: str
    seed: int
    worlds: int
    people: int
    sha256: str
    """Of all that a row depends on."""
    version: str
    assumed: tuple[Spread, ...]
    """What the file says of people."""
    drawn: tuple[Spread, ...]
    """What is drawn for each person from the package's own intervals."""
    common: tuple[Spread, ...]
    """What is drawn once for everybody in a world."""
    protocols: tuple[ProtocolSummary, ...]

    def to_json(self) -> str:
        """Return the summary as JSON."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read a summary back."""
        return cls.model_validate_json(text)


def read_summary(path: Path) -> CohortSummary:
    """Read ``cohort.json``.

    Raises
    ------
    InvalidInput
        If it is no summary of a cohort.
    """
    return validated(CohortSummary, read_json(path), str(path))


class _Counts:
    """Counts of one protocol."""

    def __init__(self, spec: CohortSpec, tones: Sequence[str], depths: NDArray[np.float64]) -> None:
        self.tones, self.depths = tones, depths
        shape = (len(tones), len(depths) + 1)
        self.time_ends = np.logspace(*TIME_DECADES, BINS_A_DECADE * (TIME_DECADES[1] - TIME_DECADES[0]) + 1)
        self.fluence_ends = np.logspace(*FLUENCE_DECADES, BINS_A_DECADE * (FLUENCE_DECADES[1] - FLUENCE_DECADES[0]) + 1)
        self.people, self.reached, self.warm = (np.zeros(shape, dtype=np.int64) for _ in range(3))
        self.times = np.zeros((*shape, len(self.time_ends) - 1), dtype=np.int64)
        self.fluence = np.zeros(len(self.fluence_ends) - 1, dtype=np.int64)
        self.skin = np.zeros(len(SKIN_EDGES) - 1, dtype=np.int64)
        self.worlds = np.zeros((spec.worlds, 2), dtype=np.int64)
        self.left = np.zeros(len(REASONS), dtype=np.int64)
        self.findings: dict[str, int] = {}
        self.stop = 0

    def add(self, rows: dict[str, Any]) -> None:
        tone, depth = rows["tone"], np.searchsorted(self.depths, rows["target_depth_mm"])
        reached, warm = rows["reached"], rows["finds_skin_temperature"]
        np.add.at(self.people, (tone, depth), 1)
        np.add.at(self.reached, (tone, depth), reached)
        np.add.at(self.warm, (tone, depth), warm)
        np.add.at(self.times, (tone, depth, _bins(self.time_ends, rows["match_time_s"])), 1)
        np.add.at(self.fluence, _bins(self.fluence_ends, rows["given_fluence_j_cm2"]), 1)
        np.add.at(self.skin, _bins(SKIN_EDGES, rows["skin_c"]), 1)
        np.add.at(self.worlds[:, 0], rows["world"], 1)
        np.add.at(self.worlds[:, 1], rows["world"], reached)
        far = rows["finds_target_unreachable"]
        late = ~far & ~reached
        # Within rounding: who gets their own matching time gets enough.
        short = reached & (rows["given_time_s"] < rows["match_time_s"] * (1 - 1e-9))
        for index, who in enumerate((far, late, short, reached & ~short & warm)):
            self.left[index] += int(who.sum())
        for name, values in rows.items():
            if name.startswith("finds_"):
                self.findings[name] = self.findings.get(name, 0) + int(values.sum())
        self.stop += int(rows["skin_stop"].sum())


def summarise_cohort(
    spec: CohortSpec, arms: Sequence[Arm], parts: Sequence[Path], sha256: str, version: str
) -> CohortSummary:
    """Count a cohort from its files, one after the other.

    Parameters
    ----------
    spec : CohortSpec
    arms : sequence of Arm
    parts : sequence of Path
        As from :func:`nervelight.populations.run_cohort`.
    sha256, version : str
        As the files were made with.
    """
    tones = _tones(spec)
    counts: list[_Counts] = []
    for part in parts:
        rows = _rows(part)
        rows["tone"] = _tone(spec, rows)
        each = [_of(rows, index, len(arms)) for index in range(len(arms))]
        # Groups of depth are fixed by the first people, who are the same whatever their number.
        counts = counts or [_Counts(spec, tones, _depths(own["target_depth_mm"][:256])) for own in each]
        for held, own in zip(counts, each, strict=True):
            held.add(own)
    return CohortSummary(
        label=spec.label,
        condition=spec.condition,
        seed=spec.seed,
        worlds=spec.worlds,
        people=spec.people.count,
        sha256=sha256,
        version=version,
        assumed=assumed(spec),
        drawn=drawn(spec),
        common=common(),
        protocols=tuple(_protocol(spec, arm, held) for arm, held in zip(arms, counts, strict=True)),
    )


def _rows(part: Path) -> dict[str, Any]:
    pq: Any = optional("pyarrow.parquet")
    table = pq.read_table(part)
    return {
        name: table.column(name).to_numpy(zero_copy_only=False) for name in table.column_names if name != "protocol"
    }


def _of(rows: dict[str, Any], index: int, protocols: int) -> dict[str, Any]:
    # Rows stand by person, then by protocol.
    return {name: values[index::protocols] for name, values in rows.items()}


def _bins(ends: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.int64]:
    # What lies outside counts in the outermost bin.
    found = np.searchsorted(ends, np.nan_to_num(values, posinf=ends[-1]), side="right") - 1
    return np.asarray(np.clip(found, 0, len(ends) - 2))


def _depths(depth: NDArray[np.float64]) -> NDArray[np.float64]:
    inner = np.quantile(depth, np.arange(1, DEPTHS) / DEPTHS)
    fine = 2 if inner[0] < 2 else 1
    return np.unique(np.round(inner, fine))


# Classes of the typology angle (Chardon 1991), from light to dark.
ITA_ENDS, ITA_NAMES = (
    (55.0, 41.0, 28.0, 10.0, -30.0),
    ("ITA > 55°", "ITA 41° to 55°", "ITA 28° to 41°", "ITA 10° to 28°", "ITA -30° to 10°", "ITA < -30°"),
)


def _tones(spec: CohortSpec) -> tuple[str, ...]:
    return ITA_NAMES if spec.people.ita is not None else ("I", "II", "III", "IV", "V", "VI")


def _tone(spec: CohortSpec, rows: dict[str, Any]) -> NDArray[np.int64]:
    if spec.people.ita is None:
        return np.asarray(rows["phototype"].astype(np.int64) - 1)
    return np.asarray(np.searchsorted(-np.array(ITA_ENDS), -rows["ita_deg"]))


def _protocol(spec: CohortSpec, arm: Arm, held: _Counts) -> ProtocolSummary:
    people = int(held.people.sum())
    worlds = held.worlds[held.worlds[:, 0] > 0]
    shares = worlds[:, 1] / worlds[:, 0]
    full = len(worlds) == spec.worlds
    cells = [
        Cell(
            tone=held.tones[tone],
            depth_low_mm=None if group == 0 else float(held.depths[group - 1]),
            depth_high_mm=None if group == len(held.depths) else float(held.depths[group]),
            people=int(held.people[tone, group]),
            reached=int(held.reached[tone, group]),
            skin_too_warm=int(held.warm[tone, group]),
            median_time_s=_quantile(held.time_ends, held.times[tone, group], 0.5),
        )
        for tone in range(len(held.tones))
        for group in range(len(held.depths) + 1)
        if held.people[tone].any()
    ]
    protocol = arm.protocol
    return ProtocolSummary(
        id=protocol.id,
        label=protocol.label,
        site=protocol.site,
        target=protocol.target,
        device=arm.device.id,
        distance_mm=protocol.lamp.working_distance,
        study=arm.study,
        reading=arm.reading,
        field_cap_s=protocol.field_cap,
        time=protocol.time,
        people=people,
        reached=Shares(
            share=float(held.reached.sum()) / people,
            low=float(np.percentile(shares, LOW)) if full else None,
            high=float(np.percentile(shares, HIGH)) if full else None,
        ),
        left_out={reason: int(count) for reason, count in zip(REASONS, held.left, strict=True)},
        findings={
            name: held.findings[f"finds_{name.replace('.', '_')}"] / people
            for name in ("target.unreachable", "time.cap", "rate.ratio", "skin.temperature")
        },
        cells=tuple(cells),
        match_time_s=_histogram(held.time_ends, held.times.sum(axis=(0, 1))),
        given_fluence_j_cm2=_histogram(held.fluence_ends, held.fluence),
        trial_fluence_j_cm2=None
        if arm.target_fluence is None
        else tuple(to_j_cm2(float(value)) for value in np.percentile(arm.target_fluence, [5, 50, 95])),
        window_j_cm2=None if arm.skin_exposure is None else to_j_cm2(arm.skin_exposure),
        skin_c=(_quantile(SKIN_EDGES, held.skin, 0.5) or 0.0, _quantile(SKIN_EDGES, held.skin, 0.95) or 0.0),
        skin_stop=held.stop / people,
    )


def _histogram(ends: NDArray[np.float64], counts: NDArray[np.int64]) -> Histogram:
    """Return a histogram without its empty ends."""
    filled = np.flatnonzero(counts)
    first, last = int(filled[0]), int(filled[-1])
    return Histogram(
        ends=tuple(ends[first : last + 2].tolist()),
        counts=tuple(counts[first : last + 1].tolist()),
    )


def _quantile(ends: NDArray[np.float64], counts: NDArray[np.int64], share: float) -> float | None:
    total = counts.sum()
    if not total:
        return None
    bin_ = int(np.searchsorted(np.cumsum(counts), share * total))
    return float((ends[bin_] + ends[bin_ + 1]) / 2)
