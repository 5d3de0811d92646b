"""Sessions as distributions: the warm twin, shares, schedules, what is refused; and observations with their scores."""

import dataclasses
import json
import math
import time
from pathlib import Path

import numpy as np
import pytest

from nervelight.errors import InvalidInput, ValidityError
from nervelight.mechanism import (
    Result,
    Session,
    Switches,
    Warming,
    as_document,
    observations,
    run_session,
    score_model,
)
from nervelight.mechanism import session as session_module
from nervelight.mechanism.observations import Check, Observation
from nervelight.mechanism.scores import NONE_PERCENT
from nervelight.mechanism.session import WARMING_TIME, Output, pulse
from nervelight.optics.stack_file import read_stack_file
from nervelight.report.mechanism_words import mechanism_headline, run_rows
from nervelight.transport import ThermalLayers, solve_plane_wave, warm
from nervelight.units import MW_CM2

HALF_DEGREE = Warming.to(0.5, 900.0)
ASKED = Session((810.0,), 10 * MW_CM2, 900.0, "diabetic", HALF_DEGREE)
LARGE = "conduction_large_myelinated"
ANKLE = Path(__file__).parents[3] / "examples" / "stacks" / "medial_ankle.yaml"


@pytest.fixture(scope="module")
def result(request):
    request.getfixturevalue("integrator")
    return run_session(ASKED, 200, seed=3)


# ---- warmth


def test_warming_ends_where_it_is_said_to_and_cools_as_it_warmed():
    assert HALF_DEGREE.at([0.0, 900.0], 900.0).tolist() == [0.0, 0.5]
    since = np.arange(0, 4000, 60)
    # Linear heat: what warms towards a limit with one time scale cools with it.
    np.testing.assert_allclose(HALF_DEGREE.at(900.0 + since, 900.0), 0.5 * np.exp(-since / WARMING_TIME), rtol=1e-9)
    # However short the light.
    np.testing.assert_allclose(Warming.to(0.5, 30.0).at(30.0 + since, 30.0), 0.5 * np.exp(-since / WARMING_TIME))


@pytest.mark.parametrize(("flow", "known_by", "end_alone"), [(1.73, 0.015, 0.22), (1.0, 0.08, 0.35), (3.0, 0.08, 0.35)])
def test_cooling_is_that_of_the_heat_model(flow, known_by, end_alone):
    file = read_stack_file(ANKLE)
    stack = file.layer_stack(810.0)
    ankle = ThermalLayers(stack.thickness, [str(name) for name in file.tissues], flow, 8e-6, 22.0)
    absorbed = solve_plane_wave(stack).absorbed_density
    light = warm(ankle, absorbed, irradiance=5e-4, exposure_time=900.0, depth=[3.0, 6.0, 9.0], after=1800.0)
    lit = light.times <= 900.0 * (1 + 1e-9)
    after = 900.0 + np.array([60.0, 300.0, 900.0, 1800.0])
    for course in light.temperature[0, :, 0]:
        rise = course - course[0]
        end, found = rise[lit][-1], np.interp(after, light.times, rise)
        for known, most in ((Warming(light.times[lit], rise[lit]), known_by), (Warming.to(end, 900.0), end_alone)):
            assert np.abs(found - known.at(after, 900.0)).max() < most * end


@pytest.mark.usefixtures("integrator")
def test_warmth_of_sessions_adds_up():
    once = dataclasses.replace(ASKED, exposure_time=300.0, warming=Warming.to(0.5, 300.0))
    twice = dataclasses.replace(once, sessions=2, gap=600.0)
    heat = Switches(h1=0, h2=0, h3=0, h4=1, h5=0)
    results = [run_session(session, 5, heat, after=(0.0,), during=1) for session in (twice, once)]
    found, one = (result.output(LARGE).heat_only for result in results)
    # The first session has been off for 300 s when the second begins.
    left = np.exp(-300 / WARMING_TIME)
    np.testing.assert_allclose(found[:, 0], one[:, -1] * left)
    np.testing.assert_allclose(found[:, -1], one[:, -1] * (1 + left**2))
    assert np.all(one[:, 0] == 0)
    told = [dict(run_rows(result, heat, None))["warmth"] for result in results]
    assert told == ["0.5 °C at the end of each session, besides what earlier ones left", "0.5 °C at the end"]


def test_the_twin_is_the_same_warmth_without_photons(result):
    twin = run_session(dataclasses.replace(ASKED, fluence_rate=0.0), 200, seed=3)
    for found, other in zip(result.outputs, twin.outputs, strict=True):
        np.testing.assert_allclose(found.heat_only, other.change, atol=1e-6)
        assert other.shares()["no_effect"].tolist() == [1.0] * 4


def test_heat_explains_what_is_left_without_photons(result):
    heat = result.output(LARGE).heat_only
    # 2.7 % a degree.
    assert np.median(heat[:, 0]) == pytest.approx(0.5 * 2.7, rel=0.03)
    assert np.all(result.output("energy_charge").heat_only == 0)


@pytest.mark.usefixtures("integrator")
def test_with_every_hypothesis_off_nothing_changes():
    found = run_session(ASKED, 40, Switches.all_at(0.0))
    assert found.h0_share == 1
    for output in found.outputs:
        assert np.abs(output.change).max() < 1e-6


@pytest.mark.usefixtures("integrator")
def test_what_earlier_sessions_left_of_a_block_is_there():
    only_block = Switches(h1=0, h2=0, h3=0, h4=0, h5=1)
    once = dataclasses.replace(ASKED, fluence_rate=50 * MW_CM2, exposure_time=450.0)
    soon, late = (dataclasses.replace(once, sessions=2, gap=gap) for gap in (3600.0, 14 * 86400.0))
    first, again, apart = (
        run_session(one, 20, only_block, after=(0.0,)).output("conduction_unmyelinated").change
        for one in (once, soon, late)
    )
    assert np.all(again < first)
    assert np.all(first < 0)
    np.testing.assert_allclose(apart, first, atol=1e-3)


@pytest.mark.slow
@pytest.mark.usefixtures("integrator")
def test_a_thousand_draws_take_less_than_five_seconds_of_one_core():
    run_session(ASKED, 1)
    begun = time.process_time()
    found = run_session(ASKED, 1000, Switches.all_at(1.0), after=(0.0, 21600.0))
    assert time.process_time() - begun < 5
    assert found.failed.mean() <= 0.005


# ---- what is told


def test_shares_add_up_and_count_photons_only():
    change = np.array([[0.05], [0.2], [-0.3], [5.0]])
    found = Output("x", "x", False, change, np.array([[0.0], [0.0], [0.0], [5.0]]))
    assert {name: share.tolist() for name, share in found.shares().items()} == {
        "no_effect": [0.5],
        "falls": [0.25],
        "rises": [0.25],
    }


def test_the_document_says_what_must_stand_beside_a_number(result):
    document = as_document(result)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert "Not for choosing a dose" in document["banner"]
    assert document["failed"] == {"diabetic": 0}
    assert document["failed_draws"] == []
    assert document["absorptions_per_s"] == pytest.approx(0.613, abs=5e-4)
    assert document["fluence_j_cm2"] == pytest.approx(9.0)
    # No photon hypothesis: 0.85 * 0.5 * 0.5 * 0.8.
    assert document["h0_share"] == pytest.approx(0.17, abs=0.05)
    for found in document["outputs"].values():
        shares = np.array([found[f"{name}_share"] for name in ("no_effect", "falls", "rises")])
        np.testing.assert_allclose(shares.sum(axis=0), 1.0)
        assert [band["p5"] <= band["p50"] <= band["p95"] for band in found["change_percent"]] == [True] * 4
    speculative = {name for name, found in document["outputs"].items() if found["status"] == "speculative"}
    assert speculative == {"perfusion", "inflammation", "structure", "pain_proxy"}
    conduction = document["outputs"][LARGE]
    assert conduction["detectable_percent"] == pytest.approx([11.6, 27.2], abs=0.05)
    assert max(conduction["detectable_share"]) < 0.1
    assert not [name for name in document["outputs"] if "vas" in name or "points" in name]


@pytest.mark.usefixtures("integrator")
def test_failed_draws_are_told_and_left_out(monkeypatch):
    drawn = session_module.draw(20, "diabetic", Switches(), 1, True)
    drawn["tR"][[4, 7]] = math.nan
    monkeypatch.setattr(session_module, "draw", lambda *_: drawn)
    found = run_session(ASKED, 20)
    assert as_document(found)["failed"] == {"diabetic": 2}
    assert as_document(found)["failed_draws"] == [4, 7]
    assert all(output.change.shape == (18, 4) and np.isfinite(output.change).all() for output in found.outputs)


@pytest.mark.usefixtures("integrator")
def test_a_run_of_which_nothing_is_solved_is_no_result(monkeypatch):
    drawn = session_module.draw(4, "diabetic", Switches(), 1, True) | {"tR": np.full(4, math.nan)}
    monkeypatch.setattr(session_module, "draw", lambda *_: drawn)
    with pytest.raises(ValidityError, match="solved none of 4 draws of a diabetic cell"):
        run_session(ASKED, 4)


@pytest.mark.usefixtures("integrator")
def test_a_reading_when_the_last_light_goes_on_is_what_earlier_sessions_left():
    course = dataclasses.replace(ASKED, warming=None, sessions=2, gap=86400.0)
    on = run_session(course, 20, Switches.all_at(1.0), after=(0.0,), during=2)
    assert on.moments.tolist() == [0.0, 300.0, 600.0, 900.0]
    assert np.abs(on.output("atp_assay").change[:, 0]).max() > 0.1
    first = run_session(dataclasses.replace(course, sessions=1), 20, Switches.all_at(1.0), after=(0.0,), during=2)
    assert np.abs(first.output("atp_assay").change[:, 0]).max() < 1e-6


def test_several_wavelengths_absorb_as_their_mean():
    both, one, other = (pulse(colours, 10 * MW_CM2, 60.0) for colours in ((630.0, 850.0), (630.0,), (850.0,)))
    absorbed = [light.wavelength * light.extinction for light in (both, one, other)]
    assert absorbed[0] == pytest.approx((absorbed[1] + absorbed[2]) / 2)
    assert both.fluence == pytest.approx(0.6)
    uneven = pulse((630.0, 850.0), 10 * MW_CM2, 60.0, (0.1, 0.9))
    assert uneven.wavelength * uneven.extinction == pytest.approx(0.1 * absorbed[1] + 0.9 * absorbed[2])
    assert uneven.fluence == pytest.approx(0.6)


@pytest.mark.usefixtures("integrator")
def test_shares_of_wavelengths_reach_model_and_document():
    both = Session((630.0, 850.0), 10 * MW_CM2, 300.0, "healthy", shares=(0.0, 1.0))
    one = dataclasses.replace(both, wavelengths=(850.0,), shares=None)
    found, other = run_session(both, 20), run_session(one, 20)
    for here, there in zip(found.outputs, other.outputs, strict=True):
        np.testing.assert_allclose(here.change, there.change, atol=1e-6)
    assert as_document(found)["absorptions_per_s"] == pytest.approx(as_document(other)["absorptions_per_s"])
    assert as_document(found)["wavelength_share"] == [0.0, 1.0]


@pytest.mark.usefixtures("integrator")
def test_light_beyond_the_fit_is_told_with_what_it_does_to_the_model():
    result = run_session(Session((660.0,), 50 * MW_CM2, 900.0, "healthy"), 60, Switches.all_at(1.0))
    document = as_document(result)
    assert document["fitted_up_to_j_cm2"] == 10.0 < document["fluence_j_cm2"]
    lowest = result.output("energy_charge").change.min(axis=1)
    assert document["collapse_share"] == pytest.approx(np.mean(lowest < -50))
    assert document["collapse_share"] > 0.5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ([0.3] * 98 + [-20.0] * 2, "a clinic would see it slower in 2 % of draws"),
        ([0.3] * 97 + [-20.0] * 2 + [15.0], "a clinic would see it slower in 2 % and faster in 1 % of draws"),
        ([11.0] * 100, "too little for a clinic to see"),
    ],
)
def test_the_headline_says_which_way_a_clinic_would_see_it(change, says):
    values = np.array(change)[:, None]
    found = Result(ASKED, {}, np.zeros(100, bool), np.array([1200.0]), (Output(LARGE, "x", False, values, 0 * values),))
    assert says in mechanism_headline(found)


# ---- what is refused


@pytest.mark.parametrize(
    "change",
    [
        {"fluence_rate": 51 * MW_CM2},
        {"exposure_time": 901.0},
        {"wavelengths": (590.0,)},
        {"wavelengths": (810.0, 1064.0)},
        {"sessions": 2, "gap": 3600.0},
    ],
)
def test_beyond_its_data_the_model_is_silent(change):
    with pytest.raises(ValidityError, match="does not extrapolate"):
        run_session(dataclasses.replace(ASKED, **change), 5)


def test_a_schedule_that_cannot_be_kept_is_refused_with_all_its_faults():
    with pytest.raises(InvalidInput) as problem:
        run_session(dataclasses.replace(ASKED, sessions=61, gap=600.0), 5)
    assert [fault.path for fault in problem.value.faults] == ["sessions", "gap"]


# ---- observations


def test_observations_are_sorted_by_what_they_are_for():
    by_use = {use: [seen for seen in observations() if seen.use == use] for use in ("fit", "validate", "negative")}
    assert [len(found) for found in by_use.values()] == [19, 28, 11]
    assert len({seen.id for seen in observations()}) == len(observations())
    # Nothing is fitted to a value that was not checked, but where the file says that it only bears on a parameter.
    assert all(seen.predict is None for seen in observations() if seen.unverified)


@pytest.mark.parametrize("fields", [{}, {"up": 1, "down": 2}])
def test_a_check_is_one_thing(fields):
    with pytest.raises(ValueError, match="needs one of up, down, none, above"):
        Check(**fields)


def test_an_observation_is_asked_about_or_says_why_not():
    seen = {"id": "x", "group": "g", "endpoint": "e", "use": "fit", "result": "r", "source": "sharma2011", "basis": "a"}
    with pytest.raises(ValueError, match="x: needs one of predict, not_scored, out_of_range"):
        Observation(**seen)
    assert Observation(**seen, not_scored="no light").predict is None


@pytest.mark.slow
@pytest.mark.usefixtures("integrator")
def test_scores_of_fit_held_out_and_negative_observations():
    scores = score_model(20)
    for score in scores.of("negative"):
        # Even where every hypothesis holds.
        for column in ("prior", "fitted", "all_on"):
            assert all(abs(median) < NONE_PERCENT for median in score.median_percent[column]), score.observation.id
        assert score.agreement["fitted"] > 0.5
    assert scores.failed == {"healthy": 0, "diabetic": 0}
    assert scores.mean("negative", "nothing") == 1
    assert scores.mean("fit", "nothing") == 0
    assert scores.mean("fit", "all_on") > 0.7 > scores.mean("fit", "prior")
    # Held-out observations are not said much better than chance, which the page says too.
    assert scores.mean("validate", "all_on") < 0.6
    missed = {score.observation.id for score in scores.scored if not score.explained}
    assert {"vinck2005", "hadian2003", "yamany2012_micro"} <= missed
    beyond = {seen.id: why for seen, why in scores.out_of_range}
    assert beyond["sharma2011_atp"] == "30 J/cm2: 20 min of light, taken up to 15 min"
    assert {"lavery2008", "buzza2024_sni", "buravlev_442"} <= set(beyond)
