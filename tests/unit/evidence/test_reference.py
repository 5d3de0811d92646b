"""What may be expected: complete, honest, and in step with the studies."""

from typing import get_args

import pytest

from nervelight.errors import UnknownName
from nervelight.evidence import CONDITIONS, Condition, certainty_of, outcome_reference, speaks_against, study

BANNED = ("promising", "proven to", "!", "breakthrough", "safe and effective")


@pytest.mark.parametrize("condition", get_args(Condition))
def test_every_condition_has_an_honest_reference(condition):
    found = outcome_reference(condition)
    assert len(found.sentences) == 2
    everything = " ".join(
        [*(said.may_say for said in found.sentences), found.placebo.text, *certainty_of(condition).reasons]
    )
    assert not any(word in everything.lower() for word in BANNED)
    assert certainty_of(condition).level in {"very low", "low", "not graded"}
    assert all(len(said.may_say.split()) < 45 for said in found.sentences)
    assert all(condition in said.conditions for said in found.sentences)


@pytest.mark.parametrize("condition", get_args(Condition))
def test_results_are_of_studies_of_that_condition(condition):
    found = outcome_reference(condition)
    for name in [*(result.study for result in found.results), *found.placebo.studies]:
        assert condition in (study(name).condition, *study(name).also)
    own = any(study(name).direction == "benchmark" for name in found.placebo.studies)
    assert found.placebo.own_benchmark == own
    assert own or "No placebo benchmark of its own was found" in found.placebo.text


@pytest.mark.parametrize("condition", get_args(Condition))
def test_the_verdict_follows_the_trials(condition):
    found, rating = outcome_reference(condition).benefit_over_sham, certainty_of(condition)
    on_pain = "no trial measured pain" not in " ".join(rating.reasons) and condition != "facial_palsy"
    for_light, other = len(rating.favouring), len(rating.not_favouring) + len(rating.mixed)
    if not (for_light or other) or not on_pain:
        assert found == "untested"
    elif (for_light, other) == (1, 0):
        assert found == "unreplicated"
    else:
        assert found in {"unproven", "contradictory"}


@pytest.mark.parametrize("condition", get_args(Condition))
def test_a_benefit_is_doubted_wherever_trials_speak_against_it(condition):
    if speaks_against(condition):
        assert outcome_reference(condition).benefit_over_sham in {"unproven", "contradictory"}
        named = {result.study for result in outcome_reference(condition).results}
        assert named & set(speaks_against(condition))


def test_untested_means_no_sham_controlled_result_on_pain():
    for condition in CONDITIONS:
        results = [study(result.study) for result in outcome_reference(condition).results]
        tested = any(
            found.design in {"sham_controlled", "pooled"}
            and any(outcome.domain in {"pain", "neuropathy_score", "response", "several"} for outcome in found.outcomes)
            for found in results
        )
        assert tested == (outcome_reference(condition).benefit_over_sham != "untested"), condition


def test_diabetic_polyneuropathy_names_the_benchmark_and_the_nulls():
    found = outcome_reference("diabetic_polyneuropathy")
    assert found.benefit_over_sham == "unproven"
    assert found.placebo.own_benchmark
    assert set(found.placebo.studies) == {"hauser2011", "frisaldi2023"}
    assert "about 1 in 4 people given a dummy pill" in found.placebo.text
    assert "unproven" in found.sentences[0].may_say


def test_numbers_in_words_are_those_of_the_studies():
    sham = [o for o in study("teng2022").outcomes if o.arm == "sham"]
    assert [o.mean for o in sham] == [53, 33]
    texts = {r.study: r for r in outcome_reference("chemotherapy_induced").results}
    assert texts["teng2022"].comparator == "53 % and 33 %"
    placebo = {o.instrument: o for o in study("frisaldi2023").outcomes}
    assert placebo["pain"].change == -1.54
    assert placebo["responders with 50 % less pain"].mean == 25


def test_speaks_against_is_derived_from_the_studies():
    against = speaks_against("diabetic_polyneuropathy")
    assert {"zinman2004", "lavery2008", "clifft2005", "franzen2008", "swislocki2010", "robinson2017"} <= set(against)
    assert not {"yamany2012", "peric2006", "rastogi2021", "hauser2011"} & set(against)
    assert speaks_against("chemotherapy_induced") == ("teng2022",)
    assert speaks_against("spinal_cord_injury_pain") == ()
    # Magnetic stimulation is no sham: the trial it won says nothing about light against sham.
    assert speaks_against("trigeminal_neuralgia") == ()


@pytest.mark.parametrize("ask", [outcome_reference, speaks_against])
def test_an_unknown_condition_is_an_error(ask):
    with pytest.raises(UnknownName, match="did you mean 'burning_mouth'"):
        ask("burning_mouths")
