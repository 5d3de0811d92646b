"""What people who are treated read about it, in plain words: a sheet at a time, each with questions back."""

from nervelight.planning.education.facts import day_said
from nervelight.planning.education.making import AT_ONCE, TODAY, education_sheets, eye_protection, session_checks
from nervelight.planning.education.sheet import Line, Question, Sheet
from nervelight.planning.education.texts import (
    LANGUAGES,
    LampType,
    Language,
    condition_name,
    lamp_name,
    lamp_types,
    language_named,
    page_words,
    red_flag_words,
    sheet_titles,
)

__all__ = [
    "AT_ONCE",
    "LANGUAGES",
    "TODAY",
    "LampType",
    "Language",
    "Line",
    "Question",
    "Sheet",
    "condition_name",
    "day_said",
    "education_sheets",
    "eye_protection",
    "lamp_name",
    "lamp_types",
    "language_named",
    "page_words",
    "red_flag_words",
    "session_checks",
    "sheet_titles",
]
