"""Sessions as given: what was delivered and what was planned stand apart, each with its unit."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fhir_course import MARKUP, ON, kept, session_of
from nervelight.fhir import giving
from nervelight.fhir.bundle import bundle_of
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.review import review_course


def light_of(procedure) -> dict[str, dict[str, object]]:
    """Return the parts of each field's light, numbers with their unit."""
    lights = [each for each in procedure["extension"] if each["url"].endswith("/delivered-light")]
    return {parts["field"]: parts for parts in (dict(map(_part, each["extension"])) for each in lights)}


def _part(part):
    value = next(value for name, value in part.items() if name != "url")
    return part["url"], (value["value"], value["code"]) if isinstance(value, dict) and "code" in value else value


def one(dossier, **session):
    entry = kept("s", session_of(dossier, **session))
    (procedure,) = giving.procedures_of(dataclasses.replace(dossier, entries=(entry,)))
    return procedure


def test_a_session_as_planned_has_the_planned_light(dossier):
    order, target = dossier.plan.prescription, next(light for light in dossier.plan.targets if light.is_target)
    for light in light_of(one(dossier)).values():
        assert light["time"] == light["plannedTime"] == (order.time_per_field_s, "s")
        assert light["distance"] == light["plannedDistance"] == (30.48, "cm")
        assert light["percentOfPlanned"] == (100, "%")
        assert light["fluence"] == light["plannedFluence"]
        assert light["fluence"][0] == pytest.approx(target.fluence_j_cm2.p50, rel=1e-4)
        assert light["radiantExposure"][0] == pytest.approx(order.radiant_exposure_j_cm2.p50, rel=1e-4)
        assert light["irradiance"][0] == pytest.approx(dossier.plan.lamp.irradiance_mw_cm2.p50, rel=1e-4)


@given(share=st.floats(0.1, 3))
def test_light_goes_with_time_and_what_was_planned_does_not(dossier, share):
    order = dossier.plan.prescription
    light = light_of(one(dossier, seconds={"left sole": order.time_per_field_s * share}))
    assert light["left sole"]["percentOfPlanned"][0] == pytest.approx(100 * share, rel=1e-4)
    assert light["left sole"]["plannedTime"] == (order.time_per_field_s, "s")
    assert light["right sole"]["time"] == (0, "s")
    assert light["right sole"]["fluence"] == (0, "J/cm2")
    assert "irradiance" not in light["right sole"]


@pytest.mark.parametrize(("seconds", "distance"), [(105, 305), (60, 250), (200, 310)])
def test_delivered_light_is_what_a_review_makes_of_the_same_session(dossier, seconds, distance):
    plan = dossier.plan
    fields = dict.fromkeys(plan.prescription.fields, float(seconds))
    day = plan.schedule.sessions[0].date
    session = DeliveredSession(fields=fields, time=None, distance=distance, lamp=plan.lamp.device)
    diary = Diary(patient=plan.case["patient"]["label"], days=(DiaryDay(row="2", date=day, session=session),))
    (reviewed,) = review_course(plan, diary, on=day).delivery.sessions
    lights = light_of(one(dossier, seconds=fields, distance_mm=distance))
    for light in lights.values():
        assert light["percentOfPlanned"][0] == pytest.approx(reviewed.light_percent, rel=1e-4)


def test_a_distance_that_nobody_measured_is_said_to_be_assumed(dossier):
    lights = light_of(one(dossier, distance_mm=None)).values()
    assert all("distance" not in light and light["distanceAssumed"] for light in lights)


@pytest.mark.parametrize("other", [{"lamp": "another_lamp"}, {"distance_mm": 4900}])
def test_light_that_the_plan_does_not_know_is_not_made_up(dossier, other):
    for light in light_of(one(dossier, **other)).values():
        assert not {"fluence", "irradiance", "radiantExposure", "percentOfPlanned", "distanceAssumed"} & light.keys()
        assert {"time", "plannedFluence"} <= light.keys()


def test_a_field_that_the_plan_does_not_have_has_no_planned_light(dossier):
    light = light_of(one(dossier, seconds={"left knee": 60}))["left knee"]
    assert light["time"] == (60, "s")
    assert not any(name.startswith("planned") or name == "percentOfPlanned" for name in light)


def test_where_no_time_was_written_down_no_light_is_told(dossier):
    assert light_of(one(dossier, seconds={})) == {}


def test_a_session_that_was_stopped_says_why_and_a_burn_is_a_complication(dossier, made):
    procedure = made("Procedure", "session-2")
    assert procedure["status"] == "stopped"
    assert procedure["statusReason"]["text"] == MARKUP
    assert procedure["complication"][0]["coding"][0]["code"] == "skin-blister"
    assert made("Procedure", "session-1")["status"] == "completed"
    assert "complication" not in one(dossier, skin="redness that fades")


def test_a_session_entered_in_error_is_marked_so_with_all_that_was_seen_of_it(dossier, made):
    procedure = made("Procedure", "session-3")
    assert procedure["status"] == "entered-in-error"
    assert procedure["statusReason"]["text"] == "typed twice"
    bundle = [entry["resource"] for entry in bundle_of(dossier)["entry"]]
    parts = [each for each in bundle if {"reference": "Procedure/session-3"} in each.get("partOf", ())]
    assert len(parts) == 3
    assert {each["status"] for each in parts} == {"entered-in-error"}
    used = [each for each in bundle if each["resourceType"] == "DeviceUseStatement"]
    assert [each["timingPeriod"]["start"] for each in used] == ["2026-11-01"]


def test_a_session_says_who_where_on_which_day_and_with_which_lamp(dossier, made):
    procedure = made("Procedure", "session-1")
    assert procedure["performedDateTime"] == "2026-11-01"
    assert procedure["recorder"] == procedure["performer"][0]["actor"] == {"reference": f"Patient/{dossier.patient_id}"}
    assert procedure["category"]["coding"][0]["code"] == "home"
    assert procedure["basedOn"] == [{"reference": f"ServiceRequest/{dossier.course_id}"}]
    assert procedure["usedReference"][0]["reference"].startswith("Device/")
    assert one(dossier, where="clinic")["performer"][0]["actor"]["reference"].startswith("Organization/")


@pytest.mark.parametrize(("state", "sessions", "status"), [
    ("signed", 1, "active"), ("ended", 1, "completed"), ("signed", 0, "intended"), ("ended", 0, "stopped"),
])  # fmt: skip
def test_a_lamp_at_home_is_in_use_from_the_first_session_until_the_course_ends(dossier, state, sessions, status):
    entries = (kept("s", session_of(dossier)),) * sessions
    (use,) = giving.device_use_of(dataclasses.replace(dossier, state=state, entries=entries))
    assert use["status"] == status
    assert use.get("timingPeriod", {}).get("end") == (f"{ON}" if status == "completed" else None)


def test_the_lamp_of_an_event_is_the_one_used_last_before_it(dossier):
    entries = (kept("a", session_of(dossier)), kept("b", session_of(dossier, lamp="other")))
    used = dataclasses.replace(dossier, entries=entries)
    assert giving.lamp_on(used, f"{ON}") == "other"
    assert giving.lamp_on(used, "2026-01-01") == dossier.plan.lamp.device
