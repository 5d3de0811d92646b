"""Making a trial in one person, and reading its files back."""

import dataclasses
import datetime as dt
import json
import math
from collections import Counter

import numpy as np
import pytest

from nervelight.errors import BlockedPlan, InvalidInput, UnknownName, ValidityError
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.nof1 import Allocation, NOf1Design, analyse_nof1, design_nof1, power, read_document
from nervelight.planning.nof1.power import Scatter, Shape, power_of, scatter_of, simulated_days
from nervelight.planning.nof1.regression import fit_effect
from nervelight.report import nof1_rows, nof1_title, nof1_warnings

START = dt.date(2026, 12, 7)
DUMMY = "opaque cover that warms alike"
BASELINE = [7, 6, 7, 5, 6, 8, 6, 7, 6, 5, 7, 6, 6, 7]


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
    orders = {made(plan, blocks=12, period_days=7, washout_days=2, seed=seed)[1].on for seed in range(6)}
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
    told = "cannot give less than p = 0.125 with 4 blocks: no result can rule out chance. For 0.05 it takes 6."
    assert any(told in note for note in design.notes)
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


@pytest.mark.parametrize("dummy", ["", DUMMY])
@pytest.mark.parametrize(
    "change",
    [
        {"matters": 1.0},
        {"effect": 1.0},
        {"level": 5.0},
        {"plan_sha256": "0"},
        {"session": "2 h"},
        {"notes": []},
        {"adherence_percent": 10},
    ],
)
def test_a_design_changed_afterwards_is_not_the_one_sealed(plan, dummy, change, tmp_path):
    design, allocation = made(plan, dummy_setting=dummy)
    (tmp_path / "design.json").write_text(json.dumps({**json.loads(design.to_json()), **change}), encoding="utf-8")
    with pytest.raises(ValueError, match="the design was changed since"):
        read_document(NOf1Design, tmp_path / "design.json").light_on(allocation)


def earlier(days, name):
    """Return a change of a design that moves one day of its second period."""

    def change(data):
        day = dt.date.fromisoformat(data["periods"][1][name]) - dt.timedelta(days=days)
        data["periods"][1][name] = day.isoformat()

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data.update(washout_days=0), "period 1A must count from the day after its 0 of washout"),
        (earlier(1, "counts_from"), "period 1B must count from the day after its 4 of washout"),
        (earlier(-20, "first"), "period 1B must have 14 days"),
        (earlier(3, "first"), "period 1B must begin on the day after 1A"),
        (earlier(-1, "last"), "period 2A must begin on the day after 1B"),
        (lambda data: data["periods"].pop(), "periods must be pairs in order"),
        (lambda data: data["periods"][0].update(name="1B"), "periods must be pairs in order"),
        (lambda data: data.update(better="higher"), "better is higher, but of nrs11 lower is better"),
        (lambda data: data.update(instrument="nrs12"), "did you mean 'nrs11'"),
        (lambda data: data.update(matters=-2.0), "matters"),
        (lambda data: data.update(dummy_setting=""), "a masked trial has a dummy setting"),
    ],
)
def test_a_design_that_contradicts_itself_is_refused(plan, change, told, tmp_path):
    data = json.loads(made(plan, dummy_setting=DUMMY)[0].to_json())
    change(data)
    (tmp_path / "design.json").write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(InvalidInput) as caught:
        read_document(NOf1Design, tmp_path / "design.json")
    assert told in str(caught.value)


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


def test_no_order_is_drawn_for_days_that_have_passed(plan):
    assert set(faults(plan, today=START + dt.timedelta(days=1))) == {"start"}
    assert made(plan, today=START)[0].periods[0].first == START


def test_all_sessions_with_light_are_told_and_held_against_the_course(plan):
    for dummy in ("", DUMMY):
        notes = made(plan, blocks=6, dummy_setting=dummy)[0].notes
        assert notes[0].startswith("About 36 sessions with light in all, more than the 12 of the plan's course")
    notes = made(plan, period_days=7, washout_days=2, blocks=3)[0].notes
    assert notes[0] == "About 9 sessions with light in all; the plan's course has 12."


# ---- how many blocks


def test_the_fewest_blocks_that_reach_the_power_in_the_worst_case(plan):
    design, _ = made(plan, blocks=None, power=0.8, baseline=BASELINE, scatter=None, effect="matters")
    assert design.power.reached == min(case.power for case in design.power.cases) >= 0.8
    fewer, _ = made(plan, blocks=design.blocks - 1, baseline=BASELINE, scatter=None, effect="matters")
    assert fewer.power.reached < 0.8
    assert fewer.blocks >= 6
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
    def power(shape=(6, 7, 2), deviation=1.2, shift=-1.0):
        return power_of(Shape(*shape), Scatter(deviation, 0.3), 6.0, shift, (0.0, 10.0)).power

    assert power() < power(shift=-1.5) < power(shift=-2.5)
    assert power() < power(shape=(8, 7, 2)) and power() < power(shape=(6, 14, 2))
    assert power(deviation=2.0) < power()
    # Two simulations of a share near one half: four standard errors of their difference.
    assert power(shift=1.0) == pytest.approx(power(), abs=4 * math.sqrt(2 * 0.25 / 2000))


def test_found_means_by_the_interval_and_by_the_randomisation_test():
    few, six = (power_of(Shape(blocks, 7, 2), Scatter(1.2, 0.3), 6.0, -2.0, (0.0, 10.0)) for blocks in (4, 6))
    # With four blocks p cannot be below 0.125, however large the effect.
    assert few.power == 0 and few.interval > 0.8
    # With six it is 0.031 where all blocks agree, and 0.06 or more where one does not.
    assert 0.5 < six.power < six.interval


def test_power_does_not_hang_on_a_few_orders(monkeypatch):
    orders = []

    def watched(day, terms, scores, *, last):
        orders.extend(map(tuple, last.tolist()))
        return fit_effect(day, terms, scores, last=last)

    monkeypatch.setattr(power, "fit_effect", watched)
    power.power_of.__wrapped__(Shape(6, 4, 0), Scatter(1.2, 0.5), 6.0, -1.5, (0.0, 10.0))
    counts = np.array(list(Counter(orders).values()))
    # 2000 throws on 64 orders: χ² with 63 degrees of freedom is above 103 in one of a thousand such sets.
    assert len(counts) == 64 and ((counts - 2000 / 64) ** 2).sum() / (2000 / 64) < 103


def test_without_an_effect_one_side_is_found_in_one_of_forty():
    found = power_of(Shape(4, 14, 4), Scatter(1.2, 0.3), 5.0, -1e-9, (0.0, 10.0))
    assert found.interval <= 0.025 + 3 * np.sqrt(0.025 * 0.975 / 2000)


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


@pytest.mark.slow
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
    return Diary(patient=head.get("patient", "Example A"), synthetic=head.get("synthetic", ""), days=tuple(days))


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
    with pytest.raises(InvalidInput, match="the design is for Example A"):
        analyse_nof1(design, diary_of(design, allocation.on, patient=""), allocation)


def test_a_diary_without_the_score_says_so(plan):
    design, _ = made(plan)
    told = "no score of nrs11 in the diary from 2026-12-07 to 2027-03-28, the days of the trial"
    for day in (
        DiaryDay(row="", date=START, scores={"peg": 5.0}),
        DiaryDay(row="", date=dt.date(2026, 1, 1), scores={"nrs11": 5.0}),
    ):
        with pytest.raises(ValidityError, match=told):
            analyse_nof1(design, Diary(patient="Example A", days=(day,)))


# ---- what the result says


def result(plan, dummy="", shift=0.0, on_shift=-2.0, given=None, skip=(), until=None, **changes):
    """Return a trial in which sessions were given as `given` says of period and light; scores have known means."""
    design, allocation = made(plan, blocks=6, dummy_setting=dummy, **changes)
    days = []
    for period in design.periods:
        on = period.name in allocation.on
        for number in range((period.last - period.first).days + 1):
            date = period.first + dt.timedelta(days=number)
            session = DeliveredSession(fields=None, time=None) if (given or _as_planned)(period, on, date) else None
            score = 6 + shift + on_shift * on + (number % 3 - 1) * 0.8
            if date not in skip:
                days.append(DiaryDay(row="", date=date, scores={"nrs11": score}, session=session))
    diary = Diary(patient="Example A", days=tuple(days))
    diary = diary if until is None else diary.until(until)
    return analyse_nof1(design, diary, allocation), design


def _as_planned(period, _, date):
    return date in period.sessions


@pytest.mark.parametrize(
    ("low", "high", "better", "told"),
    [
        (-1.4, 3.6, "lower", "; a benefit that matters is ruled out, a worsening is not"),
        (-1.4, 1.6, "lower", ": less than what matters"),
        (-3.0, 1.0, "lower", ""),
        (-3.0, 3.0, "lower", ""),
        (-3.6, 1.4, "higher", "; a benefit that matters is ruled out, a worsening is not"),
        (-1.4, 1.6, "higher", ": less than what matters"),
        (-1.6, -0.2, "lower", ": less than what matters"),
        (0.5, 1.6, "lower", ": less than what matters"),
        (0.5, 3.6, "lower", ""),
    ],
)
def test_harm_beyond_what_matters_is_never_less_than_that(plan, low, high, better, told):
    found, design = result(plan)
    effect = dataclasses.replace(found.effect, low=low, high=high, effect=(low + high) / 2, better=better)
    title = nof1_title(dataclasses.replace(found, effect=effect), design)
    assert design.matters == pytest.approx(2.1)
    assert title.split(")", 1)[1] == told


def test_a_result_is_read_with_what_was_given(plan):
    found, design = result(plan)
    assert not any("sessions" in text for text in nof1_warnings(found, design))

    few, design = result(plan, given=lambda period, _, date: date in period.sessions[:4])
    assert nof1_warnings(few, design)[0].startswith("24 of 36 sessions with light written down, below 80 %")
    # Sessions too many in one period are none in another.
    uneven, design = result(plan, given=lambda period, on, _: on and period.block < 3)
    assert nof1_warnings(uneven, design)[0].startswith("12 of 36 sessions with light")
    stray, design = result(plan, given=lambda period, _, date: date in period.sessions or date == period.last)
    assert nof1_warnings(stray, design)[0].startswith("6 sessions in periods that should have had none")


def test_dummy_sessions_count_as_those_with_light(plan):
    found, design = result(plan, DUMMY, given=lambda period, on, date: on and date in period.sessions)
    assert nof1_warnings(found, design)[0].startswith("0 of 36 sessions with the dummy written down, below 80 %")
    found, design = result(plan, DUMMY, given=lambda period, on, date: not on and date in period.sessions)
    assert nof1_title(found, design) == "No session with light was written down: nothing is said of light"
    assert not any("in periods that should" in text for text in nof1_warnings(found, design))


def test_the_share_of_sessions_is_that_of_the_clinics_own_plan(plan):
    own = [each.model_copy(update={"value": 60.0}) for each in plan.thresholds if each.id == "adherence_percent"]
    found, design = result(
        plan.model_copy(update={"thresholds": tuple(own)}), given=lambda period, _, date: date in period.sessions[:4]
    )
    assert design.adherence_percent == 60
    assert not any("sessions with light" in text for text in nof1_warnings(found, design))


def test_missing_days_are_told_where_many_or_unequal(plan):
    design, allocation = made(plan, blocks=6)
    counted = {p.name: [p.counts_from + dt.timedelta(days=n) for n in range(10)] for p in design.periods}

    def told(skip):
        found, _ = result(plan, skip=set(skip))
        return [text for text in nof1_warnings(found, design) if text.startswith("Days missing")]

    assert not told(days[3] for days in counted.values())
    many = told(day for days in counted.values() for day in days[2:5])
    assert many and many[0].startswith("Days missing: 18 of 60 with light, 18 of 60 without.")
    one_side = told(day for name, days in counted.items() if name in allocation.on for day in days[2:4])
    assert one_side and one_side[0].startswith("Days missing: 12 of 60 with light, 0 of 60 without.")


def test_days_and_sessions_to_come_are_not_missing(plan):
    found, design = result(plan, until=START + dt.timedelta(days=100))
    assert sum(period.missing for period in found.periods) == 0
    assert nof1_title(found, design).startswith(f"Not finished, {found.days_to_come} days to come: pain was 2.0 points")
    assert not any("sessions" in text for text in nof1_warnings(found, design))


def test_a_worsening_is_told_first_and_as_one(plan):
    found, design = result(plan, on_shift=1.5)
    assert nof1_title(found, design).startswith("Worse with light: pain was 1.5 points higher with light, open trial")
    assert "reasons to stop" in nof1_warnings(found, design)[0]
    rows = dict(nof1_rows(found, design))
    assert rows["higher"].startswith("worse, by more than chance: probability above 0.99")
    found, design = result(plan)
    assert not any("reasons to stop" in text for text in nof1_warnings(found, design))


def test_chance_is_ruled_out_by_interval_and_order_or_not_at_all(plan):
    found, design = result(plan)
    assert found.effect.p_randomisation == 2 / 64 and "chance" not in nof1_title(found, design)
    unsure = dataclasses.replace(found, effect=dataclasses.replace(found.effect, p_randomisation=0.0625))
    assert nof1_title(unsure, design).endswith("; chance is not ruled out (p = 0.0625)")


def test_one_kind_of_minus_sign(plan):
    found, design = result(plan)
    effect = dataclasses.replace(found.effect, correlation=-0.1, correlation_low=-0.3, correlation_high=0.1)
    row = dict(nof1_rows(dataclasses.replace(found, effect=effect), design))["day after day"]
    assert row.startswith("correlation −0.10 (−0.3 to +0.1)")


def test_guesses_are_held_against_the_orders_that_could_have_been_drawn(plan):
    design, allocation = made(plan, blocks=6, dummy_setting=DUMMY)
    diary = diary_of(design, allocation.on)
    names = [period.name for period in design.periods]

    def guessed(**wrong):
        said = {name: wrong.get(f"p{name}", name in allocation.on) for name in names}
        return analyse_nof1(design, diary, allocation, said)

    found = guessed()
    assert (found.guesses.right, found.guesses.wrong, found.guesses.unsure, found.guesses.p) == (12, 0, 0, 1 / 64)
    assert any("Read this as an open trial" in text for text in nof1_warnings(found, design))
    # Nothing said of one block: the orders of five are left.
    assert guessed(p1A=None, p1B=None).guesses.p == 1 / 32
    # One block the wrong way round: itself, and each single block turned.
    found = guessed(p1A="1A" not in allocation.on, p1B="1B" not in allocation.on)
    assert (found.guesses.right, found.guesses.wrong, found.guesses.p) == (10, 2, 7 / 64)
    assert not any("Read this as an open trial" in text for text in nof1_warnings(found, design))
    assert analyse_nof1(design, diary, allocation).guesses is None
