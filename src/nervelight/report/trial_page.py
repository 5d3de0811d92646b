"""A simulated trial as one page: power at the nerve and at the skin, the size needed, and what it rests on."""

from __future__ import annotations

from nervelight.populations import TrialResult
from nervelight.report.page import environment, page_style
from nervelight.report.words import duration

__all__ = ["trial_assumptions", "trial_page", "trial_rows"]

DOSING_WORDS = {
    "nerve": "at the nerve, tissue known",
    "skin": "at the skin, one time for all",
    "none": "light that does nothing",
}


def trial_rows(result: TrialResult) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows: how often each dosing finds an effect, its mean estimate, the people needed."""
    header = ("dosed", "finds an effect", "mean effect", f"people for {result.power_wanted:.0%}")
    rows: list[tuple[str, ...]] = [
        (
            DOSING_WORDS[found.dosing],
            f"{100 * found.found:.1f} % (± {100 * 1.96 * found.error:.1f})",
            f"{found.mean_effect:.2f} points",
            "-" if found.people_needed is None else f"{found.people_needed}",
        )
        for found in (result.nerve, result.skin, result.none)
    ]
    return header, rows


def trial_assumptions(result: TrialResult) -> list[tuple[str, str]]:
    """Return what the numbers rest on, and how to read them."""
    low, middle, high = result.skin_share
    closed = []
    if result.closed_form is not None:
        told = f"{result.closed_form:.1%} where all get the full effect and nobody stops (t test, closed form)"
        closed.append(("power at best", told))
    return [
        *((what, f"{value}; {why}") for what, value, why in result.assumed),
        (
            "dosed at skin",
            f"{duration(result.time_for_all_s)} for all: {middle:.2g} ({low:.2g} to {high:.2g}) of the trial's light",
        ),
        ("power lost", f"{100 * result.power_lost:.1f} percentage points by dosing at the skin"),
        *closed,
        ("trials", f"{result.trials} simulated; ± is the 95 % chance of so many"),
        ("read as", "what would be found if the assumed effect were true; nothing here says that light helps"),
    ]


def trial_page(result: TrialResult) -> str:
    """Return a simulated trial as a self-contained HTML page, without scripts and without a request to anywhere."""
    header, rows = trial_rows(result)
    return (
        environment()
        .get_template("trial.html.j2")
        .render(css=page_style(), result=result, header=header, rows=rows, assumptions=trial_assumptions(result))
    )
