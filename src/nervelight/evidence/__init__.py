"""What trials of light in neuropathic pain found, and how surely."""

from nervelight.evidence.anchor_ranking import Completeness, RankedAnchor, TargetKind, anchors_for, rank_anchors
from nervelight.evidence.anchors import Anchor, AnchorKind, anchor, anchor_ids, anchors_at
from nervelight.evidence.arithmetic import ArithmeticCheck, Quantity, Value, quantity_text
from nervelight.evidence.cards import NO_PROTOCOL, EvidenceCard, evidence_card
from nervelight.evidence.certainty import CertaintyDomain, CertaintyLevel, CertaintyRating, certainty_of, pooled_pain
from nervelight.evidence.claims import Claim, Verdict, claim, claim_ids, claims, claims_for
from nervelight.evidence.conditions import (
    CONDITIONS,
    BodySite,
    Condition,
    ConditionInfo,
    condition_info,
    condition_named,
)
from nervelight.evidence.covariates import Covariate, ExplainedOutcome, covariate_of, regress_outcome
from nervelight.evidence.guideline import Band, Window
from nervelight.evidence.library import Review, add_study, remove_study, review_study
from nervelight.evidence.light import Light, check_arithmetic, derived_light, readings
from nervelight.evidence.light_response import (
    LEAST_FOR_REGRESSION,
    GivenLight,
    LightResponse,
    LightVerdict,
    ResponsePoint,
    light_response,
)
from nervelight.evidence.memory import remembered
from nervelight.evidence.outcome import Outcome, OutcomeDomain, outcome_label
from nervelight.evidence.outcome_arithmetic import OutcomeCheck, check_outcomes
from nervelight.evidence.placebo import PlaceboResponse, placebo_responses
from nervelight.evidence.pooled_outcome import PooledOutcome, pool_outcome
from nervelight.evidence.pooling import (
    Heterogeneity,
    IntervalMethod,
    Pooled,
    Regression,
    leave_one_out,
    pool,
    regress,
)
from nervelight.evidence.printed_results import Measure, ScoreKind
from nervelight.evidence.reference import (
    BenefitOverSham,
    OutcomeReference,
    Placebo,
    TrialResult,
    outcome_reference,
    speaks_against,
)
from nervelight.evidence.settings import LitField, Setting
from nervelight.evidence.sham_change import ShamChange, sham_change
from nervelight.evidence.small_studies import LEAST_TRIALS, Egger, TrimAndFill, egger, trim_and_fill
from nervelight.evidence.studies import added_ids, studies, study, study_ids, study_label
from nervelight.evidence.study_schema import Arm, Schedule, Statement, Study, StudyId, Topic, Weakness
from nervelight.evidence.trial_effects import (
    MEASURE_OF,
    Effect,
    NoEffect,
    effect_of,
    effects_for,
    measures_of,
    trials_of,
)

__all__ = [
    "CONDITIONS",
    "LEAST_FOR_REGRESSION",
    "LEAST_TRIALS",
    "MEASURE_OF",
    "NO_PROTOCOL",
    "Anchor",
    "AnchorKind",
    "ArithmeticCheck",
    "Arm",
    "Band",
    "BenefitOverSham",
    "BodySite",
    "CertaintyDomain",
    "CertaintyLevel",
    "CertaintyRating",
    "Claim",
    "Completeness",
    "Condition",
    "ConditionInfo",
    "Covariate",
    "Effect",
    "Egger",
    "EvidenceCard",
    "ExplainedOutcome",
    "GivenLight",
    "Heterogeneity",
    "IntervalMethod",
    "Light",
    "LightResponse",
    "LightVerdict",
    "LitField",
    "Measure",
    "NoEffect",
    "Outcome",
    "OutcomeCheck",
    "OutcomeDomain",
    "OutcomeReference",
    "Placebo",
    "PlaceboResponse",
    "Pooled",
    "PooledOutcome",
    "Quantity",
    "RankedAnchor",
    "Regression",
    "ResponsePoint",
    "Review",
    "Schedule",
    "ScoreKind",
    "Setting",
    "ShamChange",
    "Statement",
    "Study",
    "StudyId",
    "TargetKind",
    "Topic",
    "TrialResult",
    "TrimAndFill",
    "Value",
    "Verdict",
    "Weakness",
    "Window",
    "add_study",
    "added_ids",
    "anchor",
    "anchor_ids",
    "anchors_at",
    "anchors_for",
    "certainty_of",
    "check_arithmetic",
    "check_outcomes",
    "claim",
    "claim_ids",
    "claims",
    "claims_for",
    "condition_info",
    "condition_named",
    "covariate_of",
    "derived_light",
    "effect_of",
    "effects_for",
    "egger",
    "evidence_card",
    "leave_one_out",
    "light_response",
    "measures_of",
    "outcome_label",
    "outcome_reference",
    "placebo_responses",
    "pool",
    "pool_outcome",
    "pooled_pain",
    "quantity_text",
    "rank_anchors",
    "readings",
    "regress",
    "regress_outcome",
    "remembered",
    "remove_study",
    "review_study",
    "sham_change",
    "speaks_against",
    "studies",
    "study",
    "study_ids",
    "study_label",
    "trials_of",
    "trim_and_fill",
]
