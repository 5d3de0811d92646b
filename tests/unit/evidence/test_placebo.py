"""What people without light that does anything did, on one scale."""

import pytest

from nervelight.evidence import CONDITIONS, placebo_responses, study
from nervelight.sources import require_known


def test_benchmarks_come_first_and_on_a_scale_of_ten():
    found = placebo_responses("diabetic_polyneuropathy")
    kinds = [row.kind for row in found]
    assert kinds == sorted(kinds)
    benchmark = {(row.study_id, row.change is None): row for row in found if row.kind == "benchmark"}
    assert benchmark["hauser2011", False].change == pytest.approx(-1.711)
    assert (benchmark["hauser2011", False].low, benchmark["hauser2011", False].high) == pytest.approx((-1.79, -1.641))
    assert benchmark["frisaldi2023", False].change == pytest.approx(-1.54)
    assert benchmark["frisaldi2023", True].responders == 25


@pytest.mark.parametrize(
    ("condition", "name", "week", "change"),
    [
        ("diabetic_polyneuropathy", "zinman2004", 4, 0.0),
        ("diabetic_polyneuropathy", "rastogi2021", 12, -3.0),
        ("diabetic_polyneuropathy", "chatterjee2019", 12, -1.777),
        ("trigeminal_neuralgia", "ebrahimi2018", 3, -3.9),
        ("burning_mouth", "spanemberg2019", 4, -2.5),
    ],
)
def test_sham_arms_are_those_of_the_trials(condition, name, week, change):
    rows = {(row.study_id, row.week): row for row in placebo_responses(condition)}
    assert rows[name, week].change == pytest.approx(change, abs=1e-6)
    assert rows[name, week].kind == "sham"


def test_responders_of_sham_arms_are_shares():
    rows = [row for row in placebo_responses("chemotherapy_induced") if row.study_id == "teng2022"]
    assert [row.responders for row in rows] == [53, 33]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_number_has_its_place(condition):
    for row in placebo_responses(condition):
        assert require_known([row.source])
        assert row.place
        assert (row.change is None) != (row.responders is None)
        assert not study(row.study_id).set_aside
