"""``nervelight evidence``: which light trials gave, what they found, what they leave out."""

import json

import pytest

from nervelight.evidence import CONDITIONS, anchor, anchor_ids, study, study_ids


def test_list_names_every_study(call):
    answer = call("evidence", "list")
    assert answer.code == 0
    for name in study_ids():
        assert name in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80


def test_list_says_what_can_be_followed(call):
    rows = {line.split()[0]: line for line in call("evidence", "list").out.splitlines() if line.strip()}
    assert rows["yamany2012"].rstrip().endswith("arm, usable")
    assert "envelope" in rows["walt2022"]
    for name in ("lavery2008", "clifft2005"):
        assert "null" in rows[name]


@pytest.mark.parametrize("condition", sorted(CONDITIONS))
def test_list_of_one_condition_holds_its_studies_and_no_others(condition, call):
    entries = json.loads(call("evidence", "list", "--condition", condition, "--json").out)
    wanted = [name for name in study_ids() if condition in (study(name).condition, *study(name).also)]
    assert [entry["id"] for entry in entries] == wanted


def test_conditions_divide_the_list(call):
    every = json.loads(call("evidence", "list", "--json").out)
    assert [entry["id"] for entry in every] == list(study_ids())
    assert {entry["condition"] for entry in every} <= {*CONDITIONS, None}


@pytest.mark.parametrize("name", study_ids())
def test_show_prints_each_study_with_what_keeps_it_from_being_followed(name, call):
    answer = call("evidence", "show", name)
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    said = "".join(answer.out.split())
    if name in anchor_ids():
        for what in anchor(name).missing:
            assert "".join(what.split()) in said
    assert json.loads(call("evidence", "show", name, "--json").out)["id"] == name


@pytest.mark.parametrize("name", study_ids())
def test_show_prints_every_number_of_every_result(name, call):
    said = "".join(call("evidence", "show", name).out.split())
    for outcome in study(name).outcomes:
        for field in ("mean", "change", "median_change", "difference", "sd", "se", "cohens_d", "count", "n"):
            value = getattr(outcome, field)
            if value is not None:
                assert f"{value:g}" in said, f"{outcome.instrument} {field}"
        if outcome.p:
            assert "".join(outcome.p.split()) in said
    for light in study(name).lights:
        for wavelength in light.wavelengths:
            assert f"{wavelength:g}nm" in said


def test_show_flags_what_was_derived(call):
    said = " ".join(call("evidence", "show", "yamany2012").out.split())
    assert "850 nm" in said
    assert "5.7 J/cm" in said
    assert "is computed" in said


def test_an_unknown_study_suggests_the_nearest(call):
    answer = call("evidence", "show", "yamani2012")
    assert (answer.code, answer.out) == (1, "")
    assert "did you mean 'yamany2012'?" in answer.err


def test_an_unknown_condition_is_refused_with_the_choice(call):
    answer = call("evidence", "list", "--condition", "diabetic_polyneuropaty")
    assert (answer.code, answer.out) == (1, "")
    said = " ".join(answer.err.split())
    assert "did you mean 'diabetic_polyneuropathy'?" in said
    assert "trigeminal_neuralgia" in said


def test_a_command_that_does_not_exist_is_a_wrong_call(call):
    assert call("evidence", "sho", "yamany2012").code == 2
    assert call("evidence", "show").code == 2


def test_one_study_as_its_users_call_it(shell):
    done = shell("evidence", "show", "lavery2008", COLUMNS="80")
    assert done.returncode == 0
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
