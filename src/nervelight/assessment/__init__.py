"""Who is treated, and how they are: instruments, diagnosis, red flags, contraindications and drugs."""

from nervelight.assessment.change import Change, ChangeState, change_of
from nervelight.assessment.contraindications import (
    Contraindication,
    PulseBand,
    contraindication,
    contraindication_ids,
)
from nervelight.assessment.drugs import (
    Drug,
    DrugLevel,
    DrugVerdict,
    Hold,
    drug,
    drug_names,
    drugs_in,
    photosensitising,
)
from nervelight.assessment.goals import goal_attainment
from nervelight.assessment.instrument_schema import ImportantChange, Instrument
from nervelight.assessment.instruments import (
    check_score,
    instrument,
    instrument_ids,
    reliable_change,
    severity,
)
from nervelight.assessment.neupsig import (
    NeupsigFindings,
    NeupsigGrade,
    NeupsigLevel,
    NeupsigStep,
    neupsig_grade,
)
from nervelight.assessment.patient import EyeProtection, Perfusion, Phototype, Sensation
from nervelight.assessment.red_flags import RedFlag, Urgency, raised, red_flag_ids, red_flags
from nervelight.assessment.scoring import ScaleScore, ScoredAnswers, scorable_ids, score_answers, scoring, wording
from nervelight.assessment.scoring_schema import Answer, Scoring, Wording

__all__ = [
    "Answer",
    "Change",
    "ChangeState",
    "Contraindication",
    "Drug",
    "DrugLevel",
    "DrugVerdict",
    "EyeProtection",
    "Hold",
    "ImportantChange",
    "Instrument",
    "NeupsigFindings",
    "NeupsigGrade",
    "NeupsigLevel",
    "NeupsigStep",
    "Perfusion",
    "Phototype",
    "PulseBand",
    "RedFlag",
    "ScaleScore",
    "ScoredAnswers",
    "Scoring",
    "Sensation",
    "Urgency",
    "Wording",
    "change_of",
    "check_score",
    "contraindication",
    "contraindication_ids",
    "drug",
    "drug_names",
    "drugs_in",
    "goal_attainment",
    "instrument",
    "instrument_ids",
    "neupsig_grade",
    "photosensitising",
    "raised",
    "red_flag_ids",
    "red_flags",
    "reliable_change",
    "scorable_ids",
    "score_answers",
    "scoring",
    "severity",
    "wording",
]
