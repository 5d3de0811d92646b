"""Who is treated, and how they are: instruments, diagnosis, red flags, contraindications and drugs."""

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
from nervelight.assessment.instrument_schema import Instrument
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

__all__ = [
    "Contraindication",
    "Drug",
    "DrugLevel",
    "DrugVerdict",
    "EyeProtection",
    "Hold",
    "Instrument",
    "NeupsigFindings",
    "NeupsigGrade",
    "NeupsigLevel",
    "NeupsigStep",
    "Perfusion",
    "Phototype",
    "PulseBand",
    "RedFlag",
    "Sensation",
    "Urgency",
    "check_score",
    "contraindication",
    "contraindication_ids",
    "drug",
    "drug_names",
    "instrument",
    "instrument_ids",
    "neupsig_grade",
    "photosensitising",
    "raised",
    "red_flag_ids",
    "red_flags",
    "reliable_change",
    "severity",
]
