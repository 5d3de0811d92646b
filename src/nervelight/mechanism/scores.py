"""How well the model says what was seen: direction and order, for data it was fitted to and for data it was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from nervelight.mechanism.conduction import velocity_ratio
from nervelight.mechanism.engine import BANNER, run_model
from nervelight.mechanism.observations import Arm, Check, Observation, Use, observations
from nervelight.mechanism.priors import Draws, Switches, draw, mechanism_parameters
from nervelight.mechanism.session import CELL_READS, output_words, pulse
from nervelight.units import MW_CM2

__all__ = ["COLUMNS", "NONE_PERCENT", "SCORED", "Column", "Score", "Scores", "score_model", "scores_document"]

SCHEMA = "nervelight-mechanism-scores-1"
Column = Literal["prior", "fitted", "all_on", "nothing"]
"""Draws before and after the fit, with every hypothesis on, and what agrees if light does nothing."""
COLUMNS: tuple[Column, ...] = get_args(Column)
SCORED: tuple[Use, ...] = ("fit", "validate", "negative")
"""The uses of observations that are scored, in the order in which they are told."""
NONE_PERCENT = 1.0
"""A change that is predicted smaller than this agrees with an observation of none [%]."""
EXPLAINED = 0.5
"""An observation counts as explained if at least this share of draws agrees, with all hypotheses on."""


@dataclass(frozen=True)
class Score:
    """One observation against the model.

    Parameters
    ----------
    observation : Observation
        What was seen.
    agreement : dict of Column to float
        Share of draws that agree: ``prior`` and ``fitted`` with the hypotheses as likely as they are taken to be,
        ``all_on`` fitted and with all of them on, ``nothing`` if light does nothing at all.
    median_percent : dict of Column to tuple of float
        Median change of each reading, by the columns that were drawn.
    beyond : tuple of str
        Arms that were left out, and why.
    failed : dict of str to int
        Draws that the integrator did not solve, of all sets and arms together, by disease state; they count as not
        agreeing.
    """

    observation: Observation
    agreement: dict[Column, float]
    median_percent: dict[Column, tuple[float, ...]]
    beyond: tuple[str, ...]
    failed: dict[str, int]

    @property
    def asked(self) -> str:
        """What the model is asked for, in words."""
        return output_words(self.observation.predict.readout) if self.observation.predict else ""

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

    def mean(self, use: Use, column: Column) -> float:
        """Return the mean agreement of the observations of one use."""
        return float(np.mean([score.agreement[column] for score in self.of(use)]))

    def of(self, use: Use) -> tuple[Score, ...]:
        """Return the scores of the observations of one use."""
        return tuple(score for score in self.scored if score.observation.use == use)

    @property
    def failed(self) -> dict[str, int]:
        """Draws that the integrator did not solve, by disease state."""
        total: Counter[str] = Counter()
        for score in self.scored:
            total.update(score.failed)
        return dict(total)


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
    sets: dict[Column, tuple[Switches, bool]] = {
        "prior": (known, False),
        "fitted": (known, True),
        "all_on": (Switches.all_at(1.0), True),
    }
    asked = [(seen, seen.predict) for seen in observations() if seen.predict is not None]
    lights = _lights(arm for _, prediction in asked for arm in prediction.arms)
    lit = {
        (name, light): _lit(arm, draws, likely, seed, fitted)
        for name, (likely, fitted) in sets.items()
        for light, arm in lights.items()
    }
    scored, beyond = [], [(seen, seen.out_of_range) for seen in observations() if seen.out_of_range]
    for seen, prediction in asked:
        agreement: dict[Column, float] = {}
        medians: dict[Column, tuple[float, ...]] = {}
        failed: Counter[str] = Counter()
        for name in sets:
            columns = []
            for arm in prediction.arms:
                if arm.beyond:
                    columns.append(np.full((draws, len(arm.after_s)), np.nan))
                    continue
                at = [lights[arm.light].after_s.index(moment) for moment in arm.after_s]
                columns.append(lit[name, arm.light].change(prediction.readout)[:, at])
                failed[arm.state] += int(np.isnan(columns[-1]).any(axis=1).sum())
                medians[name] = (*medians.get(name, ()), *np.nanmedian(columns[-1], axis=0).tolist())
            agreement[name] = float(np.mean(_held(prediction.checks, np.column_stack(columns))))
        nothing = np.zeros((1, sum(len(arm.after_s) for arm in prediction.arms)))
        agreement["nothing"] = float(_held(prediction.checks, nothing)[0])
        left_out = tuple(f"{arm.mw_cm2 * arm.s / 1000:g} J/cm2: {arm.beyond}" for arm in prediction.arms if arm.beyond)
        beyond += [(seen, words) for words in left_out]
        scored.append(Score(seen, agreement, medians, left_out, dict(failed)))
    order = {seen.id: at for at, seen in enumerate(observations())}
    beyond.sort(key=lambda one: order[one[0].id])
    return Scores(tuple(scored), tuple(beyond), tuple(seen for seen in observations() if seen.not_scored))


def _lights(arms: Iterable[Arm]) -> dict[str, Arm]:
    """Return each light that is within the range once, read whenever any of its arms is."""
    found: dict[str, Arm] = {}
    for arm in arms:
        if not arm.beyond:
            known = found.get(arm.light, arm)
            found[arm.light] = arm.model_copy(update={"after_s": tuple(sorted({*known.after_s, *arm.after_s}))})
    return found


@dataclass(frozen=True)
class _Lit:
    """Draws under one light, relative to the dark: ``drawn`` of shape (draws,), ``ratio`` of shape (draws, times)."""

    drawn: Draws
    ratio: dict[str, NDArray[np.float64]]

    def change(self, readout: str) -> NDArray[np.float64]:
        """Return the change of a readout [%]; NaN where the integrator failed."""
        if readout in CELL_READS:
            return 100 * (self.ratio[CELL_READS[readout]] - 1)
        name, pump, structure = readout.removeprefix("conduction_"), self.ratio["Z"], self.ratio["X"]
        return 100 * (velocity_ratio(name, self.drawn, pump, structure, np.zeros(pump.shape[1])) - 1)


def _lit(arm: Arm, draws: int, switches: Switches, seed: int, fitted: bool) -> _Lit:
    drawn = draw(draws, arm.state, switches, seed, fitted)
    drawn |= {name: np.full(draws, value) for name, value in arm.given.items()}
    light = pulse(arm.nm, arm.mw_cm2 * MW_CM2, arm.s)
    # Where photons do nothing a cell stays as it was in the dark, which is a law of the model and tested as one.
    on = (drawn["w1"] > 0) | (drawn["w2"] > 0)
    ratio = {name: np.ones((draws, len(arm.after_s))) for name in CELL_READS.values()}
    if on.any():
        some = {name: values[on] for name, values in drawn.items()}
        runs = run_model(some, light, arm.s + np.array(arm.after_s), arm.sessions, arm.gap)
        for name in ratio:
            ratio[name][on] = runs.values[name] / runs.dark[name][:, None]
    return _Lit(drawn, ratio)


def _held(checks: Sequence[Check], changes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return in which draws all checks hold; what was not solved does not."""
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


def scores_document(found: Scores, draws: int, switches: Switches) -> dict[str, Any]:
    """Return scores as plain data, with what must stand beside them."""
    return {
        "schema": SCHEMA,
        "banner": BANNER,
        "draws": draws,
        "switches": switches.probabilities,
        "scores": [
            {
                "id": score.observation.id,
                "use": score.observation.use,
                "endpoint": score.observation.endpoint,
                "asked": score.asked,
                "source": score.observation.source,
                "agreement": score.agreement,
                "median_percent": {name: list(values) for name, values in score.median_percent.items()},
                "explained": score.explained,
                "assumed": score.observation.predict.assumed if score.observation.predict else "",
                "failed": score.failed,
            }
            for score in found.scored
        ],
        "means": {use: {column: found.mean(use, column) for column in COLUMNS} for use in SCORED},
        "out_of_range": [{"id": seen.id, "source": seen.source, "why": why} for seen, why in found.out_of_range],
        "not_scored": [{"id": seen.id, "source": seen.source, "why": seen.not_scored} for seen in found.not_scored],
        "failed": found.failed,
    }
