"""What to do, and what next: from a case to a plan."""

from nervelight.planning.anchoring import light_lines
from nervelight.planning.assess import Assessment, ScoreRead, assess
from nervelight.planning.case import Case
from nervelight.planning.case_reading import case_from_data, case_from_yaml, case_template, read_case
from nervelight.planning.explain import case_names, explain_case
from nervelight.planning.findings import Finding, blocking
from nervelight.planning.plan import DISCLAIMER, make_plan, require_signable
from nervelight.planning.plan_document import PLAN_SCHEMA, Band, Plan
from nervelight.planning.preview import NotChecked, Preview, preview_plan
from nervelight.planning.trial_fluence import TrialFluence, light_responses, trial_fluence
from nervelight.planning.unfinished_case import Unanswered
from nervelight.planning.words import number

__all__ = [
    "DISCLAIMER",
    "PLAN_SCHEMA",
    "Assessment",
    "Band",
    "Case",
    "Finding",
    "NotChecked",
    "Plan",
    "Preview",
    "ScoreRead",
    "TrialFluence",
    "Unanswered",
    "assess",
    "blocking",
    "case_from_data",
    "case_from_yaml",
    "case_names",
    "case_template",
    "explain_case",
    "light_lines",
    "light_responses",
    "make_plan",
    "number",
    "preview_plan",
    "read_case",
    "require_signable",
    "trial_fluence",
]
