"""A plan, and the evidence behind it, for people: as a page, as pictures, and in the terminal.

A plan is drawn from the plan document alone.
"""

from nervelight.report.assessment_words import assessment_record, assessment_sections, red_flag_sections
from nervelight.report.evidence_words import (
    card_record,
    card_sections,
    light_text,
    pooled_record,
    pooled_sections,
    pooled_title,
    response_answer,
)
from nervelight.report.forest_plot import forest_figure, funnel_figure
from nervelight.report.instrument_words import change_sections, instrument_sections, score_sections, sham_record
from nervelight.report.picture import Picture, Table, write_picture
from nervelight.report.plan_page import plan_page, plan_version
from nervelight.report.plots import course_figure, fluence_figure, irradiance_figure
from nervelight.report.response_plot import response_figure
from nervelight.report.study_record import study_record
from nervelight.report.summary import print_summary

__all__ = [
    "Picture",
    "Table",
    "assessment_record",
    "assessment_sections",
    "card_record",
    "card_sections",
    "change_sections",
    "course_figure",
    "fluence_figure",
    "forest_figure",
    "funnel_figure",
    "instrument_sections",
    "irradiance_figure",
    "light_text",
    "plan_page",
    "plan_version",
    "pooled_record",
    "pooled_sections",
    "pooled_title",
    "print_summary",
    "red_flag_sections",
    "response_answer",
    "response_figure",
    "score_sections",
    "sham_record",
    "study_record",
    "write_picture",
]
