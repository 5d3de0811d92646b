"""Loading beforehand what the first preview needs, so that nobody waits for it."""

from __future__ import annotations

from nervelight.planning import preview_plan
from nervelight.report import preview_picture
from nervelight.web.plans.case_form import CaseForm

__all__ = ["warm_up"]

# Nobody's: what the light needs and no more. It reads catalogue, evidence and tissue, and loads the solver.
NOBODY = {
    "patient": {"phototype": "III"},
    "diagnosis": {"condition": "diabetic_polyneuropathy"},
    "site": {"name": "plantar_foot", "target": "cutaneous_endings", "fields": ["left sole"]},
    "lamp": {"device": "bestqool_pro300", "distance": "30 cm"},
    "anchor": "yamany2012",
}


def warm_up() -> None:
    """Compute one preview and lay out one form, and throw them away."""
    preview_picture(preview_plan(NOBODY))
    str(CaseForm(NOBODY))
