"""How well the model says what was seen: direction and order, for data it was fitted to and for data it was not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.mechanism.conduction import velocity_ratio
from nervelight.mechanism.engine import run_model
from nervelight.mechanism.observations import Arm, Check, Observation, Use, observations
from nervelight.mechanism.priors import Switches, draw, mechanism_parameters
from nervelight.mechanism.session import CELL_READS, pulse
from nervelight.units import MW_CM2

__all__ = ["NONE_PERCENT", "Score", "Scores", "score_model"]

NONE_PERCENT = 1.0
"""A change that is predicted smaller than this agrees with an observation of none [%]."""
EXPLAINED = 0.5
"""An observation counts as explained if at least this share of draws agrees, with all hypotheses on."""
HEAD = ("prior", "fitted", "all_on", "nothing")


@dataclass(frozen=True)
class Score:
    """One observation against the model.

    Parameters
    ----------
    observation : Observation
        What was seen.
    agreement : dict of str to float
        Share of draws that agree: ``prior`` and ``fitted`` with the hypotheses as likely as they are taken to be,
        ``all_on`` fitted and with all of them on, ``nothing`` if light does nothing at all.
    median_percent : tuple of float
        Median change of each reading, fitted, hypotheses as likely as they are taken to be.
    beyond : tuple of str
        Arms that were left out, and why.
    failed : int
        Draws that the integrator did not solve, of all sets together; they count as not agreeing.
    """

    observation: Observation
    agreement: dict[str, float]
    median_percent: tuple[float, ...]
    beyond: tuple[str, ...]
    failed: int

    @property
    def asked(self) -> str:
        """What the model is asked for, in words."""
        return self.observation.predict.readout.replace("_", " ") if self.observation.predict else ""

    @property
    def explained(self) -> bool:
        """Whether the model says it, where all of its hypotheses hold."""
        return self.agreement["all_on"] >= EXPLAINED


@dataclass(frozen=True)
class Scores:
    """All observations against the model.

    Parameters
    ----------
    scored : tuple of Score
        Those that the model was asked about.
    out_of_range : tuple of (Observation, str)
        Those whose light lies beyond it, or some of it, with what does.
    not_scored : tuple of Observation
        Those that it cannot be asked about.
    """

    scored: tuple[Score, ...]
    out_of_range: tuple[tuple[Observation, str], ...]
    not_scored: tuple[Observation, ...]

    def mean(self, use: Use, column: str) -> float:
        """Return the mean agreement of the observations of one use."""
        return float(np.mean([score.agreement[column] for score in self.scored if score.observation.use == use]))


def score_model(draws: int = 100, switches: Switches | None = None, seed: int = 1) -> Scores:
    """Ask the model about every observation that it can be asked about.

    Parameters
    ----------
    draws : int
        Number of draws of each of three sets.
    switches : Switches, optional
        Probabilities of the hypotheses; those of the package when not given.
    seed : int
        The same seed gives the same draws.

    Raises
    ------
    MissingEngine
        If the extra is not installed.
    """
    known = switches or Switches()
    sets = {"prior": (known, False), "fitted": (known, True), "all_on": (Switches.all_at(1.0), True)}
    scored, beyond, rest = [], [], []
    for seen in observations():
        if seen.predict is None:
            if seen.out_of_range:
                beyond.append((seen, seen.out_of_range))
            elif seen.not_scored:
                rest.append(seen)
            continue
        agreement, medians, failed = {"nothing": float(_held(seen, np.zeros((1, _count(seen))))[0])}, (), 0
        for name, (likely, fitted) in sets.items():
            changes = np.column_stack(
                [_changes(seen.predict.readout, arm, draws, likely, seed, fitted) for arm in seen.predict.arms]
            )
            asked = np.concatenate([[not arm.beyond] * len(arm.after_s) for arm in seen.predict.arms])
            failed += int(np.isnan(changes[:, asked]).any(axis=1).sum())
            agreement[name] = float(np.mean(_held(seen, changes)))
            if name == "fitted":
                medians = tuple(np.nanmedian(changes[:, asked], axis=0).tolist())
        left_out = tuple(
            f"{arm.mw_cm2 * arm.s / 1000:g} J/cm2: {arm.beyond}" for arm in seen.predict.arms if arm.beyond
        )
        beyond += [(seen, words) for words in left_out]
        scored.append(Score(seen, agreement, medians, left_out, failed))
    return Scores(tuple(scored), tuple(beyond), tuple(rest))


def _count(seen: Observation) -> int:
    return sum(len(arm.after_s) for arm in seen.predict.arms) if seen.predict else 0


def _changes(readout: str, arm: Arm, draws: int, switches: Switches, seed: int, fitted: bool) -> NDArray[np.float64]:
    """Return the change of a readout [%], shape (draws, times); NaN where not solved or not asked."""
    if arm.beyond:
        return np.full((draws, len(arm.after_s)), np.nan)
    drawn = draw(draws, arm.state, switches, seed, fitted)
    drawn |= {name: np.full(draws, value) for name, value in arm.given.items()}
    light = pulse(arm.nm, arm.mw_cm2 * MW_CM2, arm.s)
    runs = run_model(drawn, light, arm.s + np.array(arm.after_s), arm.sessions, arm.gap_days * 86400.0)

    def ratio(name: str) -> NDArray[np.float64]:
        return np.asarray(runs.values[name] / runs.dark[name][:, None])

    if readout in CELL_READS:
        return 100 * (ratio(CELL_READS[readout]) - 1)
    name = readout.removeprefix("conduction_")
    return 100 * (velocity_ratio(name, drawn, ratio("Z"), ratio("X"), np.zeros(len(arm.after_s))) - 1)


def _held(seen: Observation, changes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return in which draws all checks hold; what was not solved does not."""
    checks: Sequence[Check] = seen.predict.checks if seen.predict else ()
    least = mechanism_parameters().no_effect_percent.value
    held = np.ones(len(changes), dtype=bool)
    for check in checks:
        first = changes[:, check.readings[0]]
        if check.above is not None:
            held &= first > changes[:, check.above[1]]
        elif check.none is not None:
            held &= np.abs(first) < NONE_PERCENT
        else:
            held &= first > least if check.up is not None else first < -least
    return held
