"""Whether light reaches the target at all, judged before any trial is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nervelight.planning.findings import Finding
from nervelight.planning.light_path import Evaluation
from nervelight.planning.words import number

__all__ = ["REACHABLE_SHARE", "Reach", "reach_of"]

# Below this share of the irradiance on the skin, at its upper 95 % bound, the target counts as not reached.
REACHABLE_SHARE = 1e-3
# Less than this share of a wide field's light at the target is worth a note.
NARROW_FACTOR = 0.9


@dataclass(frozen=True)
class Reach:
    """Whether light reaches the target at all, judged without looking at any trial."""

    reachable: bool
    findings: tuple[Finding, ...]


def reach_of(target_label: str, sample: Evaluation, field_width: float | None) -> Reach:
    """Judge whether the target can be reached, and what the size of the field costs.

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
    if field_width is None:
        findings.append(
            Finding(
                id="transport.field",
                level="block",
                title="Size of the lit field not known",
                text="Light of a small field spreads sideways under the skin: how much arrives depends on its size.",
                value="not known",
                unblock="Measure the lit field and write it in lamp.field_width.",
                sources=("nervelight_computed",),
            )
        )
    else:
        factor = float(np.median(sample.field_factor()))
        if factor < NARROW_FACTOR:
            findings.append(
                Finding(
                    id="transport.field",
                    level="note",
                    title="The lit field is small for this depth",
                    text="Light spreads sideways under the skin. The plan counts that, for a round field as wide as "
                    "the smaller side of the lamp's. Aim at the nerve: beside the axis there is less.",
                    value=f"{factor:.0%} of what a wide field of the same irradiance gives there",
                    limit=f"field {number(field_width)} mm across, target {number(depth)} mm deep",
                    sources=("nervelight_computed",),
                )
            )
    return Reach(reachable, tuple(findings))
