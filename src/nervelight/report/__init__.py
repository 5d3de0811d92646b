"""A plan, a course, and the evidence behind them, for people: pages, pictures, PDF, tables, and the terminal.

A plan is drawn from the plan document alone; what others are given of a course, from its dossier alone.
"""

from nervelight.report.assessment_words import assessment_record, assessment_sections, red_flag_sections
from nervelight.report.calendar import CalendarWords, calendar_of
from nervelight.report.cohort_page import cohort_page, cohort_rows
from nervelight.report.education_page import education_page, education_record
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
from nervelight.report.full_plan import plan_pdf
from nervelight.report.handout import handout_pdf
from nervelight.report.instrument_words import (
    change_sections,
    form_sections,
    instrument_sections,
    pack_question_sections,
    pack_sections,
    score_sections,
    sham_record,
)
from nervelight.report.lamp_plot import lamp_figure
from nervelight.report.lamp_words import (
    ClaimHeld,
    claim_held,
    lamp_facts,
    lamp_title,
    light_counted_on,
    reading_rows,
    reading_text,
)
from nervelight.report.letter_sections import LETTER_SECTIONS
from nervelight.report.letters import letter_pdf
from nervelight.report.methods import MethodsSheet, methods_sheet
from nervelight.report.nof1_plot import nof1_figure
from nervelight.report.nof1_words import (
    nof1_design_rows,
    nof1_period_rows,
    nof1_record,
    nof1_rows,
    nof1_table,
    nof1_title,
    nof1_warnings,
)
from nervelight.report.open_data import open_tables, tables_of
from nervelight.report.page import source_rows
from nervelight.report.pdf import PAPERS, Paper
from nervelight.report.picture import Picture, Table, write_picture
from nervelight.report.plan_comparison import compare_plans
from nervelight.report.plan_page import findings_in_words, plan_body, plan_page, plan_version
from nervelight.report.plots import course_figure, fluence_figure, irradiance_figure
from nervelight.report.preview_picture import preview_picture
from nervelight.report.response_plot import response_figure
from nervelight.report.review_page import review_card, review_page, review_pictures
from nervelight.report.review_plots import adherence_figure, delivery_figure, outcome_figure
from nervelight.report.review_summary import print_review
from nervelight.report.session_log import session_log_pdf
from nervelight.report.study_record import study_record
from nervelight.report.study_words import (
    LIGHT_HEADER,
    OUTCOME_HEADER,
    light_remarks,
    light_rows,
    outcome_rows,
    study_rows,
    study_says,
)
from nervelight.report.summary import print_summary
from nervelight.report.treatment_words import (
    LADDER_CLOSING,
    LADDER_HEADER,
    ladder_record,
    ladder_remarks,
    ladder_rows,
    ladder_sources,
)
from nervelight.report.trial_page import trial_assumptions, trial_page, trial_rows

__all__ = [
    "LADDER_CLOSING",
    "LADDER_HEADER",
    "LETTER_SECTIONS",
    "LIGHT_HEADER",
    "OUTCOME_HEADER",
    "PAPERS",
    "CalendarWords",
    "ClaimHeld",
    "MethodsSheet",
    "Paper",
    "Picture",
    "Table",
    "adherence_figure",
    "assessment_record",
    "assessment_sections",
    "calendar_of",
    "card_record",
    "card_sections",
    "change_sections",
    "claim_held",
    "cohort_page",
    "cohort_rows",
    "compare_plans",
    "course_figure",
    "delivery_figure",
    "education_page",
    "education_record",
    "findings_in_words",
    "fluence_figure",
    "forest_figure",
    "form_sections",
    "funnel_figure",
    "handout_pdf",
    "instrument_sections",
    "irradiance_figure",
    "ladder_record",
    "ladder_remarks",
    "ladder_rows",
    "ladder_sources",
    "lamp_facts",
    "lamp_figure",
    "lamp_title",
    "letter_pdf",
    "light_counted_on",
    "light_remarks",
    "light_rows",
    "light_text",
    "methods_sheet",
    "nof1_design_rows",
    "nof1_figure",
    "nof1_period_rows",
    "nof1_record",
    "nof1_rows",
    "nof1_table",
    "nof1_title",
    "nof1_warnings",
    "open_tables",
    "outcome_figure",
    "outcome_rows",
    "pack_question_sections",
    "pack_sections",
    "plan_body",
    "plan_page",
    "plan_pdf",
    "plan_version",
    "pooled_record",
    "pooled_sections",
    "pooled_title",
    "preview_picture",
    "print_review",
    "print_summary",
    "reading_rows",
    "reading_text",
    "red_flag_sections",
    "response_answer",
    "response_figure",
    "review_card",
    "review_page",
    "review_pictures",
    "score_sections",
    "session_log_pdf",
    "sham_record",
    "source_rows",
    "study_record",
    "study_rows",
    "study_says",
    "tables_of",
    "trial_assumptions",
    "trial_page",
    "trial_rows",
    "write_picture",
]
