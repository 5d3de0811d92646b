"""From answers to scores: worked examples, the traps of each instrument, and laws that hold for all of them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nervelight.assessment import (
    check_score,
    goal_attainment,
    instrument,
    instrument_ids,
    red_flag_ids,
    scorable_ids,
    score_answers,
    scoring,
    wording,
)
from nervelight.assessment.scoring_schema import ItemBlock, Scale, Scoring
from nervelight.errors import InvalidInput, UnknownName, ValidityError
from nervelight.sources import require_known

YES, NO = True, False
MNSI_SCORED_ON_NO = (7, 13)
MNSI_UNSCORED = (4, 10)


def answers_of(block: ItemBlock) -> list[float | bool]:
    """Return every answer that an item allows."""
    if block.choices:
        return [float(k) for k in range(1, len(block.choices) + 1)]
    if block.low is None or block.high is None:
        return [False, True]
    return [block.low + k * block.step for k in range(round((block.high - block.low) / block.step) + 1)]


def by_points(name: str, least: bool) -> list[float | bool]:
    """Return the answers that give the fewest or the most points."""
    pick = min if least else max
    return [pick(answers_of(block), key=lambda a, b=block: b.points_of(a)) for block in scoring(name).items()]


@st.composite
def forms(draw, name: str, left_out: bool = False):
    options = [st.sampled_from(answers_of(block)) for block in scoring(name).items()]
    return [draw(st.none() | option if left_out else option) for option in options]


def test_what_can_be_scored():
    assert set(scorable_ids()) <= set(instrument_ids())
    # Examinations read by method, grades, and scores whose items or tables are not known here.
    assert set(instrument_ids()) - set(scorable_ids()) == {
        "uens", "promis_pi_6b", "promis_pq_neuro_5a", "eq5d_5l", "norfolk_qol_dn", "monofilament_10g", "vibration_128",
        "ncs_sural", "sixmwt", "neupsig_grade",
    }  # fmt: skip
    for name in set(instrument_ids()) - set(scorable_ids()):
        with pytest.raises(ValidityError, match="enter its result"):
            scoring(name)
    with pytest.raises(UnknownName, match="did you mean 'phq9'"):
        score_answers("phq-9", [0] * 9)


# ---- worked examples


@pytest.mark.parametrize(
    ("name", "answers", "score"),
    [
        ("nrs11", [6], 6),
        ("peg", [7, 6, 8], 7),
        ("peg", [5, 5, 6], 16 / 3),
        ("phq9", [1, 2, 3, 0, 1, 2, 3, 0, 0], 12),
        ("phq2", [2, 1], 3),
        ("gad7", [3, 3, 2, 2, 1, 1, 0], 12),
        ("isi", [4, 3, 2, 1, 0, 4, 3], 17),
        ("dn4", [YES, YES, NO, YES, NO, NO, NO, YES, NO, NO], 4),
        ("lanss", [YES, NO, NO, NO, NO, NO, NO], 5),
        ("lanss", [NO, YES, YES, YES, YES, YES, YES], 19),
        ("s_lanss", [YES, YES, NO, YES, NO, NO, NO], 12),
        ("npsi", [5, 4, 3, 6, 7, 2, 1, 0, 8, 9], 45),
        ("tns_c", [1, 0, 2, 1, 3, 0, 2], 9),
        ("tcss", [YES, YES, YES, NO, NO, NO, 0, 1, 2, 2, YES, YES, NO, YES, NO], 11),
        ("mnsi_e", [1, 0, 0.5, 1, 0, 0, 0.5, 0.5], 3.5),
        ("promis_pi_4a", [1, 1, 1, 1], 41.6),
        ("promis_pi_4a", [3, 3, 2, 2], 58.5),
        ("promis_sd_4a", [3, 3, 3, 3], 54.3),
        ("promis_sd_4a", [5, 5, 5, 5], 73.3),
    ],
)
def test_a_worked_example(name, answers, score):
    assert score_answers(name, answers).score == pytest.approx(score)


def test_the_standard_error_of_a_t_score_is_that_of_this_very_score():
    floor, middle = (score_answers("promis_pi_4a", answers).scales[0] for answers in ([1] * 4, [3, 3, 2, 2]))
    assert (floor.standard_error, middle.standard_error) == (6.1, 1.8)
    assert floor.unverified and middle.unverified


# ---- traps


def test_mnsi_items_7_and_13_score_on_no_and_items_4_and_10_never():
    everything = [YES] * 15
    # Adding every positive answer would give 15.
    assert score_answers("mnsi_q", everything).score == 11
    assert score_answers("mnsi_q", [NO] * 15).score == 2
    worst = [NO if k in MNSI_SCORED_ON_NO else YES for k in range(1, 16)]
    assert score_answers("mnsi_q", worst).score == 13
    for unscored in MNSI_UNSCORED:
        other = [*worst]
        other[unscored - 1] = NO
        assert score_answers("mnsi_q", other).score == 13
        other[unscored - 1] = None
        assert score_answers("mnsi_q", other).score == 13


def test_cipn20_changes_of_the_raw_sum_are_not_points_of_the_scale():
    for scale, raised in (("sensory", (1, 2, 3)), ("motor", (7, 8, 11))):
        low = [1] * 20
        high = [2 if k in raised else 1 for k in range(1, 21)]
        before, after = (
            next(s.value for s in score_answers("eortc_cipn20", answers).scales if s.name == scale)
            for answers in (low, high)
        )
        change = next(c for c in instrument("eortc_cipn20").changes if c.scale == scale)
        # Three points of the raw sum lie within the published 2.5 to 5.9 and 2.6 to 5.0.
        assert change.raw_sum.low < 3 < change.raw_sum.high
        assert change.raw_sum_percent.low < after - before < change.raw_sum_percent.high
        assert after - before == pytest.approx(300 / change.raw_span)


def test_cipn20_parts_the_items_once():
    parts = [scale.items for scale in scoring("eortc_cipn20").scales if scale.name]
    assert [len(part) for part in parts] == [9, 8, 3]
    assert sorted(sum(parts, ())) == list(range(1, 21))


def test_paindetect_takes_a_point_for_the_second_picture():
    felt = [1] * 7
    scores = [score_answers("paindetect", [*felt, pattern, NO]).score for pattern in (1, 2, 3, 4)]
    assert scores == [7, 6, 8, 8]
    assert score_answers("paindetect", [*felt, 1, YES]).score == 9
    assert score_answers("paindetect", [0] * 7 + [2, NO]).score == -1


def test_id_pain_takes_a_point_for_pain_of_the_joints():
    assert score_answers("id_pain", [YES] * 5 + [NO]).score == 5
    assert score_answers("id_pain", [NO] * 5 + [YES]).score == -1


def test_ntx_is_better_when_higher_and_asks_for_more_than_half():
    assert score_answers("fact_gog_ntx", [0] * 11).score == 44
    assert score_answers("fact_gog_ntx", [4] * 11).score == 0
    assert instrument("fact_gog_ntx").better == "higher"
    assert score_answers("fact_gog_ntx", [1] * 6 + [None] * 5).score == 33
    assert score_answers("fact_gog_ntx", [1] * 5 + [None] * 6).score is None


def test_goal_attainment_by_the_corrected_formula():
    assert goal_attainment([0, 0, 0]) == 50
    assert goal_attainment([1]) == 60
    # By hand: 10 * 3 / sqrt(0.7 * 3 + 0.3 * 9).
    assert goal_attainment([1, 1, 1]) == pytest.approx(50 + 30 / math.sqrt(4.8))
    # By hand: 10 * (2 - 2) = 0, then 10 * (4 - 1) / sqrt(0.7 * 5 + 0.3 * 9).
    assert goal_attainment([1, -2], [2, 1]) == 50
    assert goal_attainment([2, -1], [2, 1]) == pytest.approx(50 + 30 / math.sqrt(6.2))
    assert score_answers("gas", [2, -1], [2, 1]).score == goal_attainment([2, -1], [2, 1])


@given(
    levels=st.lists(st.sampled_from([-2, -1, 0, 1, 2]), min_size=1, max_size=5),
    weight=st.floats(min_value=0.1, max_value=10),
)
def test_goal_attainment_mirrors_and_knows_no_unit_of_weight(levels, weight):
    assert goal_attainment([-level for level in levels]) == pytest.approx(100 - goal_attainment(levels))
    assert goal_attainment(levels, [weight] * len(levels)) == pytest.approx(goal_attainment(levels))


@pytest.mark.parametrize(
    ("levels", "weights", "path"),
    [
        ([], None, "levels"),
        ([3], None, r"levels\[1\]"),
        ([0.5], None, r"levels\[1\]"),
        ([True], None, r"levels\[1\]"),
        ([1, 1], [1], "weights"),
        ([1], [0], r"weights\[1\]"),
        ([1], [math.nan], r"weights\[1\]"),
    ],
)
def test_goals_that_cannot_be_scored(levels, weights, path):
    with pytest.raises(InvalidInput, match=path):
        goal_attainment(levels, weights)


def test_an_answer_above_zero_to_phq9_item_9_is_a_red_flag_whatever_the_total():
    harmless = [3, 3, 3, 3, 3, 3, 3, 3, 0]
    assert score_answers("phq9", harmless).red_flags == ()
    assert score_answers("phq9", [0] * 8 + [1]).red_flags == ("self_harm",)
    # Also on a form that is too empty to be scored.
    unfinished = score_answers("phq9", [None] * 8 + [2])
    assert unfinished.score is None and unfinished.red_flags == ("self_harm",)


@pytest.mark.parametrize(("short", "long"), [("phq2", "phq9"), ("gad2", "gad7")])
def test_a_positive_short_form_asks_for_the_long_one(short, long):
    assert score_answers(short, [1, 1]).ask_next == ""
    assert score_answers(short, [2, 1]).ask_next == long
    assert score_answers(short, [3, None]).ask_next == ""
    assert wording(short).items == wording(long).items[:2]
    # The step is the published cut-off, not another one.
    assert scoring(short).then.at_least == instrument(short).cutoffs[0].bands[0].at_least


def test_pro_ctcae_reports_both_attributes_and_no_grade():
    found = score_answers("pro_ctcae_numbness", [0, None])
    assert found.score is None
    assert [(scale.name, scale.value) for scale in found.scales] == [("severity", 0), ("interference", None)]
    assert "Basch 2021" in scoring("pro_ctcae_numbness").not_scored


# ---- laws for every instrument


SINGLE = [name for name in scorable_ids() if any(not scale.name for scale in scoring(name).scales)]


@pytest.mark.parametrize("name", SINGLE)
def test_the_ends_of_the_items_are_the_ends_of_the_score(name):
    ends = sorted(score_answers(name, by_points(name, least)).score for least in (True, False))
    allowed = instrument(name).score
    if name == "gas":
        assert ends == pytest.approx([50 - 100 / math.sqrt(11), 50 + 100 / math.sqrt(11)])
    elif name == "promis_pi_4a":
        # Two tables differ by 0.2 at the highest sum; the range admits both.
        assert ends == [allowed.low, 75.6] and allowed.high == 75.8
    else:
        assert ends == [allowed.low, allowed.high]


@pytest.mark.parametrize("name", SINGLE)
@given(data=st.data())
def test_every_score_can_be_one(name, data):
    found = score_answers(name, data.draw(forms(name)))
    assert found.score is not None
    check_score(name, found.score)


@pytest.mark.parametrize("name", scorable_ids())
@given(data=st.data())
def test_more_points_of_one_item_never_lower_a_scale(name, data):
    answers = data.draw(forms(name))
    blocks = scoring(name).items(len(answers))
    at = data.draw(st.integers(0, len(answers) - 1))
    other = [*answers]
    other[at] = data.draw(st.sampled_from(answers_of(blocks[at])))
    rise = blocks[at].points_of(other[at]) - blocks[at].points_of(answers[at])
    for before, after in zip(score_answers(name, answers).scales, score_answers(name, other).scales, strict=True):
        assert (after.value - before.value) * rise >= -1e-9


@pytest.mark.parametrize("name", scorable_ids())
@given(data=st.data())
def test_a_scale_with_too_few_answers_is_not_scored_and_one_with_enough_stays_in_range(name, data):
    answers = data.draw(forms(name, left_out=True))
    rules = scoring(name)
    ends = [score_answers(name, by_points(name, least)).scales for least in (True, False)]
    for k, (scale, found) in enumerate(zip(rules.scales, score_answers(name, answers).scales, strict=True)):
        members = rules.members(scale, len(answers))
        assert found.items == len(members)
        assert found.answered == sum(answers[number - 1] is not None for number in members)
        enough = found.answered >= (scale.least or len(members))
        assert (found.value is not None) == enough
        if enough and name != "gas":
            low, high = sorted(side[k].value for side in ends)
            assert low - 1e-9 <= found.value <= high + 1e-9


@pytest.mark.parametrize("name", scorable_ids())
@pytest.mark.parametrize("bad", [99, -99, 0.3, math.nan, math.inf])
def test_an_answer_that_cannot_be_one_is_refused_with_its_place(name, bad):
    answers = by_points(name, True)
    answers[0] = bad
    with pytest.raises(InvalidInput, match=r"answers\[1\]: got .*; needs "):
        score_answers(name, answers)


@pytest.mark.parametrize("name", scorable_ids())
def test_yes_is_no_number_and_a_number_is_no_yes(name):
    for at, block in enumerate(scoring(name).items()):
        answers = by_points(name, True)
        answers[at] = 1 if block.yes is not None or block.no is not None else True
        with pytest.raises(InvalidInput, match=rf"answers\[{at + 1}\]"):
            score_answers(name, answers)


@pytest.mark.parametrize("name", [name for name in scorable_ids() if name != "gas"])
def test_a_form_of_another_length_is_refused(name):
    whole = by_points(name, True)
    for answers in ([], whole[:-1], [*whole, whole[-1]]):
        with pytest.raises(InvalidInput, match=f"needs {len(whole)} of them"):
            score_answers(name, answers)


def test_every_fault_is_told_at_once():
    with pytest.raises(InvalidInput) as problem:
        score_answers("phq9", [4, 0, 0, 9, 0, 0, 0, 0, True])
    # What needs somebody at once stands first, also when that answer itself cannot be one.
    assert [fault.path for fault in problem.value.faults] == ["answers[9]", "answers[1]", "answers[4]", "answers[9]"]
    assert "self-harm pathway" in problem.value.faults[0].allowed


@pytest.mark.parametrize("form", [[0] * 8 + [1, 0], [0] * 8 + [7], [9] * 9])
def test_a_form_of_the_wrong_length_or_range_still_tells_its_alarm_first(form):
    with pytest.raises(InvalidInput) as problem:
        score_answers("phq9", form)
    assert "needs care now" in problem.value.faults[0].allowed
    assert len(problem.value.faults) > 1


def test_goals_are_one_to_five_and_only_they_have_weights():
    for answers in ([], [0] * 6):
        with pytest.raises(InvalidInput, match="needs 1 to 5"):
            score_answers("gas", answers)
    with pytest.raises(InvalidInput, match="only goals have weights"):
        score_answers("peg", [1, 2, 3], [1, 1, 1])
    # Also where a goal left out leaves nothing to score.
    with pytest.raises(InvalidInput, match="needs one for each of the 2 goals"):
        score_answers("gas", [1, None], [1, 3, 5])


# ---- data


@pytest.mark.parametrize("name", scorable_ids())
def test_a_red_flag_and_a_next_instrument_exist(name):
    rules = scoring(name)
    assert all(alarm.red_flag in red_flag_ids() for alarm in rules.alarms)
    assert rules.then is None or rules.then.ask in scorable_ids()
    require_known(rules.sources)


@pytest.mark.parametrize("name", instrument_ids())
def test_wording_stands_only_where_the_rights_allow_it(name):
    words, licence = wording(name), instrument(name).licence
    if licence.ship in {"pack", "score_only"}:
        assert words is None
    if licence.ship == "text":
        assert words is not None
    if words is None:
        return
    require_known(words.sources)
    if name in scorable_ids() and name != "gas":
        blocks = scoring(name).items()
        assert len(words.items) == len(blocks)
        if words.answers:
            assert {len(answers_of(block)) for block in blocks} == {len(words.answers)}


def test_codes_of_items_are_as_many_as_the_items():
    coded = [entry for entry in map(instrument, instrument_ids()) if entry.loinc and entry.loinc.items]
    assert {entry.id for entry in coded} == {"peg", "phq9", "gad7"}
    for entry in coded:
        assert len(entry.loinc.items) == len(scoring(entry.id).items())


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"low": 0}, "low and high"),
        ({}, "low and high"),
        ({"low": 0, "high": 4, "yes": 1}, "low and high"),
        ({"low": 4, "high": 0}, "low < high"),
        ({"yes": 1, "reversed": True}, "only a number"),
        ({"yes": 1, "falling": True}, "only a number"),
    ],
)
def test_an_item_is_of_one_kind(fields, message):
    with pytest.raises(ValidationError, match=message):
        ItemBlock(**fields)


@pytest.mark.parametrize(
    ("scale", "message"),
    [
        ({"rule": "sum", "items": (3,)}, "names item 3 of 2"),
        ({"rule": "sum", "least": 3}, "more answers than it has items"),
        ({"rule": "mean", "prorated": True}, "only a sum"),
    ],
)
def test_a_scale_is_made_of_items_that_exist(scale, message):
    with pytest.raises(ValidationError, match=message):
        Scoring(
            id="x",
            blocks=(ItemBlock(count=2, yes=1),),
            scales=(Scale(**scale),),
            missing="all",
            sources=("nervelight_rule",),
        )
