"""Other treatment: every condition answered, every standing sourced, names recognised by whole words."""

from __future__ import annotations

import re
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.documents import read_data, validated
from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import (
    CONDITIONS,
    Line,
    named_in,
    recognised,
    treatment,
    treatment_ids,
    treatments,
    treatments_for,
    unrecognised,
)
from nervelight.evidence.treatments import _File, _words
from nervelight.sources import require_known, source

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


@pytest.mark.parametrize("standing", STANDINGS)
def test_the_place_is_one_that_was_read(standing):
    read = source(standing.source)
    if standing.place.startswith("as told by"):
        # Who told it stands with the source as well, so that the two cannot drift apart.
        teller = standing.place.removeprefix("as told by ").partition(" in ")[0]
        assert teller.removeprefix("a ") in read.note
    elif read.checked == "secondary":
        number = standing.place.removeprefix("recommendation ")
        assert re.search(rf"^Recommendations? .*{re.escape(number)}.* read there", read.note)
    elif read.checked == "abstract":
        assert standing.place == "abstract"
    else:
        assert read.checked == "full-text-part"


def test_no_number_of_benefit_without_harm_outcome_and_what_the_order_is():
    for condition in CONDITIONS:
        ladder = treatments_for(condition)
        assert bool(ladder.numbers) is any(rung.standing.nnt is not None for rung in ladder.rungs)
        if ladder.numbers:
            for said in ("NNT", "13.9 to 26.2", "NNH", "pain less by half or by 30 %", "unwanted effects", "intervals"):
                assert said in ladder.numbers
            assert "do not follow the NNT alone" in ladder.numbers
            require_known(ladder.numbers_sources)


def test_chemotherapy_is_told_what_its_guideline_supports():
    note = treatments_for("chemotherapy_induced").note
    assert "duloxetine the only agent with appropriate evidence" in note
    assert "limited" in note


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
        ("lidocaine 700 mg medicated plaster", [("lidocaine_plaster", "")]),
        ("heated blanket", [("heat_therapy", "")]),
        ("warm compress", [("heat_therapy", "")]),
        ("ThermaCare", [("heat_therapy", "")]),
        ("Matrifen patch", [("opioids", "fentanyl")]),
        ("Butec", [("opioids", "buprenorphine")]),
        ("hydrocodone 5 mg", [("opioids", "hydrocodone")]),
        ("prednisolone 5 mg", [("corticosteroids", "prednisolone")]),
        ("prednisolone 5 mg, eye drops", [("corticosteroids", "prednisolone")]),
        ("duloxetine 60 mg once daily before bed, since May", [("snri", "duloxetine")]),
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
        "tens of thousands of steps",
        "Tens of steps",
        "steroid cream for eczema",
        "prednisolone eye drops",
        "steroid inhaler",
        "dexamethasone infusion",
        "epidural anaesthesia at birth 1990",
        "lidocaine infusion",
        "lidocaine cream",
        "allergies: lidocaine",
        "ankle-foot orthosis",
        "ankle-foot splint",
        "knee brace",
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


@pytest.mark.parametrize(
    "text",
    [
        "gabapentin, stopped in 2021",
        "tried gabapentin, pregabalin and duloxetine",
        "Not taking: gabapentin, pregabalin",
        "Now stopped: gabapentin, pregabalin",
        "weaned off pregabalin",
        "off duloxetine since May",
        "gabapentin didn't help",
        "gabapentin didn\u2019t help",
        "gabapentin didnt help",
        "prior gabapentin",
        "pregabalin on hold",
        "gabapentin. Stopped.",
        "gabapentin (discontinued)",
        "gabapentin now, later stopped",
        "had gabapentin",
        "used to take gabapentin",
        "gabapentin 2015-2018",
        "gabapentin once, in 2010",
        "gabapentin last year",
        "gabapentin a year ago",
        "gabapentin before",
        "gabapentin: no effect",
        "gabapentin replaced by duloxetine",
        "gabapentin d/c'd",
        "?gabapentin",
        "will start gabapentin",
        "gabapentin to be discussed",
        "still to start gabapentin",
        "allergies: gabapentin",
        "Cymbalta 60 mg, no gabapentin",
    ],
)
def test_any_sign_of_no_past_or_plan_leaves_the_whole_entry_open(text):
    assert names(text)
    assert not any(current for _, _, current in names(text))


def test_only_a_later_clause_that_says_now_is_clear():
    assert names("gabapentin stopped in May, now duloxetine 60 mg") == [
        ("gabapentinoids", "gabapentin", False),
        ("snri", "duloxetine", True),
    ]
    assert names("no tramadol; tramadol at night") == [("opioids", "tramadol", False)]
    assert names("no tramadol; still tramadol at night") == [("opioids", "tramadol", True)]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("duloxetine 60 mg", ()),
        ("Lyrica 2x75 mg + nortriptyline 10 mg, at night, since May 2024", ()),
        ("duloxetine 60 mg and unobtainium", ("unobtainium",)),
        ("duloxetine/unobtainium", ("unobtainium",)),
        ("unobtainium 5 mg, twice a day", ("unobtainium 5 mg, twice a day",)),
        ("gabapentin, stopped in 2021", ()),
        ("steroid cream", ("steroid cream",)),
        (" ", ()),
    ],
)
def test_what_is_not_on_the_list_is_told_in_a_mixed_entry_too(text, left):
    assert unrecognised(text) == left


def test_further_names_are_known_by_whole_words():
    assert named_in("vagus nerve stimulator 2020", ["vagus nerve", "nerve", "stimul"]) == ("vagus nerve", "nerve")
    assert unrecognised("duloxetine and zolpidem", also=["zolpidem"]) == ()


def every_name() -> list[tuple[str, str]]:
    found = [(e.id, name) for e in treatments() for name in (e.label, *e.names, *e.capitals)]
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
