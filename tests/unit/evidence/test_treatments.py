"""Other treatment: every condition answered, every standing sourced."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from nervelight.documents import read_data, validated
from nervelight.errors import InvalidInput, UnknownName
from nervelight.evidence import (
    CONDITIONS,
    Line,
    recognised,
    treatment,
    treatments,
    treatments_for,
)
from nervelight.evidence.treatments import _File
from nervelight.sources import require_known, source

STANDINGS = [pytest.param(s, id=f"{e.id}-{s.source}-{n}") for e in treatments() for n, s in enumerate(e.standings)]
FILE = ("nervelight.evidence", "data", "treatments.yaml")


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
