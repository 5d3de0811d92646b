"""Virtual cohorts: in which people a protocol does what it is meant to, and in which not."""

from nervelight.populations.arms import Arm, prepare
from nervelight.populations.cohort import BATCH, evaluate_people
from nervelight.populations.people import Persons, draw_people
from nervelight.populations.spec import CohortSpec, read_cohort

__all__ = ["BATCH", "Arm", "CohortSpec", "Persons", "draw_people", "evaluate_people", "prepare", "read_cohort"]
