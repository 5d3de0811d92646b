"""How surely: the level follows from the studies, each step with its reason."""

import pytest

from nervelight.evidence import CONDITIONS, certainty_of, pooled_pain, study
from nervelight.evidence import certainty as room
from nervelight.evidence.pooling import pool
from nervelight.evidence.study_schema import Study, Weakness
from nervelight.evidence.trial_effects import trials_of
from nervelight.sources import require_known

LEVELS = ["very low", "low", "moderate", "high"]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_level_is_the_start_less_the_steps(condition):
    found = certainty_of(condition)
    if found.level == "not graded":
        assert found.domains == ()
        assert not found.favouring
        return
    assert LEVELS.index(found.level) == max(0, LEVELS.index(found.start) - sum(d.steps for d in found.domains))
    assert [domain.name for domain in found.domains] == [
        "risk of bias",
        "inconsistency",
        "indirectness",
        "imprecision",
        "small-study effects",
    ]
    for domain in found.domains:
        assert 0 <= domain.steps <= 2
        assert domain.reason
        assert require_known(domain.sources)
    assert len(found.reasons) == sum(domain.steps > 0 for domain in found.domains)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_sham_controlled_trial_is_counted_once_and_by_what_it_says(condition):
    found = certainty_of(condition)
    counted = [*found.favouring, *found.not_favouring, *found.mixed, *found.unclear]
    assert sorted(counted) == sorted(trial.id for trial in trials_of(condition))
    assert all(study(name).direction == "favours_light" for name in found.favouring)
    assert all(study(name).status in {"terminated", "withdrawn"} for name in found.stopped)


def test_diabetic_polyneuropathy_counts_its_nineteen_trials():
    found = certainty_of("diabetic_polyneuropathy")
    assert len(found.not_favouring) == 7
    assert set(found.not_favouring) == {
        "zinman2004",
        "clifft2005",
        "lavery2008",
        "franzen2008",
        "nawfar2011",
        "swislocki2010",
        "acudin2021",
    }
    assert found.mixed == ("rastogi2021",)
    assert found.unclear == ("leal2020",)
    assert len(found.favouring) + len(found.mixed) + len(found.not_favouring) + len(found.unclear) == 19
    assert set(found.stopped) == {
        "erchonia_nct04006392",
        "healthlight_nct02798393",
        "mayo_nct00125268",
        "miami_nct02328911",
    }
    assert (found.start, found.level) == ("high", "very low")


def test_the_heterogeneity_of_chemotherapy_induced_neuropathy_counts_twice():
    domains = {domain.name: domain for domain in certainty_of("chemotherapy_induced").domains}
    assert domains["inconsistency"].steps == 2
    assert "99 %" in domains["inconsistency"].reason


def test_one_large_well_run_trial_stands_above_the_rest():
    found = certainty_of("lumbar_radiculopathy")
    assert found.level == "low"
    assert found.favouring == ("konstantinovic2010_lumbar",)


def test_no_trial_is_not_graded_and_no_pain_measured_is_indirect():
    assert certainty_of("post_stroke_pain").level == "not graded"
    assert certainty_of("autoimmune_idiopathic").level == "not graded"
    for condition in ("traumatic_neuralgia", "spinal_cord_injury_pain"):
        domains = {domain.name: domain for domain in certainty_of(condition).domains}
        assert (domains["indirectness"].steps, domains["indirectness"].reason) == (2, "no trial measured pain")
    palsy = {domain.name: domain for domain in certainty_of("facial_palsy").domains}
    assert palsy["indirectness"].reason.startswith("not a pain")


def test_effects_that_are_set_aside_do_not_go_into_the_pooled_pain():
    pooled, effects = pooled_pain("diabetic_polyneuropathy")
    assert [effect.study_id for effect in effects] == ["chatterjee2019", "rastogi2021", "zinman2004"]
    assert pooled.k == 3
    assert pooled.low < 0 < pooled.high


def trial(**changes):
    base = {
        "id": "someone2020",
        "condition": "carpal_tunnel",
        "design": "sham_controlled",
        "direction": "favours_light",
        "n": 200,
        "sources": ["nervelight_assumption"],
        "place": "x",
        "checked": "full-text",
        "outcomes": [{"instrument": "VAS", "domain": "pain"}],
    }
    return Study.model_validate(base | changes)


HIGH = (Weakness(domain="blinding", concern="high", text="none"),)


@pytest.mark.parametrize(
    ("trials", "steps"),
    [
        ([trial(), trial(), trial()], 0),
        ([trial(bias=HIGH), trial(), trial()], 1),
        ([trial(bias=HIGH), trial(bias=HIGH), trial()], 2),
        ([trial(bias=(Weakness(domain="size", concern="high", text="small"),)), trial(), trial()], 0),
        ([trial(checked="abstract"), trial(checked="abstract"), trial()], 1),
    ],
)
def test_risk_of_bias_follows_the_share_of_trials_with_a_serious_weakness(trials, steps):
    assert room._risk_of_bias(trials).steps == steps


@pytest.mark.parametrize(
    ("effects", "variances", "steps"),
    [
        ([-1.5, -1.6], [0.01, 0.01], 1),  # precise, but few people
        ([-1.0, -1.2, -0.9], [0.5, 0.5, 0.5], 1),  # both a benefit and none
        ([-1.0, 1.0, 0.5], [2.0, 2.0, 2.0], 2),  # both a benefit and a harm
    ],
)
def test_imprecision_follows_the_interval(effects, variances, steps):
    class One:
        n_light = n_comparator = 30

    found = room._imprecision([trial()], pool(effects, variances), [One()] * len(effects))
    assert found.steps == steps
    assert "points of 10" in found.reason


def test_many_people_and_a_narrow_interval_are_precise():
    class One:
        n_light = n_comparator = 150

    assert room._imprecision([trial()], pool([-1.5, -1.6], [0.01, 0.01]), [One()] * 2).steps == 0


def test_without_numbers_the_people_decide():
    assert room._imprecision([trial(n=60)], None, ()).steps == 2
    assert room._imprecision([trial(n=600)], None, ()).steps == 1


@pytest.mark.parametrize(
    ("trials", "steps"),
    [
        ([trial()], 0),
        ([trial(), trial()], 0),
        ([trial(), trial(direction="no_difference")], 1),
    ],
)
def test_inconsistency_follows_what_the_trials_say(trials, steps):
    assert room._inconsistency("facial_palsy", trials, None).steps == steps


def test_small_studies_need_a_sign():
    small, large = trial(n=20), trial(n=300, direction="no_difference")
    assert room._small_studies([small, large], [], ()).steps == 0
    assert room._small_studies([small, large], ["erchonia_nct04006392"], ()).steps == 1
    assert room._small_studies([large], ["erchonia_nct04006392", "erchonia_k251903"], ()).steps == 1
