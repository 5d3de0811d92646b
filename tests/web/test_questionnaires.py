"""An instrument as a form: its words, its answers, its own rule for what is left out, its alarms."""

from __future__ import annotations

import datetime as dt

import pytest
from django.http import QueryDict

from nervelight.assessment import instrument_ids, scorable_ids, score_answers, scoring, wording
from nervelight.errors import UnknownName
from nervelight.web.questionnaires import ItemsForm, ScoreForm, answer_form, askable_ids, enterable_ids

KEY = {"key": "k1"}


def answers(*given):
    return KEY | {f"item_{number}": each for number, each in enumerate(given, 1) if each is not None}


def test_every_instrument_with_words_can_be_asked_and_every_other_score_be_entered():
    assert {"nrs11", "peg", "phq9", "gad7", "mnsi_q", "pgic"} <= set(askable_ids())
    for name in instrument_ids():
        if name not in enterable_ids():
            with pytest.raises(UnknownName):
                answer_form(name)
            continue
        form = answer_form(name)
        asked = name in scorable_ids() and wording(name) is not None
        assert isinstance(form, ItemsForm if asked else ScoreForm)
        assert str(form)
    with pytest.raises(UnknownName, match="phq9"):
        answer_form("phq")


@pytest.mark.parametrize("name", askable_ids())
def test_answers_sent_as_the_form_shows_them_are_scored_as_the_package_scores_them(name):
    form = answer_form(name)
    shown = [form.fields[f"item_{k}"].choices for k in range(1, len(form.blocks) + 1)]
    for pick in (0, -1):
        filled = answer_form(name, answers(*(choices[pick][0] for choices in shown)))
        assert filled.is_valid(), filled.errors
        expected = score_answers(name, [sorted(block.possible)[pick] for block in form.blocks])
        response = filled.response()
        assert response.score == expected.score
        assert response.instrument == name
        assert filled.red_flags == expected.red_flags


def test_the_words_of_each_answer_stand_beside_it():
    html = str(answer_form("phq9"))
    assert "Nearly every day" in html
    assert html.count('type="radio"') == 9 * 4
    # Each question is a group with its own legend.
    assert html.count("<legend>") == 9


def test_what_is_left_out_is_kept_without_a_score_only_when_said_so():
    form = answer_form("peg", answers("7", "6", None))
    assert not form.is_valid()
    assert list(form.errors) == ["incomplete"]
    kept = answer_form("peg", answers("7", "6", None) | {"incomplete": "on"})
    assert kept.is_valid()
    assert kept.response().answers == (7.0, 6.0, None)
    assert kept.response().score is None


def test_an_instrument_whose_rule_allows_gaps_is_scored_with_them():
    # Items 4 and 10 of the Michigan questionnaire are never counted.
    given = [None if k in (4, 10) else "no" for k in range(1, 16)]
    form = answer_form("mnsi_q", answers(*given))
    assert form.is_valid()
    assert (
        form.response().score == score_answers("mnsi_q", [None if k in (4, 10) else False for k in range(1, 16)]).score
    )


def test_an_alarm_is_told_even_where_the_form_has_to_be_corrected():
    form = answer_form("phq9", answers(*[None] * 8, "1"))
    assert not form.is_valid()
    assert form.red_flags == ("self_harm",)
    assert answer_form("phq9", answers(*["0"] * 9)).red_flags == ()
    assert answer_form("phq9").red_flags == ()


@pytest.mark.parametrize("wrong", ["11", "-1", "2.5", "seven", "nan", "yes", "1e400", "7; drop"])
def test_what_is_no_answer_is_refused_at_its_question(wrong):
    form = answer_form("nrs11", answers(wrong))
    assert not form.is_valid()
    assert "item_1" in form.errors


def test_a_form_without_any_answer_is_refused():
    form = answer_form("peg", KEY)
    assert not form.is_valid()
    assert form.non_field_errors()


def test_what_was_typed_stands_there_again_after_an_error():
    form = answer_form("peg", QueryDict("key=k1&item_1=7&note=slept+badly"))
    assert not form.is_valid()
    html = str(form)
    assert "slept badly" in html
    assert html.count("checked") == 1


@pytest.mark.parametrize(("score", "fine"), [("5", True), ("11", False), ("-1", False), ("x", False), ("nan", False)])
def test_without_words_the_score_alone_is_entered(score, fine):
    form = answer_form("bpi_sf", KEY | {"score": score})
    assert form.is_valid() is fine
    if fine:
        assert (form.response().score, form.response().answers) == (5.0, ())


@pytest.mark.parametrize(("metres", "fine"), [("380", 1), ("380.5", 1), ("0", 0), ("2001", 0), ("", 0)])
def test_a_walk_is_metres(metres, fine):
    form = answer_form("sixmwt", KEY | {"score": metres})
    assert form.is_valid() is bool(fine)
    assert ">m</span>" in str(form)


def test_goals_are_asked_by_their_own_words():
    form = answer_form("gas", answers("1", "-1"), goals=["walk to the shop", "sleep through"])
    assert "walk to the shop" in str(form)
    assert form.is_valid()
    assert form.response().score == score_answers("gas", [1, -1]).score
    free = answer_form("gas", answers("1", "-1"))
    assert free.is_valid()
    assert free.response().answers == (1.0, -1.0)


def test_the_day_is_asked_where_wanted_and_none_lies_ahead():
    latest = dt.date(2026, 8, 3)
    form = answer_form("nrs11", answers("4") | {"day": "2026-08-04"}, latest=latest)
    assert "day" in form.errors
    assert answer_form("nrs11", answers("4") | {"day": "2026-08-03"}, latest=latest).is_valid()


def test_words_that_are_not_here_in_a_language_stand_in_english_and_say_so():
    form = answer_form("phq9", language="de")
    assert form.language == "en"
    assert scoring("phq9").alarms
