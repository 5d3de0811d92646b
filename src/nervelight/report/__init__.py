"""A plan for people: as a page, as pictures, and in the terminal.

Drawn from the plan document alone.
"""

from nervelight.report.picture import Picture, Table, write_picture
from nervelight.report.plan_page import plan_page, plan_version
from nervelight.report.plots import course_figure, fluence_figure, irradiance_figure
from nervelight.report.summary import print_summary

__all__ = [
    "Picture",
    "Table",
    "course_figure",
    "fluence_figure",
    "irradiance_figure",
    "plan_page",
    "plan_version",
    "print_summary",
    "write_picture",
]
