"""Scores of one instrument and day: which of several counts, and how it stands in a case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nervelight.assessment import Answer
from nervelight.errors import Fault
from nervelight.fhir.reading_elements import at, moment
from nervelight.fhir.reading_json import Placed

__all__ = ["Score", "one_of", "score_row"]

_CORRECTED = ("amended", "corrected")


@dataclass(frozen=True)
class Score:
    """A score that may stand in the case."""

    placed: Placed
    value: float
    answers: tuple[Answer | None, ...] = ()

    @property
    def rank(self) -> tuple[bool, float]:
        """Orders scores of one day: what was corrected counts before what was not, then what came later."""
        found = self.placed.content
        told = max(moment(found.get("issued")), moment(at(found, "meta", "lastUpdated")))
        return found.get("status") in _CORRECTED, told


def one_of(found: list[Score], left: list[Fault]) -> Score | None:
    """Return the score that counts of those of one instrument and day.

    Parameters
    ----------
    found : list of Score
        At least one.
    left : list of Fault
        Gets the others.
    """
    derived = [each for each in found if each.answers] or found
    if len({each.value for each in derived}) == 1:
        best = derived[0]
    else:
        ranked = sorted(derived, key=lambda each: each.rank)
        if ranked[-1].rank == ranked[-2].rank:
            left += [
                Fault(str(each.placed), each.value, "another score of the same day; which holds is not said")
                for each in found
            ]
            return None
        best = ranked[-1]
    for each in found:
        if each.value != best.value:
            left.append(Fault(str(each.placed), each.value, _why_not(each, best)))
    return best


def score_row(name: str, day: str, score: Score) -> dict[str, Any]:
    """Return a score as a case file has it: by its answers where they are known."""
    given = {"answers": [_written(a) for a in score.answers]} if score.answers else {"value": _written(score.value)}
    return {"instrument": name, **given, "date": day}


def _written(answer: Answer | None) -> Any:
    if isinstance(answer, float) and answer.is_integer():
        return int(answer)
    return "-" if answer is None else answer


def _why_not(each: Score, best: Score) -> str:
    if best.answers and not each.answers:
        return f"the answers of that day give {best.value:g} ({best.placed.path})"
    return f"replaced by {best.placed.path}, which is corrected or later"
