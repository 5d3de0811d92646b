"""The library's pages: each thing in it has a page, with its result as heading, and links that lead somewhere."""

from __future__ import annotations

import html
import re
import time

import pytest
from django.template import Context, Template
from django.test import Client
from django.urls import resolve

from nervelight.evidence import CONDITIONS, claims, evidence_card, study, study_ids, study_label
from nervelight.optics import device_ids
from nervelight.planning.education import condition_name, education_sheets, lamp_types
from nervelight.web.library.knowledge import library, linked

# Many pages, which take their time.
pytestmark = pytest.mark.slow

STUDY = """\
id: mustermann2031
condition: post_stroke_pain
design: case_series
direction: uncontrolled_improvement
n: 3
sources: [mustermann_2031]
place: abstract
checked: abstract
citations:
  mustermann_2031: {citation: "Mustermann M. Three people with light. 2031.", checked: abstract}
"""


@pytest.fixture
def reader(logged_in) -> Client:
    return logged_in("clinician")


def text_of(answer) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode())))


def heading_of(answer) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", re.search(r"<h1[^>]*>(.*?)</h1>", answer.content.decode(), re.S)[1]))


PAGES = {
    "lists": ["/library/evidence/", "/library/studies/", "/library/claims/", "/library/education/", "/library/lamps/"],
    "conditions": [f"/library/evidence/{name}/" for name in CONDITIONS],
    "studies": [f"/library/studies/{name}/" for name in study_ids()],
    "sheets": [f"/library/education/{name}/" for name in CONDITIONS],
    "lamps": [f"/library/lamps/{name}/" for name in device_ids()],
}


@pytest.mark.parametrize("kind", PAGES)
def test_each_page_answers_with_few_questions_to_the_database(kind, reader, django_assert_max_num_queries):
    for page in PAGES[kind]:
        with django_assert_max_num_queries(12):
            answer = reader.get(page)
        assert answer.status_code == 200, page
        body = answer.content.decode()
        assert len(re.findall("<h1", body)) == 1, page
        ids = re.findall(r'\bid="([^"]+)"', body)
        assert len(ids) == len(set(ids)), f"{page}: an id stands twice"
        assert set(re.findall(r'href="#([^"]+)"', body)) <= set(ids), page
        for href in set(re.findall(r'href="(/library/[^"#?]*)', body)):
            resolve(href)


def test_the_list_says_in_its_heading_how_sure_the_best_of_it_is(reader):
    answer = reader.get("/library/evidence/")
    assert heading_of(answer) == "Certainty is low at best"
    assert {evidence_card(name).certainty.level for name in CONDITIONS} == {"not graded", "very low", "low"}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_says_in_its_heading_how_sure_it_is_and_shows_its_nulls(condition, reader):
    answer, card = reader.get(f"/library/evidence/{condition}/"), evidence_card(condition)
    result = f"benefit over sham {card.reference.benefit_over_sham}; certainty {card.certainty.level}"
    assert result in heading_of(answer)
    said = text_of(answer)
    for said_of in card.reference.sentences:
        assert re.sub(r"\s+", " ", said_of.may_say) in said.replace("²", "2")
    for item in card.nulls:
        assert f"Null: {study_label(item.anchor.study_id)}" in said
    for entry in card.claims:
        assert f'href="/library/claims/#claim-{entry.id}"' in answer.content.decode()


def test_pooled_trials_are_drawn_with_their_numbers_as_a_table(reader):
    body = reader.get("/library/evidence/diabetic_polyneuropathy/").content.decode()
    for name in ("forest-pain", "funnel", "forest-quality_of_life"):
        figure = body[body.index(f'<figure id="picture-{name}"') :]
        figure = figure[: figure.index("</figure>")]
        assert '<svg xmlns="http://www.w3.org/2000/svg"' in figure
        assert "<figcaption>" in figure
        assert "<table>" in figure
    assert "<style" not in body
    assert not re.search(r"\son\w+=", body)


@pytest.mark.parametrize("name", ["yamany2012", "lavery2008", "walt2022", "zinman2004"])
def test_a_study_shows_light_weaknesses_and_what_it_leaves_out(name, reader):
    answer = reader.get(f"/library/studies/{name}/")
    said = text_of(answer)
    assert heading_of(answer).startswith(study_label(name))
    for weakness in study(name).bias:
        assert re.sub(r"\s+", " ", weakness.text)[:40] in said
    assert 'id="source-1"' in answer.content.decode()


def test_each_claim_stands_on_the_claims_page_with_what_may_be_said(reader):
    answer = reader.get("/library/claims/")
    body = answer.content.decode()
    for entry in claims():
        part = body[body.index(f'id="claim-{entry.id}"') :]
        part = text_of(type("Part", (), {"content": part[: part.index("</dl>")].encode()}))
        assert entry.verdict in part
        assert "May be said" in part
    supported = sum(entry.verdict == "supported" for entry in claims())
    assert heading_of(answer) == f"{supported} of {len(claims())} claims about light holds as it stands"


def test_claims_are_found_by_verdict_condition_and_words(reader):
    for verdict in {entry.verdict for entry in claims()}:
        body = reader.get("/library/claims/", {"verdict": verdict}).content.decode()
        wanted = {entry.id for entry in claims() if entry.verdict == verdict}
        assert set(re.findall(r'<li id="claim-([^"]+)"', body)) == wanted
    found = reader.get("/library/claims/", {"q": "1967 tried"}).content.decode()
    assert 'id="claim-brand_new"' in found
    nothing = reader.get("/library/claims/", {"q": "unicorn"})
    assert "No claim has all of these" in text_of(nothing)


def test_a_verdict_that_is_none_is_said_at_its_field(reader):
    answer = reader.get("/library/claims/", {"verdict": "miraculous"})
    assert answer.status_code == 200
    assert 'id="id_verdict_error"' in answer.content.decode()


def test_studies_are_found_and_stand_on_pages(reader):
    first, second = (reader.get("/library/studies/", {"page": page}).content.decode() for page in (1, 2))
    named = [set(re.findall(r'href="/library/studies/([a-z0-9_]+)/"', body)) for body in (first, second)]
    assert named[0]
    assert named[1]
    assert not named[0] & named[1]
    found = reader.get("/library/studies/", {"q": "lavery", "condition": "diabetic_polyneuropathy"}).content.decode()
    assert set(re.findall(r'href="/library/studies/([a-z0-9_]+)/"', found)) == {"lavery2008"}


def test_lamps_hold_the_claim_against_the_measurement(reader):
    assert heading_of(reader.get("/library/lamps/")) == (
        "Where lamps were measured as claimed, they gave 46 to 52 % of the claim"
    )
    answer = reader.get("/library/lamps/hooga_pro1500/")
    assert heading_of(answer) == "Hooga PRO1500: measured 46 % of the claim, 86 mW/cm² at 15.2 cm"
    assert "measured by nobody" in heading_of(reader.get("/library/lamps/hooga_hg300/"))


@pytest.mark.parametrize(
    ("page", "meant"),
    [
        ("/library/evidence/diabetic_polyneuropaty/", "diabetic_polyneuropathy"),
        ("/library/studies/lavery2009/", "lavery2008"),
        ("/library/lamps/hooga_pro150/", "hooga_pro1500"),
        ("/library/lamps/zzz/", ""),
    ],
)
def test_what_is_not_there_is_said_with_what_was_meant(page, meant, reader):
    answer = reader.get(page)
    assert answer.status_code == 404
    if meant:
        href = re.search(r'Did you mean <a href="([^"]+)"', answer.content.decode())[1]
        assert href.endswith(f"/{meant}/")
        assert reader.get(href).status_code == 200
    else:
        assert "Did you mean" not in text_of(answer)


@pytest.mark.parametrize("page", ["/library/evidence/", "/library/claims/", "/library/lamps/hooga_hg300/"])
def test_patients_and_strangers_do_not_read_it_here(page, logged_in, db):
    assert logged_in("patient").get(page).status_code == 403
    assert logged_in("administrator").get(page).status_code == 200
    answer = Client().get(page)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/login/")


def test_a_study_that_was_added_is_on_the_pages_at_once(reader, tmp_path, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_DATA", str(tmp_path))
    page = "/library/evidence/post_stroke_pain/"
    assert "Mustermann" not in text_of(reader.get(page))
    folder = tmp_path / "studies"
    folder.mkdir()
    (folder / "mustermann2031.yaml").write_text(STUDY, encoding="utf-8")
    assert "Mustermann 2031" in text_of(reader.get(page))
    assert reader.get("/library/studies/mustermann2031/").status_code == 200
    (folder / "mustermann2031.yaml").write_text("id: mustermann2031\n", encoding="utf-8")
    broken = reader.get(page)
    assert broken.status_code == 503
    assert "direction" in text_of(broken)
    (folder / "mustermann2031.yaml").unlink()
    assert "Mustermann" not in text_of(reader.get(page))
    monkeypatch.undo()
    library()


def test_a_page_that_was_seen_is_there_in_no_time(reader):
    for page in ("/library/evidence/diabetic_polyneuropathy/", "/library/claims/", "/library/lamps/"):
        reader.get(page)
        taken = []
        for _ in range(5):
            start = time.perf_counter()
            reader.get(page)
            taken.append(time.perf_counter() - start)
        assert sorted(taken)[2] < 0.15, page


def test_studies_in_a_text_become_links_and_all_else_stays_text():
    said = linked("zinman2004 and Lavery 2008, not lavery20080; <b>5 J/cm2</b>")
    zinman, lavery = (f'<a href="/library/studies/{name}/">' for name in ("zinman2004", "lavery2008"))
    assert said == f"{zinman}Zinman 2004</a> and {lavery}Lavery 2008</a>, not lavery20080; &lt;b&gt;5 J/cm²&lt;/b&gt;"


def test_the_filters_of_templates_say_what_the_library_says():
    made = Template("{% load library %}{{ text|linked }} {{ text|typeset }} {{ text|first_upper }}")
    assert made.render(Context({"text": "at 5 J/cm2"})) == "at 5 J/cm² at 5 J/cm² At 5 J/cm2"


def test_the_sheets_of_a_condition_stand_on_its_page_with_what_each_lamp_adds(reader):
    for name in CONDITIONS:
        said = text_of(reader.get(f"/library/education/{name}/"))
        for lamp in lamp_types():
            for sheet in education_sheets(condition=name, lamp_type=lamp):
                for line in sheet.lines:
                    assert line.text in said
    listed = text_of(reader.get("/library/education/"))
    assert all(condition_name(name)[1:] in listed for name in CONDITIONS)
    assert reader.get("/library/education/carpal_tunel/").status_code == 404
