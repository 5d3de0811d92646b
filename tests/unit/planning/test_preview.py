"""A preview is the plan from fewer draws, also of a form that is half filled in."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nervelight.errors import InvalidInput
from nervelight.planning import Preview, make_plan, preview_plan
from nervelight.planning.plan_document import Band
from nervelight.planning.preview import BEAM_DRAWS, DRAWS, MEDIAN_WITHIN, PLAN_DRAWS
from nervelight.planning.remembered_light import forget_light
from nervelight.planning.unfinished_case import STAND_INS

from .cases import EXAMPLE_NAMES, FEET, GONE, HANDS, WRIST, case_of, document

# Few directions alone, the same draws.
SOLVER = 0.02
PARTS = tuple(path for path in STAND_INS if path != "schema")


def previewed(name: str = FEET, changes: dict[str, Any] | None = None) -> Preview:
    return preview_plan(document(name, changes))


def lightest_form(name: str = FEET) -> dict[str, Any]:
    """What the light needs of an example, and nothing else."""
    whole = document(name)
    return {
        "patient": {key: value for key, value in whole["patient"].items() if key in ("phototype", "ita")},
        "diagnosis": {"condition": whole["diagnosis"]["condition"]},
        **{key: whole[key] for key in ("site", "lamp", "anchor")},
    }


def levels(found: Any) -> set[tuple[str, str]]:
    return {(finding.id, finding.level) for finding in found.findings}


# ---- against the plan


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_a_preview_says_what_the_plan_says(name: str, example_plans: Any) -> None:
    preview, plan = previewed(name), example_plans[name]
    assert levels(plan) - levels(preview) <= {("assumptions.time", "warn")}
    assert levels(preview) <= levels(plan)
    assert (preview.blocked, preview.reachable) == (plan.blocked, plan.reachable)
    assert preview.unanswered == ()
    assert [check.ids for check in preview.not_checked] == [("assumptions.time",)]
    assert (preview.time_s is None) == (plan.translation is None) == bool(preview.no_time)
    if preview.time_s is not None:
        assert preview.time_s.p50 == pytest.approx(plan.translation.time_s.p50, rel=MEDIAN_WITHIN)
    if preview.warmth is not None:
        assert preview.warmth.skin_rise_k.p95 == pytest.approx(plan.warmth.skin_rise_k.p95, rel=0.2)
    assert preview.lamp.irradiance_mw_cm2.p50 == pytest.approx(plan.lamp.irradiance_mw_cm2.p50, rel=MEDIAN_WITHIN)
    assert [light.id for light in preview.targets] == [light.id for light in plan.targets]
    assert [curve.wavelength_nm for curve in preview.curves] == [curve.wavelength_nm for curve in plan.curves]


@pytest.mark.parametrize(("name", "draws"), [(FEET, DRAWS), (HANDS, DRAWS), (WRIST, BEAM_DRAWS)])
def test_the_same_draws_give_the_same_times(name: str, draws: int) -> None:
    preview, plan = previewed(name), make_plan(case_of(name), draws=draws)
    assert preview.draws == draws
    for level in Band.model_fields:
        assert getattr(preview.time_s, level) == pytest.approx(getattr(plan.translation.time_s, level), rel=SOLVER)
    assert preview.prescription.statement == plan.prescription.statement
    assert preview.title == plan.title
    for quick, full in zip(preview.targets, plan.targets, strict=True):
        assert quick.fluence_rate_mw_cm2.p50 == pytest.approx(full.fluence_rate_mw_cm2.p50, rel=SOLVER)


def test_a_preview_says_from_how_much_it_was_computed() -> None:
    wide, narrow = previewed(FEET), previewed(WRIST)
    assert wide.draws > narrow.draws > narrow.heat_draws
    for preview in (wide, narrow):
        assert f"{preview.draws} draws ({preview.heat_draws} for temperatures)" in preview.made
        assert f"a plan computes {PLAN_DRAWS}" in preview.made


def test_the_distance_is_chosen_as_in_the_plan() -> None:
    changes = {"lamp.distance": "choose"}
    preview, plan = previewed(FEET, changes), make_plan(case_of(FEET, changes), draws=16)
    assert preview.lamp.distance_mm == plan.lamp.distance_mm
    assert "distance.chosen" in {finding.id for finding in preview.findings}


def test_light_that_was_solved_before_is_the_same_light() -> None:
    forget_light()
    first = previewed(FEET)
    previewed(FEET, {"lamp.distance": "20 in"})
    previewed(FEET, {"patient.phototype": "VI"})
    again = previewed(FEET)
    forget_light()
    assert first == again == previewed(FEET)


def test_a_preview_read_back_is_the_same() -> None:
    text = previewed(FEET).model_dump_json()
    assert Preview.model_validate_json(text).model_dump_json() == text


# ---- laws of the light


def test_more_distance_takes_more_time_and_darker_skin_lets_less_through() -> None:
    near, far = (previewed(FEET, {"lamp.distance": distance}) for distance in ("12 in", "24 in"))
    assert far.time_s.p50 > near.time_s.p50
    assert far.lamp.irradiance_mw_cm2.p50 < near.lamp.irradiance_mw_cm2.p50
    light, dark = (previewed(FEET, {"patient.phototype": tone}) for tone in ("I", "VI"))
    for curve, darker in zip(light.curves, dark.curves, strict=True):
        assert darker.p50[-1] < curve.p50[-1]
    assert dark.targets[0].share_of_skin.p50 < light.targets[0].share_of_skin.p50


# ---- a form half filled in


@pytest.mark.parametrize("name", EXAMPLE_NAMES)
def test_the_light_needs_little_of_a_case(name: str) -> None:
    whole, little = previewed(name), preview_plan(lightest_form(name))
    assert little.curves == whole.curves
    assert little.time_s == whole.time_s
    assert {part.path for part in little.unanswered} == set(PARTS)
    assert little.warmth is None
    # Without the rest nothing is found that the rest would not find, and what may be missing is named.
    unchecked = tuple(name for check in little.not_checked for name in check.ids)
    assert levels(little) <= levels(whole)
    assert all(name.startswith(unchecked) for name, _ in levels(whole) - levels(little))


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("name", [FEET, WRIST])
def test_each_part_that_is_missing_is_told_with_the_checks_that_wait_for_it(name: str, part: str) -> None:
    whole, partly = previewed(name), previewed(name, {part: GONE})
    assert [missing.path for missing in partly.unanswered] == [part]
    assert partly.unanswered[0].why.startswith("required: ")
    waiting = {path for check in partly.not_checked for path in check.needs}
    assert part in waiting or part in {"patient.label", "care.clinician", "care.emergency_number"}
    unchecked = tuple(name for check in partly.not_checked for name in check.ids)
    assert levels(partly) <= levels(whole)
    assert all(name.startswith(unchecked) for name, _ in levels(whole) - levels(partly))


@pytest.mark.parametrize("part", PARTS)
def test_empty_text_is_no_answer(part: str) -> None:
    assert previewed(FEET, {part: ""}) == previewed(FEET, {part: None}) == previewed(FEET, {part: GONE})


@pytest.mark.parametrize(
    ("path", "value", "part"),
    [
        ("safety.air_temperature", "22", "safety.air_temperature"),
        ("safety.drugs", "metformin", "safety.drugs"),
        ("safety.eyes", "sunglasses", "safety.eyes"),
        ("course.session_cap", "30", "course.session_cap"),
        ("course.weekdays", ["mon", "mon"], "course.weekdays"),
        ("diagnosis.neupsig", {"relevant_history": True}, "diagnosis.neupsig"),
        ("scores", [{"instrument": "nrs11", "value": 12, "date": "2026-07-20"}], "scores"),
        ("care.goals", [{"what": ""}], "care.goals"),
        ("thresholds", {"adherence_percent": 200}, "thresholds"),
        ("safety", "none", "safety.eyes"),
        ("care.surprise", 1, "care.surprise"),
        ("surprise", 1, "surprise"),
    ],
)
def test_what_is_wrong_beside_the_light_is_left_out_and_told(path: str, value: Any, part: str) -> None:
    preview = previewed(FEET, {path: value})
    assert part in {missing.path for missing in preview.unanswered}
    assert preview.time_s == previewed(FEET).time_s


def test_an_answer_that_needs_somebody_at_once_is_told_however_little_is_known() -> None:
    answers = [1, 0, 0, 0, 0, 0, 0, 0, 2]
    scores = [{"instrument": "phq9", "answers": answers, "date": "2026-07-20"}]
    found = preview_plan(lightest_form() | {"scores": scores})
    assert found.blocked and found.findings[0].id.startswith("red_flag.")
    wrong = preview_plan(lightest_form() | {"scores": [{**scores[0], "answers": [9, *answers[1:]]}]})
    assert wrong.unanswered[0].path == "scores[0].answers[8]"
    assert "scores" in {missing.path for missing in wrong.unanswered}


def test_a_cap_that_is_not_known_cuts_nothing() -> None:
    short = {"course.session_cap": "140 s"}
    assert "time.cap" in {finding.id for finding in previewed(FEET, short).findings}
    assert previewed(FEET, short).prescription.capped
    free = previewed(FEET, {"course.session_cap": GONE})
    assert not free.prescription.capped
    assert "time.cap" not in {finding.id for finding in free.findings}


def test_a_time_that_fits_nowhere_is_refused_with_its_reason() -> None:
    preview = previewed(FEET, {"course.session_cap": "15 s"})
    assert preview.prescription is None and preview.time_s is not None
    assert preview.no_time == "The session cap is too short for this lamp and this target"


# ---- what the light needs


def test_all_that_the_light_lacks_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as problem:
        preview_plan({})
    paths = {fault.path for fault in problem.value.faults}
    assert paths == {
        "patient.phototype",
        "diagnosis.condition",
        "site.name",
        "site.target",
        "site.fields",
        "lamp.device",
        "lamp.distance",
        "anchor",
    }


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("lamp.device", "bestqool_pro_300", "did you mean 'bestqool_pro300'?"),
        ("lamp.distance", "12", "unit"),
        ("site.target", "median", "a known target of plantar_foot"),
        ("site", "foot", ""),
        ("patient", "III", ""),
        ("diagnosis", [], ""),
        ("patient.phototype", GONE, "Fitzpatrick"),
        ("anchor", "nobody1999", "a known study"),
        ("anchor_scenario", "by night", ""),
        ("lamp.device", "thor_69led", "lamp.distance"),
    ],
)
def test_what_the_light_needs_is_a_fault_with_its_path(path: str, value: Any, told: str) -> None:
    with pytest.raises(InvalidInput) as problem:
        previewed(FEET, {path: value, "safety.eyes": GONE})
    assert any(fault.path.startswith(path.split(".")[0]) for fault in problem.value.faults)
    assert told in str(problem.value)
    assert "safety.eyes" not in str(problem.value)


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.lists(st.text(max_size=3))
)
PLACES = (
    *PARTS,
    "site.name",
    "site.fields",
    "lamp.distance",
    "lamp.readings",
    "anchor",
    "safety",
    "course",
    "scores.0",
)


@given(st.dictionaries(st.sampled_from(PLACES), JUNK | st.dictionaries(st.text(max_size=4), JUNK), max_size=3))
@settings(max_examples=40)
def test_whatever_a_form_sends_is_previewed_or_refused_by_its_faults(changes: dict[str, Any]) -> None:
    try:
        data = document(FEET, dict(sorted(changes.items(), reverse=True)))
    except TypeError:
        return  # two of the changes do not fit into one document
    try:
        assert preview_plan(data).draws == DRAWS
    except InvalidInput as problem:
        assert problem.faults
