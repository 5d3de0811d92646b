"""The eight parts of the management plan: each there, each sentence with a source, nothing left to fill in."""

from __future__ import annotations

import re
from string import Formatter

import pytest

from nervelight.documents import read_data
from nervelight.evidence import CONDITIONS, claim, outcome_reference
from nervelight.planning import assess
from nervelight.planning.anchoring import choose_anchor
from nervelight.planning.expectation import expect
from nervelight.planning.plan_document import Statement
from nervelight.planning.section_words import section_words
from nervelight.planning.sections import SECTION_TITLES, make_sections
from nervelight.sources import require_known

from .cases import BACK, EXAMPLE_NAMES, FACE, FEET, HANDS, case_of, plan_of

EIGHT = [
    "assessment",
    "multimodal",
    "education",
    "individual_plan",
    "frequency_duration",
    "monitoring",
    "coordinated_care",
    "follow_up",
]
SENTENCES = read_data("nervelight.planning", "data", "sections.yaml")
ENTRIES = [entry for part in EIGHT for entry in SENTENCES[part]]


def words_of(name=FEET, changes=None):
    case, plan = case_of(name, changes), plan_of(name, changes)
    choice = choose_anchor(case, "x")
    made = expect(case, choice)
    return section_words(case, assess(case), choice, plan.lamp.label, plan.prescription, plan.schedule, made)


def text_of(name=FEET, changes=None) -> str:
    return " ".join(said.text for part in plan_of(name, changes).sections for said in part.statements)


VARIANTS = [
    *(pytest.param(FEET, {"diagnosis.condition": name, "anchor": "choose"}, id=name) for name in CONDITIONS),
    *(pytest.param(name, None, id=name) for name in EXAMPLE_NAMES),
]


@pytest.mark.parametrize(("name", "changes"), VARIANTS)
class TestEveryPlan:
    def test_it_has_the_eight_parts_in_their_order_and_none_is_empty(self, name, changes):
        sections = plan_of(name, changes).sections
        assert [part.id for part in sections] == EIGHT == list(SECTION_TITLES)
        assert all(part.statements for part in sections)

    def test_every_sentence_has_sources_that_exist(self, name, changes):
        for part in plan_of(name, changes).sections:
            for said in part.statements:
                assert said.sources
                require_known(said.sources)

    def test_no_sentence_is_left_to_fill_in_nor_promises_anything(self, name, changes):
        for part in plan_of(name, changes).sections:
            for said in part.statements:
                assert not re.search(r"[{}!]|\bNone\b|\bnan\b|promising|Statement\(", said.text), said.text
                assert said.text == said.text.strip()
                assert said.text.rstrip(")")[-1] in ".?:", said.text


def test_every_brace_of_the_sentences_is_filled_by_a_word():
    names = {field for entry in ENTRIES for _, field, _, _ in Formatter().parse(entry.get("text", "")) if field}
    assert names <= set(words_of())
    assert set(words_of()) <= names


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.get("text", entry.get("claim"))[:40])
def test_every_sentence_of_the_file_promises_nothing_and_has_known_sources(entry):
    said = [entry.get("text", ""), claim(entry["claim"]).may_say if "claim" in entry else ""]
    assert not re.search(r"promising|breakthrough|!", " ".join(said), re.IGNORECASE)
    require_known(entry.get("sources", ()))
    assert "claim" in entry or entry["sources"]


# What light does, or fails to do: said by claims alone.
EFFECT = re.compile(r"\b(reliev|relief|helps?|heal|benefit|works|improv|repair|better than sham)", re.IGNORECASE)


def test_the_effect_of_light_is_spoken_of_by_claims_alone():
    for entry in ENTRIES:
        # Of a course that has or has not helped this person, the plan may speak.
        free = entry.get("text", "").replace("If it has not helped by week 8, stop", "")
        assert not EFFECT.search(free), free
    assert EFFECT.search(claim("known_treatments").may_say)


@pytest.mark.parametrize("name", [FEET, HANDS, FACE, BACK])
def test_the_plan_says_of_the_effect_what_the_claims_of_its_condition_say(name):
    plan = plan_of(name)
    said = [entry.may_say for entry in outcome_reference(plan.case["diagnosis"]["condition"]).sentences]
    assert [sentence.text for sentence in plan.expectation.sentences] == said
    education = next(part for part in plan.sections if part.id == "education")
    assert education.statements[0].text == f"What is known: {' '.join(said)}"
    assert plan.disclaimer.endswith(claim("most_conditions").may_say)


def test_a_sentence_without_its_word_is_left_out_and_a_filled_one_brings_its_sources():
    case, words = case_of(), words_of()
    filled = {part.id: part for part in make_sections(case, words)}
    (frequency,) = (said for said in filled["frequency_duration"].statements if "sessions from" in said.text)
    assert {"nervelight_computed", "yamany2012"} <= set(frequency.sources)
    empty = {part.id: part for part in make_sections(case, {**words, "frequency": ""})}
    assert len(empty["frequency_duration"].statements) == len(filled["frequency_duration"].statements) - 1
    other = {**words, "frequency": Statement(text="Now and then.", sources=("navratil2002",))}
    told = {part.id: part for part in make_sections(case, other)}["frequency_duration"]
    assert any(said.text == "Now and then." and "navratil2002" in said.sources for said in told.statements)


@pytest.mark.parametrize(("sensation", "numb"), [("intact", False), ("reduced", True), ("absent", True)])
def test_who_does_not_feel_heat_is_not_told_to_stop_when_it_is_hot(sensation, numb):
    text = text_of(FEET, {"safety.sensation": sensation})
    assert ("does not feel heat" in text) is numb
    assert ("Stop if the skin feels hot" in text) is not numb


def test_a_plan_without_prescription_speaks_of_no_sessions_and_no_gates():
    assert "sessions from" not in text_of(FACE)
    assert "Gate 1" not in text_of(FACE)
    assert "sessions from" in text_of()
    assert "Gate 1" in text_of()


def test_the_case_stands_in_the_sentences():
    text = text_of()
    for said in ("Dr B", "112", "duloxetine 60 mg", "walk to the shop", "podiatrist: D", "definite"):
        assert said in text


def test_scores_goals_and_team_that_are_not_there_are_said_to_be_missing():
    text = text_of(FEET, {"care.goals": [], "care.team": [], "care.other_treatments": []})
    assert "none named yet" in text
    assert "nobody named yet" in text
