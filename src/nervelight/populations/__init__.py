"""Virtual cohorts: in which people a protocol does what it is meant to, and in which not."""

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

__all__ = [
    "BATCH",
    "Arm",
    "Cell",
    "CohortSpec",
    "CohortSummary",
    "Histogram",
    "Persons",
    "ProtocolSummary",
    "connect",
    "dictionary_csv",
    "digest",
    "draw_people",
    "evaluate_people",
    "optional",
    "prepare",
    "read_cohort",
    "read_summary",
    "run_cohort",
    "summarise_cohort",
]
