"""From a signed plan and a diary to a decision: each rule, and what is said with it."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.errors import InvalidInput
from nervelight.planning.plan_document import TrialReading
from nervelight.planning.review import ClinicianDecision, Review, review_course
from nervelight.planning.schedule import make_schedule

from .courses import START, WEEK_8, changed, diary, plan, session

HIGH = [7, 6, 7, 8, 7, 7, 6]
LOW = [3, 3, 2, 3, 4, 3, 3]
# Reaches 30 %, but such scattered days could be chance.
SCATTERED = ([9, 3, 8, 4, 9, 3, 6], [5, 1, 6, 2, 6, 1, 5])


LONG = changed(
    schedule=make_schedule(START, 3, 36, ("mon", "wed", "fri")),
    prescription=plan().prescription.model_copy(update={"total_sessions": 36, "weeks": 12.0}),
)


def long_course(before, after, on=WEEK_8):
    """Return the diary of a course that goes on at week 8, with every session given."""
    days = [each.date for each in LONG.schedule.sessions if each.date <= on]
    rows = {f"d{each.isoformat().replace('-', '_')}": {"session": session()} for each in days}
    return diary(before, after, on=on, given=0, **rows)


def review(*args, **named):
    return review_course(plan(), diary(*args, **named))


def test_a_responder_goes_on_and_the_pause_has_begun_where_the_course_is_over():
    card = review(HIGH, LOW)
    assert (card.decision, card.rule, card.week) == ("continue", "better", 8)
    assert card.outcomes[0].state == "much better"
    assert [step.sessions_per_week for step in card.after_success] == [0]
    assert card.after_success[0].first == dt.date(2026, 8, 29)
    assert "31 days without light" in " ".join(card.reasons)
    assert any("about 4 in 10 are told to continue too" in text for text in card.said_aloud)


def test_light_is_taken_down_step_by_step_where_it_goes_on():
    # A course of 26 sessions, so that light goes on at week 8.
    card = review_course(LONG, long_course(HIGH, LOW))
    assert card.rule == "better"
    assert [step.sessions_per_week for step in card.after_success] == [2, 1, 0]
    assert card.after_success[0].first == WEEK_8 + dt.timedelta(days=1)
    assert all(
        after.first == before.last + dt.timedelta(days=1)
        for before, after in zip(card.after_success, card.after_success[1:], strict=False)
    )


def test_steps_that_were_agreed_on_go_on_and_a_lost_gain_goes_back():
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="agreed", date=WEEK_8)
    agreed = review_course(LONG, long_course(HIGH, LOW), clinician=told)
    later = WEEK_8 + dt.timedelta(weeks=3)
    card = review_course(LONG, long_course(HIGH, LOW, on=later), earlier=[agreed])
    assert (card.decision, card.rule) == ("continue", "the gain lasts")
    assert "1 session a week" in card.title
    assert card.after_success == agreed.after_success[1:]
    lost = review_course(LONG, long_course(HIGH, HIGH, on=later), earlier=[agreed])
    assert (lost.decision, lost.rule) == ("continue", "the gain is lost")
    assert "go back to 2 sessions a week" in lost.title
    assert [step.sessions_per_week for step in lost.after_success] == [2, 1, 0]
    assert lost.after_success[0].first == later + dt.timedelta(days=1)
    assert lost.actions[0].text.startswith("Agree with the patient on the step back")
    # Most of the gain is gone, though what is left matters.
    deep = review_course(LONG, long_course(HIGH, [1] * 7), clinician=told)
    fading = review_course(LONG, long_course(HIGH, [5, 4, 5, 5, 4, 5, 5], on=later), earlier=[deep])
    assert fading.outcomes[0].state == "better"
    assert fading.rule == "the gain is lost"
    assert "pain was 6.9 at first, 1.0 at success, and is 4.7 now" in fading.reasons
    back = lost.model_copy(update={"clinician": told.model_copy(update={"decision": "continue", "date": later})})
    # Half of what is left at each look would be nothing in the end.
    lasting = review_course(LONG, long_course(HIGH, [3, 4, 3, 4, 3, 4, 4], on=later), earlier=[deep], clinician=told)
    assert lasting.rule == "the gain lasts"
    month = review_course(LONG, long_course(HIGH, [5] * 7, on=later + dt.timedelta(days=9)), earlier=[deep, lasting])
    assert month.rule == "the gain is lost"
    next_week = review_course(LONG, long_course(HIGH, LOW, on=later + dt.timedelta(days=7)), earlier=[agreed, back])
    assert "2 sessions a week" in next_week.title
    silent = review_course(LONG, long_course(HIGH, [3], on=later), earlier=[agreed])
    assert silent.rule == "days missing"
    worse = review_course(LONG, long_course([5] * 7, [8] * 6, on=later), earlier=[agreed])
    assert worse.rule == "worse"
    # When all steps are over, neither week 12 nor a missing impression makes it a failure.
    end = agreed.after_success[-1].last + dt.timedelta(days=5)
    over = review_course(LONG, long_course(HIGH, LOW, on=end).model_copy(), earlier=[agreed])
    assert (over.decision, over.rule) == ("continue", "the gain lasts")
    gone = review_course(LONG, long_course(HIGH, HIGH, on=end), earlier=[agreed])
    assert (gone.decision, gone.rule) == ("continue", "the gain is lost")


def test_a_lost_gain_goes_back_to_no_more_than_the_plan():
    rare = changed(
        schedule=make_schedule(START, 1, 20, ("mon",)),
        prescription=plan().prescription.model_copy(update={"total_sessions": 20, "sessions_per_week": 1.0}),
    )
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="agreed", date=WEEK_8)

    def weekly(after, on):
        days = [each.date.isoformat().replace("-", "_") for each in rare.schedule.sessions if each.date <= on]
        return diary(HIGH, after, on=on, given=0, **{f"d{name}": {"session": session()} for name in days})

    agreed = review_course(rare, weekly(LOW, WEEK_8), clinician=told)
    assert agreed.after_success[0].sessions_per_week == 1
    later = WEEK_8 + dt.timedelta(days=9)
    lost = review_course(rare, weekly(HIGH, later), earlier=[agreed])
    assert "go back to 1 session a week" in lost.title
    assert lost.after_success[0].sessions_per_week == 1


def test_success_by_every_part_is_judged_by_every_part():
    without_walks = changed(case={**plan().case, "readings": []})
    forms = {"d2026_07_31": {"scores": {"peg": 7}}, "d2026_09_27": {"scores": {"peg": 3}}}
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="agreed", date=WEEK_8)
    first = review_course(without_walks, diary([3] * 4, [3] * 4, **forms), clinician=told)
    assert first.success_by == "every impaired part"
    later = WEEK_8 + dt.timedelta(days=7)
    forms["d2026_10_04"] = {"scores": {"peg": 3}}
    lasts = review_course(without_walks, diary([3] * 4, [3] * 4, on=later, **forms), earlier=[first])
    assert lasts.rule == "the gain lasts"
    forms["d2026_10_04"] = {"scores": {"peg": 7}}
    lost = review_course(without_walks, diary([3] * 4, [3] * 4, on=later, **forms), earlier=[first])
    assert lost.rule == "the gain is lost"


def test_a_gain_that_came_only_after_the_light_is_not_its_success():
    late = diary(HIGH, LOW)
    days = tuple(
        day.model_copy(update={"scores": {**day.scores, "nrs11": 7.0}})
        if "nrs11" in day.scores and START < day.date < dt.date(2026, 9, 1)
        else day
        for day in late.days
    )
    card = review_course(plan(), late.model_copy(update={"days": days}))
    assert (card.decision, card.rule) == ("stop", "after the light")
    unknown = tuple(
        day.model_copy(update={"scores": {}}) if START < day.date < dt.date(2026, 9, 1) else day for day in late.days
    )
    card = review_course(plan(), late.model_copy(update={"days": unknown}))
    assert card.rule == "better"
    assert "was not written down" in " ".join(card.reasons)


def test_a_gain_that_sham_explains_is_called_so_in_the_title():
    card = review(HIGH, [4, 4, 5, 4, 4, 5, 4])
    assert card.decision == "continue"
    assert "sham would explain it" in card.title
    assert card.sham.more_than_sham is False
    assert any(text.startswith("Sham would explain this gain") for text in card.said_aloud)


def test_more_than_sham_is_said_only_beyond_its_limit():
    card = review([8, 8, 8, 8, 8, 8, 8], [1, 1, 1, 1, 1, 1, 1])
    assert card.sham.more_than_sham is True
    assert card.sham.share_as_good < 0.05
    assert "sham" not in card.title
    just_below = review([8] * 7, [2] * 7)
    assert just_below.outcomes[0].improvement < just_below.sham.limit
    assert just_below.sham.more_than_sham is False


def test_from_a_low_baseline_no_gain_can_be_told_from_sham():
    card = review([5, 5, 5, 5], [0, 0, 0, 0])
    assert card.sham.within_reach is False
    assert any("no gain could be told from sham" in text for text in card.said_aloud)


def test_before_week_8_no_effect_is_judged():
    on = START + dt.timedelta(weeks=6)
    card = review(HIGH, LOW, on=on, pgic=None)
    assert (card.decision, card.rule) == ("continue", "too early")
    assert card.next_gate.date == WEEK_8
    assert card.after_success == ()


def test_before_week_4_bad_delivery_is_told_and_from_then_on_comes_first():
    early = review(HIGH, LOW, on=START + dt.timedelta(weeks=3), given=4)
    assert (early.decision, early.rule) == ("continue", "too early")
    assert any(reason.startswith("mend now") for reason in early.reasons)
    late = review(HIGH, LOW, given=9)
    assert (late.decision, late.rule) == ("mend first", "delivery")
    assert "75 %" in " ".join(late.reasons)
    assert "no effect is judged" in late.title
    assert review(HIGH, LOW, given=10).decision == "continue"


def test_a_course_that_is_not_given_in_time_ends():
    card = review(HIGH, LOW, on=START + dt.timedelta(weeks=12), given=5)
    assert (card.decision, card.rule) == ("stop", "not delivered in time")


@pytest.mark.parametrize(
    ("before", "after", "pgic"), [(HIGH, [3, 3, 3], 2), ([7, 7, 7], LOW, 2), (HIGH, LOW, None), ([], LOW, 2)]
)
def test_what_was_not_written_down_cannot_be_judged(before, after, pgic):
    card = review(before, after, pgic=pgic)
    assert (card.decision, card.rule) == ("mend first", "days missing")
    late = review(before, after, pgic=pgic, on=START + dt.timedelta(weeks=12))
    assert (late.decision, late.rule) == ("stop", "not judged in time")


def test_worse_and_not_better_stop():
    assert review(HIGH, [10] * 7).rule in ("worse", "needs a look first")
    five = [5, 5, 5, 5, 5, 5, 5]
    assert review(five, [7, 6, 7, 6, 7, 7, 6]).rule == "worse"
    card = review(HIGH, HIGH, pgic=4)
    assert (card.decision, card.rule) == ("stop", "not better")


def test_possibly_better_is_adjusted_once_and_then_stops():
    before, after = SCATTERED
    card = review(before, after, pgic=3)
    assert card.outcomes[0].state == "possibly better"
    assert (card.decision, card.rule) == ("adjust once", "possibly better")
    # The panel is far brighter than the trial's laser.
    assert [one.how.split(":")[0] for one in card.adjustments] == ["lamp.distance"]
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="agreed", date=WEEK_8)
    decided = review_course(plan(), diary(before, after, pgic=3), clinician=told)
    assert decided.clinician.decision == "adjust once"
    # Under the same plan the adjustment is still to be made; under the next one there is no second.
    again = review_course(plan(), diary(before, after, pgic=3), earlier=[decided])
    assert (again.decision, again.rule) == ("adjust once", "adjustment agreed on")
    of_other = decided.model_copy(update={"made": decided.made.model_copy(update={"plan_sha256": "other"})})
    second = review_course(plan(), diary(before, after, pgic=3), earlier=[of_other])
    assert (second.decision, second.rule) == ("stop", "not clearly better")
    assert second.adjustments == ()
    rejected = told.model_copy(update={"word": "reject"})
    other = review_course(plan(), diary(before, after, pgic=3), clinician=rejected)
    assert other.clinician.decision is None
    assert review_course(plan(), diary(before, after, pgic=3), earlier=[other]).decision == "adjust once"


@pytest.mark.parametrize("pgic", [4, 5, 7])
def test_numbers_and_person_that_disagree_are_talked_about(pgic):
    card = review(HIGH, LOW, pgic=pgic)
    assert (card.decision, card.rule) == ("refer", "disagree")
    assert card.adjustments == ()


def test_a_patient_who_feels_better_without_less_pain_is_talked_to():
    card = review(HIGH, HIGH, pgic=1)
    assert (card.decision, card.rule) == ("refer", "disagree")
    assert review(HIGH, HIGH, pgic=3).rule == "not better"


def test_parts_whose_error_is_not_known_count_by_what_matters():
    rows = {
        "d2026_07_31": {"scores": {"isi": 20, "phq2": 4}},
        "d2026_09_27": {"scores": {"isi": 8, "phq2": 2, "peg": 2}, "walked": 452e3},
    }
    card = review([3] * 4, [3] * 4, **rows)
    assert (card.decision, card.rule) == ("continue", "better")
    assert card.success_by == "every impaired part"


def test_a_course_without_a_session_has_not_begun():
    card = review([4] * 7, [6, 5, 6, 6, 5, 6, 6], on=dt.date(2026, 8, 20), given=0, pgic=None)
    assert (card.decision, card.rule) == ("continue", "not begun")
    assert review(HIGH, LOW, given=0).decision == "mend first"


def test_the_same_run_of_pain_is_not_a_new_flag_on_the_next_day():
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="seen", date=WEEK_8)
    first = review_course(plan(), diary([4] * 7, [7] * 8), clinician=told)
    assert first.rule == "needs a look first"
    next_day = diary([4] * 7, [7] * 9, on=WEEK_8 + dt.timedelta(days=1))
    assert review_course(plan(), next_day, earlier=[first]).rule == "worse"
    assert review([10] * 7, [10] * 8, pgic=4).rule == "not better"


def test_a_new_plan_after_a_stop_is_reviewed_against_its_own_baseline():
    told = ClinicianDecision(word="edit", decision="stop", by="Dr B", reason="x", date=WEEK_8)
    first = review_course(plan(), diary(HIGH, LOW), clinician=told)
    start = dt.date(2026, 10, 26)
    second = changed(schedule=make_schedule(start, 3, 12, ("mon", "wed", "fri")))
    rows = {
        f"d{each.date.isoformat().replace('-', '_')}": {"session": session()} for each in second.schedule.sessions[:6]
    }
    on = start + dt.timedelta(days=12)
    more = diary([], [5] * 7, on=on, given=0, pgic=None, **rows)
    old = diary(HIGH, LOW)
    both = old.model_copy(update={"days": (*old.days, *(day for day in more.days if day.date > old.last))})
    card = review_course(second, both, earlier=[first])
    assert card.first_light == start
    assert any("Sessions of an earlier plan are not counted" in text for text in card.said_aloud)
    # Far too much light between the plans is seen all the same.
    lit = diary([], [], on=on, given=0, pgic=None, d2026_10_05={"session": session(900.0)}, **rows)
    both = old.model_copy(update={"days": (*old.days, *(day for day in lit.days if day.date > old.last))})
    assert review_course(second, both, earlier=[first]).rule == "too much light"


def test_nothing_is_adjusted_where_the_evidence_leaves_no_room():
    at_rate = plan().translation.model_copy(update={"rate_ratio": None})
    made = review_course(changed(translation=at_rate), diary(*SCATTERED, pgic=3))
    assert (made.decision, made.rule) == ("stop", "not clearly better")
    assert "nothing is left to adjust" in made.title


def test_each_adjustment_stays_within_what_is_followed():
    carried, order = plan().translation, plan().prescription
    longer = carried.time_s.map(lambda time: 3 * time)
    reading = TrialReading(
        label="read as mean power", spot_area_cm2=1.0, target_fluence_j_cm2=longer, time_s=longer, followed=False
    )
    made = changed(
        prescription=order.model_copy(update={"capped": True}),
        translation=carried.model_copy(update={"readings": (reading,), "window_s": (30.0, 104.0)}),
    )
    card = review_course(made, diary(*SCATTERED, pgic=3))
    assert [one.how.split(":")[0] for one in card.adjustments] == [
        "course.session_cap", "anchor_scenario", "lamp.distance", "course.session_cap"
    ]  # fmt: skip
    assert "30 s on each field" in card.adjustments[-1].what
    assert "5 min 15 s on each field" in card.adjustments[1].what


@pytest.mark.parametrize(
    ("row", "decision", "rule"),
    [
        ({"red_flags": ("cauda_equina",)}, "refer", "red flag"),
        ({"red_flags": ("self_harm",)}, "refer", "red flag"),
        ({"red_flags": ("foot_ulcer",)}, "refer", "red flag"),
        ({"session": session(skin="wound")}, "refer", "red flag"),
        ({"session": session(skin="burn")}, "stop", "harm"),
        ({"session": session(skin="blister")}, "stop", "harm"),
        ({"session": session(skin="redness that lasts")}, "stop", "harm"),
        ({"red_flags": ("skin_or_eye_injury",)}, "stop", "harm"),
        ({"red_flags": ("neuropathy_progressing",)}, "refer", "needs a look first"),
        ({"session": session(skin="redness that fades")}, "continue", "better"),
    ],
)
def test_harm_and_red_flags_come_before_any_success(row, decision, rule):
    card = review(HIGH, LOW, d2026_08_19=row)
    assert (card.decision, card.rule) == (decision, rule)
    if rule != "better":
        assert card.actions[0].within
        assert card.actions[0].owner


def test_a_flag_that_an_earlier_card_dealt_with_is_not_raised_again():
    seen = diary(HIGH, LOW, d2026_08_19={"red_flags": ("foot_ulcer",)})
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="seen", date=dt.date(2026, 8, 21))
    first = review_course(plan(), seen, on=dt.date(2026, 8, 21), clinician=told)
    assert first.decision == "refer"
    card = review_course(plan(), seen, earlier=[first])
    assert card.rule == "better"
    assert any("Dealt with by Dr B on 21 Aug 2026: foot ulcer" in text for text in card.said_aloud)
    assert card.made.earlier[0].decision == "refer"
    # One of another day is another one, and a rejected card has dealt with nothing.
    again = diary(HIGH, LOW, d2026_08_19={"red_flags": ("foot_ulcer",)}, d2026_08_20={"red_flags": ("cauda_equina",)})
    assert review_course(plan(), again, earlier=[first]).rule == "red flag"
    rejected = first.model_copy(update={"clinician": told.model_copy(update={"word": "reject"})})
    assert review_course(plan(), seen, earlier=[rejected]).rule == "red flag"
    undecided = first.model_copy(update={"clinician": None})
    with pytest.raises(InvalidInput, match="a card that a clinician decided on"):
        review_course(plan(), seen, earlier=[undecided])
    with pytest.raises(InvalidInput, match="at latest the day reviewed"):
        review_course(plan(), seen, on=dt.date(2026, 8, 20), earlier=[first])


def test_a_plan_that_was_stopped_stays_stopped():
    told = ClinicianDecision(word="edit", decision="stop", by="Dr B", reason="harm", date=dt.date(2026, 8, 21))
    first = review_course(plan(), diary(HIGH, LOW), on=dt.date(2026, 8, 21), clinician=told)
    card = review_course(plan(), diary(HIGH, LOW), earlier=[first])
    assert (card.decision, card.rule) == ("stop", "stopped before")
    assert "Dr B stopped it" in card.reasons[0]


def test_a_flag_from_before_the_first_session_is_closed_and_not_decided_by():
    card = review(HIGH, LOW, d2026_07_30={"red_flags": ("foot_ulcer",)})
    assert card.rule == "better"
    (action,) = card.actions
    assert action.text.startswith("Confirm that it is over: foot ulcer. If not: Stop light at that site")
    assert (action.within, action.owner) == ("1 working day", "foot team")
    assert card.red_flags[0].id == "foot_ulcer"


@pytest.mark.parametrize("flag", ["self_harm", "cauda_equina", "foot_drop", "charcot_foot"])
def test_what_cannot_wait_refers_also_from_before_the_first_session(flag):
    card = review(HIGH, LOW, d2026_07_30={"red_flags": (flag,)})
    assert (card.decision, card.rule) == ("refer", "red flag")


@pytest.mark.parametrize("flag", ["foot_ulcer", "cauda_equina", "pain_rising", "skin_or_eye_injury"])
@pytest.mark.parametrize("date", ["d2026_07_28", "d2026_08_04", "d2026_09_27"])
def test_no_flag_of_the_diary_is_silent(flag, date):
    card = review(HIGH, LOW, **{date: {"red_flags": (flag,)}})
    assert flag in {seen.id for seen in card.red_flags}
    assert card.actions


def test_far_too_much_light_comes_first_at_any_time():
    card = review(HIGH, LOW, on=dt.date(2026, 8, 5), pgic=None, d2026_08_03={"session": session(10800.0)})
    assert (card.decision, card.rule) == ("mend first", "too much light")
    assert card.actions[0].within == "before any further session"


def test_the_second_course_is_judged_against_the_first_baseline():
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="agreed", date=WEEK_8)
    first = review_course(plan(), diary(*SCATTERED, pgic=3), clinician=told)
    assert first.decision == "adjust once"
    start = dt.date(2026, 10, 5)
    second = changed(schedule=make_schedule(start, 3, 12, ("mon", "wed", "fri")))
    on = start + dt.timedelta(weeks=8)
    seen = diary(*SCATTERED, pgic=3)
    rows = {f"d{each.date.isoformat().replace('-', '_')}": {"session": session()} for each in second.schedule.sessions}
    more = diary([], SCATTERED[1], on=on, given=0, pgic=3, **rows)
    both = seen.model_copy(update={"days": (*seen.days, *(day for day in more.days if day.date > seen.last))})
    with pytest.raises(InvalidInput, match="those of an earlier one need its card"):
        review_course(second, both)
    card = review_course(second, both, earlier=[first])
    assert card.first_light == START
    assert card.outcomes[0].before.mean == pytest.approx(6)
    assert (card.delivery.given, card.delivery.extra) == (12, 0)
    assert any("adjusts an earlier one" in text for text in card.said_aloud)


def test_a_look_on_another_day_than_planned_is_said():
    on = WEEK_8 + dt.timedelta(days=10)
    card = review(HIGH, LOW, on=on)
    assert any("this is 10 days later" in text for text in card.said_aloud)
    assert not any("later. Who looks" in text for text in review(HIGH, LOW).said_aloud)


def test_what_got_worse_beside_pain_stands_in_the_title():
    card = review(HIGH, LOW, d2026_07_31={"scores": {"phq9": 8}}, d2026_09_27={"scores": {"phq9": 16}, "walked": 300e3})
    assert card.title.endswith("; mood and walking are worse")


def test_light_and_events_that_no_holding_card_shows_stay_open():
    day = dt.date(2026, 8, 20)
    told = ClinicianDecision(word="accept", decision=None, by="Dr B", reason="seen", date=day)
    seen = diary(HIGH, LOW, d2026_08_19={"session": session(400.0), "event": "warm"})
    first = review_course(plan(), seen, on=day, clinician=told)
    assert first.rule == "too much light"
    assert review_course(plan(), seen, on=dt.date(2026, 8, 23), earlier=[first]).rule == "too early"
    rejected = first.model_copy(update={"clinician": told.model_copy(update={"word": "reject"})})
    assert review_course(plan(), seen, on=dt.date(2026, 8, 23), earlier=[rejected]).rule == "too much light"
    later = diary(HIGH, LOW, d2026_08_19={"session": session(600.0), "event": "blister"})
    again = review_course(plan(), later, on=dt.date(2026, 8, 23), earlier=[first])
    assert again.rule == "too much light"
    assert any("blister" in action.why for action in again.actions)


def test_the_last_card_of_a_plan_decides_whether_it_is_stopped():
    stop = ClinicianDecision(word="edit", decision="stop", by="Dr B", reason="x", date=WEEK_8)
    first = review_course(plan(), diary(HIGH, LOW), on=dt.date(2026, 8, 21), clinician=stop)
    again = stop.model_copy(update={"decision": "continue"})
    second = review_course(plan(), diary(HIGH, LOW), on=dt.date(2026, 8, 22), earlier=[first], clinician=again)
    assert second.rule == "stopped before"
    assert review_course(plan(), diary(HIGH, LOW), earlier=[first, second]).rule == "better"


def test_the_soonest_action_stands_first():
    card = review(HIGH, HIGH, pgic=4, d2026_07_31={"scores": {"phq9": 12}}, d2026_09_27={"scores": {"phq9": 18}})
    assert [action.within for action in card.actions] == ["2 working days", "1 week"]
    assert card.decision == "stop"


def test_events_are_read_and_graded():
    card = review(HIGH, LOW, d2026_08_10={"event": "large blister on the heel"})
    assert card.actions[0].text.startswith("Read and grade")
    assert "large blister" in card.actions[0].why


def test_sham_says_nothing_of_pain_that_got_no_better():
    card = review([5, 5, 5, 5, 5, 5, 5], [7, 6, 7, 6, 7, 7, 6])
    assert card.sham.share_as_good is None
    assert not any("sham" in text.lower() for text in card.said_aloud)


def test_an_old_impression_is_told_with_its_day():
    card = review(HIGH, LOW, pgic=None, d2026_09_01={"scores": {"pgic": 2}})
    assert card.rule == "days missing"
    assert "last asked on 1 Sep 2026" in " ".join(card.reasons)


def test_days_before_the_course_cannot_be_reviewed():
    with pytest.raises(InvalidInput, match="the first of the course"):
        review_course(plan(), diary(HIGH, LOW), on=dt.date(2026, 7, 30))


def test_pain_that_keeps_rising_is_looked_at_before_light_goes_on():
    card = review([4] * 7, [6] * 7)
    assert (card.decision, card.rule) == ("refer", "needs a look first")
    assert card.actions[0].within == "2 working days"
    assert review([4] * 7, [6] * 6, pgic=4).rule == "worse"
    # From a low baseline 30 % is less than a point.
    assert review([2] * 7, [2, 3, 2, 3, 2, 3, 2], pgic=4).rule == "not better"


def test_regression_to_the_mean_is_said_with_the_fall_before_any_light():
    case = {**plan().case, "scores": [{"instrument": "nrs11", "value": 9, "date": "2026-07-20"}]}
    card = review_course(changed(case=case), diary(HIGH, LOW))
    said = " ".join(card.said_aloud)
    assert "regression to the mean" in said
    assert "From 9 on 20 Jul 2026 it had fallen by 2.1 before any light." in said
    assert not any("regression" in text for text in review([3] * 5, [1] * 5).said_aloud)


def test_the_score_of_the_first_visit_is_no_part_of_the_baseline():
    card = review(HIGH, LOW)
    assert card.outcomes[0].before.mean == pytest.approx(48 / 7)
    assert plan().case["scores"][0]["instrument"] == "nrs11"


def test_missing_days_are_counted_and_judged_as_if_they_had_been_bad():
    card = review(HIGH, [3, None, 3, None, None, 3, 3])
    pain = card.outcomes[0]
    assert (pain.after.written, pain.after.possible) == (4, 7)
    assert pain.state == "much better"
    assert pain.state_if_missing_no_better != "much better"
    said = " ".join(card.said_aloud)
    assert "Of the 7 days that the result rests on, 3 days are missing." in said
    assert "Had the missing days been as bad as before treatment" in said


def test_changes_of_other_treatment_are_said_and_kept_for_the_picture():
    card = review(HIGH, LOW, d2026_08_12={"other_treatment": "duloxetine 90 mg"})
    assert any("duloxetine 90 mg (12 Aug 2026)" in text for text in card.said_aloud)
    assert card.other_treatment[0].date == dt.date(2026, 8, 12)


def test_every_domain_has_its_rule():
    card = review(
        HIGH,
        LOW,
        d2026_07_25={"walked": 350e3},
        d2026_07_26={"walked": 371e3},
        d2026_07_31={"scores": {"peg": 7, "isi": 20, "phq9": 12, "gad7": 11, "fact_gog_ntx": 20}},
        d2026_09_27={"scores": {"peg": 3, "isi": 8, "phq9": 18, "gad7": 3, "fact_gog_ntx": 10}, "walked": 340e3},
    )
    states = {one.id: one.state for one in card.outcomes}
    assert states == {
        "pain": "much better",
        "interference": "better",
        "sleep": "possibly better",
        "mood": "worse",
        "worry": "possibly better",
        "walking": "worse",
        "numbness": "worse",
    }
    assert {action.why for action in card.actions} == {"mood is worse", "walking is worse", "numbness is worse"}
    assert all(one.impaired for one in card.outcomes)
    assert "better in 4 of 7 domains impaired at the start" in " ".join(card.reasons)


def test_two_walks_are_needed_at_baseline():
    case = {**plan().case, "readings": []}
    seen = diary(HIGH, LOW, d2026_07_25={"walked": 350e3}, d2026_09_27={"walked": 400e3})
    one = review_course(changed(case=case), seen)
    walking = next(each for each in one.outcomes if each.id == "walking")
    assert walking.state == "not judged"
    assert "practice" in walking.reasons[0]


def test_walks_of_the_case_are_a_baseline_and_a_goal_is_judged_by_its_own_measure():
    card = review(HIGH, LOW, d2026_09_27={"walked": 452e3})
    walking = next(each for each in card.outcomes if each.id == "walking")
    assert (walking.before.mean, walking.improvement, walking.state) == (371, 81, "possibly better")
    assert [goal.state for goal in card.goals] == ["reached", "ask"]
    assert "now 452 m" in card.goals[0].text
    assert review(HIGH, LOW, d2026_09_27={"walked": 449e3}).goals[0].state == "not yet reached"
    late = review(HIGH, LOW, on=dt.date(2026, 11, 3), d2026_11_03={"walked": 449e3})
    assert late.goals[0].state == "not reached"
    assert review(HIGH, LOW).goals[0].state == "not judged"
    attained = review(HIGH, LOW, d2026_09_27={"scores": {"gas": 60.0}}).goals[-1]
    assert (attained.state, attained.text) == ("reached", "goal attainment 60 on 27 Sep 2026; 50 is as expected")


def test_a_positive_short_form_asks_for_the_long_one_and_for_care():
    card = review(HIGH, LOW, d2026_07_31={"scores": {"phq2": 3}}, d2026_09_27={"scores": {"phq2": 4}})
    texts = " ".join(action.text for action in card.actions)
    assert "PHQ-9" in texts
    assert "mood" in texts


def test_a_responder_in_every_impaired_domain_counts_without_pain():
    # Pain was mild and stays: everything that was impaired got better.
    without_walks = changed(case={**plan().case, "readings": []})
    forms = {"d2026_07_31": {"scores": {"peg": 7}}, "d2026_09_27": {"scores": {"peg": 3}}}
    card = review_course(without_walks, diary([3, 3, 3, 3], [3, 3, 3, 3], **forms))
    assert (card.decision, card.rule) == ("continue", "better")
    assert card.outcomes[0].state == "no clear change"
    assert "sham" not in card.title
    # What was impaired and never asked again is no success.
    forms["d2026_07_31"] = {"scores": {"peg": 7, "phq9": 16}}
    card = review_course(without_walks, diary([3, 3, 3, 3], [3, 3, 3, 3], **forms))
    assert card.rule == "disagree"
    assert "1 of 2 domains impaired at the start: quality of life; not judged: mood" in " ".join(card.reasons)


def test_local_thresholds_decide():
    strict = tuple(
        one.model_copy(update={"value": 95, "local": True}) if one.id == "adherence_percent" else one
        for one in plan().thresholds
    )
    assert review_course(changed(thresholds=strict), diary(HIGH, LOW, given=11)).rule == "delivery"
    assert review_course(plan(), diary(HIGH, LOW, given=11)).rule == "better"
    # A plan made before thresholds were part of it is reviewed by this package's own.
    assert review_course(changed(thresholds=()), diary(HIGH, LOW, given=11)).rule == "better"


@pytest.mark.parametrize(
    ("broken", "path", "allowed"),
    [
        ({"patient": "Example B"}, "patient", "Example A"),
        ({"days": {"session": session(fields={"left hand": 105.0})}}, "row 0 (2026-08-04).fields", "left sole"),
        ({"on": dt.date(2020, 1, 1)}, "on", "the diary's first"),
    ],
)
def test_plan_and_diary_must_belong_together(broken, path, allowed):
    given = diary(HIGH, LOW)
    if "patient" in broken:
        given = given.model_copy(update={"patient": broken["patient"]})
    if "days" in broken:
        day = given.days[0].model_copy(update={"date": dt.date(2026, 8, 4), **broken["days"]})
        given = given.model_copy(update={"days": (day,)})
    with pytest.raises(InvalidInput) as caught:
        review_course(plan(), given, on=broken.get("on"))
    (fault,) = caught.value.faults
    assert fault.path == path
    assert allowed in str(fault)


def test_a_session_before_the_plan_and_a_day_far_back_are_refused():
    early = diary(HIGH, LOW, d2026_07_30={"session": session()}, d2024_08_01={"scores": {"nrs11": 5}})
    with pytest.raises(InvalidInput) as caught:
        review_course(plan(), early)
    assert ["(2024-08-01).date" in str(fault.path) for fault in caught.value.faults] == [True, False]
    assert "starts on 2026-08-03" in str(caught.value.faults[1])


def test_a_blocked_plan_has_no_course():
    with pytest.raises(InvalidInput, match="that can be signed"):
        review_course(changed(blocked=True), diary(HIGH, LOW))


def test_a_card_of_another_person_is_refused():
    other = review(HIGH, LOW).model_copy(update={"patient": "Example B"})
    with pytest.raises(InvalidInput, match=r"earlier\[0\].patient"):
        review_course(plan(), diary(HIGH, LOW), earlier=[other])


def test_a_review_read_back_is_the_same_review():
    text = review(HIGH, LOW).to_json()
    assert Review.model_validate_json(text).to_json() == text


def test_every_source_of_a_card_is_cited():
    card = review(HIGH, LOW, d2026_08_19={"session": session(skin="burn")})
    assert set(card.citations) >= {"nervelight_rule", "dworkin2008_immpact"}


SCORES = st.lists(st.none() | st.integers(0, 10), max_size=14)


@settings(max_examples=60)
@given(
    before=SCORES, after=SCORES, given=st.integers(0, 12), pgic=st.none() | st.integers(1, 7), weeks=st.integers(1, 14)
)
def test_every_diary_gets_one_decision_with_its_reasons(before, after, given, pgic, weeks):
    on = START + dt.timedelta(weeks=weeks)
    card = review(before, after, on=on, given=given, pgic=pgic)
    assert card.decision in ("continue", "mend first", "adjust once", "stop", "refer")
    assert card.reasons
    if card.rule == "better":
        # Never without delivery, days and the patient's own word.
        assert card.delivery.judgeable
        assert card.outcomes[0].state != "worse"
        assert card.impression is not None
        assert card.impression.value <= 3


@settings(max_examples=40)
@given(scores=st.lists(st.integers(0, 9), min_size=5, max_size=7))
def test_more_pain_after_never_makes_a_better_state(scores):
    order = ["worse", "no clear change", "possibly better", "better", "much better"]
    # A shift leaves the scatter as it is.
    higher = [score + 1 for score in scores]
    states = [review(HIGH, each).outcomes[0].state for each in (scores, higher)]
    assert order.index(states[1]) <= order.index(states[0])
