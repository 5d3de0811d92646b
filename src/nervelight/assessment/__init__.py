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
    photosensitising,
)
from nervelight.assessment.goals import Goal, GoalCheck, check_goal, goal_attainment, goal_reached, in_unit, is_walked
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
from nervelight.assessment.readings import READING_TESTS, Decision, ReadingTaken, decide
from nervelight.assessment.red_flags import RedFlag, Urgency, raised, red_flag_ids, red_flags
from nervelight.assessment.scoring import (
    ScaleScore,
    ScoredAnswers,
    alarm_faults,
    scorable_ids,
    score_answers,
    scoring,
    wording,
)
from nervelight.assessment.scoring_schema import Answer, Scoring, Wording
from nervelight.assessment.screening import Screened, screen, screening_areas

__all__ = [
    "READING_TESTS",
    "Answer",
    "Change",
    "ChangeState",
    "Contraindication",
    "Decision",
    "Drug",
    "DrugLevel",
    "DrugVerdict",
    "EyeProtection",
    "Goal",
    "GoalCheck",
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
    "ReadingTaken",
    "RedFlag",
    "ScaleScore",
    "ScoredAnswers",
    "Scoring",
    "Screened",
    "Sensation",
    "Urgency",
    "Wording",
    "alarm_faults",
    "change_of",
    "check_goal",
    "check_score",
    "contraindication",
    "contraindication_ids",
    "decide",
    "drug",
    "drug_names",
    "goal_attainment",
    "goal_reached",
    "in_unit",
    "instrument",
    "instrument_ids",
    "is_walked",
    "neupsig_grade",
    "photosensitising",
    "raised",
    "red_flag_ids",
    "red_flags",
    "reliable_change",
    "scorable_ids",
    "score_answers",
    "scoring",
    "screen",
    "screening_areas",
    "severity",
    "wording",
]
