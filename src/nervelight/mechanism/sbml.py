"""The model as SBML for other tools, with what it is and how sure each number is written into it."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

from nervelight.errors import UnknownName
from nervelight.mechanism.arrows import arrows
from nervelight.mechanism.engine import BANNER, as_sbml, model_text
from nervelight.mechanism.priors import mechanism_parameters

__all__ = ["export_sbml"]

_PARAMETER = re.compile(r'<parameter id="(\w+)"( value="[^"]*")?([^>]*)/>')


def export_sbml(values: Mapping[str, float] | None = None) -> str:
    """Return the model as SBML level 3.

    The notes of the model hold the banner and the arrows with their verdicts and sources, those of a parameter its
    prior, status and sources.

    Parameters
    ----------
    values : mapping, optional
        Parameters to set in it, by name.

    Raises
    ------
    UnknownName
        If the model has no parameter of that name.
    MissingEngine
        If Antimony is not installed.
    """
    sbml, given = as_sbml(model_text()), dict(values or {})
    known = {match[1] for match in _PARAMETER.finditer(sbml)}
    for name in given:
        if name not in known:
            raise UnknownName("parameter of the model", name, sorted(known))
    table, limits = mechanism_parameters().parameters, mechanism_parameters().limits

    def told(match: re.Match[str]) -> str:
        name, value, rest = match[1], match[2] or "", match[3].rstrip()
        if name in given:
            value = f' value="{given[name]!r}"'
        head = f'<parameter id="{name}"{value}{rest}'
        if name not in table:
            return f"{head}/>"
        entry = table[name]
        line = f"{entry.about}. Prior: {entry.prior.words} {entry.unit}. {entry.status}: {', '.join(entry.sources)}."
        return f"{head}>{_notes(line)}</parameter>"

    low, high = limits.wavelength_nm
    within = (
        f"Taken up to {limits.fluence_rate_mw_cm2:g} mW/cm2 at the target, {limits.minutes:g} min within a day, and "
        f"from {low:g} to {high:g} nm: there are no data beyond. Another wavelength needs its own extinction."
    )
    lines = [BANNER, within]
    for arrow in arrows():
        sources = (
            f"for: {', '.join(arrow.for_sources) or 'none'}; against: {', '.join(arrow.against_sources) or 'none'}"
        )
        lines.append(f"{arrow.cause}, so {arrow.effect}: {arrow.verdict} ({arrow.grade}); {sources}.")
    sbml = _PARAMETER.sub(told, sbml)
    at = sbml.index(">", sbml.index("<model ")) + 1
    return sbml[:at] + _notes(*lines) + sbml[at:]


def _notes(*lines: str) -> str:
    return (
        "<notes>"
        + "".join(f'<p xmlns="http://www.w3.org/1999/xhtml">{html.escape(line)}</p>' for line in lines)
        + "</notes>"
    )
