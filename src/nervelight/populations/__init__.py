"""Virtual cohorts and trials: in which people a protocol does what it is meant to, and how large a trial must be."""

from nervelight.populations.arms import Arm, prepare
from nervelight.populations.cohort import BATCH, evaluate_people
from nervelight.populations.engine import connect, digest, run_cohort
from nervelight.populations.people import Persons, draw_people
from nervelight.populations.spec import CohortSpec, read_cohort
from nervelight.populations.summary import (
    Cell,
    CohortSummary,
    Histogram,
    ProtocolSummary,
    read_summary,
    summarise_cohort,
)
from nervelight.populations.tables import dictionary_csv, optional
from nervelight.populations.trial import TrialResult, lights_of, simulate_trials
from nervelight.populations.trial_spec import TrialSpec, read_trial

__all__ = [
    "BATCH",
    "Arm",
    "Cell",
    "CohortSpec",
    "CohortSummary",
    "Histogram",
    "Persons",
    "ProtocolSummary",
    "TrialResult",
    "TrialSpec",
    "connect",
    "dictionary_csv",
    "digest",
    "draw_people",
    "evaluate_people",
    "lights_of",
    "optional",
    "prepare",
    "read_cohort",
    "read_summary",
    "read_trial",
    "run_cohort",
    "simulate_trials",
    "summarise_cohort",
]
