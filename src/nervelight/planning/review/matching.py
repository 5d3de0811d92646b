"""Which planned session each session given stands for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

__all__ = ["made_up", "matched"]


def matched(planned: Sequence[dt.date], given: Sequence[dt.date], within: float) -> dict[dt.date, dt.date]:
    """Return the planned day of each day given, at most `within` days apart.

    A session on a planned day is that one. Of the others as many as can be are matched, in their order, and of all such
    ways the one that moves sessions least.

    Parameters
    ----------
    planned, given : sequence of date
        Rising, each day once.
    within : float
        Days that a session may move by.

    Examples
    --------
    >>> day = dt.date(2026, 8, 3)
    >>> two_later = day + dt.timedelta(days=2)
    >>> matched([day, two_later], [two_later], 3) == {two_later: two_later}
    True
    """
    same = {day: day for day in given if day in set(planned)}
    planned, given = ([day for day in days if day not in same] for days in (planned, given))
    # best[i][j]: fewest unmatched and then fewest days moved, of the first i planned and j given, as one number.
    far = 1_000_000
    best = [[0] * (len(given) + 1) for _ in range(len(planned) + 1)]
    for i, day in enumerate(planned, 1):
        for j, other in enumerate(given, 1):
            apart = abs((other - day).days)
            paired = best[i - 1][j - 1] - far + apart if apart <= within else far
            best[i][j] = min(best[i - 1][j], best[i][j - 1], paired)
    found = dict(same)
    i, j = len(planned), len(given)
    while i and j:
        if best[i][j] == best[i - 1][j]:
            i -= 1
        elif best[i][j] == best[i][j - 1]:
            j -= 1
        else:
            i, j = i - 1, j - 1
            found[given[j]] = planned[i]
    return found


def made_up(missed: Sequence[dt.date], later: Sequence[dt.date], until: dt.date) -> dict[dt.date, dt.date]:
    """Return the missed day that each session after the course makes up for, the earliest first.

    Parameters
    ----------
    missed, later : sequence of date
        Rising.
    until : date
        The last day on which a session can be made up.
    """
    return dict(zip([day for day in later if day <= until], missed, strict=False))
