"""What could do harm, and what forbids signing: each check returns findings, and every check is run."""

from nervelight.planning.safety.assessment import assessment_findings
from nervelight.planning.safety.course import schedule_findings, time_findings
from nervelight.planning.safety.heat import DRAWS as HEAT_DRAWS
from nervelight.planning.safety.heat import temperature_findings, warmth_of
from nervelight.planning.safety.light import eye_findings, lamp_findings, laser_skin_findings
from nervelight.planning.safety.other_treatment import other_treatment_findings
from nervelight.planning.safety.person import patient_findings

__all__ = [
    "HEAT_DRAWS",
    "assessment_findings",
    "eye_findings",
    "lamp_findings",
    "laser_skin_findings",
    "other_treatment_findings",
    "patient_findings",
    "schedule_findings",
    "temperature_findings",
    "time_findings",
    "warmth_of",
]
