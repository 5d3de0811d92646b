"""How a line of the log is written: what happened and where, and nothing that anybody typed."""

from __future__ import annotations

import logging
import re
import traceback
from types import TracebackType

__all__ = ["Line"]

# The token of an invitation stands in its address.
_TOKEN = re.compile(r"(/invitation/)[^/\s]+")


class Line(logging.Formatter):
    """Writes tracebacks without the words of the exception, which may quote a form or a row, and no tokens."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return _TOKEN.sub(r"\1...", super().format(record))

    def formatException(  # noqa: N802 - the name that logging calls
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> str:
        """Return where it was raised and of which class, cause by cause."""
        parts, problem = [], ei[1]
        while problem is not None:
            where = "".join(traceback.format_tb(problem.__traceback__))
            parts.append(f"{where}{type(problem).__module__}.{type(problem).__qualname__}")
            problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
        return "\n-- raised after:\n".join(parts)
