"""Names of other treatment in free text: by whole words, and whether the text says that it is taken now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.evidence import named_in, recognised, treatment_ids, treatments, unrecognised
from nervelight.evidence.treatment_names import _words


def names(text: str) -> list[tuple[str, str, bool]]:
    return [(named.treatment.id, named.member, named.current) for named in recognised(text)]


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
