"""Screening for mood, worry and sleep: who was asked, and what follows."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.assessment import instrument, scoring, screen, screening_areas
from nervelight.sources import require_known

NOW, EARLIER = dt.date(2026, 11, 20), dt.date(2026, 5, 1)
DAY = dt.timedelta(days=1)


def of(area, *scores):
    return next(found for found in screen(scores) if found.area == area)


def test_nothing_asked_is_said_with_what_to_ask():
    found = screen([("nrs11", 6, NOW)])
    assert [area.state for area in found] == ["not asked"] * 3
    assert [area.area for area in found] == ["mood", "worry", "sleep"]
    assert all(area.next_step.startswith("Ask ") for area in found)


@pytest.mark.parametrize(
    ("area", "name", "value", "state"),
    [
        ("mood", "phq2", 2, "negative"),
        ("mood", "phq2", 3, "ask the long form"),
        ("mood", "phq9", 9, "negative"),
        ("mood", "phq9", 10, "positive"),
        ("worry", "gad2", 2, "negative"),
        ("worry", "gad2", 3, "ask the long form"),
        ("worry", "gad7", 9, "negative"),
        ("worry", "gad7", 10, "positive"),
        ("sleep", "promis_sd_4a", 54.3, "negative"),
        ("sleep", "promis_sd_4a", 56.1, "positive"),
        ("sleep", "isi", 15, "positive"),
        ("sleep", "sleep_nrs", 9, "no cut-off"),
    ],
)
def test_each_form_by_its_own_cutoff(area, name, value, state):
    found = of(area, (name, value, NOW))
    assert (found.state, found.instrument_id, found.value) == (state, name, value)
    assert bool(found.next_step) == (state != "negative")
    assert require_known(found.sources)


def test_the_mark_of_an_unchecked_cutoff_is_carried():
    assert of("mood", ("phq2", 3, NOW)).unverified
    assert not of("sleep", ("promis_sd_4a", 60, NOW)).unverified


def test_the_last_form_decides_and_of_one_day_the_longest():
    assert of("mood", ("phq2", 4, NOW), ("phq9", 6, NOW)).state == "negative"
    assert of("mood", ("phq9", 6, EARLIER), ("phq2", 4, NOW)).state == "ask the long form"
    assert of("mood", ("phq2", 4, EARLIER), ("phq9", 12, NOW)).state == "positive"


@given(st.permutations([("phq2", 4, NOW), ("phq9", 12, NOW), ("phq2", 0, EARLIER), ("gad7", 3, NOW)]))
def test_the_order_of_the_scores_does_not_matter(scores):
    assert [found.state for found in screen(scores)] == ["positive", "negative", "not asked"]


@pytest.mark.parametrize(
    ("later", "stands", "state"),
    [
        (("phq2", 0), "phq9", "positive"),  # two questions do not clear nine
        (("phq2", 5), "phq9", "positive"),
        (("phq9", 4), "phq9", "negative"),
        (("gad7", 0), "phq9", "positive"),
    ],
)
def test_only_a_form_as_long_clears_a_positive_one(later, stands, state):
    found = of("mood", ("phq9", 18, NOW - DAY), (*later, NOW))
    assert (found.instrument_id, found.state) == (stands, state)
    assert of("mood", ("phq2", 4, NOW - DAY), ("phq2", 1, NOW)).state == "negative"


def test_of_sleep_the_seven_questions_stand_before_the_four_and_the_one():
    for shorter in (("promis_sd_4a", 45), ("sleep_nrs", 0)):
        assert of("sleep", ("isi", 20, NOW - DAY), (*shorter, NOW)).instrument_id == "isi"
    assert of("sleep", ("promis_sd_4a", 60, NOW - DAY), ("isi", 3, NOW)).state == "negative"


@pytest.mark.parametrize(("days", "state"), [(0, "negative"), (183, "negative"), (184, "not asked")])
def test_a_form_of_more_than_half_a_year_before_the_first_session_counts_as_not_asked(days, state):
    scores = [("gad2", 1, NOW - days * DAY)]
    found = screen(scores, NOW)[1]
    assert (found.state, found.instrument_id, found.value) == (state, "gad2", 1)
    assert found.next_step.startswith("Ask GAD-2: the last form is more than") == (state == "not asked")
    assert screen(scores)[1].state == "negative", "without a first session all count"


@pytest.mark.parametrize(
    ("since", "state", "told"),
    [
        ((), "not asked", "Ask PHQ-9 again: it was positive"),
        ((("phq2", 0, NOW),), "not asked", "Ask PHQ-9 again: it was positive"),
        ((("phq2", 3, NOW),), "ask the long form", "Ask the PHQ-9"),
        ((("phq9", 3, NOW),), "negative", ""),
    ],
)
def test_a_positive_form_that_is_too_old_is_asked_again_and_not_cleared_by_a_shorter_one(since, state, told):
    found = screen([("phq9", 18, NOW - 200 * DAY), *since], NOW)[0]
    assert found.state == state
    assert found.next_step.startswith(told) and bool(found.next_step) == bool(told)


@pytest.mark.parametrize("area", screening_areas(), ids=lambda area: area.id)
def test_every_form_exists_with_its_band_and_leads_to_a_longer_one_of_its_area(area):
    names = [form.instrument for form in area.forms]
    require_known(area.sources)
    lengths = [len(scoring(name).items()) for name in names]
    assert lengths == sorted(set(lengths)), "a form clears those that stand before it"
    for form in area.forms:
        bands = [band.label for cutoffs in instrument(form.instrument).cutoffs[:1] for band in cutoffs.bands]
        assert (form.positive in bands) if form.positive else not bands
        then = scoring(form.instrument).then
        if then is not None:
            assert names.index(then.ask) > names.index(form.instrument)
            assert then.at_least == next(
                band.at_least for band in instrument(form.instrument).cutoffs[0].bands if band.label == form.positive
            )
