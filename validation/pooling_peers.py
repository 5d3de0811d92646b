"""Pooling held against PyMARE and statsmodels, beside the pins of metafor: run by hand, they are not required.

    pip install pymare statsmodels && python validation/pooling_peers.py

Prints the largest difference of each number over metafor's example data sets. PyMARE gives REML and DerSimonian-Laird
with covariates; statsmodels gives Paule-Mandel ("iterated") and DerSimonian-Laird with the Hartung-Knapp error. Where
trials differ less than chance would have them, statsmodels lets the variance between trials fall below zero and its
errors become NaN: such sets are left out for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pymare import Dataset
from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator
from statsmodels.stats.meta_analysis import combine_effects

from nervelight.evidence import pool, regress

PINS = json.loads((Path(__file__).parent / "metafor_pins.json").read_text(encoding="utf-8"))


def differences() -> Iterator[tuple[str, float]]:
    """Yield the name of a comparison and its relative difference."""
    for data in PINS["poolings"].values():
        y, v = np.array(data["yi"]), np.array(data["vi"])
        for name, estimator in (("REML", VarianceBasedLikelihoodEstimator(method="REML")), ("DL", DerSimonianLaird())):
            theirs = estimator.fit_dataset(Dataset(y[:, None], v[:, None])).summary()
            ours = pool(y, v, method=name)
            yield f"PyMARE {name} mean", _apart(ours.estimate, theirs.get_fe_stats()["est"].item())
            yield f"PyMARE {name} tau2", _apart(ours.tau2, np.ravel(theirs.tau2)[0])
        for name, method in (("PM", "iterated"), ("DL", "chi2")):
            ours = pool(y, v, method=name)
            if ours.q < ours.k - 1:
                continue
            theirs = combine_effects(y, v, method_re=method, use_t=True)
            yield f"statsmodels {name} mean", _apart(ours.estimate, theirs.mean_effect_re)
            yield f"statsmodels {name} tau2", _apart(ours.tau2, max(0.0, theirs.tau2))
            yield f"statsmodels {name} Hartung-Knapp error", _apart(ours.se, theirs.sd_eff_w_re_hksj)
    data = PINS["regressions"]["latitude"]
    y, v, x = (np.array(data[name]) for name in ("yi", "vi", "x"))
    theirs = (
        VarianceBasedLikelihoodEstimator(method="REML")
        .fit_dataset(Dataset(y[:, None], v[:, None], X=x[:, None]))
        .summary()
    )
    for ours, other in zip(regress(y, v, x).coefficients, theirs.get_fe_stats()["est"].ravel(), strict=True):
        yield "PyMARE REML regression", _apart(ours, other)


def _apart(ours: float, theirs: float) -> float:
    return abs(ours - theirs) / max(1.0, abs(theirs))


def main() -> None:
    largest: dict[str, float] = {}
    for name, apart in differences():
        largest[name] = max(apart, largest.get(name, 0.0))
    for name, apart in sorted(largest.items()):
        print(f"{name:40} {apart:.1e}")


if __name__ == "__main__":
    main()
