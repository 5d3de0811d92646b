"""What to expect: honest, in two sentences, and apart from whose light is followed."""

from __future__ import annotations

import re

import pytest

from nervelight.evidence import CONDITIONS, certainty_of, outcome_reference
from nervelight.planning.anchoring import choose_anchor
from nervelight.planning.expectation import expect
from nervelight.sources import require_known

from .cases import BACK, FACE, FEET, HANDS, case_of

PROMISES = re.compile(r"promising|breakthrough|cure\b|guarantee|proven to help|!", re.IGNORECASE)


def expected(name=FEET, changes=None):
    case = case_of(name, changes)
    return expect(case, choose_anchor(case, "x"))


@pytest.mark.parametrize("condition", CONDITIONS)
class TestEveryCondition:
    def expectation(self, condition):
        return expected(FEET, {"diagnosis.condition": condition, "anchor": "choose"})

    def test_it_is_two_sentences_with_known_sources(self, condition):
        made = self.expectation(condition)
        assert len(made.sentences) == 2
        for said in (*made.sentences, *made.arms, made.placebo):
            assert said.text
            require_known(said.sources)

    def test_a_benefit_that_is_not_shown_is_called_so(self, condition):
        made = self.expectation(condition)
        assert made.benefit_over_sham in {"unproven", "contradictory", "unreplicated", "untested"}
        text = " ".join(said.text for said in made.sentences)
        assert re.search(r"\b(un|not|no|never|nobody|only|one|contradict|low|without)", text, re.IGNORECASE)

    def test_it_promises_nothing(self, condition):
        made = self.expectation(condition)
        for said in (*made.sentences, *made.arms, made.placebo):
            assert not PROMISES.search(said.text), said.text

    def test_the_certainty_has_its_reasons_and_every_result_its_arm(self, condition):
        made, reference = self.expectation(condition), outcome_reference(condition)
        assert made.certainty == certainty_of(condition).level != "high"
        assert [said.text for said in made.sentences] == [entry.may_say for entry in reference.sentences]
        assert made.certainty_reasons
        assert len(made.arms) == len(reference.results)


def test_the_result_of_the_trial_that_is_followed_stands_first():
    reference = outcome_reference("diabetic_polyneuropathy")
    for result in reference.results:
        try:
            made = expected(FEET, {"anchor": result.study})
        except ValueError:
            continue  # a pooling reports no light and cannot be followed
        assert result.light in made.arms[0].text
        if result.comparator:
            assert result.comparator in made.arms[0].text


def test_the_outcome_does_not_depend_on_whose_light_is_followed():
    one, other = expected(FEET), expected(FEET, {"anchor": "walt2022"})
    assert one.sentences == other.sentences
    assert set(one.arms) == set(other.arms)


@pytest.mark.parametrize("name", [FEET, HANDS, FACE, BACK])
def test_what_a_dummy_treatment_does_is_told_with_numbers_or_said_to_be_unknown(name):
    text = expected(name).placebo.text
    assert re.search(r"\d", text) or re.search(r"\b(no|not|nobody)\b", text, re.IGNORECASE)
