"""Results that disagree with each other must own up to it, and only those."""

import pytest

from nervelight.documents import validated
from nervelight.errors import InvalidInput
from nervelight.evidence import Outcome, Study, check_outcomes, studies, study

STUDY = {
    "id": "someone2020",
    "condition": "carpal_tunnel",
    "design": "sham_controlled",
    "direction": "unknown",
    "sources": ["nervelight_assumption"],
    "place": "abstract",
    "checked": "abstract",
    "arms": [{"name": "laser", "role": "light"}, {"name": "sham", "role": "sham"}],
}
START = {"instrument": "VAS", "domain": "pain", "week": 0, "arm": "laser", "mean": 6.0}
END = {"instrument": "VAS", "domain": "pain", "week": 4, "arm": "laser"}
ARMS = [
    {"instrument": "VAS", "domain": "pain", "week": 4, "arm": "laser", "n": 15, "mean": 7.26, "sd": 1.59},
    {"instrument": "VAS", "domain": "pain", "week": 4, "arm": "sham", "n": 15, "mean": 8.4, "sd": 1.12},
]
POOLED = {"instrument": "VAS", "domain": "pain", "difference_kind": "mean"}
BROKEN = [
    [START, {**END, "mean": 4.0, "change": -3.0}],
    [START, {**END, "mean": 4.0, "change_percent": -20.0}],
    [START, {**END, "change": -2.0, "change_percent": -20.0}],
    [*ARMS, {"instrument": "VAS", "domain": "pain", "week": 4, "p": "= 0.299"}],
    [{**POOLED, "difference": 0.5, "ci": [0.6, 0.9]}],
    [{**POOLED, "difference": 0.5, "ci": [0.45, 0.9]}],
]
SOUND = [
    [START, {**END, "mean": 4.0, "change": -2.0, "change_percent": -33.0}],
    [START, {**END, "mean": 4.04, "change": -2.0}],
    [*ARMS, {"instrument": "VAS", "domain": "pain", "week": 4, "p": "= 0.031"}],
    [*ARMS, {"instrument": "VAS", "domain": "pain", "week": 4, "p": "< 0.05"}],
    [{**POOLED, "difference": 0.49, "ci": [0.3, 0.68]}],
    [{**POOLED, "difference": 0.2, "difference_kind": "odds_ratio", "ci": [0.05, 0.6]}],
    [{**END, "change": -2.0, "change_percent": -10.0}],
    [*ARMS, {"instrument": "VAS", "domain": "pain", "week": 4, "p": "= 0.299", "p_method": "ANCOVA"}],
]


def read(rows):
    return [Outcome.model_validate(row) for row in rows]


@pytest.mark.parametrize("rows", BROKEN)
def test_what_disagrees_is_found_and_must_be_owned_up_to(rows):
    broken = [check for check in check_outcomes(read(rows)) if not check.consistent]
    assert len(broken) == 1
    assert broken[0].row == len(rows) - 1
    with pytest.raises(InvalidInput, match="needs a 'contradiction' that owns up to"):
        validated(Study, {**STUDY, "outcomes": rows}, "test")
    owned = [*rows[:-1], {**rows[-1], "contradiction": "One of them is wrong."}]
    assert validated(Study, {**STUDY, "outcomes": owned}, "test").outcomes[-1].contradiction


@pytest.mark.parametrize("rows", SOUND)
def test_what_agrees_passes_and_may_not_be_called_a_contradiction(rows):
    assert all(check.consistent for check in check_outcomes(read(rows)))
    assert validated(Study, {**STUDY, "outcomes": rows}, "test")
    with pytest.raises(InvalidInput, match="but its numbers agree"):
        validated(Study, {**STUDY, "outcomes": [*rows[:-1], {**rows[-1], "contradiction": "?"}]}, "test")


def test_people_are_those_of_the_arms_where_rows_do_not_say_them():
    bare = [{k: v for k, v in row.items() if k != "n"} for row in ARMS]
    rows = read([*bare, {"instrument": "VAS", "domain": "pain", "week": 4, "p": "= 0.299"}])
    assert check_outcomes(rows) == ()
    assert [check.consistent for check in check_outcomes(rows, {"laser": 15, "sham": 15})] == [False]
    assert check_outcomes(rows, {"laser": 1, "sham": 1}) == ()


def test_the_computed_p_value_is_close_to_that_of_a_t_test():
    # t = 2.27 on 28 degrees of freedom, P about 0.03
    (check,) = check_outcomes(read([*ARMS, {"instrument": "VAS", "domain": "pain", "week": 4, "p": "= 0.299"}]))
    assert "give P = 0.031, printed 0.299" in check.text


def test_the_library_knows_its_contradictory_results():
    found = {entry.id for entry in studies() if any(outcome.contradiction for outcome in entry.outcomes)}
    assert found == {"chatterjee2019", "iums_jap_980nm"}
    owned = [outcome for outcome in study("chatterjee2019").outcomes if outcome.contradiction]
    assert [(outcome.instrument, outcome.arm) for outcome in owned] == [("QVAS", "sham")]
