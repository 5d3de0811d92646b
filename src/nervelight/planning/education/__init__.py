"""What people who are treated read about it, in plain words: a sheet at a time, each with questions back."""

from nervelight.planning.education.making import education_sheets, session_checks
from nervelight.planning.education.sheet import Line, Question, Sheet
from nervelight.planning.education.texts import (
    LANGUAGES,
    LampType,
    Language,
    condition_name,
    lamp_name,
    lamp_types,
    red_flag_words,
    sheet_titles,
)

__all__ = [
    "LANGUAGES",
    "LampType",
    "Language",
    "Line",
    "Question",
    "Sheet",
    "condition_name",
    "education_sheets",
    "lamp_name",
    "lamp_types",
    "red_flag_words",
    "session_checks",
    "sheet_titles",
]
