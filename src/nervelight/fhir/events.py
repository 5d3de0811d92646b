"""What happened beside the light: adverse events, sheets that were read, agreement, and decision cards."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from nervelight.fhir import places
from nervelight.fhir.course_terms import extended, term
from nervelight.fhir.elements import Resource, code, concept, instant, reference, resource, without_empty
from nervelight.fhir.giving import lamp_on
from nervelight.fhir.vocabulary import TERMINOLOGY, system_of
from nervelight.planning.review import Review
from nervelight.record.contents import AdverseEvent, Consent, Decision, EducationRead, ReviewCard
from nervelight.record.dossier import Dossier, Kept

__all__ = ["adverse_events_of", "communications_of", "consents_of", "impressions_of", "sheet_id"]

_SEVERITIES = ("mild", "moderate", "severe")
_CAUSALITIES = {"unlikely": "Unlikely", "possible": "Possible", "probable": "Probably-Likely"}


def adverse_events_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield an AdverseEvent for each; the lamp that was used last is what is suspected, as likely as was judged."""
    for kept in dossier.of(AdverseEvent):
        made, day = kept.content, kept.day.isoformat()
        yield resource(
            "AdverseEvent",
            kept.id,
            extension=[
                extended("told-by", valueCode=made.told_by),
                *([extended("action-taken", valueString=made.taken)] if made.taken else []),
            ],
            actuality="actual",
            event=concept(*(code(system_of("red-flag"), flag) for flag in made.red_flags), text=made.what),
            subject=places.patient(dossier),
            date=day,
            recordedDate=instant(kept.recorded_at),
            seriousness=_seriousness(made.seriousness),
            severity=_severity(made.seriousness),
            recorder=places.writer(dossier, kept.author),
            suspectEntity=[
                {
                    "instance": places.device(dossier, lamp_on(dossier, day)),
                    "causality": [{"assessment": _causality(made.related)}],
                }
            ],
        )


def communications_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Communication for each sheet that was read, with what the person said back."""
    for kept in dossier.of(EducationRead):
        made = kept.content
        understood = made.understood
        yield resource(
            "Communication",
            kept.id,
            extension=[] if understood is None else [extended("understood", valueBoolean=understood)],
            basedOn=[places.care_plan(dossier)],
            status="completed",
            category=[concept(code(f"{TERMINOLOGY}/communication-category", "instruction", "Instruction"))],
            subject=places.patient(dossier),
            topic=term("education-sheet", text=made.sheet),
            sent=kept.day.isoformat(),
            recipient=[places.patient(dossier)],
            sender=places.organization(dossier),
            payload=[
                {"contentReference": reference("DocumentReference", sheet_id(dossier, made), made.sheet)},
                *({"contentString": f"{asked}: {said}"} for asked, said in made.answers.items()),
            ],
        )


def sheet_id(dossier: Dossier, read: EducationRead) -> str:
    """Return the id of the DocumentReference of one version of a sheet."""
    return places.part_id(dossier.patient_id, "sheet", read.sheet, read.version)


def consents_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Consent for each agreement or refusal, in the words that the person saw."""
    for kept in dossier.of(Consent):
        made = kept.content
        words = made.to.encode()
        own = made.by == dossier.identity.name
        yield resource(
            "Consent",
            kept.id,
            # Whoever signs in place of the person stands in no other place of the record.
            contained=[] if own else [_signer(dossier, made.by)],
            status="active" if made.given else "rejected",
            scope=concept(code(f"{TERMINOLOGY}/consentscope", "treatment", "Treatment")),
            category=[term("consent-to-light")],
            patient=places.patient(dossier),
            dateTime=kept.day.isoformat(),
            performer=[places.patient(dossier) if own else {"reference": "#signer"}],
            organization=[places.organization(dossier)],
            sourceAttachment={
                "contentType": "text/plain; charset=utf-8",
                "data": base64.b64encode(words).decode(),
                "size": len(words),
                "hash": base64.b64encode(hashlib.sha1(words, usedforsecurity=False).digest()).decode(),
                "title": "What was agreed to" if made.given else "What was refused or withdrawn",
            },
            policyRule=concept(text="Agreement with the clinic, in the words attached"),
            provision={"type": "permit" if made.given else "deny"},
        )


def impressions_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a ClinicalImpression for each decision card: what the rules propose, and what the clinician decided.

    A card is an assessment of how the course goes, by somebody who answers for it: no other resource of R4 has its
    assessor, what it rests on and its summary. Until a clinician has decided it is in progress and has no assessor. The
    card to the letter is its DocumentReference.
    """
    earlier: str | None = None
    for kept in dossier.of(ReviewCard):
        review = Review.model_validate_json(kept.content.review)
        decided = [each for each in dossier.of(Decision) if each.content.review in (kept.id, kept.version)]
        yield _impression(dossier, kept, review, decided[-1] if decided else None, earlier)
        earlier = kept.id


def _impression(
    dossier: Dossier, kept: Kept[ReviewCard], review: Review, decided: Kept[Decision] | None, earlier: str | None
) -> Resource:
    made = decided.content if decided else None
    return resource(
        "ClinicalImpression",
        kept.id,
        status="completed" if made else "in-progress",
        code=term("review-card", text="Review of a course of light"),
        description=review.title,
        subject=places.patient(dossier),
        effectiveDateTime=review.on.isoformat(),
        date=decided.day.isoformat() if decided else None,
        assessor=places.practitioner(dossier, made.by) if made else None,
        previous=reference("ClinicalImpression", earlier) if earlier else None,
        problem=[places.condition(dossier)],
        summary="Proposed by rule: " + " ".join((f"{review.decision}.", *review.reasons)),
        finding=[
            {"itemCodeableConcept": term(each.replace(" ", "-")), "basis": basis}
            for each, basis in (
                (review.decision, f"Proposed by rule {review.rule}"),
                *(((made.word, "By the clinician"),) if made else ()),
                *(((made.decision, "Decided by the clinician"),) if made and made.decision else ()),
            )
        ],
        supportingInfo=[reference("DocumentReference", kept.id)],
        note=[
            without_empty(
                {
                    "authorReference": places.practitioner(dossier, made.by),
                    "time": decided.day.isoformat(),
                    "text": made.reason,
                }
            )
        ]
        if made and decided and made.reason
        else None,
    )


def _signer(dossier: Dossier, name: str) -> Resource:
    return resource("RelatedPerson", "signer", patient=places.patient(dossier), name=[{"text": name}])


def _seriousness(graded: str) -> Resource:
    if graded == "not graded":
        return concept(text="not graded: nobody has looked yet")
    word = "Serious" if graded == "serious" else "Non-serious"
    return concept(code(f"{TERMINOLOGY}/adverse-event-seriousness", word, word), text=graded)


def _severity(graded: str) -> Resource | None:
    if graded not in _SEVERITIES:
        return None
    return concept(code(f"{TERMINOLOGY}/adverse-event-severity", graded, graded.capitalize()))


def _causality(related: str) -> Resource:
    known = _CAUSALITIES.get(related)
    if known is None:
        return concept(text="not judged")
    return concept(code(f"{TERMINOLOGY}/adverse-event-causality-assess", known, known.replace("-", "/")), text=related)
