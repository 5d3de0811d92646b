"""Making a trial in one person, and reading its files back."""

import datetime as dt
import json

import numpy as np
import pytest

from nervelight.errors import BlockedPlan, InvalidInput, UnknownName, ValidityError
from nervelight.planning.diary import Diary, DiaryDay
from nervelight.planning.nof1 import Allocation, NOf1Design, analyse_nof1, design_nof1, read_document
from nervelight.planning.nof1.power import Scatter, Shape, power_of, scatter_of, simulated_days

START = dt.date(2026, 12, 7)
DUMMY = "opaque cover that warms alike"
BASELINE = [7, 6, 7, 5, 6, 8, 6, 7, 6, 5, 7, 6, 6, 7]


@pytest.fixture(scope="module")
def plan(example_plans):
    return example_plans["diabetic_feet"]


def made(plan, **changes):
    given = {"period_days": 14, "washout_days": 4, "effect": 2.0, "scatter": 1.2, "blocks": 4, "seed": 3}
    return design_nof1(plan, start=START, **{**given, **changes})


def faults(plan, **changes):
    with pytest.raises(InvalidInput) as caught:
        made(plan, **changes)
    return {fault.path: str(fault) for fault in caught.value.faults}


# ---- the schedule


def test_periods_follow_one_another_and_each_block_has_light_once(plan):
    design, allocation = made(plan)
    assert [period.name for period in design.periods] == ["1A", "1B", "2A", "2B", "3A", "3B", "4A", "4B"]
    for one, other in zip(design.periods, design.periods[1:], strict=False):
        assert other.first == one.last + dt.timedelta(days=1)
    for period in design.periods:
        assert (period.last - period.first).days == 13
        assert (period.counts_from - period.first).days == 4
    assert design.periods[0].first == START
    assert [name[0] for name in allocation.on] == ["1", "2", "3", "4"]


def test_periods_with_light_follow_the_plan_and_the_others_have_none(plan):
    design, allocation = made(plan)
    for period in design.periods:
        if period.name in allocation.on:
            assert len(period.sessions) == 6
            assert {day.strftime("%a") for day in period.sessions} == {"Mon", "Wed", "Fri"}
        else:
            assert period.sessions == ()
    assert design.session.startswith("1 min 45 s") and "each of 2 fields, 3 sessions a week" in design.session


def test_the_same_seed_gives_the_same_order_and_seeds_differ(plan):
    orders = {made(plan, blocks=12, seed=seed)[1].on for seed in range(6)}
    assert len(orders) == 6
    assert made(plan, seed=5)[1].on == made(plan, seed=5)[1].on
    assert made(plan, seed=None)[1].seed != made(plan, seed=None)[1].seed


def test_each_block_is_a_coin_of_its_own(plan):
    later = np.array([[name[1] == "B" for name in made(plan, seed=seed)[1].on] for seed in range(60)])
    # 60 throws each: 4 standard deviations either way; and no two blocks go together.
    assert np.all(np.abs(later.mean(axis=0) - 0.5) < 4 * 0.5 / np.sqrt(60))
    assert np.abs(np.corrcoef(later.T) - np.eye(4)).max() < 4 / np.sqrt(60)


def test_what_an_open_trial_says_and_a_masked_one(plan):
    design, allocation = made(plan)
    assert not design.masked and design.allocation == allocation
    assert any(note.startswith("Open:") for note in design.notes)
    assert any("holds 6 of the 12 sessions" in note for note in design.notes)
    assert any("cannot give less than p = 0.125 with 4 blocks; for 0.05 it takes 6" in note for note in design.notes)
    masked, _ = made(plan, dummy_setting=DUMMY, blocks=6)
    assert masked.masked and masked.allocation is None
    assert any("nm is seen: it must be hidden in both settings" in note for note in masked.notes)
    assert not any("is seen" in note for note in design.notes)
    assert any(note.startswith("Masked.") for note in masked.notes)
    assert not any("cannot give less" in note for note in masked.notes)
    assert any("not whole weeks" in note for note in made(plan, period_days=10)[0].notes)


def test_without_a_baseline_the_latest_score_of_the_plan_is_the_level(plan):
    later = {"instrument": "nrs11", "value": 5.0, "date": "2026-07-28"}
    plan = plan.model_copy(update={"case": {**plan.case, "scores": [later, *plan.case["scores"]]}})
    assert made(plan)[0].level == 5


# ---- the order is sealed


def test_nothing_in_a_masked_design_depends_on_the_order(plan):
    one, other = (made(plan, dummy_setting=DUMMY, period_days=10, seed=seed) for seed in (1, 2))
    assert one[1].on != other[1].on
    first, second = (json.loads(design.to_json()) for design, _ in (one, other))
    assert first.pop("commitment") != second.pop("commitment")
    assert first == second
    assert "seed" not in first and "nonce" not in first


def test_the_hash_is_of_more_than_the_order(plan):
    hashes = {made(plan, dummy_setting=DUMMY, seed=1)[1].sha256() for _ in range(3)}
    assert len(hashes) == 3


@pytest.mark.parametrize(
    "change", [{"on": ("1A", "2A", "3A", "4A")}, {"nonce": "0"}, {"seed": 4}, {"start": dt.date(2026, 12, 8)}]
)
def test_a_changed_order_is_not_the_one_committed_to(plan, change):
    design, allocation = made(plan, dummy_setting=DUMMY)
    assert design.light_on(allocation) == set(allocation.on)
    changed = allocation.model_copy(update=change)
    assert changed != allocation
    with pytest.raises(ValueError, match="not the order that this design commits to"):
        design.light_on(changed)


def test_without_its_order_a_masked_trial_is_not_analysed(plan):
    design, _ = made(plan, dummy_setting=DUMMY)
    with pytest.raises(ValueError, match=r"needs the allocation\.json"):
        design.light_on(None)


@pytest.mark.parametrize("dummy", ["", DUMMY])
def test_files_read_back_are_the_same(plan, dummy, tmp_path):
    design, allocation = made(plan, dummy_setting=dummy)
    for name, text in (("design", design.to_json()), ("allocation", allocation.to_json())):
        (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
    assert read_document(NOf1Design, tmp_path / "design.json") == design
    assert read_document(Allocation, tmp_path / "allocation.json") == allocation
    assert read_document(Allocation, tmp_path / "allocation.json").sha256() == design.commitment


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "JSON"),
        ("[]", "must be nervelight-nof1-1"),
        ('{"schema": "nervelight-plan-1"}', "must be nervelight-nof1-1"),
        ('{"schema": "nervelight-nof1-1"}', "patient: missing"),
    ],
)
def test_other_files_are_refused(text, told, tmp_path):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=told):
        read_document(NOf1Design, tmp_path / "x.json")


def test_an_open_design_whose_order_was_changed_is_refused(plan, tmp_path):
    design, allocation = made(plan)
    flipped = "1A" if allocation.on[0] == "1B" else "1B"
    data = json.loads(design.to_json())
    data["allocation"]["on"][0] = flipped
    (tmp_path / "design.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InvalidInput, match="commits to"):
        read_document(NOf1Design, tmp_path / "design.json")


# ---- how many blocks


def test_the_fewest_blocks_that_reach_the_power_in_the_worst_case(plan):
    design, _ = made(plan, blocks=None, power=0.8, baseline=BASELINE, scatter=None, effect="matters")
    assert design.power.reached == min(case.power for case in design.power.cases) >= 0.8
    fewer, _ = made(plan, blocks=design.blocks - 1, baseline=BASELINE, scatter=None, effect="matters")
    assert fewer.power.reached < 0.8
    assert design.effect == pytest.approx(0.3 * np.mean(BASELINE)) == design.matters
    assert "change that matters" in design.effect_reason
    assert [case.correlation for case in design.power.cases] == [0.0, 0.5]


def test_the_change_that_matters_is_the_plans_and_is_marked_where_it_is_not_verified(plan):
    own = [each.model_copy(update={"value": 50.0}) if each.id == "pain_percent" else each for each in plan.thresholds]
    design, _ = made(plan.model_copy(update={"thresholds": tuple(own)}), effect="matters")
    assert design.level == 7 and design.effect == design.matters == 3.5
    sleep, _ = made(plan, effect="matters", instrument_id="sleep_nrs", scatter=None, baseline=BASELINE)
    assert sleep.effect_reason.endswith("(not verified)")


def test_power_rises_with_effect_blocks_and_days_and_falls_with_scatter():
    def power(shape=(4, 7, 2), deviation=1.2, shift=-1.0):
        return power_of(Shape(*shape), Scatter(deviation, 0.3), 6.0, shift, (0.0, 10.0))

    assert power() < power(shift=-1.5) < power(shift=-2.5)
    assert power() < power(shape=(6, 7, 2)) and power() < power(shape=(4, 14, 2))
    assert power(deviation=2.0) < power()
    assert power(shift=1.0) == pytest.approx(power(), abs=0.04)


def test_without_an_effect_one_side_is_found_in_one_of_forty():
    found = power_of(Shape(4, 14, 4), Scatter(1.2, 0.3), 5.0, -1e-9, (0.0, 10.0))
    assert found <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 2000)


def test_scatter_of_a_baseline():
    low, high = scatter_of(BASELINE)
    deviation = np.std(BASELINE, ddof=1)
    # Upper limit, one-sided 80 %, of 14 independent days: χ² with 13 degrees of freedom has its 20 % point at 8.634.
    assert low.deviation == pytest.approx(deviation * np.sqrt(13 / 8.634), rel=1e-4)
    assert (low.correlation, high.correlation) == (0.0, 0.5)
    assert high.deviation > low.deviation
    gaps = scatter_of([*BASELINE[:5], None, None, *BASELINE[5:]])
    assert gaps[0].deviation == pytest.approx(low.deviation) and gaps[1].deviation != high.deviation
    with pytest.raises(ValidityError, match="6 scores"):
        scatter_of([*BASELINE[:6], None, None])


def test_four_weeks_of_baseline_tell_their_own_correlation():
    rng = np.random.default_rng(4)
    days = simulated_days(rng, np.arange(120), Scatter(1.5, 0.6), 1)[0] + 6
    low, high = scatter_of(days.tolist())
    assert 0.3 < low.correlation < 0.6 < high.correlation < 0.85


def test_simulated_days_scatter_as_told():
    day = np.array([0, 1, 2, 5, 6])
    drawn = simulated_days(np.random.default_rng(1), day, Scatter(1.5, 0.6), 40_000)
    wanted = 0.6 ** np.abs(day[:, None] - day[None, :])
    assert np.std(drawn, axis=0) == pytest.approx(1.5, rel=0.02)
    assert np.abs(np.corrcoef(drawn.T) - wanted).max() < 4 / np.sqrt(40_000)


def test_a_power_out_of_reach_says_how_far_it_gets(plan):
    told = faults(plan, blocks=None, power=0.9, effect=0.5, scatter=2.5, period_days=7, washout_days=3)
    assert set(told) == {"power"}
    assert "12 blocks, 168 days, find an effect of 0.5 points in" in told["power"]
    assert "of 100 trials if days scatter by 2.5 points with correlation 0.5" in told["power"]


# ---- what makes no sense


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"period_days": 3}, {"period": "whole days from 4 to 56"}),
        ({"washout_days": 14}, {"washout": "from 0 to 10 days: 4 days of each period have to count"}),
        ({"washout_days": -1}, {"washout": "from 0 to 10"}),
        ({"blocks": 2}, {"blocks": "from 3 to 12"}),
        ({"blocks": None}, {"power or blocks": "one of them"}),
        ({"power": 0.8}, {"power or blocks": "one of them"}),
        ({"blocks": None, "power": 1.0}, {"power": "from 50 % to 99 %"}),
        ({"scatter": None}, {"baseline or scatter": "one of them"}),
        ({"baseline": BASELINE}, {"baseline or scatter": "one of them"}),
        ({"scatter": 6.0}, {"scatter": "at most 5"}),
        ({"scatter": None, "baseline": [6, 7, 11]}, {"baseline[3]": "from 0 to 10", "baseline": "7 days"}),
        ({"effect": 7.5}, {"effect": "at most 7"}),
        ({"effect": 0.0}, {"effect": "above 0"}),
        ({"dummy_setting": "yes"}, {"dummy_setting": "how the lamp gives no light"}),
        ({"instrument_id": "peg"}, {"instrument": "asked daily"}),
        (
            {"period_days": 4, "washout_days": 9, "blocks": 1, "scatter": -1.0, "dummy_setting": "off"},
            {"washout": "", "blocks": "", "scatter": "", "dummy_setting": ""},
        ),
    ],
)
def test_what_makes_no_sense_is_refused_all_at_once(plan, changes, told):
    found = faults(plan, **changes)
    assert set(found) == set(told)
    for path, words in told.items():
        assert words in found[path]


def test_what_the_plan_has_no_score_of_needs_a_baseline(plan):
    scores = [score for score in plan.case["scores"] if score["instrument"] != "sleep_nrs"]
    told = faults(plan.model_copy(update={"case": {**plan.case, "scores": scores}}), instrument_id="sleep_nrs")
    assert "no score of sleep_nrs" in told["baseline"]


def test_an_unknown_instrument_is_told(plan):
    with pytest.raises(UnknownName, match="did you mean 'nrs11'"):
        made(plan, instrument_id="nrs12")


def test_a_blocked_plan_gets_no_trial(example_plans):
    with pytest.raises(BlockedPlan):
        made(example_plans["stroke_hand"])


def test_a_period_without_a_session_is_refused(plan):
    rare = plan.prescription.model_copy(update={"sessions_per_week": 1.0})
    case = {**plan.case, "course": {**plan.case["course"], "weekdays": ["sun"]}}
    told = faults(plan.model_copy(update={"prescription": rare, "case": case}), period_days=5, washout_days=1)
    assert "long enough for a session" in told["period"]


# ---- the result


def diary_of(design, on, effect=-2.0, skip=(), **head):
    rng = np.random.default_rng(2)
    days = []
    for period in design.periods:
        for number in range((period.last - period.first).days + 1):
            date = period.first + dt.timedelta(days=number)
            score = float(np.clip(np.round(6 + effect * (period.name in on) + rng.standard_normal()), 0, 10))
            if date not in skip:
                days.append(DiaryDay(row="", date=date, scores={"nrs11": score}, **head.get(date.isoformat(), {})))
    return Diary(patient=head.get("patient", ""), synthetic=head.get("synthetic", ""), days=tuple(days))


@pytest.mark.parametrize("dummy", ["", DUMMY])
def test_a_diary_gives_the_effect_and_says_which_days_count(plan, dummy):
    design, allocation = made(plan, dummy_setting=dummy)
    skip = {START + dt.timedelta(days=2), START + dt.timedelta(days=9)}
    found = analyse_nof1(design, diary_of(design, allocation.on, skip=skip), allocation if dummy else None)
    assert found.masked is bool(dummy)
    assert found.effect.low < -2 < found.effect.high < 0
    first = found.periods[0]
    assert (first.name, first.used, first.missing, first.left_out) == ("1A", 9, 1, 3)
    assert [(p.used, p.missing, p.left_out) for p in found.periods[1:]] == [(10, 0, 4)] * 7
    assert {period.name for period in found.periods if period.on} == set(allocation.on)
    assert (found.outside, found.days_to_come, found.effect.days) == (0, 0, 79)
    assert found.effect.p_matters is not None


def test_washout_does_not_count(plan):
    design, allocation = made(plan)
    diary = diary_of(design, allocation.on)
    wild = [
        day.model_copy(update={"scores": {"nrs11": 10.0}})
        if any(period.first <= day.date < period.counts_from for period in design.periods)
        else day
        for day in diary.days
    ]
    assert (
        analyse_nof1(design, diary.model_copy(update={"days": tuple(wild)})).effect
        == analyse_nof1(design, diary).effect
    )


def test_a_day_that_is_missing_is_the_same_as_one_with_another_score_alone(plan):
    design, allocation = made(plan)
    diary = diary_of(design, allocation.on)
    gone = START + dt.timedelta(days=8)
    without = diary.model_copy(update={"days": tuple(day for day in diary.days if day.date != gone)})
    other = [day.model_copy(update={"scores": {"sleep_nrs": 4.0}}) if day.date == gone else day for day in diary.days]
    by_other = analyse_nof1(design, diary.model_copy(update={"days": tuple(other)}))
    assert by_other == analyse_nof1(design, without)


def test_what_else_happened_is_told(plan):
    design, allocation = made(plan)
    changed = START + dt.timedelta(days=40)
    diary = diary_of(
        design, allocation.on, synthetic="by a test", **{changed.isoformat(): {"other_treatment": "new drug"}}
    )
    found = analyse_nof1(design, diary.until(START + dt.timedelta(days=100)))
    assert (found.changed, found.synthetic, found.days_to_come) == ((changed,), "by a test", 11)
    late = [day.model_copy(update={"date": day.date + dt.timedelta(days=3)}) for day in diary.days]
    assert analyse_nof1(design, diary.model_copy(update={"days": tuple(late)})).outside == 3


def test_the_diary_of_somebody_else_and_a_missing_order_are_told_together(plan):
    design, allocation = made(plan, dummy_setting=DUMMY)
    with pytest.raises(InvalidInput) as caught:
        analyse_nof1(design, diary_of(design, allocation.on, patient="Example B"))
    assert {fault.path for fault in caught.value.faults} == {"patient", "allocation"}


def test_a_diary_without_the_score_says_so(plan):
    design, _ = made(plan)
    with pytest.raises(ValidityError, match="in 0 blocks"):
        analyse_nof1(design, Diary(patient="", days=(DiaryDay(row="", date=START, scores={"peg": 5.0}),)))
