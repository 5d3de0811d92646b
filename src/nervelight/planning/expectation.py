"""What to expect: what the active and the sham arms did, what a dummy treatment does, and how sure that is."""

from __future__ import annotations

from nervelight.evidence import certainty_of, outcome_reference, study, study_label
from nervelight.planning.anchoring import Choice
from nervelight.planning.case import Case
from nervelight.planning.plan_document import Expectation, Statement

__all__ = ["expect"]

NOTHING_TO_GRADE = "No controlled trial with a result was found."


def expect(case: Case, choice: Choice) -> Expectation:
    """Return what controlled trials say to expect for the case's condition.

    The outcome reference need not be the anchor: whose light can be followed and whose result can be trusted are two
    questions.
    """
    reference, rating = outcome_reference(case.diagnosis.condition), certainty_of(case.diagnosis.condition)
    followed = choice.anchor.study_id if choice.anchor else None
    # The anchor's own result first, where it is among them; then the most telling.
    results = sorted(reference.results, key=lambda result: result.study != followed)
    return Expectation(
        benefit_over_sham=reference.benefit_over_sham,
        certainty=rating.level,
        certainty_reasons=rating.reasons or (NOTHING_TO_GRADE,),
        sentences=tuple(Statement(text=said.may_say, sources=said.source_keys) for said in reference.sentences),
        arms=tuple(
            Statement(
                text=f"{study_label(result.study)}: with light, {result.light}"
                + (f"; without, {result.comparator}." if result.comparator else "."),
                sources=study(result.study).sources,
            )
            for result in results
        ),
        placebo=Statement(
            text=reference.placebo.text,
            sources=tuple(key for name in reference.placebo.studies for key in study(name).sources)
            or ("nervelight_rule",),
        ),
    )
