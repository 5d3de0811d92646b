"""What trials of light in neuropathic pain found, and how surely."""

from nervelight.evidence.anchors import Anchor, AnchorKind, anchor, anchors_at, anchors_for
from nervelight.evidence.arithmetic import ArithmeticCheck, Quantity, Value, quantity_text
from nervelight.evidence.conditions import CONDITIONS, BodySite, Condition, ConditionInfo, condition_info
from nervelight.evidence.guideline import Band, Window
from nervelight.evidence.light import Light, check_arithmetic, derived_light, readings
from nervelight.evidence.outcome import (
    BenefitOverSham,
    Certainty,
    OutcomeReference,
    Placebo,
    Sentence,
    TrialResult,
    outcome_reference,
    speaks_against,
)
from nervelight.evidence.settings import LitField, Setting
from nervelight.evidence.studies import Arm, Outcome, Schedule, Study, StudyId, study, study_ids

__all__ = [
    "CONDITIONS",
    "Anchor",
    "AnchorKind",
    "ArithmeticCheck",
    "Arm",
    "Band",
    "BenefitOverSham",
    "BodySite",
    "Certainty",
    "Condition",
    "ConditionInfo",
    "Light",
    "LitField",
    "Outcome",
    "OutcomeReference",
    "Placebo",
    "Quantity",
    "Schedule",
    "Sentence",
    "Setting",
    "Study",
    "StudyId",
    "TrialResult",
    "Value",
    "Window",
    "anchor",
    "anchors_at",
    "anchors_for",
    "check_arithmetic",
    "condition_info",
    "derived_light",
    "outcome_reference",
    "quantity_text",
    "readings",
    "speaks_against",
    "study",
    "study_ids",
]
