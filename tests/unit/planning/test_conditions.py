"""Every condition leads to a light to follow or to an honest refusal, and never to a guess."""

from __future__ import annotations

import pytest

from nervelight.evidence import CONDITIONS, NO_PROTOCOL, condition_info, evidence_card
from nervelight.optics import site_ids
from nervelight.planning.anchoring import choose_anchor

from .cases import FEET, case_of, found, plan_of

FOLLOWED = {"diabetic_polyneuropathy", "chemotherapy_induced", "carpal_tunnel", "lumbar_radiculopathy"}


def choosing(condition: str, place: str) -> dict[str, str]:
    """What a case changes so that a light is chosen for a condition at a place."""
    return {
        "anchor": "choose",
        "diagnosis.condition": condition,
        "site.name": place,
        "site.target": "cutaneous_endings",
    }


def chosen(condition: str, place: str = "plantar_foot"):
    return plan_of(FEET, choosing(condition, place))


@pytest.mark.slow
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_case_of_each_condition_leads_to_an_anchor_or_to_none(condition: str) -> None:
    case = case_of(FEET, choosing(condition, "plantar_foot"))
    sites = {place: case.site.model_copy(update={"name": place}) for place in site_ids()}
    choices = {place: choose_anchor(case.model_copy(update={"site": sites[place]}), "case") for place in sites}
    followed = {choice.anchor.study_id for choice in choices.values() if choice.anchor}
    assert bool(followed) == (condition in FOLLOWED)
    usable = {item.anchor.study_id for item in evidence_card(condition).usable}  # type: ignore[arg-type]
    assert followed <= usable
    assert all(NO_PROTOCOL in choice.why for choice in choices.values() if choice.anchor is None)
    # A plan takes a second: one for each light that is followed, and one that follows none.
    places = {choice.anchor.study_id if choice.anchor else None: place for place, choice in choices.items()}
    for study_id, place in places.items():
        plan = chosen(condition, place)
        assert plan.anchor.study_id == study_id
        if study_id is None:
            assert plan.blocked
            assert plan.prescription is None
            assert NO_PROTOCOL in plan.anchor.why
            refusal = found(plan, "anchor.unusable")
            assert refusal is not None
            assert NO_PROTOCOL in refusal.title


@pytest.mark.parametrize("condition", [name for name, info in CONDITIONS.items() if info.lesion == "central"])
def test_a_central_lesion_blocks_whatever_light_is_named(condition: str) -> None:
    for anchor in ("choose", "yamany2012"):
        plan = plan_of(FEET, {"anchor": anchor, "diagnosis.condition": condition})
        block = found(plan, "condition.central")
        assert block is not None
        assert block.level == "block"
        assert "brain or the spinal cord" in block.text
        assert "out of the light's reach" in block.title
        assert plan.blocked
        assert any("reach" in said.text for said in plan.expectation.sentences)


def test_what_is_no_pain_is_not_planned_for() -> None:
    plan = plan_of(FEET, {"anchor": "yamany2012", "diagnosis.condition": "facial_palsy"})
    block = found(plan, "condition.no_pain")
    assert block is not None
    assert block.level == "block"
    assert plan.blocked


@pytest.mark.parametrize(
    "condition", [name for name, info in CONDITIONS.items() if info.lesion == "peripheral" and info.painful]
)
def test_a_peripheral_pain_is_not_called_central_nor_painless(condition: str) -> None:
    plan = chosen(condition)
    assert found(plan, "condition.central") is None
    assert found(plan, "condition.no_pain") is None
    assert condition_info(condition).label in plan.anchor.why


def test_a_light_whose_effect_is_not_believed_is_followed_with_a_warning_only_when_named() -> None:
    plan = plan_of(FEET, {"anchor": "erchonia_nct02461225"})
    warning = found(plan, "anchor.set_aside")
    # Its beam area is not known, so that it cannot be followed; the block says so instead.
    assert warning is None
    assert found(plan, "anchor.unusable") is not None


def test_a_plan_says_how_many_studies_it_rests_on_and_which_are_the_user_s() -> None:
    plan = plan_of()
    assert plan.made.studies == 146
    assert plan.made.added_studies == ()
