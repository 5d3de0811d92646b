"""The light that trials gave: on the skin as printed, and at the nerve as this engine computes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nervelight.evidence import (
    Condition,
    Effect,
    GivenLight,
    LightResponse,
    Measure,
    NoEffect,
    OutcomeDomain,
    Setting,
    Study,
    anchor,
    anchor_ids,
    effects_for,
    light_response,
    remembered,
    study,
)
from nervelight.optics import site
from nervelight.planning.anchoring import trial_light
from nervelight.planning.light_path import in_tissue_tables, trial_targets_of
from nervelight.planning.plan_document import Band
from nervelight.planning.tissue import model_quantities, trial_quantities
from nervelight.planning.uncertain import Space
from nervelight.units import to_j_cm2

__all__ = ["TrialFluence", "light_responses", "trial_fluence"]

DRAWS, SEED = 256, 1


@dataclass(frozen=True)
class TrialFluence:
    """The light of one trial in a session.

    Parameters
    ----------
    study_id : str
    radiant_exposure_j_cm2 : float or None
        Radiant exposure of the skin at a site [J/cm2], printed or computed from printed numbers.
    nerve_fluence_j_cm2 : Band or None
        Fluence at the nerve under the trial's site, in the reference tissue of its people.
    nerve : str
        Name of that nerve; empty without one.
    lacks_skin, lacks_nerve : tuple of str
        What its paper lacks for either; empty where the number is there.
    """

    study_id: str
    radiant_exposure_j_cm2: float | None
    nerve_fluence_j_cm2: Band | None
    nerve: str
    lacks_skin: tuple[str, ...]
    lacks_nerve: tuple[str, ...]


@remembered
def trial_fluence(study_id: str) -> TrialFluence:
    """Return the light of a trial on the skin and at the nerve.

    Several readings of a trial's numbers give the lowest fluence at the nerve, as in a plan.

    Examples
    --------
    >>> found = trial_fluence("yamany2012")
    >>> round(found.radiant_exposure_j_cm2, 1), found.nerve
    (5.7, 'common plantar digital nerve')
    """
    found = study(study_id)
    if study_id not in anchor_ids() or not found.lights:
        return TrialFluence(study_id, None, None, "", ("its light",), ("its light",))
    if any(light.contradiction for light in found.lights):
        absent = ("numbers of its light that agree with each other",)
        return TrialFluence(study_id, None, None, "", absent, absent)
    light = anchor(study_id)
    exposures = [s.radiant_exposure.value for s in light.settings if s.radiant_exposure]
    # Arms of one trial that differ in their light have no one number.
    agreed = len(exposures) == len(light.settings) and np.ptp(exposures) <= 1e-9 * max(exposures)
    lacks_skin = () if agreed else ("radiant exposure",) if not exposures else ("one radiant exposure for all arms",)
    lacks_nerve = tuple(dict.fromkeys(what for setting in light.settings for what in _lacks_nerve(setting)))
    if not agreed or lacks_nerve:
        skin = float(to_j_cm2(exposures[0])) if agreed else None
        return TrialFluence(study_id, skin, None, "", lacks_skin, (*lacks_skin, *lacks_nerve))
    bands, label = _at_nerve(found, light.settings)
    lowest = min(bands, key=lambda band: band.p50)
    return TrialFluence(study_id, float(to_j_cm2(exposures[0])), lowest, label, (), ())


def _lacks_nerve(setting: Setting) -> Iterator[str]:
    if len(setting.wavelengths) != 1:
        yield "wavelength" if not setting.wavelengths else "radiant exposure of each wavelength"
    elif not in_tissue_tables(setting.wavelengths[0]):
        yield "a wavelength of 600 to 1000 nm"
    if setting.field is None:
        yield "spot area"
    if not any(site(place).nerves for place in setting.sites):
        yield "a body site with a nerve of known depth"


def _at_nerve(found: Study, settings: tuple[Setting, ...]) -> tuple[list[Band], str]:
    place = next(place for place in settings[0].sites if site(place).nerves)
    nerve = next(iter(site(place).nerves))
    trials = tuple(trial_light(setting, site(place).beneath) for setting in settings)
    space = Space((*model_quantities([site(place).beneath]), *trial_quantities(place, nerve, found.condition)))
    values = space.values(space.sample(DRAWS, SEED))
    at_target = trial_targets_of(trials, True, values)
    bands = [
        Band.of(to_j_cm2(np.sum([e * light[w] for w, e in trial.radiant_exposure.items()], axis=0)))
        for trial, light in zip(trials, at_target, strict=True)
    ]
    return bands, site(place).nerves[nerve].label


def light_responses(
    condition: Condition | None, domain: OutcomeDomain = "pain", measure: Measure | None = "standardised"
) -> tuple[LightResponse, LightResponse]:
    """Return effects of sham-controlled trials against their light on the skin, and against that at the nerve.

    Parameters
    ----------
    condition : Condition or None
        None takes every condition.
    domain : OutcomeDomain
    measure : Measure, optional
        The standardised difference, so that scales of all kinds count.

    Returns
    -------
    tuple of LightResponse, length 2
        Regressed over the same trials: those with an effect size and both lights.
    """
    effects, without = effects_for(condition, domain, measure)
    named: list[Effect | NoEffect] = [*effects, *without]
    lights = {item.study_id: trial_fluence(item.study_id) for item in named}
    skin = {
        name: GivenLight(light.radiant_exposure_j_cm2)
        for name, light in lights.items()
        if light.radiant_exposure_j_cm2 is not None
    }
    nerve = {
        name: GivenLight(band.p50, band.p5, band.p95)
        for name, light in lights.items()
        if (band := light.nerve_fluence_j_cm2) is not None
    }
    both = skin.keys() & nerve.keys()
    lacks_skin = {name: light.lacks_skin for name, light in lights.items()}
    lacks_nerve = {name: light.lacks_nerve for name, light in lights.items()}
    return (
        light_response("on the skin", effects, without, skin, lacks_skin, among=both),
        light_response("at the nerve", effects, without, nerve, lacks_nerve, among=both),
    )
