"""Who is treated and who treats."""

import dataclasses

import pytest
from fhir_courses import ON, course_of, holes, of_type, person, uid, version_of
from hypothesis import given
from hypothesis import strategies as st

from nervelight.fhir.people import CLINIC_NUMBER, named_practitioners, people_of
from nervelight.record.contents import Decision, Identity, TaskText
from nervelight.record.dossier import Author, ClinicCard, Kept


@pytest.fixture(scope="module")
def course(plan):
    return course_of(version_of(plan, 1))


def patient_of(course, **parts):
    return of_type(people_of(dataclasses.replace(course, **parts)), "Patient")[0]


DATES = st.dates().map(str)
PARTIAL = st.one_of(DATES, DATES.map(lambda day: day[:7]), DATES.map(lambda day: day[:4]))
WORDS = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=20)


@given(
    name=WORDS,
    born=st.none() | PARTIAL,
    phone=st.none() | WORDS,
    email=st.none() | WORDS,
    number=st.none() | WORDS,
    language=st.none() | st.sampled_from(["de", "en", "ar"]),
)
def test_a_person_is_told_as_far_as_known_and_no_further(course, name, born, phone, email, number, language):
    known = {"born": born, "phone": phone, "email": email, "number": number, "language": language}
    made = patient_of(course, identity=Identity(name=name, **known))
    assert list(holes(made)) == []
    assert made.get("birthDate") == born
    assert made["name"] == [{"text": name}]
    assert [way["value"] for way in made.get("telecom", [])] == [way for way in (phone, email) if way]
    numbers = [each["value"] for each in made["identifier"] if each["system"] == CLINIC_NUMBER]
    assert numbers == ([number] if number else [])
    assert ("communication" in made) == (language is not None)


def test_what_a_person_writes_is_text_and_stays_as_it_is(course):
    assert patient_of(course, identity=person())["name"] == [{"text": "Ada & Bo <script>"}]


def test_whoever_signed_decided_or_wrote_is_a_practitioner_once_and_no_patient_is(plan):
    task = TaskText(text="call", owner="clinician", due=ON)
    decided = Decision(review=uid(8), word="reject", decision=None, by="Dr Decider", reason="no")
    entries = (
        Kept(uid(5), uid(5), ON, task, author=Author("Nurse N", "clinician")),
        Kept(uid(6), uid(6), ON, task, author=Author("", "patient")),
        Kept(uid(7), uid(7), ON, task),
        Kept(uid(9), uid(9), ON, decided, author=Author("Dr Decider", "clinician")),
    )
    course = course_of(version_of(plan, 1, signed=True), in_force=1, entries=entries)
    assert named_practitioners(course) == ("Dr B", "Dr Signer", "Dr Decider", "Nurse N")
    made = of_type(people_of(course), "Practitioner")
    assert [each["name"][0]["text"] for each in made] == list(named_practitioners(course))
    assert len({each["id"] for each in made}) == 4


def test_the_team_is_told_in_the_words_of_the_case_with_the_number_for_emergencies(course):
    team = of_type(people_of(course), "CareTeam")[0]
    roles = [each["role"][0]["text"] for each in team["participant"]]
    assert roles == ["clinician who decides and signs", "patient", "general practitioner: Dr C", "podiatrist: D"]
    assert team["note"] == [{"text": "In an emergency: 112"}]
    assert team["status"] == "proposed"


@pytest.mark.parametrize(("state", "status"), [("signed", "active"), ("ended", "inactive")])
def test_a_team_is_as_far_along_as_its_course(plan, state, status):
    course = course_of(version_of(plan, 1, signed=True), in_force=1, state=state)
    assert of_type(people_of(course), "CareTeam")[0]["status"] == status


def test_a_clinic_without_a_number_has_none(course):
    assert "telecom" not in of_type(people_of(course), "Organization")[0]
    clinic = ClinicCard("Clinic", "112", phone="+49 1")
    named = of_type(people_of(dataclasses.replace(course, clinic=clinic)), "Organization")[0]
    assert (named["name"], named["telecom"]) == ("Clinic", [{"system": "phone", "value": "+49 1"}])
