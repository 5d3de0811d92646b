"""The case file: every fault at once, with its path and a reason; nothing clinical has a default."""

from __future__ import annotations

import copy
import importlib
import math
import re
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from nervelight.assessment import READING_TESTS
from nervelight.errors import InvalidInput
from nervelight.optics import site, site_ids
from nervelight.planning import Case, case_from_yaml, case_names, case_template, explain_case, read_case
from nervelight.planning.case import Score

from .cases import BACK, EXAMPLE_NAMES, EXAMPLES, FEET, GONE, HANDS, WRIST, case_of, document, faults_of

REQUIRED = [
    "schema",
    "patient",
    "diagnosis",
    "scores",
    "site",
    "lamp",
    "anchor",
    "safety",
    "course",
    "care",
    "patient.label",
    "patient.age",
    "diagnosis.condition",
    "diagnosis.neupsig",
    "diagnosis.red_flags",
    "diagnosis.neupsig.relevant_history",
    "diagnosis.neupsig.plausible_distribution",
    "diagnosis.neupsig.sensory_signs",
    "diagnosis.neupsig.confirmatory_test",
    "scores.0.instrument",
    "scores.0.value",
    "scores.0.date",
    "site.name",
    "site.target",
    "site.fields",
    "lamp.device",
    "lamp.distance",
    "safety.contraindications",
    "safety.drugs",
    "safety.sensation",
    "safety.perfusion",
    "safety.eyes",
    "course.start",
    "course.session_cap",
    "course.setting",
    "care.clinician",
    "care.emergency_number",
]


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_each_example_is_a_case(name):
    assert read_case(EXAMPLES / f"{name}.yaml").schema_name == "nervelight-case-1"


@pytest.mark.parametrize("path", REQUIRED)
def test_what_is_missing_is_named_with_the_reason_why_it_is_needed(path):
    (fault,) = faults_of(FEET, {path: GONE})
    assert fault.path == path.replace(".0.", "[0].")
    assert fault.value is None
    assert re.match(r"required: \w.{8,}", fault.allowed), fault.allowed


def test_a_missing_skin_tone_says_that_melanin_takes_light():
    (fault,) = faults_of(FEET, {"patient.phototype": GONE})
    assert fault.path.startswith("patient")
    assert "phototype" in fault.allowed
    assert "ita" in fault.allowed
    assert "melanin" in fault.allowed


def test_every_fault_comes_back_at_once_in_the_order_of_the_file():
    wrong = {
        "care.clinician": GONE,
        "patient.phototype": "VII",
        "diagnosis.red_flags": ["cauda_equin"],
        "scores.0.instrument": "nrs12",
        "site.target": "tibial",
        "lamp.distance": 12,
        "lamp.device": "bestqool",
        "anchor": "yamany",
        "safety.eyes": "googles",
        "course.session_cap": "30",
    }
    assert [fault.path for fault in faults_of(FEET, wrong)] == [
        "patient.phototype",
        "diagnosis.red_flags[0]",
        "scores[0].instrument",
        "site.target",
        "lamp.device",
        "lamp.distance",
        "anchor",
        "safety.eyes",
        "course.session_cap",
        "care.clinician",
    ]


def test_the_message_names_file_path_value_and_what_is_allowed():
    with pytest.raises(InvalidInput) as caught:
        case_of(FEET, {"safety.eyes": "googles", "lamp.distance": 12})
    text = str(caught.value)
    assert "diabetic_feet.yaml: 2 faults" in text
    assert "safety.eyes: got 'googles'; one of goggles, shielding, none (did you mean 'goggles'?)" in text
    assert "lamp.distance: got 12; needs a length with its unit" in text


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        ("site.name", "planter_foot", "plantar_foot"),
        ("site.target", "cutaneous_ending", "cutaneous_endings"),
        ("lamp.device", "bestqol_pro300", "bestqool_pro300"),
        ("anchor", "yamani2012", "yamany2012"),
        ("anchor", "chose", "choose"),
        ("scores.0.instrument", "nrs-11", "nrs11"),
        ("safety.contraindications", ["pacemakers"], "pacemaker"),
        ("diagnosis.red_flags", ["cauda_equine"], "cauda_equina"),
        ("diagnosis.condition", "diabetic_neuropathy", "diabetic_polyneuropathy"),
        ("safety.sensation", "reduce", "reduced"),
        ("safety.perfusion", "norml", "normal"),
        ("course.setting", "clinics", "clinic"),
    ],
)
def test_a_name_that_is_nearly_right_is_suggested(path, wrong, right):
    (fault,) = faults_of(FEET, {path: wrong})
    assert fault.path.split("[")[0].replace(".0.", "[0].") == path.split(".0.")[0]
    assert fault.suggestion == f"did you mean {right!r}?"


def test_a_key_that_nobody_knows_is_refused_with_the_nearest_one():
    missing, unknown = sorted(faults_of(FEET, {"lamp.distanse": "12 in", "lamp.distance": GONE}), key=lambda f: f.path)
    assert (missing.path, unknown.path) == ("lamp.distance", "lamp.distanse")
    assert unknown.suggestion == "did you mean 'distance'?"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("lamp.distance", 305),
        ("lamp.distance", "305"),
        ("lamp.distance", "30 s"),
        ("lamp.distance", "-3 cm"),
        ("lamp.distance", "chose"),
        ("lamp.distance", "chosen"),
        ("course.session_cap", 1800),
        ("course.session_cap", "0 min"),
        ("patient.ita", 28),
        ("patient.ita", "100 deg"),
        ("patient.age", 61),
        ("safety.air_temperature", 22),
        ("safety.air_temperature", "80 degC"),
        ("site.measured.nerve_depth", 6),
        ("lamp.spot_area", 5),
        ("lamp.wavelengths", [850]),
    ],
)
def test_a_physical_value_needs_its_unit_and_its_range(path, value):
    (fault,) = faults_of(FEET, {path: value})
    assert fault.path.split("[")[0] == path


@pytest.mark.parametrize("start", [86400, 20261207, "2026-13-01", "7 December 2026", True])
def test_a_number_or_a_word_is_no_date(start):
    (fault,) = faults_of(FEET, {"course.start": start})
    assert fault.path == "course.start"


@pytest.mark.parametrize(("value", "fits"), [(0, True), (10, True), (-1, False), (10.5, False), (11, False)])
def test_a_score_is_held_against_the_range_of_its_instrument(value, fits):
    faults = faults_of(FEET, {"scores.0.value": value})
    assert [fault.path for fault in faults] == ([] if fits else ["scores[0].value"])
    assert fits or "0 to 10" in faults[0].allowed


def test_at_least_one_score_and_one_field_are_needed():
    assert [fault.path for fault in faults_of(FEET, {"scores": [], "site.fields": []})] == ["scores", "site.fields"]


def test_a_weekday_stands_once():
    (fault,) = faults_of(FEET, {"course.weekdays": ["mon", "wed", "mon"]})
    assert fault.path == "course.weekdays"


class TestMeasuredTissue:
    DEPTH = "site.measured.nerve_depth"

    def test_a_depth_at_a_site_with_one_nerve_needs_no_further_name(self):
        assert case_of(FEET, {self.DEPTH: "6 mm"}).site.measured.nerve_depth == 6.0

    def test_a_depth_at_a_site_with_two_nerves_needs_that_nerve_as_target(self):
        ankle = {"site.name": "medial_ankle", self.DEPTH: "6 mm"}
        (fault,) = faults_of(FEET, ankle)
        assert fault.path == self.DEPTH
        assert not faults_of(FEET, {**ankle, "site.target": "tibial"})

    @pytest.mark.parametrize(
        ("depth", "more", "fits"),
        [
            ("1.8 mm", {}, False),
            ("1.9 mm", {}, True),
            ("3.3 mm", {"site.measured.dermis": "3 mm"}, False),
            ("3.4 mm", {"site.measured.dermis": "3 mm"}, True),
            ("4.8 mm", {"site.measured.subcutaneous_fat": "3 mm"}, False),
            ("4.9 mm", {"site.measured.subcutaneous_fat": "3 mm"}, True),
        ],
    )
    def test_a_nerve_lies_below_the_layers_above_it(self, depth, more, fits):
        # Sole: horny layer at least 0.25, living epidermis 0.06, dermis 1.5 mm.
        faults = faults_of(FEET, {self.DEPTH: depth, **more})
        assert [fault.path for fault in faults] == ([] if fits else [self.DEPTH])

    @pytest.mark.parametrize(
        ("measured", "told"), [({}, False), ({DEPTH: "6 mm"}, True), ({"site.measured.method": "by eye"}, False)]
    )
    def test_only_a_length_counts_as_measured(self, measured, told):
        assert case_of(FEET, measured).measured_anything is told


def test_the_distance_may_be_left_to_the_planner_and_is_not_known_until_then():
    lamp = case_of(FEET, {"lamp.distance": "choose"}).lamp
    assert lamp.distance == "choose"
    with pytest.raises(ValueError, match="still to be chosen"):
        _ = lamp.working_distance
    assert case_of().lamp.working_distance == pytest.approx(304.8)


def test_the_distance_of_a_reading_is_never_left_open():
    reading = {"distance": "choose", "irradiance": "50 mW/cm2", "instrument": "X"}
    (fault,) = faults_of(FEET, {"lamp.readings": [reading]})
    assert fault.path == "lamp.readings[0].distance"


def test_a_scenario_belongs_to_a_study_that_is_named():
    label = {"anchor_scenario": "60 mW read as peak power"}
    assert not faults_of(WRIST, label)
    (fault,) = faults_of(WRIST, {**label, "anchor": "choose"})
    assert (fault.path, fault.value) == ("anchor_scenario", label["anchor_scenario"])
    assert "anchor" in fault.allowed


def test_a_meter_reading_names_the_meter():
    reading = {"distance": "12 in", "irradiance": "50 mW/cm2"}
    (fault,) = faults_of(FEET, {"lamp.readings": [reading]})
    assert fault.path == "lamp.readings[0].instrument"
    case = case_of(FEET, {"lamp.readings": [{**reading, "instrument": "X"}]})
    assert case.lamp.readings[0].irradiance == pytest.approx(5e-4)
    assert case.lamp.readings[0].distance == pytest.approx(304.8)


JUNK = st.sampled_from([None, 5, -1.5, math.nan, math.inf, True, "", "x", "12 in", [], [1], {}, {"a": 1}, [[]], [None]])


def _places(data: Any, way: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [(*way, key) for key, _ in children] + [
        place for key, value in children for place in _places(value, (*way, key))
    ]


FULL = document(
    FEET,
    {
        "care.goals.1": {
            "what": "cook",
            "weight": 2,
            "levels": {-2: "a", -1: "b", 0: "c", 1: "d", 2: "e"},
            "by": "2027-01-01",
        },
        "site.measured": {"nerve_depth": "6 mm", "method": "ultrasound"},
        "lamp.readings": [{"distance": "12 in", "irradiance": "50 mW/cm2", "instrument": "X"}],
        "safety.contraindications": ["pacemaker"],
        "diagnosis.red_flags": ["foot_drop"],
    },
)


class TestAnswers:
    PHQ9: ClassVar = {"instrument": "phq9", "answers": [1, 0, 2, "-", 0, 1, 0, 0, 0], "date": "2026-07-20"}

    def given(self, **changes):
        return {"scores.1": {**self.PHQ9, **changes}}

    def test_they_give_the_value_and_are_kept(self):
        case = case_of(FEET, self.given(answers=[1, 0, 2, 1, 0, 1, 0, 0, 0]))
        assert case.scores[1].value == 5
        record = case.model_dump(mode="json")["scores"][1]
        assert (record["value"], record["answers"]) == (5, [1, 0, 2, 1, 0, 1, 0, 0, 0])

    def test_yes_and_no_are_words(self):
        form = ["yes", "no", True, "No", *["no"] * 2, "YES", *["no"] * 5, "yes", "no", "no"]
        assert case_of(FEET, self.given(instrument="mnsi_q", answers=form)).scores[1].value == 2

    @pytest.mark.parametrize(
        ("changes", "path", "told"),
        [
            ({"answers": [1, 0, 2, 4, 0, 1, 0, 0, 0]}, "answers[3]", r"0 to 3 \(item 4\)"),
            ({"answers": [1, 0, 2, "often", 0, 1, 0, 0, 0]}, "answers[3]", "a number, yes, no"),
            ({"answers": [1, 0, 2, [1], 0, 1, 0, 0, 0]}, "answers[3]", "a number, yes, no"),
            ({"answers": [1, 0, 2, True, 0, 1, 0, 0, 0]}, "answers[3]", "0 to 3"),
            ({"answers": [1, 0, 2]}, "answers", "needs 9 of them"),
            ({}, "answers", "all nine are needed"),
            ({"answers": []}, "answers", "in a list"),
            ({"answers": "1 0 2"}, "answers", "in a list"),
            ({"answers": [1] * 9, "value": 9}, "value", "nothing beside answers"),
            ({"instrument": "phq-9", "answers": [0] * 9}, "instrument", "known instrument"),
            ({"instrument": "uens"}, "answers", "entered as a value"),
            ({"instrument": "ncs_sural"}, "answers", "under readings"),
            ({"instrument": "bpi_sf", "answers": [1] * 11}, "answers", "several scores"),
        ],
    )
    def test_what_is_wrong_is_told_once_with_its_place(self, changes, path, told):
        faults = [fault for fault in faults_of(FEET, self.given(**changes)) if "needs care now" not in fault.allowed]
        assert [fault.path for fault in faults] == [f"scores[1].{path}"]
        assert re.search(told, faults[0].allowed)

    def test_a_wrong_name_with_value_and_answers_is_told_as_both(self):
        faults = faults_of(FEET, self.given(instrument="phq-9", answers=[0] * 9, value=3))
        assert [fault.path for fault in faults] == ["scores[1].instrument", "scores[1].value"]

    @pytest.mark.parametrize("value", [0, 3])
    def test_value_beside_answers_is_one_fault(self, value):
        faults = faults_of(FEET, self.given(instrument="phq9", answers=[0] * 9, value=value))
        assert [fault.path for fault in faults] == ["scores[1].value"]

    ALARM: ClassVar = [0, 0, 0, 0, 0, 0, 0, 0, 1]

    @pytest.mark.parametrize(
        "wrong",
        [
            {"answers": ["-", *ALARM[1:]]},
            {"answers": [9, *ALARM[1:]]},
            {"answers": ["x", *ALARM[1:]]},
            {"answers": [*ALARM, 0]},
            {"answers": ALARM, "value": 1},
            {"answers": ALARM, "date": "today"},
            {"answers": ALARM, "instrument": "phq-9"},
        ],
    )
    def test_no_fault_hides_an_alarm(self, wrong):
        first, *others = faults_of(FEET, self.given(**wrong))
        assert (first.path, first.value) == ("scores[1].answers[8]", 1)
        assert "self-harm pathway" in first.allowed
        assert others

    def test_nor_does_a_fault_elsewhere_in_the_file(self):
        first, second = faults_of(FEET, {**self.given(answers=self.ALARM), "patient.label": GONE})
        assert (first.path, second.path) == ("scores[1].answers[8]", "patient.label")

    def test_an_alarm_is_a_red_flag_of_the_case(self):
        case = case_of(FEET, {**self.given(answers=self.ALARM), "diagnosis.red_flags": ["foot_drop"]})
        assert case.red_flags == ("foot_drop", "self_harm")

    def test_a_value_that_the_answers_do_not_give_is_refused(self):
        data = case_of(FEET, self.given(answers=[0] * 9)).model_dump(by_alias=True)["scores"][1]
        assert Score.model_validate(data).value == 0
        with pytest.raises(ValueError, match="the value that the answers give"):
            Score.model_validate(data | {"value": 3})


class TestReadings:
    @pytest.mark.parametrize(
        ("reading", "place"),
        [
            ({"test": "monofilament", "method": "iwgdf"}, ".test"),
            ({"test": "monofilament_10g"}, ".method"),
            ({"test": "ncs_sural", "amplitude": 3.2}, ".amplitude"),
            ({"test": "ncs_sural", "amplitude": "3.2 mm"}, ".amplitude"),
            ({"test": "sixmwt", "distance": "5 km"}, ".distance"),
            ({"test": "sixmwt", "distence": "380 m", "distance": "380 m"}, ".distence"),
        ],
    )
    def test_each_is_held_against_its_test(self, reading, place):
        (fault,) = faults_of(FEET, {"readings": [{"date": "2026-07-20", **reading}]})
        assert fault.path == f"readings[0]{place}"

    def test_its_faults_stand_beside_others_of_the_file(self):
        wrong = {"readings": [{"test": "sixmwt", "date": "2026-07-20"}], "anchor": "yamani2012"}
        assert [fault.path for fault in faults_of(FEET, wrong)] == ["readings[0].distance", "anchor"]


class TestDates:
    """A case is what was known before the first session, which is on 3 August 2026."""

    WALK: ClassVar = {"test": "sixmwt", "distance": "380 m"}

    @pytest.mark.parametrize(("date", "late"), [("2026-08-03", False), ("2026-08-04", True), ("2027-07-20", True)])
    def test_nothing_is_of_a_day_after_the_first_session(self, date, late):
        changes = {"scores.1.date": date, "readings": [{**self.WALK, "date": date}]}
        faults = faults_of(FEET, changes)
        assert [fault.path for fault in faults] == (["scores[1].date", "readings[0].date"] if late else [])
        assert all((fault.value, "2026-08-03" in fault.allowed) == (date, True) for fault in faults)

    def test_it_stands_beside_other_faults_and_is_told_once(self):
        faults = faults_of(FEET, {"scores.1.date": "2027-07-20", "scores.2.date": "soon", "anchor": "yamani2012"})
        assert [fault.path for fault in faults] == ["scores[1].date", "scores[2].date", "anchor"]
        assert [fault.path for fault in faults_of(FEET, {"course.start": "soon"})] == ["course.start"]


class TestGoals:
    def test_words_alone_are_a_goal(self):
        assert [goal.what for goal in case_of(FEET, {"care.goals": ["walk", {"what": "sleep"}]}).care.goals] == [
            "walk",
            "sleep",
        ]

    @pytest.mark.parametrize(
        ("goal", "place", "told"),
        [
            ({"what": "walk", "measured_by": "six_mwt", "target": "450 m"}, "measured_by", "known instrument"),
            ({"what": "walk", "measured_by": "sixmwt", "target": 450}, "target", "bare number"),
            ({"what": "walk", "measured_by": "sixmwt", "target": "450 J"}, "target", "a length"),
            ({"what": "walk", "measured_by": "sixmwt", "target": "9 km"}, "target", "0 m to 2000 m"),
            ({"what": "rest", "measured_by": "peg", "target": "3 m"}, "target", "a number"),
            ({"what": "rest", "measured_by": "peg", "target": True}, "target", "a number"),
            ({"what": "rest", "measured_by": "peg", "target": 11}, "target", "0 to 10"),
            ({"what": "rest", "measured_by": "peg", "target": 3, "from": -1}, "from", "0 to 10"),
            ({"what": "rest", "measured_by": "peg"}, "target", "required"),
            ({"what": "rest", "target": 3}, "target", "together with measured_by"),
            ({"what": "rest", "measured_by": "pgic", "target": 2}, "measured_by", "rates a change"),
            ({"what": "rest", "measured_by": "ncs_sural", "target": "9 m"}, "measured_by", "improve"),
            ({"what": "rest", "by": "soon"}, "by", "YYYY-MM-DD"),
            ({"what": "rest", "weight": 0}, "weight", "greater than 0"),
            ({"what": "rest", "levels": {0: "two evenings"}}, "levels", "-2, -1, 0, 1 and 2"),
            ({"measured_by": "peg", "target": 3}, "what", "required"),
            (5, "", ""),
        ],
    )
    def test_what_is_no_goal_is_told_with_its_place(self, goal, place, told):
        faults = faults_of(FEET, {"care.goals": [goal]})
        assert [fault.path for fault in faults] == [f"care.goals[0]{'.' if place else ''}{place}"]
        assert told in faults[0].allowed


@settings(max_examples=120, deadline=None)
@given(place=st.sampled_from(_places(FULL)), junk=JUNK)
def test_whatever_stands_in_a_file_it_is_a_case_or_a_list_of_faults(place, junk):
    data = copy.deepcopy(FULL)
    here = data
    for part in place[:-1]:
        here = here[part]
    here[place[-1]] = junk
    try:
        case = case_from_yaml(Path("junk.yaml"), yaml.safe_dump(data))
    except InvalidInput as problem:
        assert all(fault.path and fault.allowed for fault in problem.faults)
    else:
        assert isinstance(case, Case)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"5",
        b"a: [",
        b"\xff\xfe\x00",
        b"schema: x\nschema: y\n",
        b"? [1]\n: 2\n",
        b"!!python/object:os.x {}",
    ],
)
def test_a_file_that_is_no_case_is_refused(content, tmp_path):
    path = tmp_path / "case.yaml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        read_case(path)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InvalidInput, match="exists"):
        read_case(tmp_path / "none.yaml")
    with pytest.raises(InvalidInput):
        read_case(tmp_path)


class TestTemplate:
    def test_as_printed_it_is_refused_and_names_every_blank(self):
        with pytest.raises(InvalidInput) as caught:
            case_from_yaml(Path("template.yaml"), case_template())
        blanks = yaml.safe_load(case_template())
        paths = {fault.path for fault in caught.value.faults}
        assert paths == {".".join(map(str, place)) for place in _places(blanks) if _value_at(blanks, place) is None}
        assert all(fault.value is None for fault in caught.value.faults)

    def test_it_shows_every_key_of_a_case(self):
        text = case_template()
        for model in (Case, *(_models(Case))):
            for name, field in model.model_fields.items():
                assert re.search(rf"\b{field.alias or name}:", text), name

    def test_it_names_every_condition(self):
        for name, _ in dict(case_names())["diagnosis.condition"]:
            assert name in case_template()


class TestExplain:
    def test_it_tells_the_case_in_the_units_of_the_field(self):
        told = {title: dict(rows) for title, rows in explain_case(case_of(FEET))}
        assert list(told) == ["Patient", "Diagnosis", "Scores", "Site", "Lamp", "Anchor", "Safety", "Course", "Care"]
        assert told["Patient"]["skin tone"] == "phototype III"
        assert told["Diagnosis"]["neuropathic pain"] == "definite"
        assert told["Site"]["fields"] == "left sole, right sole"
        assert told["Lamp"]["distance"] == "30.5 cm"
        assert told["Course"]["longest session"].startswith("30 min")
        assert told["Course"]["days"] == "mon, wed, fri"
        assert told["Safety"]["contraindications"] == "none present"
        assert told["Safety"]["room"] == "22 °C"

    def test_it_tells_what_was_measured(self):
        told = {title: dict(rows) for title, rows in explain_case(case_of(HANDS))}
        assert told["Lamp"]["own reading"].startswith("58 mW/cm² at 45.7 cm")
        assert told["Patient"]["skin tone"] == "ITA 45°"
        told = dict(explain_case(case_of(BACK, {"site.measured.subcutaneous_fat": "14 mm"})))
        assert dict(told["Site"])["measured"] == "subcutaneous fat 14 mm"

    def test_it_tells_what_is_left_to_the_planner_and_how_a_study_is_read(self):
        told = dict(explain_case(case_of(FEET, {"lamp.distance": "choose"})))
        assert dict(told["Lamp"])["distance"] == "the planner's choice"
        assert "read as" not in dict(told["Anchor"])
        told = dict(explain_case(case_of(WRIST, {"anchor_scenario": "60 mW read as peak power"})))
        assert dict(told["Anchor"]) == {"to follow": "chang2008", "read as": "60 mW read as peak power"}

    def test_wavelengths_of_the_case_stand_before_those_of_the_catalogue(self):
        told = dict(explain_case(case_of(FEET, {"lamp.wavelengths": ["670 nm"]})))
        assert dict(told["Lamp"])["wavelengths"] == "670 nm"

    def test_every_name_it_offers_is_a_name_that_a_case_may_use(self):
        names = {title: [name for name, _ in rows] for title, rows in case_names()}
        for condition in names["diagnosis.condition"]:
            assert not faults_of(FEET, {"diagnosis.condition": condition})
        assert not faults_of(FEET, {"diagnosis.red_flags": names["diagnosis.red_flags"]})
        assert not faults_of(FEET, {"safety.contraindications": names["safety.contraindications"]})
        assert set(names["readings.test, and its method"]) == set(READING_TESTS)
        for name in site_ids():
            for target in ("cutaneous_endings", *site(name).nerves):
                assert not faults_of(FEET, {"site.name": name, "site.target": target})


def _value_at(data, place):
    for part in place:
        data = data[part]
    return data


def _models(model):
    for field in model.model_fields.values():
        for found in re.findall(r"nervelight\.[\w.]+", repr(field.annotation)):
            room, _, name = found.rpartition(".")
            inner = getattr(importlib.import_module(room), name, None)
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield inner
                yield from _models(inner)
