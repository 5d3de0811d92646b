"""From a trial's numbers to its effect: the values that are known, and what is told on the way."""

import math

import pytest

from nervelight.documents import validated
from nervelight.evidence import Effect, NoEffect, Study, effect_of, effects_for, study, study_ids
from nervelight.evidence.trial_effects import trials_of
from nervelight.sources import require_known


def interval(effect):
    reach = 1.96 * math.sqrt(effect.variance)
    return effect.value - reach, effect.value + reach


# Hedges' g with its interval, as computed by hand beside the papers: light minus sham, negative is less pain.
KNOWN = [
    ("chatterjee2019", "pain", "standardised", None, -0.38, -1.02, 0.26),
    ("erchonia_nct02461225", "pain", "standardised", None, -1.83, -2.69, -0.97),
    ("zinman2004", "pain", "standardised", None, -0.49, -1.05, 0.06),
    ("zinman2004", "pain", "mean_difference", None, -1.0, -2.1, 0.1),
    ("iums_jap_980nm", "pain", "standardised", 1, -0.81, None, None),
    ("iums_jap_980nm", "pain", "standardised", 2, -2.29, None, None),
    ("iums_jap_980nm", "pain", "standardised", 3, -3.51, None, None),
    ("chatterjee2019", "pain", "mean_difference", None, -0.727, None, None),
]


@pytest.mark.parametrize(("name", "domain", "measure", "week", "value", "low", "high"), KNOWN)
def test_effects_are_those_computed_by_hand(name, domain, measure, week, value, low, high):
    found = effect_of(study(name), domain, measure, week=week)
    assert isinstance(found, Effect)
    assert found.value == pytest.approx(value, abs=0.006)
    if low is not None:
        # Where the sham arm's size is that of completers, rounding shows in the second decimal.
        assert interval(found) == pytest.approx((low, high), abs=0.02)


@pytest.mark.parametrize(
    ("instrument", "value", "low", "high"),
    [("pain disability questionnaire", -0.70, -1.35, -0.05), ("SF-36", -0.87, -1.53, -0.21)],
)
def test_a_scale_on_which_more_is_better_is_turned_so_that_below_zero_speaks_for_light(instrument, value, low, high):
    entry = study("chatterjee2019")
    rows = tuple(outcome for outcome in entry.outcomes if outcome.instrument == instrument)
    found = effect_of(entry.model_copy(update={"outcomes": rows}), rows[0].domain, "standardised")
    assert found.value == pytest.approx(value, abs=0.006)
    assert interval(found) == pytest.approx((low, high), abs=0.02)


def test_every_conversion_names_its_source_and_every_guess_is_told():
    for domain in ("pain", "pain_responders", "response", "incidence", "sensation", "nerve_fibres"):
        for measure in ("mean_difference", "standardised", "risk_ratio"):
            for effect in effects_for(None, domain, measure, open_label=True)[0]:
                assert effect.conversions
                assert require_known([key for _, key in effect.conversions])
                assert effect.variance > 0
    zinman = effect_of(study("zinman2004"), "pain", "mean_difference")
    assert zinman.assumptions == ("50 people in arms of equal size",)
    assert ("standard deviation from a standard error", "cochrane_handbook_6") in zinman.conversions
    rastogi = effect_of(study("rastogi2021"), "pain", "mean_difference")
    assert (rastogi.n_light, rastogi.n_comparator) == (15, 15)
    assert any("wan2014" in key for _, key in rastogi.conversions)


def test_arms_that_only_one_division_of_people_can_give_are_found():
    found = effect_of(study("teng2022"), "response", "risk_ratio")
    assert (found.n_light, found.n_comparator) == (29, 15)
    assert math.exp(found.value) == pytest.approx((14 / 29) / (8 / 15))
    erchonia = effect_of(study("erchonia_k251903"), "pain_responders", "risk_ratio")
    assert (erchonia.n_light, erchonia.n_comparator) == (33, 31)
    assert math.exp(erchonia.value) == pytest.approx((24 / 33) / (10 / 31))


def test_light_arms_that_share_a_comparator_are_one_group():
    found = effect_of(study("chen2016"), "incidence", "risk_ratio", week=13)
    assert (found.n_light, found.n_comparator) == (96, 154)
    assert math.exp(found.value) == pytest.approx((3 / 96) / (22 / 154))
    assert ("2 light arms combined into one", "cochrane_handbook_6") in found.conversions


def test_changes_instead_of_final_scores_show_what_an_uneven_start_does():
    final = effect_of(study("chatterjee2019"), "pain", "mean_difference")
    change = effect_of(study("chatterjee2019"), "pain", "mean_difference", scores="change")
    assert final.value == pytest.approx(-0.727, abs=1e-3)
    assert change.value == pytest.approx(-2.007, abs=1e-3)
    assert "scores of a person at start and end correlate by 0.5" in change.assumptions


def test_the_end_of_the_course_counts_unless_another_week_is_asked_for():
    assert effect_of(study("iums_jap_980nm"), "pain", "standardised", week=2).week == 2
    # The sham arm of the last week prints nothing.
    assert effect_of(study("iums_jap_980nm"), "pain", "standardised").week == 3
    assert effect_of(study("ebrahimi2018"), "pain", "mean_difference").week == 3


@pytest.mark.parametrize(
    ("name", "domain", "missing"),
    [
        ("yamany2012", "pain", "mean and standard deviation of each arm, of which only P <= 0.05 is printed"),
        ("spanemberg2019", "pain", "standard deviation of each arm"),
        ("argenta2017", "neuropathy_score", "sizes of the arms"),
        ("harkless2006", "pain", "arms to compare"),
        ("hauser2011", "sensation", "a result of this outcome"),
    ],
)
def test_what_is_missing_for_an_effect_is_named(name, domain, missing):
    found = effect_of(study(name), domain, "standardised")
    assert isinstance(found, NoEffect)
    assert missing in found.missing


def test_trials_without_a_sham_and_people_counted_before_are_left_out():
    sham = {entry.id for entry in trials_of("diabetic_polyneuropathy")}
    assert {"zinman2004", "lavery2008"} <= sham
    assert not {"ammar2012", "yosifova2025", "robinson2017", "erchonia_nct04006392"} & sham
    assert {"ammar2012"} <= {entry.id for entry in trials_of("diabetic_polyneuropathy", open_label=True)}
    assert "yosifova2025" not in {entry.id for entry in trials_of(None, open_label=True)}


def test_every_study_either_gives_an_effect_or_says_why_not():
    for name in study_ids():
        for domain in {outcome.domain for outcome in study(name).outcomes}:
            found = effect_of(study(name), domain, "standardised")
            assert isinstance(found, Effect) or all(found.missing)


TWO_ARMS = {
    "id": "someone2020",
    "condition": "carpal_tunnel",
    "design": "sham_controlled",
    "direction": "favours_light",
    "sources": ["nervelight_assumption"],
    "place": "x",
    "checked": "abstract",
    "arms": [{"name": "laser", "role": "light", "n": 20}, {"name": "sham", "role": "sham", "n": 22}],
}
PAIN = {"instrument": "VAS", "domain": "pain", "range": [0, 10], "better": "lower", "week": 4}


def effect_from(rows, measure="mean_difference", arms=None, **options):
    changes = {"outcomes": [{**PAIN, **row} for row in rows]} | ({"arms": arms} if arms else {})
    return effect_of(validated(Study, {**TWO_ARMS, **changes}, "test"), "pain", measure, **options)


@pytest.mark.parametrize(
    "rows",
    [
        [{"arm": "laser", "mean": 4.0, "sd": 2.0}, {"arm": "sham", "mean": 5.0, "sd": 2.0}],
        [{"arm": "laser", "change": -2.0, "sd": 2.0}, {"arm": "sham", "change": -1.0, "sd": 2.0}],
        [{"arm": "laser", "mean": 4.0, "se": 0.447214}, {"arm": "sham", "mean": 5.0, "se": 0.426401}],
        [
            {"arm": "laser", "mean": 4.0, "ci": [3.06397, 4.93603]},
            {"arm": "sham", "mean": 5.0, "ci": [4.11325, 5.88675]},
        ],
        [{"difference": -1.0, "difference_kind": "mean", "se": 0.617914}],
        # By t on 40 degrees of freedom, since the arms are small.
        [{"difference": -1.0, "difference_kind": "mean", "ci": [-2.24884, 0.24884]}],
        [{"arm": "laser", "mean": 4.0}, {"arm": "sham", "mean": 5.0}, {"p": "= 0.113445"}],
        [{"difference": -1.0, "difference_kind": "mean", "p": "= 0.113445"}],
    ],
)
def test_the_same_trial_told_in_eight_ways_gives_one_effect(rows):
    found = effect_from(rows)
    assert found.value == pytest.approx(-1.0, abs=1e-6)
    assert math.sqrt(found.variance) == pytest.approx(0.617914, abs=2e-4)


@pytest.mark.parametrize(
    "rows",
    [
        [{"cohens_d": 0.5, "direction": "favours_light"}],
        [{"p": "= 0.113445", "direction": "favours_light"}],
        [{"difference": -0.490617, "difference_kind": "standardised", "ci": [-1.1055, 0.12427]}],
    ],
)
def test_a_standardised_effect_told_in_three_ways(rows):
    found = effect_from(rows, "standardised")
    assert found.value == pytest.approx(-0.4906, abs=2e-3)
    assert math.sqrt(found.variance) == pytest.approx(0.3137, abs=2e-3)


def test_a_scale_of_a_hundred_is_brought_to_ten_and_one_of_unknown_range_is_not():
    rows = [{"arm": "laser", "mean": 40.0, "sd": 20.0}, {"arm": "sham", "mean": 50.0, "sd": 20.0}]
    assert effect_from([{**row, "range": [0, 100]} for row in rows]).value == pytest.approx(-1.0)
    found = effect_from([{**row, "range": None} for row in rows])
    assert found.missing == ("the range of the scale",)


def test_final_scores_are_never_compared_with_changes():
    found = effect_from([{"arm": "laser", "change": -2.0, "sd": 2.0}, {"arm": "sham", "mean": 5.0, "sd": 2.0}])
    assert found.missing == ("mean and standard deviation of each arm",)


@pytest.mark.parametrize(
    ("rows", "missing"),
    [
        # Within an arm, whatever row it stands on.
        (
            [{"arm": "laser", "mean": 4.0}, {"arm": "sham", "mean": 5.0}, {"p": "= 0.0001", "direction": "improved"}],
            "mean",
        ),
        # The P value and the direction are of two different comparisons.
        ([{"p": "= 0.80", "direction": "no_difference"}, {"p": "< 0.05", "direction": "favours_light"}], "mean"),
        # Nothing is known of how much people differ.
        ([{"arm": "laser", "mean": 4.0, "sd": 0.0}, {"arm": "sham", "mean": 5.0, "sd": 0.0}], "a spread above zero"),
        ([{"arm": "laser", "mean": 4.0}, {"arm": "sham", "mean": 4.0}, {"p": "= 0.90"}], "mean"),
        ([{"arm": "laser", "mean": 4.0, "sd": 1.0, "n": 1}, {"arm": "sham", "mean": 5.0, "sd": 1.0}], "two people"),
    ],
)
@pytest.mark.parametrize("measure", ["mean_difference", "standardised"])
def test_what_is_no_effect_is_not_made_one(rows, missing, measure):
    found = effect_from(rows, measure)
    assert isinstance(found, NoEffect), found
    assert missing in " ".join(found.missing) or "standard deviation" in " ".join(found.missing)


def test_of_several_light_arms_a_comparison_does_not_say_which():
    arms = [
        {"name": name, "role": role, "n": 20} for name, role in (("low", "light"), ("high", "light"), ("sham", "sham"))
    ]
    for row in ({"p": "= 0.001", "direction": "favours_light"}, {"cohens_d": 1.0, "direction": "favours_light"}):
        assert isinstance(effect_from([row], "standardised", arms), NoEffect)
        assert isinstance(effect_from([{**row, "against": "sham"}], "standardised", arms), NoEffect)


def test_over_three_arms_only_a_comparison_that_names_the_sham_counts():
    arms = [
        {"name": name, "role": role, "n": 20}
        for name, role in (("laser", "light"), ("drug", "comparator"), ("sham", "sham"))
    ]
    row = {"p": "= 0.001", "direction": "favours_light"}
    assert isinstance(effect_from([row], "standardised", arms), NoEffect)
    assert isinstance(effect_from([{**row, "against": "sham"}], "standardised", arms), Effect)
    assert isinstance(effect_from([{**row, "against": "drug"}], "standardised", arms), NoEffect)


def test_a_drug_is_no_sham_and_a_crossover_is_no_pair_of_groups():
    rows = [{"arm": "laser", "mean": 4.0, "sd": 2.0}, {"arm": "drug", "mean": 5.0, "sd": 2.0}]
    arms = [{"name": "laser", "role": "light", "n": 20}, {"name": "drug", "role": "comparator", "n": 20}]
    assert effect_from(rows, arms=arms).missing == ("arms to compare",)
    open_label = validated(
        Study, {**TWO_ARMS, "design": "controlled", "arms": arms, "outcomes": [{**PAIN, **row} for row in rows]}, "test"
    )
    assert isinstance(effect_of(open_label, "pain", "mean_difference"), Effect)
    both = [{"arm": "laser", "mean": 4.0, "sd": 2.0}, {"arm": "sham", "mean": 5.0, "sd": 2.0}]
    crossed = validated(
        Study, {**TWO_ARMS, "design": "crossover", "outcomes": [{**PAIN, **row} for row in both]}, "test"
    )
    assert effect_of(crossed, "pain", "mean_difference").missing == ("paired numbers of a crossover",)


def test_printed_changes_are_taken_where_changes_are_asked_for():
    ebrahimi = study("ebrahimi2018")
    assert effect_of(ebrahimi, "pain", "mean_difference").value == pytest.approx(-1.5)
    assert effect_of(ebrahimi, "pain", "mean_difference", scores="change").value == pytest.approx(-1.7)
    assert effect_of(ebrahimi, "pain", "mean_difference", scores="change").scores == "change"


def counted(rows, **changes):
    outcome = {"instrument": "responders", "domain": "pain_responders", "unit": "%", "week": 4}
    data = {**TWO_ARMS, **changes, "outcomes": [{**outcome, **row} for row in rows]}
    return effect_of(validated(Study, data, "test"), "pain_responders", "risk_ratio")


def test_more_responders_with_light_speak_for_light_without_being_told():
    found = counted([{"arm": "laser", "count": 20, "of": 30}, {"arm": "sham", "count": 5, "of": 30}])
    assert math.exp(found.value) == pytest.approx(4)
    assert found.better == "higher"


def test_percentages_are_read_by_time_and_not_by_the_order_of_rows():
    people = {"n": 64, "arms": [{"name": "laser", "role": "light"}, {"name": "sham", "role": "sham"}]}
    early, late = {"week": 2}, {"week": 4}
    rows = [
        {"arm": "laser", "mean": 72.73, **late},
        {"arm": "sham", "mean": 22.58, **early},
        {"arm": "sham", "mean": 32.26, **late},
        {"arm": "laser", "mean": 30.3, **early},
    ]
    found = counted(rows, **people, schedule={"sessions_per_week": 2, "weeks": 4})
    assert math.exp(found.value) == pytest.approx((24 / 33) / (10 / 31))
    assert isinstance(counted(rows[:2], **people, schedule={"sessions_per_week": 2, "weeks": 4}), NoEffect)


def test_nobody_with_the_event_tells_nothing():
    found = counted([{"arm": "laser", "count": 0, "of": 30}, {"arm": "sham", "count": 0, "of": 30}])
    assert found.missing == ("an event in either arm",)


def test_a_lone_p_value_at_another_time_than_the_end_is_not_picked_out():
    end = {"p": "= 0.60", "direction": "no_difference", "week": 4}
    early = {"p": "= 0.02", "direction": "favours_light", "week": 1}
    assert isinstance(effect_from([end, early], "standardised"), NoEffect)
    found = effect_from([{**early, "week": 4}], "standardised")
    assert any("which trials without a difference seldom print" in what for what in found.assumptions)
    numbers = [{"arm": "laser", "mean": 4.0, "sd": 2.0, "week": 2}, {"arm": "sham", "mean": 5.0, "sd": 2.0, "week": 2}]
    stands_in = effect_from([end, *numbers])
    assert "week 4 prints no numbers, so that week 2 counts" in stands_in.assumptions
