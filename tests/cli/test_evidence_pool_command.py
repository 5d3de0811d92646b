"""``nervelight evidence pool | response | claims | anchors | card | add``: words, data, pictures, refusals."""

import json
from xml.etree import ElementTree

import pytest
import yaml

from nervelight.evidence import CONDITIONS, claim_ids, pool_outcome
from nervelight.evidence.memory import forget

DPN = ("--condition", "diabetic_polyneuropathy")


def narrow(answer):
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    return " ".join(answer.out.split())


def test_a_pooling_says_its_result_how_sure_it_is_and_what_it_rests_on(call):
    said = narrow(call("evidence", "pool", *DPN, "--outcome", "pain"))
    assert said.startswith(
        "Pain, light minus sham: −1.0 (−2.5 to +0.49) points of 10 in painful diabetic polyneuropathy"
    )
    for part in (
        "certainty very low",
        "95 % prediction interval",
        "I2",
        "Hartung-Knapp",
        "without Zinman 2004",
        "with those set aside",
        "not tested: 3 trials, 10 are needed",
        "50 people in arms of equal size",
        "Measured it, but print too little",
        "of which only P <= 0.05 is printed",
    ):
        assert part in said, part


def test_a_pooling_as_data_is_the_one_of_the_library(call):
    record = json.loads(call("evidence", "pool", *DPN, "--outcome", "pain", "--method", "DL", "--json").out)
    found = pool_outcome("diabetic_polyneuropathy", "pain", method="DL")
    assert record["pooled"]["estimate"] == found.pooled.estimate
    assert record["certainty"]["level"] == "very low"
    assert [effect["study_id"] for effect in record["effects"]] == [effect.study_id for effect in found.effects]


def test_pictures_are_written_as_files_of_their_own(call, tmp_path):
    forest, funnel = tmp_path / "forest.svg", tmp_path / "funnel.svg"
    answer = call("evidence", "pool", *DPN, "--outcome", "pain", "--plot", forest, "--funnel", funnel)
    assert answer.code == 0
    for path in (forest, funnel):
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
        assert f"Written: {path}" in answer.err
        assert "var(" not in path.read_text(encoding="utf-8")


def test_a_picture_of_nothing_is_not_written_and_said_so(call, tmp_path):
    path = tmp_path / "forest.svg"
    answer = call("evidence", "pool", "--condition", "carpal_tunnel", "--outcome", "pain", "--plot", path)
    assert answer.code == 0
    assert "nothing to draw" in answer.err
    assert not path.exists()
    assert "not estimable" in " ".join(answer.out.split())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--condition", "diabetes", "--outcome", "pain"), "unknown condition 'diabetes'"),
        ((*DPN, "--outcome", "pains"), "did you mean 'pain'?"),
        ((*DPN, "--outcome", "pain", "--measure", "risk_ratio"), "mean_difference or standardised"),
    ],
)
def test_a_wrong_name_is_refused_with_the_choice(arguments, said, call):
    answer = call("evidence", "pool", *arguments)
    assert (answer.code, answer.out) == (1, "")
    assert said in " ".join(answer.err.split())


def test_two_pictures_need_two_files(call, tmp_path):
    path = tmp_path / "x.svg"
    answer = call("evidence", "pool", *DPN, "--outcome", "pain", "--plot", path, "--funnel", path)
    assert answer.code == 1
    assert "another file than --plot" in answer.err
    assert not path.exists()


def test_an_outcome_that_is_not_pain_does_not_borrow_the_certainty_of_pain(call):
    said = narrow(call("evidence", "pool", *DPN, "--outcome", "nerve_fibres"))
    assert "certainty not rated for this outcome (of the effect on pain: very low)" in said
    assert "points of 10" not in said


def test_effects_are_regressed_on_what_studies_say_or_said_to_be_too_few(call):
    said = narrow(call("evidence", "regress", "--condition", "all", "--outcome", "pain", "--on", "weeks"))
    assert "not estimable: 5 of the 10 trials needed" in said
    record = json.loads(
        call("evidence", "regress", "--condition", "all", "--outcome", "pain", "--on", "people", "--json").out
    )
    assert record["regression"] is None
    for option, name, hint in (
        ("--on", "week", "'weeks'"),
        ("--outcome", "pains", "'pain'"),
        ("--condition", "x", "unknown"),
    ):
        arguments = {"--condition": "all", "--outcome": "pain", "--on": "weeks", option: name}
        answer = call("evidence", "regress", *(word for pair in arguments.items() for word in pair))
        assert (answer.code, answer.out) == (1, "")
        assert hint in answer.err


@pytest.mark.parametrize(
    "arguments",
    [
        (*DPN, "--outcome", "pain", "--week", "nan"),
        DPN,
        ("--outcome", "pain"),
        (*DPN, "--outcome", "pain", "--method", "FE"),
        (*DPN, "--outcome", "pain", "--week", "-1"),
        (*DPN, "--outcome", "pain", "--week", "soon"),
    ],
)
def test_a_wrong_call_is_one(arguments, call):
    assert call("evidence", "pool", *arguments).code == 2


@pytest.mark.parametrize(
    "outcome", ["pain", "pain_responders", "neuropathy_score", "sensation", "incidence", "several"]
)
@pytest.mark.parametrize("condition", ["all", *CONDITIONS])
def test_every_condition_and_outcome_has_an_answer(condition, outcome, call):
    narrow(call("evidence", "pool", "--condition", condition, "--outcome", outcome, "--open"))


@pytest.mark.slow
def test_the_question_of_the_nerve_is_answered_with_what_is_missing(call, tmp_path):
    path = tmp_path / "response.svg"
    said = narrow(call("evidence", "response", "--condition", "carpal_tunnel", "--plot", path))
    assert "Not estimable" in said
    assert "chang2008" in said
    assert "mean and standard deviation of each arm" in said
    assert ElementTree.parse(path).getroot().tag.endswith("svg")
    record = json.loads(call("evidence", "response", "--condition", "carpal_tunnel", "--json").out)
    assert record["nerve"]["regression"] is None
    (light,) = record["nerve"]["light_without_effect"]
    assert light["study"] == "chang2008"
    assert light["low"] < light["value"] < light["high"]


def test_claims_are_listed_with_verdict_reason_sources_and_what_may_be_said(call):
    answer = call("evidence", "claims")
    said = narrow(answer)
    for name in claim_ids():
        assert f"{name}: " in answer.out
    for part in ("may say", "reason", "sources", "known through a third party"):
        assert part in said


def test_claims_can_be_narrowed_down_or_shown_one_by_one(call):
    records = json.loads(call("evidence", "claims", "--verdict", "wrong", "--json").out)
    assert len(records) > 5
    assert {record["verdict"] for record in records} == {"wrong"}
    assert all(record["may_say"] for record in records)
    (one,) = json.loads(call("evidence", "claims", "brand_new", "--json").out)
    assert one["id"] == "brand_new"
    records = json.loads(call("evidence", "claims", "--condition", "carpal_tunnel", "--json").out)
    assert {record["id"] for record in records} == {"wrist_relief", "wrist_lasting"}
    for arguments, said in (
        (("brand_now",), "did you mean 'brand_new'"),
        (("--verdict", "rong"), "did you mean 'wrong'"),
        (("--condition", "x"), "unknown condition"),
    ):
        answer = call("evidence", "claims", *arguments)
        assert (answer.code, answer.out) == (1, "")
        assert said in answer.err


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_card_fits_the_terminal_and_is_data_as_well(condition, call):
    said = narrow(call("evidence", "card", condition))
    record = json.loads(call("evidence", "card", condition, "--json").out)
    assert record["certainty"]["level"] in said
    assert record["protocol"] in record["usable"] or record["protocol"] == "no protocol with usable evidence"
    assert "benefit over sham" in said
    assert record["unknown"]


def test_anchors_are_ordered_with_reasons_and_nulls_last(call):
    said = narrow(call("evidence", "anchors", *DPN, "--site", "plantar_foot", "--target", "nerve"))
    assert said.startswith("First: yamany2012 1. yamany2012: arm, usable")
    assert "design and conduct 3 of 3" in said
    assert said.index("walt2022") < said.index("lavery2008")
    records = json.loads(call("evidence", "anchors", *DPN, "--json").out)
    assert [record["place"] for record in records] == list(range(1, len(records) + 1))
    assert records[-1]["kind"] == "null"
    none = narrow(call("evidence", "anchors", "--condition", "post_stroke_pain"))
    assert none == "No protocol with usable evidence"
    answer = call("evidence", "anchors", *DPN, "--site", "elbow")
    assert (answer.code, answer.out) == (1, "")
    assert "unknown site 'elbow'" in answer.err


NEW = {
    "id": "someone2026",
    "condition": "carpal_tunnel",
    "design": "sham_controlled",
    "direction": "unknown",
    "arms": [{"name": "laser", "role": "light"}, {"name": "sham", "role": "sham"}],
    "sources": ["someone2026"],
    "place": "abstract",
    "checked": "abstract",
    "citations": {"someone2026": {"citation": "Someone S. A trial of light. 2026.", "checked": "abstract"}},
}


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("NERVELIGHT_DATA", str(tmp_path / "data"))
    forget()
    path = tmp_path / "someone2026.yaml"
    path.write_text(yaml.safe_dump(NEW), encoding="utf-8")
    yield path
    monkeypatch.undo()
    forget()


def test_a_study_is_checked_added_listed_and_shown(own, call):
    said = narrow(call("evidence", "add", own, "--check"))
    assert "Nothing was written." in said
    assert "its light lacks" in said
    assert not (own.parent / "data").exists()
    record = json.loads(call("evidence", "add", own, "--json").out)
    assert record["study"] == "someone2026"
    assert record["added_to"].endswith("someone2026.yaml")
    assert "someone2026" in call("evidence", "list", "--condition", "carpal_tunnel").out
    assert "Someone S. A trial of light. 2026." in " ".join(call("evidence", "show", "someone2026").out.split())


def test_a_study_is_removed_again(own, call):
    call("evidence", "add", own)
    answer = call("evidence", "remove", "someone2026")
    assert answer.code == 0
    assert answer.out.startswith("Removed: ")
    again = call("evidence", "remove", "someone2026")
    assert (again.code, again.out) == (1, "")
    assert "unknown study of your own" in again.err


def test_a_file_of_the_package_can_be_checked_and_not_added(call, tmp_path):
    from importlib import resources

    text = resources.files("nervelight.evidence").joinpath("data/studies/chang2008.yaml").read_text(encoding="utf-8")
    path = tmp_path / "chang2008.yaml"
    path.write_text(text, encoding="utf-8")
    assert "a study of the package has this name" in narrow(call("evidence", "add", path, "--check"))
    answer = call("evidence", "add", path)
    assert answer.code == 1
    assert "a name that no study of the package has" in " ".join(answer.err.split())


def test_a_wrong_study_is_refused_with_every_fault_and_nothing_written(own, call):
    own.write_text(
        yaml.safe_dump({**NEW, "design": "rct", "lights": [{"emitter": "lamp"}], "n": "many"}), encoding="utf-8"
    )
    answer = call("evidence", "add", own)
    assert answer.code == 1
    said = " ".join(answer.err.split())
    assert "3 faults; nothing was written" in said
    for path in ("design", "lights[0].emitter", "n:"):
        assert path in said
    assert not (own.parent / "data").exists()


@pytest.mark.parametrize("text", ["", "[", "- a", "id: 3", "\x00"])
def test_what_is_no_study_is_refused(own, call, text):
    own.write_text(text, encoding="utf-8")
    answer = call("evidence", "add", own)
    assert answer.code == 1
    assert "fault" in answer.err
    assert "Traceback" not in answer.err


def test_a_file_that_is_not_there_is_said_so(call):
    answer = call("evidence", "add", "nothing.yaml")
    assert answer.code == 1
    assert "a file that exists" in answer.err
