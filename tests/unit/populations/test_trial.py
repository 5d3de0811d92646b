"""Simulated trials: errors at their rate, power as its closed form, people and chance the same under each dosing."""

import copy
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

from nervelight.documents import read_yaml
from nervelight.errors import InvalidInput
from nervelight.evidence import sham_change
from nervelight.populations import read_trial, simulate_trials, trial
from nervelight.populations.trial import Data, TargetLights, analyse, closed_form, lights_of, simulate
from nervelight.populations.trial_spec import CarryOver, Unmasking

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
    return spec.model_copy(update={"drop_out": share_of(spec, 0.0), **values})


def share_of(spec, share):
    """Return the drop-out of a spec with another share."""
    return spec.drop_out.model_copy(update={"share": share})


def within(share, rate, trials):
    """Return whether a share of trials fits a rate: one in 15,000 seeds does not."""
    return abs(share - rate) < 4 * np.sqrt(rate * (1 - rate) / trials)


@pytest.fixture(scope="module")
def complete(spec, lights):
    """A parallel trial that nobody leaves, many times."""
    return simulate_trials(stay(spec, trials=500), lights)


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
    # The trials are paired: what one dosing finds the other nearly always finds too.
    assert 0 < found.power_lost_error < np.hypot(found.nerve.error, found.skin.error)
    assert found.skin.people_needed > found.nerve.people_needed > 0
    assert found.none.people_needed is None


def test_none_found_of_few_trials_is_no_certainty(spec, lights):
    """Of 10 trials with an effect nobody can miss: Agresti and Coull's 12 of 14."""
    certain = spec.effect.model_copy(update={"at_trial_fluence": 10.0})
    found = simulate_trials(stay(spec, trials=10, effect=certain), lights)
    assert found.nerve.found == found.skin.found == 1.0 and found.closed_form is None
    assert found.nerve.error == pytest.approx(np.sqrt(12 / 14 * 2 / 14 / 14))
    assert found.power_lost == 0 and found.power_lost_error == pytest.approx(1 / 12)


def test_the_size_needed_is_that_of_the_closed_form(spec, complete):
    from statsmodels.stats.power import TTestIndPower

    each = TTestIndPower().solve_power(1.0 / spec.placebo.sd, alpha=0.05, power=0.8)
    # The mean of the estimates is known to 1.7 %, and the size goes with its square.
    assert complete.nerve.people_needed == pytest.approx(2 * each, rel=4 * 2 * 0.017)
    # The power at other sizes is the closed form's too.
    for size in complete.sizes:
        told = TTestIndPower().power(1.0 / spec.placebo.sd, nobs1=size.people / 2, alpha=0.05)
        assert size.nerve == pytest.approx(told, abs=0.07)
        assert size.skin < size.nerve


def test_how_worlds_differ_does_not_shrink_with_people(spec):
    """Half of the worlds get no light at the skin: no number of people gives a power of 80 % there."""
    world = np.arange(PEOPLE) % 8
    lights = TargetLights(nerve=np.ones(PEOPLE), skin=(world % 2).astype(float), world=world, time=100.0)
    found = simulate_trials(stay(spec, trials=40), lights)
    assert found.skin.people_needed is None and found.nerve.people_needed
    assert max(size.skin for size in found.sizes) < 0.55


def test_trials_that_too_few_finish_find_nothing(spec, lights):
    few = spec.model_copy(update={"people": 4, "trials": 40})
    found = simulate_trials(few.model_copy(update={"drop_out": share_of(few, 0.5)}), lights)
    assert 0 < found.nerve.not_analysed == found.none.not_analysed < 40
    assert found.nerve.found <= 1 - found.nerve.not_analysed / 40
    with pytest.raises(InvalidInput, match="hardly a trial could be analysed"):
        simulate_trials(few.model_copy(update={"drop_out": share_of(few, 0.999)}), lights)
    # Two people with a period each say nothing of what differs within a person.
    alone = Data(np.array([0, 1]), np.array([0, 0]), np.array([True, False]), np.array([1.0, 2.0]))
    assert analyse("crossover", alone) is None


def spread_of_arms(data):
    return data.improvement[data.light].mean() - data.improvement[~data.light].mean()


@pytest.mark.parametrize(
    ("design", "blocks", "kept"),
    # Of the sham periods, half follow light in a crossover; in a series of N-of-1 trials also those that begin a block
    # after one that ended with light: 1/2 + (3 / 4) / 4 with four blocks.
    [("crossover", None, 1 - 0.4 / 2), ("nof1", 4, 1 - 0.4 * (1 / 2 + 3 / 16))],
)
def test_carry_over_makes_the_estimate_too_small_by_what_theory_says(spec, lights, design, blocks, kept):
    carried = CarryOver(share="40 %", assumption="for the test")
    many = stay(spec, design=design, blocks=blocks, people=8000)
    gain = [
        simulate(each, lights, "nerve", 0).improvement - simulate(each, lights, "none", 0).improvement
        for each in (many, many.model_copy(update={"carry_over": carried}))
    ]
    data = simulate(many, lights, "none", 0)
    plain, less = (each[data.light].mean() - each[~data.light].mean() for each in gain)
    assert plain == pytest.approx(1.0, abs=1e-12)
    assert less == pytest.approx(kept, abs=0.4 * 4 * 0.5 / np.sqrt(8000))
    if design == "crossover":
        # Of few people in balance the model's estimate is just that, but for their chance, made small here.
        few = data.person < 40
        first = few & (data.period == 0)
        share = np.mean(data.light[first])
        quiet = Data(*(held[few] for held in (data.person, data.period, data.light, gain[1] + data.improvement / 1000)))
        assert analyse(design, quiet).effect == pytest.approx(1 - 0.4 / 2, abs=0.01)
        assert 0 < share < 1
    # Light that does nothing leaves nothing behind.
    with_it = many.model_copy(update={"carry_over": carried})
    assert np.array_equal(simulate(with_it, lights, "none", 0).improvement, data.improvement)


@pytest.mark.parametrize(("design", "blocks"), [("parallel", None), ("crossover", None), ("nof1", 3)])
def test_unmasking_biases_every_design_by_its_share_of_the_difference(spec, lights, design, blocks):
    masked = stay(spec, design=design, blocks=blocks, people=8000)
    known = masked.model_copy(
        update={"unmasking": Unmasking(share="25 %", difference="2 points", assumption="for the test")}
    )
    without, data = simulate(masked, lights, "none", 0), simulate(known, lights, "none", 0)
    bias = spread_of_arms(Data(data.person, data.period, data.light, data.improvement - without.improvement))
    assert bias == pytest.approx(0.25 * 2, abs=4 * np.sqrt(0.25 * 0.75 / 8000) * 2)


def test_unmasking_finds_light_that_does_nothing(spec, lights):
    from statsmodels.stats.power import TTestIndPower

    unmasked = Unmasking(share="50 %", difference="2 points", assumption="for the test")
    found = simulate_trials(stay(spec, trials=200, unmasking=unmasked), lights)
    # One point between the arms, and half of the people half a difference from the others: a variance of 1/4 more.
    rate = TTestIndPower().power(1.0 / np.sqrt(spec.placebo.sd**2 + 0.25), nobs1=spec.people / 2, alpha=0.05)
    assert rate > 0.5 and within(found.none.found, rate, 200)
    assert any("50 % know their arm" in value for _, value, _ in found.assumed)


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
        (lambda d: d.update(cohort_people=1024), "cohort_people", "32 for each of 64 worlds"),
        (lambda d: d.update(carry_over={"share": "10 %", "assumption": "x"}), "carry_over", "have one period"),
        (lambda d: d["measurement_error"].update(sd="0 points"), "measurement_error.sd", "without chance"),
        (lambda d: d.update(unmasking={"share": "10 %", "difference": "1 points"}), "unmasking", "an assumption"),
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
    few = stay(spec, trials=21)
    whole = simulate_trials(few, lights)
    told = []
    monkeypatch.setattr(trial, "TRIALS_OF_A_TASK", 7)
    assert simulate_trials(few, lights, progress=lambda done, total: told.append((done, total))) == whole
    assert told[0] == (0, 63) and told[-1] == (63, 63) and len(told) == 1 + 3 * 3


@pytest.mark.slow
def test_two_workers_say_the_same_as_none(spec, lights, two_workers):
    few = stay(spec, trials=42)
    assert simulate_trials(few, lights, two_workers) == simulate_trials(few, lights)


@pytest.fixture
def matched(monkeypatch):
    """The light of people is not computed: half of them match the trial in 100 s, half in 200 s."""

    def match(cohort, _, first, count):
        number = np.arange(first, first + count)
        return 100.0 * (1 + number % 2), number // 2 % cohort.worlds

    monkeypatch.setattr(trial, "_match", match)
    monkeypatch.setattr(trial, "prepare", lambda _: (SimpleNamespace(target_fluence=np.ones(8)),))


def cohort_of(spec, **changes):
    cohort = read_trial(TRIAL)[1]
    protocol = cohort.protocols[0].model_copy(update=changes)
    return spec.model_copy(update={"protocol": protocol.id, "cohort_people": 600}), cohort.model_copy(
        update={"protocols": (protocol,)}
    )


@pytest.mark.usefixtures("matched")
@pytest.mark.parametrize(("time", "given"), [("match", 150.0), (50.0, 50.0)])
def test_at_the_skin_all_get_the_protocols_time_or_the_median(spec, time, given):
    told = []
    lights = lights_of(*cohort_of(spec, time=time, session_cap=300.0), progress=lambda *n: told.append(n))
    assert lights.time == given
    assert set(lights.skin) == {given / 100, given / 200}
    # The cap of each of two fields is 150 s.
    assert set(lights.nerve) == {1.0, 0.75}
    assert told == [(0, 600), (256, 600), (512, 600), (600, 600)]


def test_a_window_on_the_skin_is_no_trial_to_follow(spec, monkeypatch):
    monkeypatch.setattr(trial, "prepare", lambda _: (SimpleNamespace(target_fluence=None),))
    with pytest.raises(InvalidInput, match="window on the skin"):
        lights_of(*cohort_of(spec))
