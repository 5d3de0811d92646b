"""Other treatment: every condition answered, every standing sourced, names recognised by whole words."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.documents import read_data, validated
from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import CONDITIONS, Line, recognised, treatment, treatment_ids, treatments, treatments_for
from nervelight.evidence.treatments import _File, _words
from nervelight.sources import require_known

STANDINGS = [pytest.param(s, id=f"{e.id}-{s.source}-{n}") for e in treatments() for n, s in enumerate(e.standings)]
FILE = ("nervelight.evidence", "data", "treatments.yaml")


def names(text: str) -> list[tuple[str, str, bool]]:
    return [(named.treatment.id, named.member, named.current) for named in recognised(text)]


# ---- the data


@pytest.mark.parametrize("standing", STANDINGS)
def test_each_standing_has_a_source_a_place_and_words_that_order_nothing(standing):
    require_known(standing.sources)
    assert standing.place
    assert not standing.remark or standing.remark.endswith(".")
    said = f"{standing.said} {standing.remark}"
    assert not re.search(r"!|promising|breakthrough|you should|\bmust\b|\b(start|take|stop) (it|the)\b", said)
    # What light does is said by claims alone.
    assert not re.search(r"\blaser\b|photobiomod|infrared light|\blight\b", said)


def test_a_number_needed_to_treat_is_marked_where_it_was_not_checked():
    numbers = {(e.id, s.source): s for e in treatments() for s in e.standings if s.nnt is not None}
    assert {key: s.nnt for key, s in numbers.items()} == {
        (name, "neupsig2025"): value
        for name, value in {
            "tricyclics": 4.6,
            "snri": 7.4,
            "gabapentinoids": 8.9,
            "opioids": 5.9,
            "capsaicin_patch": 13.2,
            "capsaicin_cream": 6.1,
            "lidocaine_plaster": 14.5,
            "rtms": 4.2,
            "botulinum_toxin": 2.7,
        }.items()
    }
    assert all(standing.nnt_unverified for standing in numbers.values())


def broken(change) -> str:
    data = read_data(*FILE)
    change(data)
    with pytest.raises(InvalidInput) as problem:
        validated(_File, data, "treatments.yaml")
    return str(problem.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda data: data["conditions"].pop("burning_mouth"), "burning_mouth"),
        (lambda data: data["bodies"].pop("asco2020_cipn"), "asco2020_cipn"),
        (lambda data: data["bodies"].update(zinman2004="Zinman"), "zinman2004"),
        (lambda data: data["treatments"].append(data["treatments"][0]), "stand twice: tricyclics"),
        (lambda data: data["treatments"][0].update(standings=[]), "standings"),
        (lambda data: data["treatments"][0]["standings"][0].update(source="nowhere"), "sources.toml"),
        (lambda data: data["treatments"][0]["standings"][0].update(line="best"), "line"),
        (lambda data: data["treatments"][0]["standings"][0].update(nnt=0.5), "nnt"),
        (lambda data: data["treatments"][0]["standings"][0].update(only=["aspirin"]), "aspirin"),
        (lambda data: data["treatments"][0]["standings"][0].update(conditions=["headache"]), "headache"),
        (lambda data: data["conditions"]["carpal_tunnel"].update(sources=[]), "a note needs sources"),
        (lambda data: data["treatments"][0].update(price=3), "price"),
    ],
)
def test_a_file_that_is_wrong_is_refused(change, said):
    assert said in broken(change)


# ---- the ladder


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_is_answered_in_the_order_of_its_lines(condition):
    ladder = treatments_for(condition)
    assert ladder.rungs
    order = [get_args(Line).index(rung.standing.line) for rung in ladder.rungs]
    assert order == sorted(order)
    own = [rung for rung in ladder.rungs if rung.standing.conditions != "general"]
    assert all(condition in rung.standing.conditions for rung in own)
    # An honest answer where a condition has nothing of its own.
    assert own or ladder.note or condition in {"postherpetic_neuralgia"}
    assert ladder.general is (len(own) < len(ladder.rungs))


def first(condition: str) -> set[str]:
    return {name for r in treatments_for(condition).rungs if r.standing.line == "first" for name in r.names}


def test_known_first_lines():
    general = {"tricyclic antidepressants", "SNRI antidepressants", "gabapentinoids"}
    assert first("diabetic_polyneuropathy") == first("postherpetic_neuralgia") == general
    assert first("trigeminal_neuralgia") == {"carbamazepine", "oxcarbazepine"}
    assert first("burning_mouth") == set()
    assert first("spinal_cord_injury_pain") == general | {"pregabalin", "gabapentin", "amitriptyline"}


def test_what_sources_disagree_on_is_all_there():
    found = {
        (rung.standing.line, rung.body)
        for rung in treatments_for("lumbar_radiculopathy").of(recognised("gabapentin")[0])
    }
    assert found == {("first", "NeuPSIG 2025"), ("not_advised", "NICE NG59")}


def test_a_standing_of_one_member_is_not_given_to_another():
    ladder = treatments_for("chemotherapy_induced")
    assert "ASCO 2020" in {rung.body for rung in ladder.of(recognised("duloxetine")[0])}
    assert "ASCO 2020" not in {rung.body for rung in ladder.of(recognised("venlafaxine")[0])}
    assert treatments_for("trigeminal_neuralgia").of(recognised("lamotrigine")[0])[0].standing.line == "unranked"


def test_unknown_names_are_refused():
    with pytest.raises(UnknownName, match="carpal_tunnel"):
        treatments_for("carpal_tunel")
    with pytest.raises(UnknownName, match="tens"):
        treatment("tense")


# ---- names in free text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("duloxetine 60 mg", [("snri", "duloxetine")]),
        ("CYMBALTA", [("snri", "duloxetine")]),
        ("Lyrica 2x75mg + nortriptyline", [("gabapentinoids", "pregabalin"), ("tricyclics", "nortriptyline")]),
        ("carbamazepine 400 mg", [("sodium_channel_blockers", "carbamazepine")]),
        ("an SNRI", [("snri", "")]),
        ("lidocaine 5 % plaster at night", [("lidocaine_plaster", "")]),
        ("Versatis", [("lidocaine_plaster", "")]),
        ("capsaicin 8% patch", [("capsaicin_patch", "")]),
        ("capsaicin 0.075 % cream", [("capsaicin_cream", "")]),
        ("co-codamol 30/500", [("opioids", "codeine")]),
        ("walking programme", [("exercise", "")]),
        ("hand exercises", [("exercise", "")]),
        ("TENS", [("tens", "")]),
        ("rTMS", [("rtms", "")]),
        ("CBT and physio", [("psychological", ""), ("physiotherapy", "")]),
        ("spinal cord stimulator (2019)", [("spinal_cord_stimulation", "")]),
        ("stellate ganglion block", [("nerve_block", "")]),
        ("hot water bottle", [("heat_therapy", "")]),
        ("Botox", [("botulinum_toxin", "")]),
    ],
)
def test_names_brands_and_class_words_are_recognised(text, found):
    assert names(text) == [(*one, True) for one in found]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " - ",
        "unobtainium",
        "ten minutes",
        "walking stick",
        "intense",
        "duloxetines",
        "cordless",
        "block of flats",
        "heat",
    ],
)
def test_other_words_are_not_taken_for_treatments(text):
    assert names(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "no duloxetine",
        "duloxetine stopped in May",
        "did not tolerate Cymbalta",
        "allergic to duloxetine",
        "duloxetine planned",
    ],
)
def test_a_clause_that_says_no_does_not_make_a_current_treatment(text):
    assert names(text) == [("snri", "duloxetine", False)]


def test_a_clause_does_not_reach_into_the_next():
    assert names("gabapentin stopped, duloxetine 60 mg") == [
        ("gabapentinoids", "gabapentin", False),
        ("snri", "duloxetine", True),
    ]
    assert names("no tramadol; tramadol at night") == [("opioids", "tramadol", True)]


def every_name() -> list[tuple[str, str]]:
    found = [(e.id, name) for e in treatments() for name in (e.label, e.short, *e.names) if name]
    return found + [(e.id, n) for e in treatments() for member, brands in e.members.items() for n in (member, *brands)]


@pytest.mark.parametrize(("name", "written"), every_name())
def test_every_name_on_the_list_leads_to_its_treatment_alone(name, written):
    assert [named.treatment.id for named in recognised(written)] == [name]


def test_no_name_stands_for_two_treatments():
    owner: dict[tuple[str, ...], str] = {}
    for name, written in every_name():
        assert owner.setdefault(_words(written), name) == name, written


@given(st.text(max_size=60))
def test_any_text_can_be_asked(text):
    found = recognised(text)
    assert len({(named.treatment.id, named.member) for named in found}) == len(found)
    assert {named.treatment.id for named in found} <= set(treatment_ids())


@given(
    st.lists(st.sampled_from(sorted({member for e in treatments() for member in e.members})), unique=True, max_size=5)
)
def test_a_list_of_drugs_gives_each_of_them(members):
    assert [named.member for named in recognised(", ".join(f"{member} 10 mg" for member in members))] == members
