"""A randomised trial in one person: light on and off in blocks, for those who want to know rather than hope."""

from nervelight.planning.nof1.analysis import IndividualEffect, individual_effect, randomisation_test
from nervelight.planning.nof1.design import design_nof1
from nervelight.planning.nof1.document import Allocation, NOf1Design, Period, read_document
from nervelight.planning.nof1.result import Guesses, NOf1Result, PeriodDays, analyse_nof1

__all__ = [
    "Allocation",
    "Guesses",
    "IndividualEffect",
    "NOf1Design",
    "NOf1Result",
    "Period",
    "PeriodDays",
    "analyse_nof1",
    "design_nof1",
    "individual_effect",
    "randomisation_test",
    "read_document",
]
