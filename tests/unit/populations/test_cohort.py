"""A person of a cohort gets what the planner's own functions give, and the same whatever is computed beside."""

from dataclasses import replace

import numpy as np
import pytest

from nervelight.planning.light_path import evaluate
from nervelight.planning.safety import warmth_of
from nervelight.planning.uncertain import DIMENSIONS, Space, Uncertain
from nervelight.populations import Persons, draw_people, evaluate_people
from nervelight.populations.arms import TRIAL_PEOPLE, case_of
from nervelight.populations.cohort import FINDINGS, _given
from nervelight.populations.people import tissue_of
from nervelight.populations.spec import QUANTITIES
from nervelight.transport import conductivity_interval
from nervelight.uncertainty import Interval, low_discrepancy_sample
from nervelight.units import J_CM2, MW_CM2

MANY = 256


@pytest.fixture(scope="module")
def columns(spec, arms):
    return evaluate_people(spec, arms, 0, MANY)


def exactly(group, values, at):
    return tuple(Uncertain(group, name, name, Interval.exactly(float(v[at]))) for name, v in values.items())


def planned(arm, spec, person):
    """Return the planner's evaluation of one person in their world, as if all of it were known."""
    persons = draw_people(spec, person, 1)
    world = person % spec.worlds
    lamp = {"irradiance": arm.lamp["irradiance"]}
    share = float(arm.lamp["diffuse_share"][world])
    space = Space(
        (
            *exactly("patient", tissue_of(persons, arm.protocol), 0),
            *exactly("lamp", lamp, world),
            Uncertain("lamp", "diffuse_share", "direction", (share, share)),
            *(Uncertain("lamp", f"share_{w:g}", "share", (0.5, 0.5)) for w in arm.problem.wavelengths),
            *exactly("model", arm.model, world),
        )
    )
    known = replace(
        arm.problem.shares, central=tuple(arm.shares[world].tolist()), known=(True,) * len(arm.problem.wavelengths)
    )
    return evaluate(replace(arm.problem, space=space, shares=known), np.full((1, len(space.quantities)), 0.5))


@pytest.mark.parametrize("person", [0, 7, 100, 255])
@pytest.mark.parametrize("which", [0, 1])
def test_fluence_is_the_planners_to_a_billionth(spec, arms, columns, person, which):
    arm, row = arms[which], person * len(arms) + which
    light = planned(arm, spec, person)
    rate = light.irradiance * light.share_of_skin(light.target_depth)
    assert columns["fluence_rate_mw_cm2"][row] == pytest.approx(float(rate[0]) / MW_CM2, rel=1e-9)
    assert columns["target_depth_mm"][row] == pytest.approx(float(light.target_depth[0]), rel=1e-9)
    fluence = columns["given_fluence_j_cm2"][row]
    assert fluence == pytest.approx(float(rate[0]) * columns["given_time_s"][row] / J_CM2, rel=1e-9)


def test_skin_temperature_is_the_planners_to_a_twentieth_of_a_degree(spec, arms):
    seed, arm = 3, arms[0]
    u = low_discrepancy_sample(1, DIMENSIONS, seed)[0, -3:]
    case = case_of(spec, arm.protocol)
    warmest = replace(arm, conductivity=np.full(spec.worlds, float(conductivity_interval().at(u[2]))))
    for person in (0, 1, 9, 40):
        drawn = draw_people(spec, person, 1)
        probability = drawn.probability.copy()
        probability[0, QUANTITIES.index("blood_flow")], probability[0, QUANTITIES.index("heat_to_air")] = u[:2]
        same = Persons(spec, drawn.number, probability)
        found = _given(warmest, same)
        plan = warmth_of(case, arm.device, planned(arm, spec, person), float(found["given_time_s"][0]), seed)
        assert found["skin_before_c"][0] == pytest.approx(plan.skin_before_c.p50, abs=1e-6)
        assert found["skin_c"][0] == pytest.approx(plan.skin_c.p50, abs=0.05)
        assert found["skin_c"][0] - found["skin_before_c"][0] > 0.2


def test_rows_do_not_depend_on_where_the_work_is_cut(spec, arms, columns):
    few = evaluate_people(spec, arms[:1], 0, 10)
    assert few["person"].tolist() == list(range(10))
    for name, values in few.items():
        assert values.tobytes() == columns[name][: 2 * len(values) : 2].tobytes(), name
    with pytest.raises(ValueError, match="multiple of 64"):
        evaluate_people(spec, arms, 10, 10)


def test_the_matching_time_gives_the_trials_fluence_and_the_cap_cuts_it(spec, arms, columns):
    cap = spec.protocols[0].field_cap
    uncut = (columns["match_time_s"] >= 15) & (columns["match_time_s"] <= cap)
    assert uncut.any()
    assert np.allclose(columns["given_fluence_j_cm2"][uncut], columns["trial_fluence_j_cm2"][uncut], rtol=1e-12)
    short = replace(arms[1], protocol=arms[1].protocol.model_copy(update={"session_cap": 120.0, "time": "match"}))
    cut = evaluate_people(spec, [short], 0, MANY)
    assert cut["finds_time_cap"].any() and not cut["reached"][cut["finds_time_cap"]].any()
    assert cut["given_time_s"].max() <= 60.0
    assert (cut["given_fluence_j_cm2"] < cut["trial_fluence_j_cm2"])[cut["finds_time_cap"]].all()


def test_a_fixed_time_is_given_to_everybody(spec, arms, columns):
    fixed = replace(arms[1], protocol=arms[1].protocol.model_copy(update={"time": 300.0}))
    found = evaluate_people(spec, [fixed], 0, MANY)
    assert set(found["given_time_s"]) == {300.0}
    assert np.array_equal(found["match_time_s"], columns["match_time_s"][1::2])
    longer = found["given_time_s"] > columns["given_time_s"][1::2]
    assert longer.any() and (found["skin_c"] >= columns["skin_c"][1::2] - 0.01)[longer].all()


def test_the_trials_people_are_a_spread_and_the_worlds_an_uncertainty(arms, spec):
    fluence = arms[0].target_fluence
    assert fluence.shape == (spec.worlds,) and np.ptp(fluence) > 0
    assert TRIAL_PEOPLE & (TRIAL_PEOPLE - 1) == 0
    # The tissue model of a world is the same under every protocol.
    for name in arms[0].model.keys() & arms[1].model.keys():
        assert np.array_equal(arms[0].model[name], arms[1].model[name])


def test_every_finding_has_its_column(columns):
    assert {f"finds_{name.replace('.', '_')}" for name in FINDINGS} <= columns.keys()
