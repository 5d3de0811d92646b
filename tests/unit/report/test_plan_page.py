"""The page of a plan: well-formed, complete, escaped, without a request, the same each time."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree

import html5lib
import pytest

from nervelight.planning.plan_document import Plan
from nervelight.report import plan_page, plan_version
from nervelight.report.case_rows import CASE_UNITS, case_rows
from nervelight.report.words import typeset

from .sample_plan import BLOCKED, COMPLETE, HOSTILE_LABEL

BOTH = pytest.mark.parametrize("plan", [COMPLETE, BLOCKED], ids=["complete", "blocked"])
HTML = "{http://www.w3.org/1999/xhtml}"
# Fields with a fixed set of values, dates, and the keys that lead from a statement to its citation.
KEPT = {"schema", "level", "id", "kind", "sources", "date"}


def parsed(page: str) -> ElementTree.Element:
    root: ElementTree.Element = html5lib.HTMLParser(strict=True).parse(page)
    return root


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(element.itertext()).split())


def planner_texts(plan: Plan) -> Iterator[str]:
    yield plan.title
    yield plan.disclaimer
    for finding in plan.findings:
        yield from (finding.title, finding.text, finding.value, finding.limit, finding.unblock)
    for section in plan.sections:
        yield section.title
        yield from (statement.text for statement in section.statements)
    expected = plan.expectation
    yield from (statement.text for statement in (*expected.sentences, *expected.arms, expected.placebo))
    yield from expected.certainty_reasons
    anchor = plan.anchor
    yield from (anchor.why, *anchor.light, *anchor.flags, *anchor.missing, *anchor.considered)
    yield from (trial.text for trial in anchor.against)
    for assumption in plan.assumptions:
        yield from (assumption.label, assumption.interval, assumption.reason)
    for gate in plan.schedule.gates if plan.schedule else ():
        yield from (gate.label, gate.question)
    for reading in plan.translation.readings if plan.translation else ():
        yield reading.label
    for influence in plan.translation.influences if plan.translation else ():
        yield from (influence.label, influence.low, influence.high)
    yield from plan.tissue.notes
    yield from (value for pair in case_rows(plan.case) for value in pair)


@BOTH
def test_page_is_html_without_any_parse_error(plan: Plan) -> None:
    assert parsed(plan_page(plan)).find(f"{HTML}body") is not None


@BOTH
def test_every_word_of_the_planner_is_there(plan: Plan) -> None:
    text = words(parsed(plan_page(plan)))
    missing = [said for said in planner_texts(plan) if " ".join(typeset(said).split()) not in text]
    assert missing == []


@BOTH
def test_hostile_label_is_text_and_nothing_more(plan: Plan) -> None:
    page = plan_page(plan)
    assert "<script" not in page.lower()
    assert HOSTILE_LABEL in words(parsed(page))


def test_hostile_words_of_the_planner_are_escaped_everywhere() -> None:
    evil = "<img src=x onerror=alert(1)>"

    def poisoned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: inner if key in KEPT else poisoned(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [poisoned(inner) for inner in value]
        return f"{value}{evil}" if isinstance(value, str) else value

    data = COMPLETE.model_dump(mode="json", by_alias=True)
    page = plan_page(Plan.model_validate_json(json.dumps(poisoned(data))))
    parsed(page)
    assert "<img" not in page
    assert "&lt;img" in page


@BOTH
def test_page_asks_nobody_for_anything(plan: Plan) -> None:
    root = parsed(plan_page(plan))
    for element in root.iter():
        assert element.tag.split("}")[-1] not in {
            "script",
            "link",
            "img",
            "iframe",
            "object",
            "embed",
            "image",
            "base",
        }
        assert not [
            name for name in element.attrib if name.startswith("on") or name.split("}")[-1] in {"src", "srcset"}
        ]
        for name, value in element.attrib.items():
            if name.split("}")[-1] == "href":
                assert value.startswith("#") or element.tag == f"{HTML}a"
    style = "".join(element.text or "" for element in root.iter(f"{HTML}style"))
    assert "url(" not in style
    assert "@import" not in style
    policy = next(e for e in root.iter(f"{HTML}meta") if e.get("http-equiv") == "Content-Security-Policy")
    assert policy.get("content") == "default-src 'none'; style-src 'unsafe-inline'"


@BOTH
def test_ids_are_unique_and_links_within_the_page_lead_somewhere(plan: Plan) -> None:
    root = parsed(plan_page(plan))
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        for name, value in element.attrib.items():
            if name.split("}")[-1] == "href" and value.startswith("#"):
                assert value[1:] in ids
            assert all(target in ids for target in re.findall(r"url\(#([^)]+)\)", value))


@BOTH
def test_headings_go_down_one_step_at_a_time(plan: Plan) -> None:
    levels = [
        int(e.tag[-1]) for e in parsed(plan_page(plan)).iter() if re.fullmatch(rf"{re.escape(HTML)}h[1-6]", str(e.tag))
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@BOTH
def test_tables_have_captions_and_scoped_headers(plan: Plan) -> None:
    for table in parsed(plan_page(plan)).iter(f"{HTML}table"):
        caption = table.find(f"{HTML}caption")
        assert caption is not None
        assert words(caption)
        assert all(head.get("scope") in {"row", "col"} for head in table.iter(f"{HTML}th"))


def test_statements_carry_the_numbers_of_their_sources() -> None:
    root = parsed(plan_page(COMPLETE))
    items = {
        words(e).split()[0]: e.get("id") for e in root.iter(f"{HTML}li") if (e.get("id") or "").startswith("source")
    }
    assert items["Lavery"] == f"source-{list(COMPLETE.citations).index('lavery2008') + 1}"
    assert len([e for e in root.iter(f"{HTML}li") if (e.get("id") or "").startswith("source")]) == len(
        COMPLETE.citations
    )
    for section in COMPLETE.sections:
        part = next(e for e in root.iter(f"{HTML}section") if e.get("id") == f"part-{section.id}")
        for statement, item in zip(section.statements, part.iter(f"{HTML}li"), strict=True):
            links = [link.get("href") for link in item.iter(f"{HTML}a")]
            assert links == [f"#source-{list(COMPLETE.citations).index(key) + 1}" for key in statement.sources]


def test_addresses_of_sources_are_spelled_out() -> None:
    links = {e.get("href"): words(e) for e in parsed(plan_page(COMPLETE)).iter(f"{HTML}a")}
    for address in ("https://doi.org/10.2337/dc07-1794", "https://doi.org/10.1016/j.jare.2011.02.009"):
        assert links[address] == address


def test_first_screen_tells_time_frequency_safety_and_certainty() -> None:
    root = parsed(plan_page(COMPLETE))
    answers = next(e for e in root.iter(f"{HTML}div") if e.get("class") == "answers")
    numbers = [words(e) for e in answers.iter(f"{HTML}p") if e.get("class") == "number"]
    assert numbers == ["11 min (8 to 16)", "3 a week, 4 weeks", "1 warning, 3 notes", "Unproven"]


def rows(plan: Plan, caption: str) -> list[list[str]]:
    """The rows of the one table whose caption starts so; none if there is no such table."""
    tables = [
        table
        for table in parsed(plan_page(plan)).iter(f"{HTML}table")
        if words(next(table.iter(f"{HTML}caption"))).startswith(caption)
    ]
    assert len(tables) <= 1
    body = [row for table in tables for part in table.iter(f"{HTML}tbody") for row in part.iter(f"{HTML}tr")]
    return [[words(cell) for cell in row] for row in body]


def test_each_reading_of_the_trial_has_its_row_and_the_one_followed_is_marked() -> None:
    assert rows(COMPLETE, "The trial's numbers can be read") == [
        ["15 mW read as peak power (followed)", "1.9 cm²", "4.1 J/cm² (2.9 to 5.7)", "11 min (8 to 16)"],
        ["15 mW read as mean power", "a whole surface", "5.3 J/cm² (3.8 to 7.4)", "15 min (11 to 20)"],
    ]
    assert COMPLETE.translation is not None
    one = COMPLETE.model_copy(update={"translation": COMPLETE.translation.model_copy(update={"readings": ()})})
    assert rows(one, "The trial's numbers can be read") == []


def test_a_distance_that_was_left_to_the_planner_is_told_as_the_case_has_it() -> None:
    case = {**COMPLETE.case, "lamp": {**COMPLETE.case["lamp"], "distance": "choose"}}
    assert ("lamp: distance", "choose") in case_rows(case)
    assert ("lamp: distance", "152 mm") in case_rows(COMPLETE.case)


def test_the_prescription_says_how_warm_skin_and_nerve_get() -> None:
    told = {row[0]: row[1] for row in rows(COMPLETE, "The prescription")}
    assert told["Skin at its warmest"] == "35.3 °C (34.6 to 36.0), from 33.2 °C (32.5 to 33.9) before"
    assert told["Nerve at its warmest"] == "36.4 °C (36.0 to 36.8)"
    assert COMPLETE.warmth is not None
    nerveless = COMPLETE.model_copy(update={"warmth": COMPLETE.warmth.model_copy(update={"nerve_c": None})})
    told = {row[0]: row[1] for row in rows(nerveless, "The prescription")}
    assert "Skin at its warmest" in told
    assert "Nerve at its warmest" not in told


def test_a_time_cut_to_the_session_says_what_the_trial_would_need() -> None:
    assert COMPLETE.prescription is not None
    cut = COMPLETE.prescription.model_copy(update={"capped": True, "time_per_field_s": 300.0})
    text = words(parsed(plan_page(COMPLETE.model_copy(update={"prescription": cut}))))
    assert "the light of the trial would need 11 min (8 to 16)" in text


def test_blocked_page_says_so_first_and_has_no_line_to_sign() -> None:
    root = parsed(plan_page(BLOCKED))
    text = words(root)
    assert text.index("Blocked: cannot be signed") < text.index("How long")
    assert "Have the lesion seen" in text[: text.index("How long")]
    assert "This plan cannot be signed" in text
    classes = {element.get("class") for element in root.iter()}
    assert "signature" not in classes
    assert "line" not in classes


def test_open_plan_has_a_line_to_sign_and_no_banner() -> None:
    classes = {element.get("class") for element in parsed(plan_page(COMPLETE)).iter()}
    assert "signature" in classes
    assert "banner" not in classes


def test_page_carries_the_hash_of_its_plan_and_repeats_exactly() -> None:
    first, second = plan_page(COMPLETE), plan_page(Plan.model_validate_json(COMPLETE.to_json()))
    assert first == second
    assert plan_version(COMPLETE) in first
    assert plan_version(COMPLETE) != plan_version(BLOCKED)


def test_no_superscript_is_lost() -> None:
    assert not re.search(r"\bcm2\b", plan_page(COMPLETE))


def test_every_unit_of_a_case_is_known() -> None:
    from nervelight.planning.case import Case

    found: dict[str, str] = {}

    def collect(schema: dict[str, Any]) -> None:
        for name, field in schema.get("properties", {}).items():
            for option in (field, field.get("items", {}), *field.get("anyOf", ())):
                if "unit" in option:
                    found[name] = option["unit"]
        for inner in schema.get("$defs", {}).values():
            collect(inner)

    collect(Case.model_json_schema())
    assert found == CASE_UNITS
