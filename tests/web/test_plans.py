"""From a case to a signed plan, in the browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from nervelight.documents import read_yaml
from nervelight.planning import Plan, make_plan
from nervelight.record import courses
from nervelight.record.contents import Signature
from nervelight.record.entries import opened
from nervelight.record.models import Account, Course, Entry, Patient, Rendering
from nervelight.web.plans.case_document import answers_of
from nervelight.web.plans.case_form import CaseForm
from record.conftest import EXAMPLES, _plain

# Many pages, which take their time.
pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


def example(name: str = "diabetic_feet") -> dict[str, Any]:
    return _plain(read_yaml(EXAMPLES / f"{name}.yaml"))


def fields_of(response: Any) -> dict[str, Any]:
    """What a browser would send of the form with the most fields on a page."""
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.forms: list[dict[str, list[str]]] = []
            self.select = self.text = ""
            self.first: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            at = dict(attrs)
            if tag == "form":
                self.forms.append({})
            elif tag == "input" and at.get("name"):
                kind = at.get("type", "text")
                if kind not in ("checkbox", "radio") or "checked" in at:
                    self.forms[-1].setdefault(at["name"], []).append(at.get("value") or "")
            elif tag == "select":
                self.select, self.first = at["name"] or "", None
            elif tag == "option" and self.select:
                if self.first is None:
                    self.first = at.get("value") or ""
                    self.forms[-1][self.select] = [self.first]
                if "selected" in at:
                    self.forms[-1][self.select] = [at.get("value") or ""]
            elif tag == "textarea":
                self.text = at["name"] or ""
                self.forms[-1][self.text] = [""]

        def handle_data(self, data: str) -> None:
            if self.text:
                # The line break after the tag is not part of the text.
                self.forms[-1][self.text][0] += data

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.forms[-1][self.text] = [self.forms[-1][self.text][0].removeprefix("\n").removeprefix("\r\n")]
                self.text = ""
            elif tag == "select":
                self.select = ""

    reader = Reader()
    reader.feed(response.content.decode())
    return max(reader.forms, key=len)


def links(course: Course) -> dict[str, str]:
    at = {"patient": course.patient_id, "course": course.pk}
    return {name: reverse(name, kwargs=at) for name in ("case", "case_preview", "plan_make", "course")}


def plan_url(course: Course, number: int, name: str = "plan", **more: int) -> str:
    return reverse(name, kwargs={"patient": course.patient_id, "course": course.pk, "number": number, **more})


@pytest.fixture
def browser(logged_in) -> Client:
    return logged_in("clinician")


@pytest.fixture
def draft(patient: Patient, clinician: Account) -> Course:
    return courses.open_course(patient, example(), author=clinician)


def document_now(course: Course) -> dict[str, Any]:
    return courses.case_of(course).content.document


# ---- the case


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.yaml")))
def test_what_a_browser_sends_back_untouched_is_the_document_to_the_letter(browser, patient, clinician, name):
    course = courses.open_course(patient, example(name), author=clinician)
    case = links(course)["case"]
    sent = fields_of(browser.get(case))
    assert browser.post(case, sent | {"action": "save"}).status_code == 302
    assert document_now(course) == example(name)
    assert Entry.objects.filter(course=course, kind="case").count() == 1


def test_a_new_course_starts_with_who_is_treated_and_nothing_clinical(browser, patient, clinic):
    response = browser.get(reverse("course_new", args=[patient.pk]))
    given = {name: value for name, value in fields_of(response).items() if any(value) and not name.endswith("-unit")}
    assert given.pop("patient-label") == ["Anna Maria Schmidt-Weiß"]
    assert given.pop("care-clinician") == ["Dr B"] and given.pop("care-emergency_number") == ["112"]
    assert {name for name in given if not name.endswith("-rows")} == {"csrfmiddlewaretoken", "key", "choices"}


def test_a_form_sent_twice_opens_one_course(browser, patient):
    url = reverse("course_new", args=[patient.pk])
    sent = fields_of(browser.get(url)) | {"patient-age": "61", "action": "save"}
    first, second = browser.post(url, sent), browser.post(url, sent)
    assert first.status_code == second.status_code == 302 and first["Location"] == second["Location"]
    course = Course.objects.get()
    assert document_now(course)["patient"] == {"label": "Anna Maria Schmidt-Weiß", "age": "61 years"}
    other = browser.post(url, sent | {"patient-age": "62"})
    assert other.status_code == 409 and b'value="62"' in other.content
    assert Course.objects.count() == 1


def test_the_whole_of_a_case_is_typed_into_an_empty_form(browser, patient):
    url = reverse("course_new", args=[patient.pk])
    wanted = example()
    sent: dict[str, Any] = dict(answers_of(wanted)) | {"action": "make", "key": "k"}
    response = browser.post(url, sent)
    course = Course.objects.get()
    assert response.status_code == 302 and response["Location"] == plan_url(course, 1)
    assert document_now(course) == wanted


def test_a_draft_with_faults_is_saved_and_each_fault_stands_at_its_field(browser, draft):
    case = links(draft)["case"]
    sent = fields_of(browser.get(case)) | {
        "scores-0-value": "17",
        "lamp-distance": "far away",
        "lamp-distance-unit": "cm",
        "patient-age": "",
        "action": "save",
    }
    assert browser.post(case, sent).status_code == 302
    page = browser.get(case)
    form: CaseForm = page.context["form"]
    assert set(form.errors) == {"scores-0-value", "lamp-distance"}
    assert [field.html_name for field in form.needed] == ["patient-age"]
    assert document_now(draft)["lamp"]["distance"] == "far away cm"
    # The unit that was chosen is kept, so that putting the number right is enough.
    text = page.content.decode()
    assert 'name="lamp-distance" value="far away"' in text and '<option value="cm" selected>' in text
    assert 'href="#field-scores-0-value"' in text and 'id="field-scores-0-value"' in text
    assert text.count("a length with its unit") == 2


@pytest.mark.parametrize(
    ("field", "value", "place"),
    [
        ("diagnosis-condition", "gout", "diagnosis-condition"),
        ("site-target", "tibial", "site-target"),
        ("lamp-device", "torch", "lamp-device"),
        ("anchor", "nobody1999", "anchor"),
        ("course-start", "2026-07-01", "scores-0-date"),
        ("course-session_cap", "30 J", "course-session_cap"),
        ("safety-contraindications", "bad mood", "safety-contraindications"),
        ("scores-3-answers", "1, 9", "scores-3-answers"),
        ("readings-0-missed_at_sites", "2, 99", "readings-0-missed_at_sites"),
        ("care-goals-0-target", "fast", "care-goals-0-target"),
        ("diagnosis-icd10", "E", "diagnosis-icd10"),
        ("care-clinician", "Dr \u202eB", "care-clinician"),
    ],
)
def test_a_wrong_answer_is_told_at_its_field_and_no_plan_is_made(browser, draft, field, value, place):
    case = links(draft)["case"]
    answer = browser.post(case, fields_of(browser.get(case)) | {field: value, "action": "make"})
    assert answer.status_code == 422
    assert place in answer.context["form"].errors
    assert not Entry.objects.filter(course=draft, kind="plan").exists()


def test_a_list_that_was_not_gone_through_makes_no_plan(browser, draft):
    case = links(draft)["case"]
    sent = fields_of(browser.get(case)) | {"diagnosis-red_flags": ["foot_ulcer"], "action": "make"}
    answer = browser.post(case, sent)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == ["diagnosis-red_flags"]
    again = fields_of(browser.get(case))
    assert again["diagnosis-red_flags"] == ["foot_ulcer"]
    browser.post(case, again | {"diagnosis-red_flags": ["foot_ulcer", "asked"], "action": "save"})
    assert document_now(draft)["diagnosis"]["red_flags"] == ["foot_ulcer"]


def test_what_the_form_does_not_ask_for_is_kept(browser, patient, clinician):
    document = example() | {"thresholds": {"adherence_percent": 75}}
    course = courses.open_course(patient, document, author=clinician)
    case = links(course)["case"]
    browser.post(case, fields_of(browser.get(case)) | {"patient-age": "62", "action": "save"})
    assert document_now(course) == document | {"patient": document["patient"] | {"age": "62 years"}}


def test_rows_are_added_without_saving_and_taken_out_with_it(browser, draft):
    case = links(draft)["case"]
    sent = fields_of(browser.get(case)) | {"patient-age": "63"}
    answer = browser.post(case, sent | {"action": "add:readings:vibration_128"})
    assert answer.status_code == 200 and b'name="readings-4-missed"' in answer.content
    assert b'name="readings-4-amplitude"' not in answer.content
    assert b'value="63"' in answer.content and document_now(draft) == example()
    sent = fields_of(answer) | {
        "readings-4-method": "on_off",
        "readings-4-date": "2026-07-20",
        "readings-4-missed": "3",
    }
    browser.post(case, sent | {"readings-1-remove": "on", "action": "save"})
    readings = document_now(draft)["readings"]
    assert len(readings) == 4 and readings[-1]["missed"] == 3
    assert "ncs_sural" not in {reading["test"] for reading in readings}


def test_two_at_once_see_both_versions_and_lose_nothing(browser, draft, clinician):
    case = links(draft)["case"]
    mine = fields_of(browser.get(case)) | {"lamp-distance": "20", "lamp-distance-unit": "cm", "action": "save"}
    theirs = example() | {"anchor": "choose"}
    courses.save_case(courses.case_of(draft).entry, theirs, author=clinician)
    answer = browser.post(case, mine)
    assert answer.status_code == 409
    rows = {label: (left, right) for label, left, right in answer.context["conflict"]["rows"]}
    assert rows == {"lamp: distance": ("12 in", "20 cm"), "anchor": ("choose", "yamany2012")}
    assert document_now(draft) == theirs
    assert browser.post(case, fields_of(answer) | {"action": "save"}).status_code == 302
    assert document_now(draft)["lamp"]["distance"] == "20 cm"


def test_the_same_answers_sent_twice_are_saved_once(browser, draft):
    case = links(draft)["case"]
    sent = fields_of(browser.get(case)) | {"patient-age": "62", "action": "save"}
    assert [browser.post(case, sent).status_code for _time in range(2)] == [302, 302]
    assert Entry.objects.filter(course=draft, kind="case").count() == 2


@pytest.mark.parametrize("known", ["", "no uuid", "5f0c0a1e-0000-4000-8000-000000000000"])
def test_a_form_that_was_filled_from_no_version_is_not_taken(browser, draft, known):
    assert browser.post(links(draft)["case"], {"known": known, "action": "save"}).status_code == 404
    assert browser.post(links(draft)["case_preview"], {"known": known}).status_code == 404


def test_an_answer_that_needs_somebody_at_once_stands_first(browser, draft):
    case = links(draft)["case"]
    sent = fields_of(browser.get(case))
    sent |= {"scores-6-instrument": "phq9", "scores-6-answers": "0, 0, 0, 0, 0, 0, 0, 0, 2"}
    answer = browser.post(case, sent | {"scores-6-date": "2026-07-20", "action": "preview"})
    assert "Needs somebody at once" in answer.content.decode()


# ---- the preview


def test_the_preview_follows_the_form_and_saves_nothing(browser, draft):
    case, url = links(draft)["case"], links(draft)["case_preview"]
    sent = fields_of(browser.get(case))
    near = browser.post(url, sent | {"lamp-distance": "8", "lamp-distance-unit": "in"})
    far = browser.post(url, sent)
    assert near.status_code == far.status_code == 200
    assert near.context["preview"]["heading"] != far.context["preview"]["heading"]
    assert b"<svg" in far.content and b"<style" not in far.content and b"<html" not in far.content
    assert b"hx-swap-oob" not in far.content
    assert document_now(draft) == example()


def test_the_preview_renews_what_depends_on_condition_and_site(browser, draft):
    sent = fields_of(browser.get(links(draft)["case"]))
    answer = browser.post(links(draft)["case_preview"], sent | {"site-name": "medial_ankle", "site-target": ""})
    text = answer.content.decode()
    assert text.count("hx-swap-oob") == 2 and 'value="tibial"' in text
    assert [field.html_name for field, _error in answer.context["waits_for"]] == ["site-target"]


def test_without_scripts_a_button_shows_the_preview(browser, draft):
    case = links(draft)["case"]
    answer = browser.post(case, fields_of(browser.get(case)) | {"action": "preview"})
    assert answer.status_code == 200 and b"<svg" in answer.content and "Not saved yet" in answer.content.decode()


def test_an_empty_form_has_a_preview_that_says_what_it_waits_for(browser, patient, clinician):
    course = courses.open_course(patient, {}, author=clinician)
    answer = browser.post(links(course)["case_preview"], fields_of(browser.get(links(course)["case"])))
    waits = {field.html_name for field, _error in answer.context["waits_for"]}
    assert {"patient-phototype", "diagnosis-condition", "site-name", "lamp-device", "lamp-distance", "anchor"} <= waits


# ---- the plan


@pytest.fixture
def versions(course: Course, clinician: Account, example_plans: dict[str, Plan]) -> Course:
    """A signed plan, and a newer one from another distance."""
    if "nearer" not in example_plans:
        nearer = example() | {"lamp": {"device": "bestqool_pro300", "distance": "20 cm"}}
        from nervelight.planning.case_reading import case_from_data

        example_plans["nearer"] = make_plan(case_from_data(nearer, "nearer"))
    document = example() | {"lamp": {"device": "bestqool_pro300", "distance": "20 cm"}}
    entry = courses.save_case(courses.case_of(course).entry, document, author=clinician)
    courses.add_plan(course, example_plans["nearer"], case=entry, author=clinician)
    return course


def test_a_plan_is_made_once_however_often_it_is_asked_for(browser, draft):
    make = links(draft)["plan_make"]
    first, second = browser.post(make), browser.post(make)
    assert first["Location"] == second["Location"] == plan_url(draft, 1)
    assert Entry.objects.filter(course=draft, kind="plan").count() == 1
    assert Rendering.objects.filter(course=draft).count() == 1
    assert browser.get(make).status_code == 405


def test_a_plan_reads_like_its_page_and_obeys_the_policy(browser, versions):
    page = browser.get(plan_url(versions, 2))
    text = page.content.decode()
    for words in (
        "How long",
        "How often",
        "Is it safe",
        "How sure",
        "Version 1 stays in force until this one is signed",
    ):
        assert words in text
    assert text.count("<h1") == 1 and "<style" not in text and text.count("<main") == 1
    assert not re.search(r"<script(?![^>]* src=)", text) and not re.search(r"\son[a-z]+=", text)
    assert page.context["version"].sha256 in text
    assert "Version 2 is newer and not signed" in browser.get(plan_url(versions, 1)).content.decode()


def test_a_kept_page_is_sealed_and_made_anew_from_another_plan(versions, browser):
    browser.get(plan_url(versions, 2))
    kept = Rendering.objects.get(course=versions, name="plan 2")
    assert b"How long" not in bytes(kept.content)
    Rendering.objects.filter(pk=kept.pk).update(made_from="0" * 64)
    assert browser.get(plan_url(versions, 2)).status_code == 200
    assert Rendering.objects.get(pk=kept.pk).made_from == kept.made_from


@pytest.mark.parametrize("name", ["plan", "plan_sign"])
def test_a_version_that_is_not_there_is_not_found(browser, versions, name):
    assert browser.get(plan_url(versions, 9, name)).status_code == 404


def test_versions_are_compared_in_the_units_in_which_they_were_written(browser, versions):
    page = browser.get(plan_url(versions, 2, "plan_compare", other=1))
    compared = page.context["compared"]
    assert compared.heading.startswith("Time a field: 1 min 45 s")
    assert [(each.old, each.new) for each in compared.case] == [("12 in", "20 cm")]
    assert browser.get(plan_url(versions, 2, "plan_compare", other=2)).status_code == 404
    assert browser.get(plan_url(versions, 2, "plan_compare", other=7)).status_code == 404


def test_a_case_that_is_not_whole_makes_no_plan(browser, patient, clinician):
    course = courses.open_course(patient, {}, author=clinician)
    answer = browser.post(links(course)["plan_make"])
    assert answer.status_code == 422 and len(answer.context["form"].wrong) > 20


# ---- the signature


def signed_form(page: Any) -> dict[str, Any]:
    ticks = {field.html_name: "on" for _finding, field in page.context["form"].warnings}
    return ticks | {"read": "on", "remark": "He has goggles.", "password": PASSWORD}


def test_a_plan_is_signed_with_each_warning_acknowledged(browser, versions):
    url = plan_url(versions, 2, "plan_sign")
    page = browser.get(url)
    assert page.context["form"].warnings and page.context["version"].sha256 in page.content.decode()
    answer = browser.post(url, signed_form(page))
    assert answer.status_code == 302 and answer["Location"] == links(versions)["course"]
    versions.refresh_from_db()
    signature = opened(
        Entry.objects.filter(course=versions, kind="signature").order_by("recorded_at").last(), Signature
    )
    assert str(versions.signed_plan_id) == signature.plan and signature.by == "Dr B"
    assert "He has goggles." in signature.statement
    assert all(finding.title in signature.statement for finding, _field in page.context["form"].warnings)
    assert "Signed by Dr B" in browser.get(plan_url(versions, 1)).content.decode()
    assert browser.post(url, signed_form(page)).status_code == 409


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"warning-1": ""}, "warning-1"),
        ({"read": ""}, "read"),
        ({"password": "wrong"}, "password"),
        ({"password": ""}, "password"),
        ({"remark": "a\u202eb"}, "remark"),
        ({"remark": "x" * 1001}, "remark"),
    ],
)
def test_what_is_not_right_is_not_signed_and_is_told_at_its_field(browser, versions, change, field):
    url = plan_url(versions, 2, "plan_sign")
    sent = {name: value for name, value in (signed_form(browser.get(url)) | change).items() if value}
    answer = browser.post(url, sent)
    assert answer.status_code == 200 and list(answer.context["form"].errors) == [field]
    assert PASSWORD not in answer.content.decode()
    versions.refresh_from_db()
    assert versions.signed_plan_id == Entry.objects.filter(course=versions, kind="plan").order_by("recorded_at")[0].pk


def test_only_the_latest_version_is_signed(browser, versions):
    url = plan_url(versions, 1, "plan_sign")
    assert b"<button>Sign" not in browser.get(url).content
    assert browser.post(url, {"read": "on", "password": PASSWORD}).status_code == 409
    assert Entry.objects.filter(course=versions, kind="signature").count() == 1


def test_a_blocked_plan_shows_what_would_unblock_it_and_takes_no_signature(browser, patient, clinician, example_plans):
    course = courses.open_course(patient, example("facial_pain"), author=clinician)
    courses.add_plan(course, example_plans["facial_pain"], case=courses.case_of(course).entry, author=clinician)
    url = plan_url(course, 1, "plan_sign")
    page = browser.get(url)
    assert "cannot be signed" in page.content.decode() and "To unblock" in page.content.decode()
    assert b"password" not in page.content
    assert browser.post(url, {"read": "on", "password": PASSWORD}).status_code == 409
    assert not Entry.objects.filter(course=course, kind="signature").exists()
    assert "Blocked: this version cannot be signed" in browser.get(plan_url(course, 1)).content.decode()


# ---- who, and how much


def test_nobody_but_a_clinician_of_the_clinic_sees_them(logged_in, versions):
    at = {"patient": versions.patient_id, "course": versions.pk}
    pages = [
        reverse("course_new", args=[versions.patient_id]), reverse("case", kwargs=at), plan_url(versions, 2),
        plan_url(versions, 2, "plan_sign"), plan_url(versions, 2, "plan_compare", other=1),
    ]  # fmt: skip
    for role in ("patient", "administrator"):
        client = logged_in(role)
        assert {client.get(page).status_code for page in pages} == {403}
        assert client.post(reverse("plan_make", kwargs=at)).status_code == 403
    assert {Client().get(page).status_code for page in pages} == {302}


@pytest.mark.parametrize("name", ["course_new", "case", "plan", "plan_compare", "plan_sign"])
def test_a_page_takes_few_queries(browser, versions, name, django_assert_max_num_queries):
    url = {
        "course_new": reverse("course_new", args=[versions.patient_id]),
        "case": links(versions)["case"],
        "plan_compare": plan_url(versions, 2, "plan_compare", other=1),
    }.get(name) or plan_url(versions, 2, name)
    browser.get(url)
    with django_assert_max_num_queries(12):
        assert browser.get(url).status_code == 200
