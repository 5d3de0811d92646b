"""The sheets: plain, sourced, without promise, with the plan's numbers and no others, and each version told apart."""

import dataclasses
import json
import re
from collections.abc import Iterable
from itertools import product
from typing import get_args

import pytest
import textstat
from hypothesis import given
from hypothesis import strategies as st

from nervelight.assessment import red_flags
from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import CONDITIONS, Condition, certainty_of, claim, outcome_reference
from nervelight.optics import device, device_ids
from nervelight.planning import Plan
from nervelight.planning.education import (
    LANGUAGES,
    Line,
    Question,
    Sheet,
    condition_name,
    education_sheets,
    lamp_name,
    lamp_types,
    red_flag_words,
    session_checks,
    sheet_titles,
)
from nervelight.planning.education.texts import Said, about_condition, about_lamp, texts
from nervelight.planning.words import day, duration
from nervelight.sources import all_sources

EXAMPLES = ("diabetic_feet", "chemotherapy_hands", "carpal_tunnel", "facial_pain", "stroke_hand")
GRADE = 7
# Of a single sentence, by Flesch-Kincaid: one long word makes a short sentence hard.
GRADE_OF_A_SENTENCE = 8
NUMBERS = re.compile(r"\d+(?:[.,]\d+)?")
PROMISES = re.compile(
    r"promising|\bcures?\b|heals?\b|guarantee|works wonders|will help|safe and effective|miracle|breakthrough|"
    r"Wunder|garantiert|heilt Sie|hilft sicher",
    re.IGNORECASE,
)


@pytest.fixture(scope="module")
def plans(rough_plans) -> dict[str, Plan]:
    """Few draws: the sheets are held against the plan itself."""
    return rough_plans


def grades(text: str) -> tuple[float, float]:
    """Return Flesch-Kincaid grade and automated readability index."""
    # The point of a number ends no sentence, and would make the text look easier than it is.
    plain = re.sub(r"(\d)[.,](\d)", r"\1\2", text).replace("\u00a0", " ")
    return textstat.flesch_kincaid_grade(plain), textstat.automated_readability_index(plain)


def named(slug: str, sheets: Iterable[Sheet]) -> Sheet:
    return next(sheet for sheet in sheets if sheet.slug == slug)


def said(sheet: Sheet) -> str:
    return " ".join(line.text for line in sheet.lines)


def hard_sentences(sheet: Sheet) -> list[str]:
    """Return the sentences above the limit of a single one."""
    sentences = {sentence for line in sheet.lines for sentence in re.split(r"(?<=[.!?:])\s+", line.text)}
    return [sentence for sentence in sentences if grades(sentence)[0] > GRADE_OF_A_SENTENCE]


def every_said() -> list[Said]:
    common = texts()
    abouts = [*map(about_condition, get_args(Condition)), *map(about_lamp, lamp_types())]
    return [
        entry
        for part in (
            *(sheet.lines for sheet in common.sheets),
            common.checks,
            common.eyes,
            *(part for about in abouts for part in (about.what, about.known, about.session, about.watch)),
        )
        for entry in part
        if entry.insert is None
    ]


# ---- plain


@pytest.mark.parametrize("condition", get_args(Condition))
def test_every_sheet_of_a_condition_and_lamp_is_plain(condition):
    for lamp in (None, *lamp_types()):
        for sheet in education_sheets(condition=condition, lamp_type=lamp):
            assert max(grades(said(sheet))) <= GRADE, (lamp, sheet.slug)


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_sheet_of_a_plan_is_plain(name, plans):
    for sheet in education_sheets(plans[name], clinic_phone="030 5550101", opening_hours="Mon to Fri 8 to 16"):
        assert max(grades(said(sheet))) <= GRADE, sheet.slug
        assert hard_sentences(sheet) == []


def test_no_single_sentence_is_hard():
    for condition, lamp in product(get_args(Condition), lamp_types()):
        for sheet in education_sheets(condition=condition, lamp_type=lamp):
            assert hard_sentences(sheet) == [], (condition, lamp)


def test_the_measure_can_fail():
    hard = (
        "The trials contradict each other: heterogeneity notwithstanding, photobiomodulation's neurophysiological "
        "consequences remain incompletely characterised in chemotherapy-induced polyneuropathy populations."
    )
    assert min(grades(hard)) > GRADE
    sheet = Sheet("what", "What it is", (Line(f"It is light. {hard}", ("nervelight_rule",)),), (), "en")
    assert len(hard_sentences(sheet)) == 1


# ---- sourced, and honest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", get_args(Condition))
def test_every_statement_has_a_source_and_promises_nothing(condition, language):
    for lamp in lamp_types():
        for sheet in education_sheets(condition=condition, lamp_type=lamp, language=language):
            for line in sheet.lines:
                assert line.sources, line.text
                assert set(line.sources) <= set(all_sources()), line.text
                assert not PROMISES.search(line.text), line.text
                assert "{" not in line.text
            assert set(sheet.source_keys) == {key for line in sheet.lines for key in line.sources}


@pytest.mark.parametrize("condition", get_args(Condition))
def test_what_is_known_says_what_the_plan_of_this_condition_would_say(condition):
    known = named("known", education_sheets(condition=condition))
    texts_shown = [line.text for line in known.lines]
    for entry in outcome_reference(condition).sentences:
        assert entry.plain in texts_shown
    assert claim("most_conditions").plain == texts_shown[0]
    assert "not proven" in texts_shown[0]
    assert claim("placebo_relief").may_say in texts_shown


@pytest.mark.parametrize("condition", get_args(Condition))
def test_trials_that_found_nothing_are_counted(condition):
    rating = certainty_of(condition)
    told = said(named("known", education_sheets(condition=condition)))
    with_result = len(rating.favouring) + len(rating.not_favouring) + len(rating.mixed)
    if with_result:
        assert f"for this illness: {with_result}. Light did better" in told
        better, not_better, mixed = map(len, (rating.favouring, rating.not_favouring, rating.mixed))
        assert f"measured: {better}. It did not: {not_better}. Mixed: {mixed}." in told
    else:
        assert "no trial with a dummy lamp" in told
    assert ("ended with no result" in told) == bool(rating.stopped)


@pytest.mark.parametrize("name", [entry.study for entry in every_said() if entry.study])
def test_a_result_retold_has_numbers_of_that_study_only(name):
    results = [
        f"{result.light} {result.comparator}"
        for condition in CONDITIONS
        for result in outcome_reference(condition).results
        if result.study == name
    ]
    assert results
    for entry in every_said():
        if entry.study == name:
            # Six trials stand in words on both sides; pain is told on a scale of 10.
            allowed = {*NUMBERS.findall(" ".join(results)), "10"}
            assert set(NUMBERS.findall(entry.en)) <= allowed, entry.en


# ---- two languages


def test_both_languages_tell_the_same_numbers():
    def numbers(text: str) -> list[str]:
        return sorted(found.replace(",", ".") for found in NUMBERS.findall(text))

    for entry in every_said():
        english, german = entry.in_("en"), entry.in_("de")
        assert numbers(english) == numbers(german), (english, german)
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", german)), german
        assert english != german


@pytest.mark.parametrize("name", EXAMPLES)
def test_both_languages_have_the_same_sheets(name, plans):
    english, german = (education_sheets(plans[name], language=language) for language in LANGUAGES)
    for one, other in zip(english, german, strict=True):
        assert one.slug == other.slug
        assert len(one.lines) == len(other.lines)
        assert [line.sources for line in one.lines] == [line.sources for line in other.lines]
        for asked, again in zip(one.questions, other.questions, strict=True):
            assert (asked.id, asked.right) == (again.id, again.right)
            assert [name for name, _ in asked.choices] == [name for name, _ in again.choices]
        assert one.version != other.version


# ---- the plan's numbers, and none without a plan


def test_a_session_is_told_in_the_numbers_of_the_plan(plans):
    plan = plans["diabetic_feet"]
    session = named("session", education_sheets(plan))
    told = said(session).replace("\u00a0", " ")
    made, schedule = plan.prescription, plan.schedule
    assert f"Give {duration(made.time_per_field_s)} to each" in told
    assert f"{duration(made.session_time_s)} in all" in told
    for field in made.fields:
        assert field in told
    assert f"{plan.lamp.distance_mm / 10:.3g} cm from the skin" in told
    assert plan.lamp.label in told
    low, high = plan.translation.time_s.p5, plan.translation.time_s.p95
    assert f"from {duration(low)} to {duration(high)}" in told
    assert f"{made.total_sessions} sessions: {made.sessions_per_week:g} a week" in told
    for date in (schedule.sessions[0].date, schedule.sessions[-1].date, *(gate.date for gate in schedule.gates)):
        assert day(date) in told
    assert "Goggles on" in told
    assert "You may not feel heat there" in told


def test_a_probe_is_set_on_the_skin_and_one_place_is_one_place(plans):
    told = said(named("session", education_sheets(plans["carpal_tunnel"])))
    assert "right on the skin" in told
    assert "cm from the skin" not in told
    assert "Light this place: right wrist" in told
    assert "Stop if the skin feels hot." in told


@pytest.mark.parametrize("name", ["facial_pain", "stroke_hand"])
def test_a_blocked_plan_tells_no_session(name, plans):
    session = named("session", education_sheets(plans[name]))
    assert not NUMBERS.search(said(session))
    assert [each.id for each in session.questions] == ["start"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("condition", get_args(Condition))
def test_without_a_plan_no_time_distance_or_number_of_sessions_is_named(condition, language):
    dose = re.compile(
        r"\d+\s*(?:min|s|cm|mm|J|W|mW|sessions?|times|Sitzung|Minuten|Mal)\b|\d+ (?:a week|in der Woche)", re.IGNORECASE
    )
    for lamp in lamp_types():
        sheets = education_sheets(condition=condition, lamp_type=lamp, language=language)
        for sheet in sheets:
            assert not dose.search(sheet.text.replace("\u00a0", " ")), sheet.slug
        assert not NUMBERS.search(said(named("session", sheets)))


def test_numb_skin_eyes_and_drugs_are_spoken_of_without_a_plan_too():
    watch = said(named("watch", education_sheets(condition="chemotherapy_induced", lamp_type="led_panel")))
    for word in ("numb", "never look into the lamp", "drugs make skin react", "cancer", "blister"):
        assert word in watch


@pytest.mark.parametrize("lamp", lamp_types())
def test_each_type_of_lamp_is_told_apart(lamp):
    with_it, without = (education_sheets(condition="carpal_tunnel", lamp_type=name) for name in (lamp, None))
    for slug in ("what", "watch"):
        assert named(slug, with_it).version != named(slug, without).version
    assert lamp_name(lamp) != lamp_name(lamp, "de")
    assert condition_name("carpal_tunnel", "de") == "Karpaltunnelsyndrom"


# ---- whom to call


def test_every_red_flag_that_a_person_can_notice_says_whom_to_call():
    call = named("call", education_sheets(condition="carpal_tunnel", emergency_number="911", clinic_phone="555 0101"))
    lines = [line.text for line in call.lines]
    words = red_flag_words()
    assert set(words) == {flag.id for flag in red_flags()}
    today = lines.index("Stop the light and call the clinic (555 0101) today if one of these is true:")
    assert lines[0] == "Call 911 at once if one of these is true:"
    for flag in red_flags():
        if flag.id != "brisk_reflexes":
            where = lines.index(f"{words[flag.id]}.")
            assert (where < today) == (flag.urgency == "emergency-now")


def test_the_numbers_of_the_clinic_come_before_those_of_the_plan(plans):
    plan = plans["diabetic_feet"]
    assert "Call 112 at once" in said(named("call", education_sheets(plan)))
    assert "Call 999 at once" in said(named("call", education_sheets(plan, emergency_number="999")))
    assert "open: 8 to 16" in said(named("call", education_sheets(plan, opening_hours="8 to 16")))


def test_the_checks_before_a_session_stand_on_its_sheet(plans):
    for name, language in product(("diabetic_feet", "carpal_tunnel", "chemotherapy_hands"), LANGUAGES):
        checks = session_checks(plans[name], language)
        shown = [line.text for line in named("session", education_sheets(plans[name], language=language)).lines]
        assert checks
        assert set(checks) <= set(shown)


# ---- versions


WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), min_size=1, max_size=20)
QUESTIONS = st.builds(
    lambda ask, one, other, why: Question("q", ask, (("a", one), ("b", other)), "a", why), WORDS, WORDS, WORDS, WORDS
)
SHEETS = st.builds(
    lambda title, lines, questions: Sheet(
        "what", title, tuple(Line(text, ("nervelight_rule",)) for text in lines), tuple(questions), "en"
    ),
    WORDS,
    st.lists(WORDS, max_size=3),
    st.lists(QUESTIONS, max_size=2),
)


@given(SHEETS, SHEETS)
def test_a_version_changes_exactly_with_the_text(one, other):
    assert (one.version == other.version) == (one.text == other.text)


def test_who_is_lit_by_staff_is_told_to_turn_nothing_on(plans):
    plan = plans["carpal_tunnel"]
    strong = next(name for name in device_ids() if device(name).category == "laser_class4")
    case = {**plan.case, "lamp": {**plan.case["lamp"], "device": strong}}
    sheet = named("session", education_sheets(plan.model_copy(update={"case": case})))
    assert "The staff light this place: right wrist" in said(sheet)
    for own in ("Start a clock", "Put the lamp", "Light this place", "kitchen clock"):
        assert own in said(named("session", education_sheets(plan)))
        assert own not in said(sheet)
    assert "end" not in {each.id for each in sheet.questions}
    assert sheet.questions


@given(SHEETS, WORDS)
def test_one_other_word_is_another_version(sheet, word):
    changed = dataclasses.replace(sheet, title=sheet.title + word)
    assert changed.version != sheet.version
    # Where a sentence stands in the literature is not what a person read.
    elsewhere = dataclasses.replace(sheet, lines=tuple(Line(line.text, ("zein2018",)) for line in sheet.lines))
    assert elsewhere.version == sheet.version


def test_the_same_plan_gives_the_same_versions_after_it_was_written_and_read(plans):
    plan = plans["diabetic_feet"]
    again = Plan.model_validate(json.loads(plan.to_json()))
    assert [sheet.version for sheet in education_sheets(plan)] == [sheet.version for sheet in education_sheets(again)]


def test_all_that_is_shown_is_in_the_text(plans):
    for sheet in education_sheets(plans["diabetic_feet"]):
        for shown in (sheet.title, *(line.text for line in sheet.lines)):
            assert shown in sheet.text
        assert sheet.questions
        for question in sheet.questions:
            for shown in (question.ask, question.why, *(words for _, words in question.choices)):
                assert shown in sheet.text
            assert question.right in dict(question.choices)
        assert sheet.wrong({each.id: each.right for each in sheet.questions}) == ()
        assert sheet.wrong({}) == sheet.questions


# ---- wrong calls


def test_wrong_names_say_what_was_meant():
    with pytest.raises(UnknownName, match="did you mean 'carpal_tunnel'"):
        education_sheets(condition="carpal_tunel")
    with pytest.raises(UnknownName, match="did you mean 'led_panel'"):
        education_sheets(condition="carpal_tunnel", lamp_type="led_panle")
    with pytest.raises(UnknownName, match="language 'fr'"):
        education_sheets(condition="carpal_tunnel", language="fr")
    with pytest.raises(InvalidInput, match="condition"):
        education_sheets()


def test_a_plan_names_condition_and_lamp_itself(plans):
    with pytest.raises(InvalidInput) as caught:
        education_sheets(plans["diabetic_feet"], condition="carpal_tunnel", lamp_type="led_pad")
    assert [fault.path for fault in caught.value.faults] == ["condition", "lamp_type"]


def test_a_lamp_that_the_catalogue_lost_still_has_sheets(plans):
    plan = plans["diabetic_feet"]
    lost = plan.model_copy(update={"case": plan.case | {"lamp": plan.case["lamp"] | {"device": "sold_no_more"}}})
    assert "LED panel" not in said(named("what", education_sheets(lost)))
    assert len(education_sheets(lost)) == len(sheet_titles())


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ({"en": "A sentence.", "de": "Ein Satz."}, "needs sources"),
        ({"en": "A sentence.", "sources": ["nervelight_rule"]}, "German"),
        ({"de": "Ein Satz.", "sources": ["nervelight_rule"]}, "English"),
        ({"claim": "too_much_light", "en": "More.", "de": "Mehr."}, "the claim itself"),
        ({"insert": "checks", "de": "Ein Satz."}, "says nothing itself"),
        ({"claim": "no_such_claim", "de": "Ein Satz."}, "unknown claim"),
        ({"en": "A sentence.", "de": "Ein Satz.", "sources": ["nobody2020"]}, "nobody2020"),
    ],
)
def test_an_entry_without_source_or_language_is_refused(entry, why):
    with pytest.raises((ValueError, LookupError), match=why):
        Said.model_validate(entry)
