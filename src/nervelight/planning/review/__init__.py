"""Is it working for this person, and what to do next: from a signed plan and a diary to a decision card."""

from nervelight.planning.review.review import review_course
from nervelight.planning.review.review_document import (
    REVIEW_SCHEMA,
    RULES,
    ClinicianDecision,
    DecisionWord,
    DomainOutcome,
    Gathered,
    GivenSession,
    Review,
)

__all__ = [
    "REVIEW_SCHEMA",
    "RULES",
    "ClinicianDecision",
    "DecisionWord",
    "DomainOutcome",
    "Gathered",
    "GivenSession",
    "Review",
    "review_course",
]
