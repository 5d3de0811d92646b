"""A simulated trial as one page: power at the nerve and at the skin, the size needed, and what it rests on."""

from __future__ import annotations

from nervelight.populations import TrialResult
from nervelight.report.page import environment, page_style
from nervelight.report.picture import ACCENT, INK, NERVE, QUIET, RULE, Picture, Table, canvas, drawing, finished
from nervelight.report.words import duration

__all__ = ["DESIGN_WORDS", "trial_assumptions", "trial_page", "trial_rows"]

DESIGN_WORDS = {"parallel": "parallel arms", "crossover": "crossover", "nof1": "series of N-of-1 trials"}
"""Designs as people read them."""
DOSING_WORDS = {
    "nerve": "at the nerve, tissue known",
    "skin": "at the skin, one time for all",
    "none": "light that does nothing",
}


def trial_rows(result: TrialResult) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return header and rows: how often each dosing finds an effect, its mean estimate, the people needed."""
    header = ("dosed", "finds an effect", "mean effect", f"people for {100 * result.power_wanted:g} %")
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
    lost, lost_error = result.nerve.not_analysed, 100 * 1.96 * result.power_lost_error
    closed = []
    if result.closed_form is not None:
        told = f"{100 * result.closed_form:.1f} % where all get the full effect and nobody stops (t test, closed form)"
        closed.append(("power at best", told))
    return [
        *((what, f"{value}; {why}") for what, value, why in result.assumed),
        (
            "dosed at skin",
            f"{duration(result.time_for_all_s)} for all: {middle:.2g} ({low:.2g} to {high:.2g}) of the trial's light",
        ),
        ("power lost", f"{100 * result.power_lost:.1f} (± {lost_error:.1f}) percentage points by dosing at the skin"),
        ("people", "all who are randomised, whoever stops; for other numbers than simulated by the normal law"),
        *closed,
        *((("not analysed", f"{lost} of the trials: too few finished, so that they found nothing"),) if lost else ()),
        ("trials", f"{result.trials} simulated; ± is the 95 % chance of so many"),
        ("read as", "what would be found if the assumed effect were true; nothing here says that light helps"),
    ]


def trial_page(result: TrialResult) -> str:
    """Return a simulated trial as a self-contained HTML page, without scripts and without a request to anywhere."""
    header, rows = trial_rows(result)
    return (
        environment()
        .get_template("trial.html.j2")
        .render(
            css=page_style(),
            result=result,
            design=DESIGN_WORDS[result.design],
            header=header,
            rows=rows,
            picture=_sizes(result),
            assumptions=trial_assumptions(result),
        )
    )


def _sizes(result: TrialResult) -> Picture:
    """Return the picture of power against the number of people."""
    title = "How often a trial of so many people finds the assumed effect"
    description = (
        "Power against the number of people randomised, on a logarithmic scale: dosed at the nerve with tissue known, "
        "and with one time for all at the skin. Lines by the normal law, dots as simulated. Dashed: the power wanted."
    )
    people = [size.people for size in result.sizes]
    lines = (
        ("at the nerve", [100 * size.nerve for size in result.sizes], result.nerve.found, ACCENT, "-"),
        ("at the skin", [100 * size.skin for size in result.sizes], result.skin.found, NERVE, (0, (6, 2))),
    )
    with drawing():
        figure, axes = canvas(title, 170, (44, 20), "Trials that find it, %")
        axes.set_xscale("log")
        axes.axhline(100 * result.power_wanted, color=QUIET, lw=1, ls=(0, (2, 2)))
        for name, power, found, colour, style in lines:
            axes.plot(people, power, color=colour, ls=style)
            axes.plot([result.people], [100 * found], color=colour, marker="o", ms=6, ls="none")
            # Where the two lines are farthest apart, each has its name beside it.
            above = name == "at the nerve"
            place = {"xytext": (-6, 4) if above else (6, -4), "textcoords": "offset points", "size": 10}
            sides = {"ha": "right", "va": "bottom"} if above else {"ha": "left", "va": "top"}
            middle = len(people) // 2 - (2 if above else 1)
            axes.annotate(name, (people[middle], power[middle]), color=INK, **place, **sides)
        axes.set_xlim(people[0], people[-1])
        axes.set_ylim(0, 100)
        axes.set_xticks(people[::3], [f"{number}" for number in people[::3]])
        axes.minorticks_off()
        axes.set_xlabel("People randomised (log scale)")
        axes.grid(axis="y", color=RULE, lw=0.6)
        axes.set_axisbelow(True)
        rows = tuple((f"{s.people}", f"{100 * s.nerve:.0f} %", f"{100 * s.skin:.0f} %") for s in result.sizes)
        table = Table(("People", "Dosed at the nerve", "Dosed at the skin"), rows)
        return finished(figure, "sizes", title, description, table)
