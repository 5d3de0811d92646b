"""The plan, the light, the lamps, the days and the flags; and all of it against the official definitions."""

import dataclasses
import datetime as dt
import re
from fractions import Fraction

import pytest
from fhir_courses import (
    EXAMPLES,
    ON,
    course_of,
    ended_on,
    holes,
    of_type,
    person,
    references,
    uid,
    version_of,
    with_goals,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.fhir import places
from nervelight.fhir.assessing import assessing_of
from nervelight.fhir.care import PLAN_SHA256, care_of
from nervelight.fhir.check import check_bundle
from nervelight.fhir.coordinating import documents_of
from nervelight.fhir.course_terms import term
from nervelight.fhir.definitions import conformance_resources, with_snapshots
from nervelight.fhir.dosimetry import DOSIMETRY, PARTS, dosimetry
from nervelight.fhir.people import people_of
from nervelight.fhir.vocabulary import CANONICAL, own, system_of
from nervelight.optics import device, device_ids
from nervelight.planning.schedule import make_schedule
from nervelight.record.contents import Decision, ReviewCard, Session
from nervelight.record.dossier import Kept
from nervelight.record.pausing import Pause


@pytest.fixture(scope="module")
def plans(rough_plans):
    return rough_plans


@pytest.fixture(scope="module")
def plan(plans):
    return plans["diabetic_feet"]


@pytest.fixture(scope="module")
def official(r4):
    return r4.beside(with_snapshots(conformance_resources(), r4.find))


def all_of(course):
    return [*people_of(course), *assessing_of(course), *care_of(course)]


def collection(resources):
    entries = [{"fullUrl": f"{CANONICAL}/{each['resourceType']}/{each['id']}", "resource": each} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def wrong(resources, official):
    problems = check_bundle(collection(resources), official)
    # The narrative is best practice; of a Range the engine cannot say whether its ends are in order.
    return [f"{each.path} {each.rule} {each.text}" for each in problems if each.severity == "error"]


def signed(plan, **parts):
    return course_of(version_of(plan, 1, signed=True), in_force=1, **parts)


def courses(plans):
    """Every way that a course can be: each example, and the stages of one."""
    # The days to come of a clinic are all alike: one is enough.
    late = {name: plans[name].schedule.sessions[-1].date for name in EXAMPLES if plans[name].schedule}
    yield from ((name, course_of(version_of(plans[name], 1), today=late.get(name, ON))) for name in EXAMPLES)
    plan, other = plans["diabetic_feet"], plans["carpal_tunnel"]
    known = {"identity": person(born="1961-04", phone="1", email="a@b", number="7", language="de")}
    replaced = course_of(version_of(other, 1, signed=True), version_of(plan, 2, signed=True), in_force=2, **known)
    ended = dataclasses.replace(replaced, state="ended", entries=(ended_on(dt.date(2026, 8, 10)),))
    yield "signed, replaced and ended", dataclasses.replace(ended, synthetic="made up")
    gone = {"prescription": None, "schedule": None, "warmth": None, "translation": None, "lamp": None}
    yield "refused, without a lamp", course_of(version_of(plan.model_copy(update=gone), 1))
    bare = course_of(version_of(plan.model_copy(update={"schedule": None, "blocked": True}), 1))
    yield "blocked, without a schedule", bare


def test_every_course_is_right_by_the_official_definitions_and_refers_to_what_is_there(plans, official):
    found = {}
    for name, course in courses(plans):
        made = all_of(course)
        there = {f"{each['resourceType']}/{each['id']}" for each in made}
        assert len(there) == len(made), name
        assert set(references(made)) <= there, name
        assert [hole for each in made for hole in holes(each)] == [], name
        assert made == all_of(course), name
        found[name] = wrong(made, official)
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_the_check_above_can_fail(plan, official):
    made = all_of(signed(plan))
    of_type(made, "ServiceRequest")[0]["extension"][0]["extension"][0]["url"] = "wavelenght"
    of_type(made, "CarePlan")[0]["intent"] = "order"
    of_type(made, "Condition")[0]["stage"][0]["summary"]["coding"][0]["code"] = "certain"
    assert {re.search(r"entry\[\d+\]\.resource\.(\w+)", fault)[1] for fault in wrong(made, official)} == {
        "extension",
        "intent",
        "stage",
    }


def test_another_validator_finds_nothing_either(plans, fhir_server):
    course = course_of(version_of(plans["diabetic_feet"], 1, signed=True), version_of(plans["carpal_tunnel"], 2))
    for each in all_of(dataclasses.replace(course, in_force=uid(1), state="signed")):
        assert fhir_server.second_opinion(each) == []


# ---- the plan


def test_the_plan_says_its_eight_parts_who_decides_and_how_sure_a_benefit_is(plan):
    (care,) = of_type(care_of(course_of(version_of(plan, 1))), "CarePlan")
    details = [each["detail"] for each in care["activity"] if "detail" in each]
    told = {
        each["code"]["coding"][0]["code"]: each["description"]
        for each in details
        if each["code"].get("coding", [{}])[0].get("system") == system_of("plan-section")
    }
    assert list(told) == [section.id for section in plan.sections]
    for section in plan.sections:
        assert all(statement.text in told[section.id] for statement in section.statements)
    notes = " ".join(note["text"] for note in care["note"])
    assert plan.disclaimer in notes
    assert "Certainty: very low" in notes
    assert "unproven" in notes
    assert care["identifier"][1] == {"system": PLAN_SHA256, "value": "0" * 64}
    assert "<h3>Follow-up</h3>" in care["text"]["div"]


def test_what_people_write_is_escaped_in_the_narrative(plan):
    titled = plan.model_copy(update={"title": "<script>alert(1)</script> & more"})
    (care,) = of_type(care_of(course_of(version_of(titled, 1))), "CarePlan")
    assert "<script>" not in care["text"]["div"]
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in care["text"]["div"]
    assert care["title"] == "<script>alert(1)</script> & more"


def card(decision, on=ON):
    """A card of which nothing but its id counts, with what the clinician decided."""
    return (
        Kept("card", "card", on, ReviewCard.model_construct(review="{}", plan=uid(1))),
        Kept("d", "d", on, Decision(review="card", word="accept", decision=decision, by="Dr B", reason="so")),
    )


@pytest.mark.parametrize(
    ("state", "entries", "status"),
    [
        ("signed", (), "active"),
        ("ended", (), "completed"),
        ("ended", (ended_on(dt.date(2026, 8, 28)),), "completed"),
        ("ended", (ended_on(dt.date(2026, 8, 27)),), "revoked"),
    ],
)
def test_a_plan_is_as_far_along_as_its_course(plan, state, entries, status):
    made = list(care_of(signed(plan, state=state, entries=entries)))
    assert of_type(made, "CarePlan")[0]["status"] == status
    assert of_type(made, "ServiceRequest")[0]["status"] == status


@pytest.mark.parametrize(("decision", "status"), [("stop", "revoked"), ("refer", "revoked"), ("continue", "completed")])
def test_a_course_that_was_stopped_is_not_called_completed(plan, decision, status):
    course = signed(plan, state="ended", entries=card(decision))
    # What the card says of goals is tested elsewhere.
    course.__dict__["review"] = None
    assert of_type(care_of(course), "CarePlan")[0]["status"] == status


def test_nothing_is_more_than_a_proposal_before_a_signature(plan):
    made = list(care_of(course_of(version_of(plan, 1))))
    (care,), (light,) = of_type(made, "CarePlan"), of_type(made, "ServiceRequest")
    assert (care["status"], light["status"], light["intent"]) == ("draft", "draft", "proposal")
    assert "author" not in care
    assert "requester" not in light


def test_each_version_is_there_and_only_the_one_that_holds_requests_light(plan):
    versions = [version_of(plan, number, signed=number < 3) for number in (1, 2, 3)]
    made = list(care_of(course_of(*versions, in_force=2)))
    first, held, waits = of_type(made, "CarePlan")
    assert [each["status"] for each in (first, held, waits)] == ["revoked", "active", "draft"]
    course = course_of(*versions, in_force=2)
    assert held["replaces"] == [{"reference": f"CarePlan/{first['id']}"}]
    assert places.care_plan(course) == {"reference": f"CarePlan/{held['id']}"}
    # None moves when another one takes over, so that nothing is left behind on a server.
    later = of_type(care_of(course_of(*versions[:2], version_of(plan, 3, signed=True), in_force=3)), "CarePlan")
    assert [each["id"] for each in later] == [each["id"] for each in (first, held, waits)]
    assert [each["status"] for each in later] == ["revoked", "revoked", "active"]
    documents = [each for each in documents_of(course) if each["type"] == term("plan")]
    assert [each["status"] for each in documents] == ["superseded", "current", "current"]
    assert ["relatesTo" in each for each in documents] == [False, True, False]
    assert "replaces" not in first
    assert "replaces" not in waits
    assert "Version 2 took its place." in first["note"][-1]["text"]
    assert "Version 2 is followed until this one is signed." in waits["note"][-1]["text"]
    assert len(of_type(made, "ServiceRequest")) == 1
    light = [each["detail"] for each in first["activity"] if each.get("detail", {}).get("kind") == "ServiceRequest"]
    assert light[0]["scheduledTiming"]["repeat"]["count"] == 12


def test_why_a_course_ended_is_told(plan):
    course = signed(plan, state="ended", entries=(ended_on(dt.date(2026, 8, 10)),))
    assert (
        "The course has ended on 10 Aug 2026: moved away" in of_type(care_of(course), "CarePlan")[0]["note"][-1]["text"]
    )


def test_a_refused_plan_requests_no_light_and_no_day(plans):
    made = list(care_of(course_of(version_of(plans["facial_pain"], 1))))
    assert not of_type(made, "ServiceRequest")
    assert not of_type(made, "Appointment")
    (care,) = of_type(made, "CarePlan")
    assert "No light is prescribed." in care["description"]
    assert any(note["text"].startswith("Blocked, and cannot be signed: No usable anchor") for note in care["note"])


def test_a_blocked_plan_with_times_says_that_they_are_not_to_be_given(plan):
    made = list(care_of(course_of(version_of(plan.model_copy(update={"blocked": True}), 1))))
    (light,) = of_type(made, "ServiceRequest")
    assert light["status"] == "draft"
    assert "not to be given" in light["note"][-1]["text"]
    assert not of_type(made, "Appointment")


# ---- the light


def parts(extension):
    return [
        (each["url"], next((v for k, v in each.items() if k.startswith("value")), each.get("extension")))
        for each in extension
    ]


def test_the_dosimetry_says_what_the_plan_says(plan):
    light = dosimetry(plan)
    assert light["url"] == DOSIMETRY
    told = dict(parts(light["extension"]))
    assert told["timePerField"]["value"] == plan.prescription.time_per_field_s
    assert told["irradiance"]["value"] == pytest.approx(plan.lamp.irradiance_mw_cm2.p50, rel=1e-5)
    assert told["irradiance"]["code"] == "mW/cm2"
    ends = plan.prescription.radiant_exposure_j_cm2
    assert told["radiantExposureInterval"]["low"]["value"] == pytest.approx(ends.p5, rel=1e-5)
    assert told["radiantExposureInterval"]["high"]["value"] == pytest.approx(ends.p95, rel=1e-5)
    assert told["distance"]["value"] == pytest.approx(30.48)
    assert told["irradianceBasis"] == own("irradiance-basis", "measured")
    assert told["weighting"] == own("weighting", "energy")
    peaks = [dict(parts(value))["peak"]["value"] for url, value in parts(light["extension"]) if url == "wavelength"]
    assert peaks == [630, 660, 850, 940]
    targets = [dict(parts(value)) for url, value in parts(light["extension"]) if url == "target"]
    followed = next(target for target in plan.targets if target.is_target)
    (told,) = [target for target in targets if target["followed"]]
    assert told["fluence"]["value"] == pytest.approx(followed.fluence_j_cm2.p50, rel=1e-5)
    # No irradiance, split or assumption without its mark.
    names = [url for url, _ in parts(light["extension"])]
    assert names.count("assumption") == len(plan.assumptions)
    assert names.count("source") == len(plan.lamp.sources)
    assert ("spectralSplitKnown", False) in parts(light["extension"])


def test_the_extension_holds_no_part_that_its_table_does_not_have(plans):
    known = {part.name: {inner.name for inner in part.parts} for part in PARTS}
    seen = set()
    for name in EXAMPLES:
        for url, value in parts(dosimetry(plans[name])["extension"]):
            seen.add(url)
            assert url in known
            if known[url]:
                assert {inner for inner, _ in parts(value)} <= known[url]
    # Each part is used by one example at least; the pulsed lamps of the catalogue are in none.
    assert seen == set(known) - {"mode"}


def test_a_pulsed_lamp_says_so(plan):
    pulsed = next(device(name) for name in device_ids() if device(name).pulse)
    lamp = plan.lamp.model_copy(update={"device": pulsed.id})
    assert dict(parts(dosimetry(plan.model_copy(update={"lamp": lamp}))["extension"]))["mode"] == pulsed.pulse


def test_a_lamp_that_this_release_does_not_know_keeps_its_name(plan):
    case = {**plan.case, "lamp": {**plan.case["lamp"], "device": "lamp_of_tomorrow"}}
    lamp = plan.lamp.model_copy(update={"device": "lamp_of_tomorrow"})
    made = list(care_of(course_of(version_of(plan.model_copy(update={"case": case, "lamp": lamp}), 1))))
    (unknown,) = of_type(made, "Device")
    assert unknown["deviceName"] == [{"name": "lamp_of_tomorrow", "type": "other"}]
    assert not of_type(made, "DeviceDefinition")


@settings(max_examples=30)
@given(
    per_week=st.sampled_from([1.0, 1.5, 2.0, 2.5, 3.0, 5.0, 7.0]),
    total=st.integers(1, 40),
    start=st.dates(dt.date(2026, 1, 1), dt.date(2027, 1, 1)),
)
def test_the_timing_is_the_rule_of_the_schedule(plans, per_week, total, start):
    plan = plans["diabetic_feet"]
    schedule = make_schedule(start, per_week, total)
    given_ = plan.prescription.model_copy(update={"sessions_per_week": per_week, "total_sessions": total})
    course = course_of(version_of(plan.model_copy(update={"schedule": schedule, "prescription": given_}), 1))
    repeat = of_type(care_of(course), "ServiceRequest")[0]["occurrenceTiming"]["repeat"]
    assert Fraction(repeat["frequency"], repeat["period"]) == Fraction(per_week)
    assert repeat["count"] == total
    dates = [session.date for session in schedule.sessions]
    assert repeat["boundsPeriod"] == {"start": str(dates[0]), "end": str(dates[-1])}
    assert set(repeat["dayOfWeek"]) == {f"{date:%a}".lower() for date in dates}


def test_a_light_without_a_rhythm_has_no_timing(plan):
    given_ = plan.prescription.model_copy(update={"sessions_per_week": 0.0, "total_sessions": 0})
    course = course_of(version_of(plan.model_copy(update={"schedule": None, "prescription": given_}), 1))
    (light,) = of_type(care_of(course), "ServiceRequest")
    assert "occurrenceTiming" not in light
    assert "quantityQuantity" not in light


# ---- lamps


def test_a_lamp_keeps_claims_and_measurements_apart_and_says_what_it_is_cleared_for(plans):
    made = list(care_of(course_of(version_of(plans["diabetic_feet"], 1))))
    (model,) = of_type(made, "DeviceDefinition")
    told = [(each["type"]["coding"][0]["code"], each["valueQuantity"][0]["value"]) for each in model["property"]]
    assert ("irradiance-claim", 106) in told
    assert ("irradiance-measured", 68.9) in told
    assert ("radiant-power-measured", 148.319) in told
    assert "No clearance of this lamp was found, which is not the same as none." in {n["text"] for n in model["note"]}
    (laser,) = of_type(care_of(course_of(version_of(plans["carpal_tunnel"], 1))), "DeviceDefinition")
    assert "does not name neuropathic pain" in laser["note"][0]["text"]


def test_a_lamp_that_was_used_and_not_planned_is_there_too(plan):
    used = Session(
        plan=uid(1), lamp="luminex_ll", distance_mm=0, seconds={"left sole": 60}, site_checked=True,
        eyes_protected=None, skin=None, where="home",
    )  # fmt: skip
    course = signed(plan, entries=(Kept("s", "s", ON, used),))
    assert [each["modelNumber"] for each in of_type(care_of(course), "Device")] == ["Pro300", "LL System"]


# ---- days


def test_gates_are_proposed_and_sessions_only_in_a_clinic_and_only_those_to_come(plans):
    home = of_type(care_of(course_of(version_of(plans["diabetic_feet"], 1))), "Appointment")
    assert [each["serviceType"][0]["coding"][0]["code"] for each in home] == ["tolerability", "delivery", "effect"]
    plan = plans["carpal_tunnel"]
    sessions = plan.schedule.sessions
    course = course_of(version_of(plan, 1), today=sessions[3].date)
    clinic = of_type(care_of(course), "Appointment")
    days = [each["requestedPeriod"][0]["start"] for each in clinic[3:]]
    assert days == [str(session.date) for session in sessions[3:]]
    assert {each["status"] for each in clinic} == {"proposed"}
    assert all("start" not in each for each in clinic)


def test_what_would_have_come_after_the_end_is_cancelled(plan):
    gates = plan.schedule.gates
    ended = signed(plan, state="ended", today=gates[0].date)
    status = [each["status"] for each in of_type(care_of(ended), "Appointment")]
    assert status == ["proposed", "cancelled", "cancelled"]
    # Long after the end as well.
    long_ago = signed(plan, state="ended", today=ON + dt.timedelta(days=999), entries=(ended_on(gates[0].date),))
    status = [each["status"] for each in of_type(care_of(long_ago), "Appointment")]
    assert status == ["proposed", "cancelled", "cancelled"]


def test_sessions_in_the_clinic_that_nobody_waits_for_any_more_are_cancelled(plans):
    plan = plans["carpal_tunnel"]
    days = [session.date for session in plan.schedule.sessions]
    first, second = version_of(plan, 1, signed=True), version_of(plan, 2, signed=True)
    second = dataclasses.replace(second, signature=dataclasses.replace(second.signature, day=days[4]))
    course = course_of(first, second, in_force=2, today=days[6])
    made = {each["id"]: each for each in of_type(care_of(course), "Appointment")[len(plan.schedule.gates) :]}
    status = [(each["status"], each["requestedPeriod"][0]["start"]) for each in made.values()]
    assert status == [
        *(("cancelled", f"{day}") for day in days[4:]),
        *(("proposed", f"{day}") for day in days[6:]),
    ]
    ended = course_of(first, in_force=1, state="ended", today=days[6], entries=(ended_on(days[3]),))
    made = of_type(care_of(ended), "Appointment")[len(plan.schedule.gates) :]
    assert [each["requestedPeriod"][0]["start"] for each in made] == [f"{day}" for day in days[4:]]
    assert {each["status"] for each in made} == {"cancelled"}


@pytest.mark.parametrize("decision", ["stop", "refer", "adjust once"])
def test_after_a_decision_to_change_nothing_is_asked_for_until_a_new_version_is_signed(plan, decision):
    first = plan.schedule.sessions[0].date
    course = course_of(version_of(plan, 1, signed=True), in_force=1, today=first, entries=card(decision, on=first))
    course.__dict__["review"] = None
    made = list(care_of(course))
    (care,), (light,) = of_type(made, "CarePlan"), of_type(made, "ServiceRequest")
    assert (care["status"], light["status"]) == ("on-hold", "on-hold")
    assert {each["status"] for each in of_type(made, "Appointment")} == {"cancelled"}
    assert "not followed until a new version is signed" in care["note"][-1]["text"]


def test_while_light_is_paused_plan_and_light_are_on_hold_and_say_why(plans):
    plan = plans["carpal_tunnel"]
    days = [session.date for session in plan.schedule.sessions]
    paused = Pause(days[3], "a blister on the palm")
    course = course_of(version_of(plan, 1, signed=True), in_force=1, today=days[4], paused=paused)
    made = list(care_of(course))
    (care,), (light,) = of_type(made, "CarePlan"), of_type(made, "ServiceRequest")
    assert (care["status"], light["status"]) == ("on-hold", "on-hold")
    for each in (care, light):
        assert "paused since" in each["note"][-1]["text"]
        assert paused.why in each["note"][-1]["text"]
    status = {each["requestedPeriod"][0]["start"]: each["status"] for each in of_type(made, "Appointment")}
    reviews = {f"{gate.date}" for gate in plan.schedule.gates}
    cancelled = {day for day, each in status.items() if each == "cancelled"}
    assert cancelled - reviews == {f"{day}" for day in days[3:]} - reviews
    again = list(care_of(dataclasses.replace(course, paused=None)))
    assert {each["status"] for each in (*of_type(again, "CarePlan"), *of_type(again, "Appointment"))} == {
        "active",
        "proposed",
    }


# ---- flags


def test_blocks_warnings_and_what_protects_eyes_are_flags_and_notes_are_none(plans):
    for name in EXAMPLES:
        plan = plans[name]
        expected = [f.id for f in plan.findings if f.level != "note" or f.id.startswith("eyes.")]
        flags = of_type(care_of(course_of(version_of(plan, 1))), "Flag")
        found = [each["code"]["coding"][0]["code"] for each in flags]
        assert found == expected
        assert {each["status"] for each in flags} == {"active"}
    assert any(f.level == "block" for f in plans["facial_pain"].findings)


def test_a_red_flag_says_what_to_do(plan):
    diagnosis = {**plan.case["diagnosis"], "red_flags": ["foot_ulcer"]}
    changed = with_goals(plan, diagnosis=diagnosis)
    flag = of_type(care_of(course_of(version_of(changed, 1))), "Flag")[-1]
    assert flag["code"]["coding"][0] == own("red-flag", "foot_ulcer")


def test_a_warning_that_a_new_version_no_longer_has_is_inactive(plan):
    calm = plan.model_copy(update={"findings": ()})
    course = course_of(version_of(plan, 1, signed=True), version_of(calm, 2, signed=True), in_force=2)
    flags = of_type(care_of(course), "Flag")
    assert flags
    assert {each["status"] for each in flags} == {"inactive"}


def test_a_warning_stands_from_the_first_version_that_had_it(plan):
    course = course_of(version_of(plan, 1, signed=True), version_of(plan, 2, signed=True), in_force=2)
    assert {each["period"]["start"] for each in of_type(care_of(course), "Flag")} == {"2026-08-01"}


def test_two_findings_of_one_rule_are_two_flags(plan):
    warned = next(finding for finding in plan.findings if finding.level == "warn")
    twice = plan.model_copy(update={"findings": (warned, warned)})
    assert len({each["id"] for each in of_type(care_of(course_of(version_of(twice, 1))), "Flag")}) == 2
