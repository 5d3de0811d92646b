"""Other treatment in a plan: told where it stands, never ordered, and held against a session of light."""

from __future__ import annotations

import re

import pytest

from nervelight.documents import read_data
from nervelight.evidence import CONDITIONS, recognised, treatments
from nervelight.planning.multimodal import multimodal_words
from nervelight.planning.safety import other_treatment_findings
from nervelight.sources import require_known

from .cases import EXAMPLE_NAMES, FEET, case_of, found, level, plan_of

RULES = read_data("nervelight.planning", "data", "other_treatment.yaml")


def findings(treatments_now=(), drugs=(), **changes) -> dict[str, str]:
    paths = {"care.other_treatments": list(treatments_now), "safety.drugs": list(drugs)}
    case = case_of(FEET, paths | changes)
    return {finding.id.removeprefix("treatment."): finding.level for finding in other_treatment_findings(case)}


def section(changes=None, name=FEET) -> list[str]:
    part = next(part for part in plan_of(name, changes).sections if part.id == "multimodal")
    return [said.text for said in part.statements]


def now(*entries: str, condition: str = "diabetic_polyneuropathy", drugs=()) -> dict[str, str]:
    changes = {"diagnosis.condition": condition, "care.other_treatments": list(entries), "safety.drugs": list(drugs)}
    words = multimodal_words(case_of(FEET, changes))
    return {name: getattr(word, "text", word) for name, word in words.items() if name.startswith("treatments_")}


# ---- the rules


@pytest.mark.parametrize("name", RULES)
def test_each_rule_has_sources_and_does_not_order_a_drug(name):
    rule = RULES[name]
    require_known(rule["sources"])
    # What answers it is a precaution of this project, whatever the label says.
    assert "nervelight_rule" in rule["sources"]
    assert rule["level"] in {"warn", "note"}
    assert not re.search(
        r"!|stop taking|start (?:the|a) |(?:reduce|increase) the drug", f"{rule['text']} {rule['unblock']}"
    )


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        ("Versatis plaster", "lidocaine"),
        ("Qutenza last week", "capsaicin_patch"),
        ("capsaicin cream", "capsaicin_cream"),
        ("fentanyl patch 25 µg/h", "fentanyl"),
        ("BuTrans 10", "opioid_patch"),
        ("pregabalin 150 mg", "sedation"),
        ("amitriptyline 25 mg", "sedation"),
        ("spinal cord stimulator", "implanted_stimulator"),
        ("hot water bottle at night", "heat"),
        ("nerve block", "nerve_block"),
        ("TENS", "electrodes"),
        ("EMLA cream", "lidocaine"),
        ("lidocaine", "lidocaine"),
        ("heated blanket", "heat"),
        ("heating blanket", "heat"),
        ("heated car seat", "heat"),
        ("warm compress", "heat"),
        ("ThermaCare", "heat"),
        ("Matrifen 25", "fentanyl"),
        ("Butec 10", "opioid_patch"),
        ("peripheral nerve stimulator", "implanted_stimulator"),
        ("vagus nerve stimulator", "implanted_stimulator"),
        ("deep brain stimulator", "implanted_stimulator"),
        ("neurostimulator", "implanted_stimulator"),
        ("intrathecal pump", "implanted_pump"),
        ("diazepam 5 mg", "sedation"),
        ("a benzodiazepine", "sedation"),
        ("zolpidem 10 mg", "sedation"),
        ("hydrocodone", "sedation"),
        ("Not taking: gabapentin", "sedation"),
    ],
)
def test_a_treatment_is_found_among_the_drugs_and_among_the_other_treatments(entry, rule):
    assert rule in findings([entry])
    assert rule in findings(drugs=[entry])
    assert "unknown" not in findings([entry])


def test_every_rule_can_be_met():
    entries = [e.label for e in treatments()] + [member for e in treatments() for member in e.members]
    assert set(findings([*entries, "intrathecal pump"])) == set(RULES)
    for name, rule in RULES.items():
        assert all(name in findings([written]) for written in rule.get("names", ())), name


def test_what_has_no_rule_gives_no_finding():
    assert findings(["duloxetine 60 mg", "walking programme", "night splint"]) == {}
    assert "fentanyl" not in findings(["tramadol 50 mg"])


def test_sleep_weighs_more_where_nobody_watches():
    assert findings(["gabapentin"], **{"course.setting": "home"})["sedation"] == "warn"
    assert findings(["gabapentin"], **{"course.setting": "clinic"})["sedation"] == "note"


def test_one_finding_names_all_that_it_is_about():
    changes = {"care.other_treatments": ["gabapentin 300 mg", "amitriptyline"], "safety.drugs": ["Neurontin"]}
    finding = found(plan_of(FEET, changes), "treatment.sedation")
    assert finding is not None
    assert finding.value == "gabapentin 300 mg and amitriptyline"


def test_a_finding_names_a_drug_once_and_sets_entries_with_commas_apart():
    changes = {"care.other_treatments": ["amitriptyline 25 mg"], "safety.drugs": ["amitriptyline"]}
    finding = found(plan_of(FEET, changes), "treatment.sedation")
    assert finding is not None
    assert finding.value == "amitriptyline 25 mg"
    # An entry that names another drug as well stays.
    changes = {"care.other_treatments": ["gabapentin, 300 mg", "gabapentin and zolpidem"], "safety.drugs": []}
    finding = found(plan_of(FEET, changes), "treatment.sedation")
    assert finding is not None
    assert finding.value == "gabapentin and zolpidem"
    changes = {"care.other_treatments": ["gabapentin, 300 mg", "zolpidem"], "safety.drugs": []}
    finding = found(plan_of(FEET, changes), "treatment.sedation")
    assert finding is not None
    assert finding.value == "gabapentin, 300 mg; zolpidem"


def test_what_was_held_against_no_rule_is_told():
    changes = {
        "care.other_treatments": ["duloxetine and unobtainium", "zolpidem"],
        "safety.drugs": ["metformin, daily"],
    }
    plan = plan_of(FEET, changes)
    finding = found(plan, "treatment.unknown")
    assert finding is not None
    assert finding.level == "note"
    assert finding.title == "Not checked for heat, numb skin, sleep or implants: metformin, daily; unobtainium"
    assert found(plan_of(FEET, {"care.other_treatments": ["TENS"], "safety.drugs": []}), "treatment.unknown") is None


def test_for_safety_a_no_does_not_clear_a_treatment():
    assert "fentanyl" in findings(["pain not controlled by fentanyl patch"])


@pytest.mark.parametrize("where", ["safety.drugs", "care.other_treatments"])
def test_a_light_sensitising_drug_is_found_with_its_amount_wherever_it_stands(where):
    assert level(plan_of(FEET, {where: ["doxycycline 100 mg daily"]}), "drug.tetracyclines") == "warn"
    assert level(plan_of(FEET, {where: ["Photofrin 2 mg/kg"]}), "drug.porfimer") == "block"
    assert found(plan_of(FEET, {"safety.drugs": ["doxycycline 100 mg daily"]}), "drugs.unknown") is None


# ---- the section


def test_what_is_taken_is_told_with_its_line_and_strength():
    said = now("duloxetine 60 mg", "night splint", "unobtainium", "gabapentin stopped", drugs=["metformin", "tramadol"])
    assert said["treatments_now"] == (
        "duloxetine 60 mg (SNRI: first line, strong, NeuPSIG 2025; named without rank, level B, AAN 2022); "
        "night splint (splint: no source on record here ranks it for this condition); "
        "tramadol (opioid: third line, weak, NeuPSIG 2025; advised against, level B, AAN 2022)"
    )
    assert said["treatments_unknown"] == "unobtainium"
    assert said["treatments_unclear"] == "gabapentin stopped"


@pytest.mark.parametrize("where", ["care.other_treatments", "safety.drugs"])
def test_what_the_entry_says_is_stopped_does_not_stand_under_now(where):
    entries = ["gabapentin, stopped in 2021", "weaned off pregabalin"]
    said = section({"care.other_treatments": [], "safety.drugs": []} | {where: entries})
    assert not any(text.startswith("Now:") for text in said)
    assert "Named, whether it is taken now is not clear: gabapentin, stopped in 2021; weaned off pregabalin." in said


def test_of_an_entry_clear_in_part_only_that_part_is_told_as_now():
    said = now("gabapentin stopped, now duloxetine and unobtainium")
    assert said["treatments_now"].startswith("duloxetine (SNRI: ")
    assert "gabapentin" not in said["treatments_now"]
    assert said["treatments_unclear"] == "gabapentin stopped, now duloxetine and unobtainium"
    assert said["treatments_unknown"] == "unobtainium"
    assert now("duloxetine 60 mg and unobtainium")["treatments_unknown"] == "unobtainium"


def test_the_numbers_stand_with_their_harm_and_chemotherapy_with_its_guideline():
    said = " ".join(section({"diagnosis.condition": "chemotherapy_induced", "anchor": "choose"}))
    assert "13.9 to 26.2" in said
    assert "duloxetine the only agent with appropriate evidence" in said


def test_a_drug_named_twice_is_told_once():
    assert now("duloxetine 60 mg", drugs=["Cymbalta"])["treatments_now"].count("SNRI") == 1


def test_nothing_named_is_said():
    assert "Other treatments now: none named." in section({"care.other_treatments": [], "safety.drugs": []})
    assert not any("none named" in said for said in section())


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_section_is_short_orders_nothing_and_ends_with_who_decides(condition):
    said = section({"diagnosis.condition": condition, "anchor": "choose"})
    assert 3 <= len(said) <= 8
    assert "the prescriber decides" in said[-1]
    assert not re.search(r"\byou should\b|\bstop taking\b|\bstart\b|\bprescribe\b", " ".join(said))


def test_the_general_ladder_is_left_out_where_it_does_not_apply():
    assert any(said.startswith("NeuPSIG 2025 puts in the first line") for said in section())
    for condition in ("trigeminal_neuralgia", "burning_mouth", "facial_palsy"):
        said = section({"diagnosis.condition": condition, "anchor": "choose"})
        assert not any("Light is not among" in text for text in said), condition


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_the_treatments_of_the_examples_are_known(name):
    assert all(recognised(entry) for entry in case_of(name).care.other_treatments)
