"""Events, consent, sheets and decision cards, each with what was judged and nothing that was not."""

from __future__ import annotations

import base64
import dataclasses
import hashlib

import pytest

from fhir_course import MARKUP, ON
from nervelight.fhir import events
from nervelight.planning.review import Review
from nervelight.record.contents import Decision, ReviewCard


def test_a_serious_event_suspects_the_lamp_as_far_as_was_judged(made):
    event = made("AdverseEvent", "event")
    assert (event["actuality"], event["date"], event["event"]["text"]) == ("actual", f"{ON}", MARKUP)
    assert event["event"]["coding"][0]["code"] == "foot_ulcer"
    assert event["seriousness"]["coding"][0]["code"] == "Serious"
    assert "severity" not in event
    (suspect,) = event["suspectEntity"]
    assert suspect["instance"]["reference"].startswith("Device/")
    assert suspect["causality"][0]["assessment"]["coding"][0]["code"] == "Possible"
    parts = {each["url"].rpartition("/")[2]: each for each in event["extension"]}
    assert parts["action-taken"]["valueString"] == "Stopped."
    assert parts["told-by"]["valueCode"] == "patient"


def test_a_mild_event_is_not_serious_and_one_that_nobody_graded_is_neither(made):
    mild, open_ = made("AdverseEvent", "event-3"), made("AdverseEvent", "event-2")
    assert mild["severity"]["coding"][0]["code"] == "mild"
    assert mild["seriousness"]["coding"][0]["code"] == "Non-serious"
    assert "severity" not in open_
    assert "coding" not in open_["seriousness"]
    assert open_["suspectEntity"][0]["causality"][0]["assessment"] == {"text": "not judged"}


def test_a_sheet_that_was_read_names_its_version_and_what_was_said_back(made):
    read = made("Communication", "read")
    document, said = read["payload"]
    id_ = document["contentReference"]["reference"].partition("/")[2]
    assert made("DocumentReference", id_)["identifier"] == [{"value": "ab" * 32}]
    assert said["contentString"] == "How long?: 2 min"


def test_consent_holds_the_words_and_who_signed(made, dossier):
    given, refused = made("Consent", "consent"), made("Consent", "consent-2")
    assert (given["status"], given["provision"]["type"]) == ("active", "permit")
    assert (refused["status"], refused["provision"]["type"]) == ("rejected", "deny")
    words = base64.b64decode(given["sourceAttachment"]["data"])
    assert words == b"My words."
    assert base64.b64decode(given["sourceAttachment"]["hash"]) == hashlib.sha1(words, usedforsecurity=False).digest()
    assert given["performer"] == [{"reference": f"Patient/{dossier.patient_id}"}]
    assert refused["contained"][0]["name"] == [{"text": "A daughter"}]
    assert refused["performer"] == [{"reference": "#signer"}]


def test_a_card_is_a_proposal_by_rule_and_the_decision_somebody_s(made, dossier):
    review = Review.model_validate_json(dossier.of(ReviewCard)[0].content.review)
    card = made("ClinicalImpression", "card")
    assert card["status"] == "completed"
    assert card["assessor"]["display"] == "Dr B"
    assert card["summary"].startswith(f"Proposed by rule: {review.decision}.")
    assert all(reason in card["summary"] for reason in review.reasons)
    assert [each["itemCodeableConcept"]["coding"][0]["code"] for each in card["finding"][1:]] == ["edit", "adjust-once"]
    assert card["note"][0]["text"] == "Once."
    assert card["supportingInfo"] == [{"reference": "DocumentReference/card"}]


@pytest.mark.parametrize("word", ["accept", "reject"])
def test_until_somebody_decides_a_card_has_no_assessor(dossier, word):
    cards = tuple(each for each in dossier.entries if not isinstance(each.content, Decision))
    (card,) = events.impressions_of(dataclasses.replace(dossier, entries=cards))
    assert card["status"] == "in-progress"
    assert not {"assessor", "date", "note"} & card.keys()
    assert word not in [each["itemCodeableConcept"]["coding"][0]["code"] for each in card["finding"]]
