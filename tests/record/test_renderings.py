"""Parts of pages are kept sealed, and courses and plans once however often they are sent."""

from __future__ import annotations

import pytest

from nervelight.record import courses, people
from nervelight.record.entries import KeyUsedTwice
from nervelight.record.keys import KeyMissing
from nervelight.record.models import Course, Entry, Rendering
from nervelight.record.renderings import kept


def test_what_was_kept_is_sealed_and_found_by_what_it_was_made_from(course):
    assert kept(course, "plan 1", "a" * 64, lambda: "<p>Anna</p>") == "<p>Anna</p>"
    assert kept(course, "plan 1", "a" * 64, lambda: "another") == "<p>Anna</p>"
    assert b"Anna" not in bytes(Rendering.objects.get(name="plan 1").content)
    assert kept(course, "plan 1", "b" * 64, lambda: "newer") == "newer"
    assert Rendering.objects.filter(course=course, name="plan 1").count() == 1


def test_what_was_moved_to_another_place_is_not_opened(course):
    kept(course, "plan 1", "a" * 64, lambda: "text")
    Rendering.objects.filter(course=course).update(made_from="b" * 64)
    with pytest.raises(KeyMissing):
        kept(course, "plan 1", "b" * 64, lambda: "text")


def test_nothing_is_kept_of_a_person_who_was_erased(course, clinician):
    people.erase(course.patient, author=clinician)
    with pytest.raises(KeyMissing):
        kept(Course.objects.get(), "plan 1", "a" * 64, lambda: "text")


def test_a_course_is_opened_once_with_a_key(patient, clinician):
    first = courses.open_course(patient, {"anchor": "choose"}, author=clinician, key="k")
    assert courses.open_course(patient, {"anchor": "choose"}, author=clinician, key="k") == first
    with pytest.raises(KeyUsedTwice):
        courses.open_course(patient, {"anchor": "yamany2012"}, author=clinician, key="k")
    assert Course.objects.count() == 1
    assert courses.open_course(patient, {"anchor": "choose"}, author=clinician) != first


def test_the_latest_plan_again_is_no_new_version(course, clinician, example_plans):
    case, plans = courses.case_of(course).entry, Entry.objects.filter(course=course, kind="plan")
    again = courses.add_plan(course, example_plans["diabetic_feet"], case=case, author=clinician)
    assert [again] == list(plans)
    courses.add_plan(course, example_plans["facial_pain"], case=case, author=clinician)
    courses.add_plan(course, example_plans["diabetic_feet"], case=case, author=clinician)
    assert [read.content.number for read in courses.plans_of(course)] == [1, 2, 3]
