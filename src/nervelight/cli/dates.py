"""Dates as options of a command."""

from __future__ import annotations

import datetime as dt
import re

from nervelight.errors import Fault, InvalidInput

__all__ = ["read_day"]


def read_day(text: str, option: str) -> dt.date:
    """Return the day that an option names.

    Parameters
    ----------
    text : str
        As written, YYYY-MM-DD.
    option : str
        For the message: ``--start``.

    Raises
    ------
    InvalidInput
        If it is no day of the calendar, or written in another way.
    """
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    raise InvalidInput("call", [Fault(option, text, "a date as YYYY-MM-DD")])
