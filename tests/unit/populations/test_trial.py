"""Simulated trials: errors at their rate, power as its closed form, people and chance the same under each dosing."""

import copy
import os
from pathlib import Path

import numpy as np
import pytest
import yaml

from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput
from nervelight.evidence import sham_change
from nervelight.populations import connect, read_trial, simulate_trials, trial
from nervelight.populations.trial import TargetLights, analyse, closed_form, simulate

from .conftest import EXAMPLE

if os.environ.get("NERVELIGHT_REQUIRE_CLUSTER") != "1":
    pytest.importorskip("statsmodels")

TRIAL = EXAMPLE.with_name("trial.yaml")
PEOPLE = 2048


@pytest.fixture(scope="module")
def spec():
    return read_trial(TRIAL)[0]


@pytest.fixture(scope="module")
def lights():
    """All get the trial's fluence when dosed at the nerve, and from a third to three times it at the skin."""
    skin = np.exp(np.linspace(-np.log(3), np.log(3), PEOPLE))
    return TargetLights(nerve=np.ones(PEOPLE), skin=skin, world=np.arange(PEOPLE) % 8, time=100.0)


def stay(spec, **values):
    drop_out = spec.drop_out.model_copy(update={"share": 0.0})
    return spec.model_copy(update={"drop_out": drop_out, **values})


def within(share, rate, trials):
    """Return whether a share of trials fits a rate: one in 15,000 seeds does not."""
    return abs(share - rate) < 4 * np.sqrt(rate * (1 - rate) / trials)


@pytest.fixture(scope="module")
def complete(spec, lights):
    """A parallel trial that nobody leaves, many times."""
    return simulate_trials(stay(spec, trials=1000), lights)


def test_power_is_that_of_the_closed_form_and_errors_come_at_their_rate(spec, complete):
    found, trials = complete, complete.trials
    assert 0.75 < closed_form(spec) < 0.9
    assert found.closed_form == closed_form(spec)
    assert within(found.nerve.found, found.closed_form, trials)
    assert within(found.none.found, 0.05, trials)
    # The estimate has no bias, and the scatter that the closed form takes.
    assert found.nerve.mean_effect == pytest.approx(1.0, abs=4 * found.nerve.sd_effect / np.sqrt(trials))
    assert found.nerve.sd_effect == pytest.approx(
        spec.placebo.sd * np.sqrt(4 / spec.people), rel=4 / np.sqrt(2 * trials)
    )


def test_dosing_at_the_skin_costs_power_and_people(complete, lights):
    found = complete
    # The people below the trial's fluence lose, those above it gain nothing beyond the plateau.
    assert found.skin.mean_effect == pytest.approx(np.minimum(lights.skin, 1).mean(), abs=0.08)
    assert found.power_lost == found.nerve.found - found.skin.found > 0.05
    assert found.skin.people_needed > found.nerve.people_needed > 0
    assert found.none.people_needed is None


def test_the_size_needed_is_that_of_the_closed_form(spec, complete):
    from statsmodels.stats.power import TTestIndPower

    each = TTestIndPower().solve_power(1.0 / spec.placebo.sd, alpha=0.05, power=0.8)
    # Mean and deviation of the estimates are known to 1.2 % and 2.2 %, and the size goes with their squares.
    assert complete.nerve.people_needed == pytest.approx(2 * each, rel=0.2)


@pytest.mark.parametrize("design", ["parallel", "crossover", "nof1"])
def test_people_and_chance_are_the_same_under_each_dosing(spec, lights, design):
    one = spec.model_copy(update={"design": design, "blocks": 3 if design == "nof1" else None})
    with_light, without = simulate(one, lights, "nerve", 5), simulate(one, lights, "none", 5)
    assert np.array_equal(with_light.person, without.person) and np.array_equal(with_light.light, without.light)
    gain = with_light.improvement - without.improvement
    assert np.allclose(gain[with_light.light], 1.0) and np.allclose(gain[~with_light.light], 0.0)
    assert not np.array_equal(simulate(one, lights, "none", 6).improvement[:20], without.improvement[:20])


def test_designs_are_what_they_are_called(spec, lights):
    parallel = simulate(stay(spec), lights, "none", 0)
    assert len(parallel.person) == spec.people and parallel.light.sum() == spec.people // 2
    crossover = simulate(stay(spec, design="crossover"), lights, "none", 0)
    assert np.bincount(crossover.person).tolist() == [2] * spec.people
    assert np.bincount(crossover.person, crossover.light).tolist() == [1] * spec.people
    assert crossover.light[crossover.period == 0].sum() == spec.people // 2
    series = simulate(stay(spec, design="nof1", blocks=4), lights, "none", 0)
    blocks = series.light.reshape(spec.people, 4, 2)
    assert (blocks.sum(axis=2) == 1).all() and 0.4 < blocks[:, :, 0].mean() < 0.6


def test_who_stops_leaves_gaps_of_the_stated_share(spec, lights):
    many = spec.model_copy(update={"people": 4000})
    assert len(simulate(many, lights, "none", 0).person) == pytest.approx(0.85 * 4000, abs=4 * np.sqrt(4000 * 0.1275))
    crossover = simulate(many.model_copy(update={"design": "crossover"}), lights, "none", 0)
    counts = np.bincount(crossover.person)
    assert set(counts) == {1, 2} and np.mean(counts == 1) == pytest.approx(0.15, abs=0.023)


def test_a_crossover_without_gaps_is_analysed_like_its_paired_t_test(spec, lights):
    from scipy import stats

    few = stay(spec, design="crossover", people=24)
    data = simulate(few, lights, "nerve", 1)
    found = analyse("crossover", data)
    # With period in the model: half differences of the two orders, compared by a t test.
    by_person = data.improvement.reshape(24, 2)
    starts = data.light.reshape(24, 2)[:, 0]
    change = (by_person[:, 0] - by_person[:, 1]) / 2
    told = stats.ttest_ind(change[starts], change[~starts])
    assert found.effect == pytest.approx(change[starts].mean() - change[~starts].mean(), abs=1e-6)
    assert found.p == pytest.approx(told.pvalue, rel=0.02)


@pytest.mark.slow
@pytest.mark.parametrize(("design", "blocks"), [("crossover", None), ("nof1", 3)])
def test_mixed_models_err_at_their_rate(spec, lights, design, blocks):
    trials = 120
    few = spec.model_copy(update={"design": design, "blocks": blocks, "people": 12, "trials": trials})
    found = np.mean([analyse(design, simulate(few, lights, "none", trial)).p < 0.05 for trial in range(trials)])
    assert within(found, 0.05, trials)


def faults_of(tmp_path, change):
    data = copy.deepcopy(read_yaml(TRIAL))
    change(data)
    (tmp_path / "feet.yaml").write_text(EXAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    path = Path(tmp_path / "trial.yaml")
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_trial(path)
    return {fault.path: str(fault) for fault in caught.value.faults}


def test_the_placebo_response_is_the_librarys(spec):
    sham = sham_change("diabetic_polyneuropathy")
    assert (spec.placebo.mean, spec.placebo.sd) == (sham.mean, sham.spread.median)
    assert "frisaldi2023" in spec.placebo.why


@pytest.mark.parametrize(
    ("change", "path", "told"),
    [
        (lambda d: d["effect"].update(at_trial_fluence=1), "effect.at_trial_fluence", "1.5 points"),
        (lambda d: d["effect"].pop("assumption"), "effect", "an assumption in words"),
        (lambda d: d.update(blocks=3), "blocks", "design nof1"),
        (lambda d: d.update(design="nof1"), "blocks", "design nof1"),
        (lambda d: d.update(design="paralell"), "design", "did you mean 'parallel'?"),
        (lambda d: d.update(protocol="knee"), "protocol", "endings, nerve"),
        (lambda d: d.update(alpha="0 %"), "alpha", "between 0 % and 100 %"),
        (lambda d: d["measurement_error"].update(sd="5 points"), "measurement_error.sd", "at most the spread"),
        (lambda d: d.pop("placebo"), "placebo", "required"),
        (lambda d: d["drop_out"].update(share=0.15), "drop_out.share", "such as '25 %'"),
    ],
)
def test_each_kind_of_fault_has_its_place_and_says_what_is_allowed(tmp_path, change, path, told):
    found = faults_of(tmp_path, change)
    assert path in found, found
    assert told in found[path]


def test_the_result_does_not_depend_on_how_the_trials_are_dealt_out(spec, lights, monkeypatch):
    few = stay(spec, trials=45)
    whole = simulate_trials(few, lights)
    told = []
    monkeypatch.setattr(trial, "TRIALS_OF_A_TASK", 7)
    assert simulate_trials(few, lights, progress=lambda done, total: told.append((done, total))) == whole
    assert told[0] == (0, 135) and told[-1] == (135, 135) and len(told) == 1 + 3 * 7


@pytest.mark.slow
def test_two_workers_say_the_same_as_none(spec, lights):
    if os.environ.get("NERVELIGHT_REQUIRE_CLUSTER") != "1":
        pytest.importorskip("distributed")
    few = stay(spec, trials=45)
    with connect(2) as client:
        assert simulate_trials(few, lights, client) == simulate_trials(few, lights)
