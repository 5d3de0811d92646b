"""Evidence cards: every condition leads to a light to follow, or to an honest none."""

import pytest

from nervelight.errors import UnknownName
from nervelight.evidence import CONDITIONS, NO_PROTOCOL, condition_info, evidence_card, study

FOLLOWED = {
    "diabetic_polyneuropathy": "yamany2012",
    "chemotherapy_induced": "walt2022",
    "carpal_tunnel": "chang2008",
    "lumbar_radiculopathy": "konstantinovic2010_lumbar",
}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_condition_has_a_light_to_follow_or_none(condition):
    card = evidence_card(condition)
    assert card.protocol == FOLLOWED.get(condition, NO_PROTOCOL)
    assert len(card.reference.sentences) == 2
    assert len(card.claims) >= 2
    assert card.unknown
    if card.protocol == NO_PROTOCOL:
        assert any(what.startswith("which light to give") for what in card.unknown)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_was_tried_names_each_study_of_light_once(condition):
    names = [name for _, found in evidence_card(condition).tried for name in found]
    assert len(names) == len(set(names))
    for name in names:
        assert condition in (study(name).condition, *study(name).also)
        assert study(name).topic == "treatment"


def test_central_pain_says_that_the_lesion_is_out_of_reach():
    for condition in ("post_stroke_pain", "spinal_cord_injury_pain"):
        assert condition_info(condition).lesion == "central"
        card = evidence_card(condition)
        assert "out of the reach of light" in card.note
        assert card.protocol == NO_PROTOCOL
        assert "reach" in card.reference.sentences[0].may_say


def test_facial_palsy_is_listed_as_no_pain():
    assert not condition_info("facial_palsy").painful
    card = evidence_card("facial_palsy")
    assert card.note.startswith("Not a pain")
    assert "not pain" in card.info.label


def test_nothing_tried_is_said_to_be_nothing():
    assert evidence_card("post_stroke_pain").tried == ()
    assert evidence_card("autoimmune_idiopathic").certainty.stopped == ("mayo_nct00125268",)


def test_trials_that_print_too_little_are_named_with_what_they_lack():
    unknown = " ".join(evidence_card("diabetic_polyneuropathy").unknown)
    assert "yamany2012 (mean and standard deviation of each arm" in unknown
    assert "no trial states the skin types" in unknown


def test_an_unknown_condition_is_an_error():
    with pytest.raises(UnknownName, match="did you mean 'carpal_tunnel'"):
        evidence_card("carpal_tunel")
