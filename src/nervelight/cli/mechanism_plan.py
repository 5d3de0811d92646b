"""The light of a plan at its target, as the mechanism model takes it. Nothing goes back into the plan."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nervelight.errors import Fault, InvalidInput

if TYPE_CHECKING:
    from nervelight.mechanism import Session

__all__ = ["PlanLight", "read_plan_light"]

WEEK = 7 * 86400.0
"""[s]."""


@dataclass(frozen=True)
class PlanLight:
    """Light of a plan at its target, at the median of its draws.

    Parameters
    ----------
    target : str
        Name for people.
    session : Session
        Sessions of the plan, evenly over the week. It warms as the skin does: an upper end for a target below it.
    band : tuple of float
        Fluence rate at the target, 5 and 95 % of the plan's draws [mW/cm2].
    """

    target: str
    session: Session
    band: tuple[float, float]


def read_plan_light(path: Path, state: str) -> PlanLight:
    """Return the light of a plan at its target, on a cell in a disease state.

    Raises
    ------
    InvalidInput
        If the file is no plan, or one without a target or a time.
    """
    import numpy as np

    from nervelight.documents import read_json, validated
    from nervelight.mechanism import Session, Warming
    from nervelight.planning import Plan
    from nervelight.units import MW_CM2

    plan = validated(Plan, read_json(path), str(path))
    given, target = plan.prescription, next((one for one in plan.targets if one.is_target), None)
    if given is None or target is None or not plan.curves:
        allowed = "a plan that gives light for a time" + (", which a blocked one does not" if plan.blocked else "")
        raise InvalidInput(str(path), [Fault("prescription", None, allowed)])
    # What each wavelength leaves at the depth of the target.
    left = np.array([np.interp(target.depth_mm.p50, one.depth_mm, one.p50) for one in plan.curves])
    time, light = given.time_per_field_s, target.fluence_rate_mw_cm2
    session = Session(
        wavelengths=tuple(one.wavelength_nm for one in plan.curves),
        fluence_rate=light.p50 * MW_CM2,
        exposure_time=time,
        state=state,
        warming=None if plan.warmth is None else Warming.to(max(0.0, plan.warmth.skin_rise_k.p50), time),
        sessions=given.total_sessions,
        gap=WEEK / given.sessions_per_week,
        shares=tuple((left / left.sum()).tolist()),
    )
    return PlanLight(target.label, session, (light.p5, light.p95))
