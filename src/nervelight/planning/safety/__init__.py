"""What could do harm, and what forbids signing: each check returns findings, and every check is run."""

from nervelight.planning.safety.course import schedule_findings, time_findings
from nervelight.planning.safety.light import (
    eye_findings,
    lamp_findings,
    laser_skin_findings,
    temperature_findings,
)
from nervelight.planning.safety.person import patient_findings

__all__ = [
    "eye_findings",
    "lamp_findings",
    "laser_skin_findings",
    "patient_findings",
    "schedule_findings",
    "temperature_findings",
    "time_findings",
]
