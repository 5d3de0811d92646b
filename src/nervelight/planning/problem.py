"""From a case, a lamp and an anchor to one problem with all that is uncertain about it."""

from __future__ import annotations

import math

from nervelight.optics import site
from nervelight.planning.anchoring import Choice
from nervelight.planning.case import CUTANEOUS_ENDINGS, Case
from nervelight.planning.lamp import CaseLamp, lamp_quantities
from nervelight.planning.light_path import Problem
from nervelight.planning.tissue import model_quantities, patient_quantities, trial_quantities
from nervelight.planning.uncertain import Space

__all__ = ["pose"]


def pose(case: Case, lamp: CaseLamp, choice: Choice) -> Problem:
    """Gather what is known and what is uncertain about this case into one problem."""
    patient = patient_quantities(case)
    trial = (
        trial_quantities(choice.trial_site, choice.trial_nerve, choice.anchor.condition or case.diagnosis.condition)
        if choice.trials and choice.anchor
        else ()
    )
    beneath = site(case.site.name).beneath
    own = (*patient, *lamp_quantities(lamp), *model_quantities([beneath]))
    shared = model_quantities([trial.beneath for trial in choice.trials])
    return Problem(
        # What is the patient's own comes first, so that its draws do not depend on whose light is followed.
        space=Space((*own, *(quantity for quantity in shared if quantity not in own), *trial)),
        wavelengths=lamp.shares.wavelengths,
        shares=lamp.shares,
        at_nerve=case.site.target != CUTANEOUS_ENDINGS,
        beneath=beneath,
        fat_measured=case.site.measured.subcutaneous_fat is not None,
        spot_area=None if lamp.light.field_width is None else math.pi * (lamp.light.field_width / 2) ** 2,
        trials=choice.trials,
    )
