"""Whether light reaches the target at all, judged before any trial is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nervelight.planning.findings import Finding
from nervelight.planning.light_path import Evaluation

__all__ = ["PLANE_WAVE_DEPTH_MM", "PLANE_WAVE_FIELD_MM", "REACHABLE_SHARE", "Reach", "reach_of"]

# Below this share of the irradiance on the skin, at its upper 95 % bound, the target counts as not reached.
REACHABLE_SHARE = 1e-3
# Field and depth for which a wide (plane) wave may stand for the lamp's beam.
PLANE_WAVE_FIELD_MM = 100.0
PLANE_WAVE_DEPTH_MM = 20.0


@dataclass(frozen=True)
class Reach:
    """Whether light reaches the target at all, judged without looking at any trial."""

    reachable: bool
    findings: tuple[Finding, ...]


def reach_of(target_label: str, sample: Evaluation, field_width: float | None) -> Reach:
    """Judge whether the target can be reached, and whether a plane wave may stand for the beam.

    Parameters
    ----------
    target_label : str
    sample : Evaluation
        The patient's light at the sample of draws.
    field_width : float or None
        Smaller side of the lit field [mm]; None when not known.
    """
    upper = float(np.percentile(sample.share_of_skin(sample.target_depth), 95))
    depth = float(np.median(sample.target_depth))
    reachable = upper >= REACHABLE_SHARE
    findings = []
    if not reachable:
        findings.append(
            Finding(
                id="target.unreachable",
                level="block",
                title=f"Light does not reach the {target_label}",
                text=(
                    f"At a depth of about {depth:.0f} mm even the upper 95 % bound of the fluence rate is less than a "
                    "thousandth of the irradiance on the skin. No trial and no longer session changes that."
                ),
                value=f"{upper:.1g} of the irradiance on the skin (upper 95 %)",
                limit=f"{REACHABLE_SHARE:g}",
                unblock="Choose a target that light reaches, or another treatment. Where trials report a benefit, it "
                "needs another explanation than light at this nerve.",
                sources=("nervelight_computed", "hudson2013"),
            )
        )
    elif depth > PLANE_WAVE_DEPTH_MM:
        findings.append(
            Finding(
                id="transport.depth",
                level="block",
                title="Target deeper than this calculation holds for",
                text="The light of a real field spreads sideways; at this depth a wide wave overstates what arrives.",
                value=f"{depth:.0f} mm",
                limit=f"{PLANE_WAVE_DEPTH_MM:g} mm",
                unblock="A calculation with finite beams is needed; this version has none.",
                sources=("nervelight_rule",),
            )
        )
    if field_width is None or field_width < PLANE_WAVE_FIELD_MM:
        findings.append(
            Finding(
                id="transport.field",
                level="block",
                title="Size of the lit field not known"
                if field_width is None
                else "Lit field too small for this calculation",
                text="Light of a small field spreads sideways under the skin: a wide wave overstates what arrives.",
                value="not known" if field_width is None else f"{field_width:.0f} mm across",
                limit=f"{PLANE_WAVE_FIELD_MM:g} mm across",
                unblock="Measure the lit field and write it in lamp.field_width."
                if field_width is None
                else "Use a lamp with a wider field; this one needs a calculation with finite beams, which this "
                "version does not have.",
                sources=("nervelight_computed",),
            )
        )
    return Reach(reachable, tuple(findings))
