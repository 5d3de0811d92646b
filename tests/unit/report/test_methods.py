"""The reporting sheet: every item of the checklists, what is not known counted, and a paragraph of the same rows."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import html5lib
import pytest

from nervelight.optics import device
from nervelight.planning import make_plan
from nervelight.planning.words import band, number
from nervelight.record.contents import Session
from nervelight.record.dossier import Kept, dossier_of_plan
from nervelight.report.methods import methods_sheet, reporting_items
from nervelight.report.methods_answers import KNOWN_BY
from nervelight.sources import all_sources

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ("carpal_tunnel", "diabetic_feet")
# Jenkins & Carroll 2011: eight beam parameters, the light given, and what else.
JENKINS_CARROLL = {
    "wavelength", "mean_power", "time", "beam_area", "mode", "repetition_rate", "pulse_duration", "duty_cycle",
    "location", "sessions", "frequency", "field_energy", "session_energy", "radiant_exposure", "coherence", "technique",
    "pressure",
    "beam_profile", "spectral_width", "power_checks",
}  # fmt: skip


@pytest.fixture(scope="module")
def plans(example_plans):
    """A plan of a laser on the skin, with few draws, and of a panel at a distance."""
    laser = make_plan(ROOT / "examples/carpal_tunnel.yaml", draws=16)
    return {"carpal_tunnel": laser, "diabetic_feet": example_plans["diabetic_feet"]}


def rows(plan, **change):
    sheet = methods_sheet(replace(dossier_of_plan(plan), **change))
    return {row.item.id: row for row in sheet.rows}


def test_the_published_list_is_whole():
    assert {each.id for each in reporting_items() if "jenkins_carroll" in each.lists} == JENKINS_CARROLL


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_item_is_answered_or_said_to_be_not_known(name, plans):
    sheet = methods_sheet(dossier_of_plan(plans[name]))
    assert [row.item for row in sheet.rows] == list(reporting_items())
    for row in sheet.rows:
        assert (row.known == "not known") == (not row.value) == (not row.sources)
        assert row.known in KNOWN_BY
        assert set(row.sources) <= set(all_sources())
    text = sheet.to_markdown()
    assert f"{len(sheet.not_known)} are not known" in text
    assert text.count("| not known | not known |") == len(sheet.not_known) > 0
    for row in sheet.not_known:
        assert row.item.aside or row.item.text.lower() in sheet.paragraph.lower()
    aside = sum(row.item.aside for row in sheet.not_known)
    assert f"{aside} items on the tests of the device" in sheet.paragraph
    # Read by a laboratory from another lamp; nobody measured this one.
    if (power := next(row for row in sheet.rows if row.item.id == "mean_power")).known == "measured":
        assert f"{power.value}, measured by others on a lamp of this model" in sheet.paragraph


def test_values_are_those_of_the_plan_with_unit_and_interval(example_plans):
    plan = example_plans["diabetic_feet"]
    found = rows(plan)
    assert found["irradiance"].value == band(plan.lamp.irradiance_mw_cm2, "mW/cm2")
    assert found["radiant_exposure"].value == band(plan.prescription.radiant_exposure_j_cm2, "J/cm2")
    target = next(each for each in plan.targets if each.is_target)
    assert found["target_fluence"].value == band(target.fluence_j_cm2, "J/cm2")
    assert found["mean_power"].known == "measured"
    # Nobody states how this lamp's light is split.
    assert found["wavelength_split"].known == "assumed"
    for name in ("irradiance", "radiant_exposure", "target_fluence"):
        assert found[name].value in methods_sheet(dossier_of_plan(plan)).paragraph


def test_energy_is_the_exposure_times_the_area_where_the_area_is_known_and_else_not_known(example_plans):
    found = rows(example_plans["diabetic_feet"])
    assert {found[name].known for name in ("field_energy", "session_energy", "course_energy")} == {"not known"}
    plan = example_plans["diabetic_feet"]
    case = {**plan.case, "lamp": {**plan.case["lamp"], "spot_area": 500.0}}
    found = rows(plan.model_copy(update={"case": case}))
    joules = plan.prescription.radiant_exposure_j_cm2.p50 * 5
    assert found["field_energy"].value.startswith(number(joules, "J"))
    assert found["session_energy"].value.startswith(number(2 * joules, "J"))
    assert found["course_energy"].value.startswith(number(24 * joules, "J"))


def test_what_a_seller_says_is_called_a_claim(plans):
    for plan in plans.values():
        found, lamp = rows(plan), device(plan.lamp.device)
        if plan.lamp.basis in ("claim-halved", "power-over-spot"):
            assert found["irradiance"].known == "claim"
        if found["mean_power"].known == "measured":
            assert any(each.kind == "measured" for each in lamp.radiant_power)
        assert found["coherence"].value.startswith("coherent" if lamp.is_laser else "not coherent")


def test_what_was_given_stands_beside_what_was_planned(example_plans):
    plan = example_plans["diabetic_feet"]
    given = [
        Kept(
            f"{seconds}", f"{seconds}", dt.date(2026, 8, 3),
            Session(
                plan="p", lamp="bestqool_pro300", distance_mm=305, seconds={"left sole": seconds}, site_checked=True,
                eyes_protected=None, skin="fine", where="home",
            ),
        )
        for seconds in (60, 105, 120)
    ]  # fmt: skip
    # A time in words would be rounded, and the same for all three.
    near = [
        replace(each, content=each.content.model_copy(update={"seconds": {"left sole": s}}))
        for each, s in zip(given, (100, 103, 110), strict=True)
    ]
    assert rows(plan, entries=tuple(near))["time_given"].value == "median 103 s, 100 to 110 s (3 fields lit)"
    found = rows(plan, entries=tuple(given))
    assert found["sessions_given"].value == "3 written down"
    assert found["time_given"].value == "median 105 s, 60 to 120 s (3 fields lit)"
    assert rows(plan)["sessions_given"].known == "not known"


def test_words_of_people_break_no_table_and_become_no_markup(example_plans):
    plan = example_plans["diabetic_feet"]
    bad = "left | sole](http://x) <script>alert(1)</script>"
    case = {**plan.case, "site": {**plan.case["site"], "fields": [bad]}}
    text = methods_sheet(dossier_of_plan(plan.model_copy(update={"case": case}))).to_markdown()
    assert "<script" not in text
    assert "left \\| sole\\](http://x) &lt;script&gt;" in text
    assert html5lib.parse(text, namespaceHTMLElements=False).find(".//script") is None
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in lines} == {6}


def test_a_plan_without_light_leaves_its_rows_unknown(example_plans):
    plan = example_plans["diabetic_feet"].model_copy(
        update={"prescription": None, "schedule": None, "warmth": None, "translation": None}
    )
    found = rows(plan)
    for name in ("time", "radiant_exposure", "sessions", "skin_temperature", "field_energy"):
        assert found[name].known == "not known"
