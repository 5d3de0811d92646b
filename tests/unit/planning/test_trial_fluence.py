"""The light that trials gave: printed on the skin, computed at the nerve, and named where it cannot be."""

from __future__ import annotations

import pytest

from nervelight.evidence import effects_for, study_ids
from nervelight.planning import light_responses, trial_fluence

from .cases import FEET, plan_of


def test_the_light_at_the_nerve_is_the_one_that_a_plan_carries_over() -> None:
    plan = plan_of(FEET, {"anchor": "yamany2012", "site.target": "common_plantar_digital"}, draws=256)
    light = trial_fluence("yamany2012")
    assert light.radiant_exposure_j_cm2 == pytest.approx(5.7)
    assert light.nerve_fluence_j_cm2 is not None
    assert plan.translation is not None
    assert plan.translation.target_fluence_j_cm2 is not None
    # The same engine and the same trial; other draws, for the plan draws the patient as well.
    assert light.nerve_fluence_j_cm2.p50 == pytest.approx(plan.translation.target_fluence_j_cm2.p50, rel=0.1)


@pytest.mark.slow
def test_of_two_readings_the_one_with_less_light_counts() -> None:
    light = trial_fluence("chang2008")
    assert light.radiant_exposure_j_cm2 == pytest.approx(9.7)
    assert light.nerve == "median nerve at the wrist crease"
    assert light.nerve_fluence_j_cm2 is not None
    assert light.nerve_fluence_j_cm2.p5 < light.nerve_fluence_j_cm2.p50 < light.nerve_fluence_j_cm2.p95


@pytest.mark.parametrize(
    ("name", "skin", "nerve"),
    [
        ("hauser2011", "its light", "its light"),
        ("zinman2004", "radiant exposure", "wavelength"),
        ("lavery2008", None, "a body site with a nerve of known depth"),
        ("anju2025", None, "spot area"),
        ("valenzuela2017", "one radiant exposure for all arms", "one radiant exposure for all arms"),
        (
            "konstantinovic2010_cervical",
            "numbers of its light that agree with each other",
            "numbers of its light that agree with each other",
        ),
        ("erchonia_k251903", "radiant exposure", "radiant exposure of each wavelength"),
    ],
)
def test_what_is_missing_for_either_is_named(name: str, skin: str | None, nerve: str) -> None:
    light = trial_fluence(name)
    assert (skin is None) == (light.radiant_exposure_j_cm2 is not None)
    assert skin is None or skin in light.lacks_skin
    assert light.nerve_fluence_j_cm2 is None
    assert nerve in light.lacks_nerve


@pytest.mark.slow
def test_every_study_has_its_light_or_what_it_lacks() -> None:
    for name in study_ids():
        light = trial_fluence(name)
        assert (light.radiant_exposure_j_cm2 is None) == bool(light.lacks_skin)
        assert (light.nerve_fluence_j_cm2 is None) == bool(light.lacks_nerve)
        if light.nerve_fluence_j_cm2 is not None:
            assert light.radiant_exposure_j_cm2 is not None


def test_each_trial_that_measured_pain_is_in_the_answer_or_named_as_lacking() -> None:
    effects, without = effects_for(None, "pain", "standardised")
    counted = {e.study_id for e in effects if not e.set_aside} | {item.study_id for item in without}
    for found in light_responses(None):
        seen = {point.effect.study_id for point in found.points} | {name for name, _ in found.lacking}
        assert seen == counted
        assert found.regression is None
        assert found.reason == "not estimable: 0 of the 10 trials needed have an effect size, this light and the other"
    skin, nerve = light_responses(None)
    assert {verdict.study_id for verdict in nerve.verdicts} == {"yamany2012", "chang2008"}
    assert {"lavery2008", "leal2022"} <= {verdict.study_id for verdict in skin.verdicts}
