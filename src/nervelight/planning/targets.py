"""The light at the target, at the other target of the site, and against depth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import site
from nervelight.planning.case import CUTANEOUS_ENDINGS, Case
from nervelight.planning.light_path import Evaluation
from nervelight.planning.plan_document import Band, DepthCurve, Prescription, TargetLight, columns_of
from nervelight.planning.tissue import nerve_of
from nervelight.units import to_j_cm2, to_mw_cm2

__all__ = ["describe_curves", "describe_targets", "target_label"]

DEPTHS_SHOWN = 48
LEAST_DEPTH_SHOWN_MM = 5.0
_ENDINGS = "nerve endings of the skin"


def target_label(case: Case) -> str:
    """Return the target as people call it."""
    if case.site.target == CUTANEOUS_ENDINGS:
        return _ENDINGS
    return site(case.site.name).nerves[case.site.target].label


def describe_targets(case: Case, sample: Evaluation, prescription: Prescription | None) -> Iterator[TargetLight]:
    """Yield the light at the nerve, where the site has one, and at the cutaneous nerve endings."""
    nerve, depth = nerve_of(case), sample.nerve_depth
    at_nerve = sample.problem.at_nerve
    if nerve is not None and depth is not None:
        label = f"{site(case.site.name).nerves[nerve].label}, at its surface"
        yield _target(nerve, label, depth, at_nerve, sample, prescription)
    yield _target(
        CUTANEOUS_ENDINGS,
        _ENDINGS,
        sample.endings_depth,
        not at_nerve,
        sample,
        prescription,
    )


def _target(
    name: str,
    label: str,
    depth: NDArray[np.float64],
    is_target: bool,
    sample: Evaluation,
    prescription: Prescription | None,
) -> TargetLight:
    share = sample.share_of_skin(depth)
    rate = sample.irradiance * share
    return TargetLight(
        id=name,
        label=label,
        depth_mm=Band.of(depth),
        is_target=is_target,
        share_of_skin=Band.of(share),
        fluence_rate_mw_cm2=Band.of(to_mw_cm2(rate)),
        fluence_j_cm2=Band.of(to_j_cm2(rate * prescription.time_per_field_s)) if prescription else None,
    )


def describe_curves(sample: Evaluation, depths_shown: int = DEPTHS_SHOWN) -> Iterator[DepthCurve]:
    """Yield the fluence rate against depth of each wavelength that the tissue tables hold."""
    nerve = 0.0 if sample.nerve_depth is None else float(np.percentile(sample.nerve_depth, 95))
    deepest = max(LEAST_DEPTH_SHOWN_MM, 1.15 * nerve)
    # Denser near the skin, where the light changes fast.
    depths = deepest * np.linspace(0.0, 1.0, depths_shown) ** 1.5
    for index, wavelength in enumerate(sample.problem.wavelengths):
        if sample.solutions[index] is None:
            continue
        rates = (sample.irradiance * sample.shares[:, index])[:, None] * sample.profile(index, depths)
        yield DepthCurve(
            wavelength_nm=wavelength,
            depth_mm=tuple(map(float, depths)),
            **columns_of(to_mw_cm2(rates)),
        )
