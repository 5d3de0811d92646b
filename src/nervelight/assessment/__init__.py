"""Who is treated, and how they are: instruments, diagnosis, red flags, contraindications and drugs."""

from nervelight.assessment.answers import read_answers
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
from nervelight.assessment.goals import Goal, GoalCheck, check_goal, goal_attainment, goal_reached, in_unit, is_walked
from nervelight.assessment.instrument_schema import ChangeThreshold, ImportantChange, Instrument
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
from nervelight.assessment.packs import (
    TextPack,
    install_pack,
    installed_pack,
    installed_packs,
    pack_languages,
    remove_pack,
    review_pack,
)
from nervelight.assessment.patient import EyeProtection, Perfusion, Phototype, Sensation
from nervelight.assessment.questionnaire_template import questionnaire_template
from nervelight.assessment.readings import READING_TESTS, Decision, ReadingTaken, decide
from nervelight.assessment.red_flags import RedFlag, Urgency, raised, red_flag_ids, red_flags
from nervelight.assessment.scoring import (
    ScaleScore,
    ScoredAnswers,
    alarm_faults,
    scorable_ids,
    score_answers,
    scoring,
)
from nervelight.assessment.scoring_schema import Answer, ItemBlock, Scoring, Wording
from nervelight.assessment.screening import Screened, screen, screening_areas
from nervelight.assessment.wordings import wording, wording_languages

__all__ = [
    "READING_TESTS",
    "Answer",
    "Change",
    "ChangeState",
    "ChangeThreshold",
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
    "ItemBlock",
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
    "TextPack",
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
    "drugs_in",
    "goal_attainment",
    "goal_reached",
    "in_unit",
    "install_pack",
    "installed_pack",
    "installed_packs",
    "instrument",
    "instrument_ids",
    "is_walked",
    "neupsig_grade",
    "pack_languages",
    "photosensitising",
    "questionnaire_template",
    "raised",
    "read_answers",
    "red_flag_ids",
    "red_flags",
    "reliable_change",
    "remove_pack",
    "review_pack",
    "scorable_ids",
    "score_answers",
    "scoring",
    "screen",
    "screening_areas",
    "severity",
    "wording",
    "wording_languages",
]
