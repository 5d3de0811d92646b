"""``nervelight evidence treatments``: other treatment by line, with strength and source."""

import json

import pytest

from nervelight.evidence import CONDITIONS, treatments_for


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_is_shown_in_80_columns_with_what_it_is_not(condition, call):
    answer = call("evidence", "treatments", condition)
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    said = " ".join(answer.out.split())
    assert "not among the ranked treatments" in said
    assert "never a drug order" in said
    # Cells wrap inside their columns, so that words are counted, not phrases.
    for rung in treatments_for(condition).rungs:
        for word in " ".join((*rung.names, rung.body)).split():
            assert word in said


def test_numbers_that_were_not_checked_are_marked_and_the_mark_is_explained(call):
    out = call("evidence", "treatments", "diabetic_polyneuropathy").out
    for number in ("4.6†", "7.4†", "8.9†", "13.2†"):
        assert number in out
    assert "† not checked at its source" in out
    assert "†" not in call("evidence", "treatments", "facial_palsy").out


def test_harm_stands_beside_benefit_and_second_hand_reading_is_told(call):
    said = " ".join(call("evidence", "treatments", "spinal_cord_injury_pain").out.split())
    assert "13.9 to 26.2 for one more who stops" in said
    assert "as told by Clinical Pain Advisor; as told by Actionable Nuggets for SCI" in said
    record = json.loads(call("evidence", "treatments", "spinal_cord_injury_pain", "--json").out)
    assert "NNH" in record["numbers"]
    assert record["numbers_sources"] == ["neupsig2025"]


def test_the_record_has_every_rung_with_its_source(call):
    record = json.loads(call("evidence", "treatments", "carpal_tunnel", "--json").out)
    rungs = treatments_for("carpal_tunnel").rungs
    assert [(row["treatment"], row["source"]) for row in record["rungs"]] == [
        (rung.treatment.id, rung.standing.source) for rung in rungs
    ]
    assert record["note"]
    assert record["note_sources"]
    assert "never a drug order" in record["closing"]


def test_an_unknown_condition_is_refused_with_a_suggestion(call):
    answer = call("evidence", "treatments", "carpal")
    assert answer.code == 1
    assert "carpal_tunnel" in answer.err
