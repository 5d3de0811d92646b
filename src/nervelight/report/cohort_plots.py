"""The pictures of a cohort: protocols side by side, maps by skin tone and depth, histograms of time and light."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nervelight.populations import Cell, CohortSummary, Histogram, ProtocolSummary
from nervelight.report.picture import ACCENT, INK, NERVE, QUIET, RULE, Picture, Table, canvas, drawing, finished
from nervelight.report.words import duration, number

__all__ = ["FEW", "cohort_figures", "protocols_figure", "share_text"]

LANE = 34
LEFT, RIGHT = 136, 132
FEW = 20
"""A group of fewer people tells nothing."""
PALEST, STRONGEST = 0.05, 0.5


def share_text(share: float, low: float | None = None, high: float | None = None) -> str:
    """Return a share in per cent, with its interval where it has one: ``84.2 % (61 to 97)``."""
    if 0 < share < 0.001:
        told = "under 0.1 %"
    elif 0.999 < share < 1:
        told = "over 99.9 %"
    else:
        told = f"{100 * share:.1f}".removesuffix(".0") + " %"
    return told if low is None or high is None else f"{told} ({100 * low:.0f} to {100 * high:.0f})"


def _followed(found: ProtocolSummary) -> str:
    """Return what a matching time gives."""
    if found.window_j_cm2 is not None:
        return "the skin the upper end of the guideline's window"
    return "their target what the trial's got"


def cohort_figures(found: ProtocolSummary) -> tuple[Picture, ...]:
    """Return the pictures of one protocol."""
    return (
        _reach_map(found),
        _time_map(found),
        _histogram(
            found.match_time_s,
            f"time-{found.id}",
            f"{found.label}: matching time",
            f"Share of people against the time of a field that gives {_followed(found)}, on a logarithmic scale. "
            "Dashed: the cap of a field.",
            "Matching time of a field, minutes (log scale)",
            1 / 60,
            [(found.field_cap_s / 60, "cap")],
        ),
        _histogram(
            found.given_fluence_j_cm2,
            f"fluence-{found.id}",
            f"{found.label}: light that the target gets in a session",
            "Share of people against the fluence at the target under this protocol, on a logarithmic scale."
            + ("" if found.trial_fluence_j_cm2 is None else " Dashed: what the trial gave, median over worlds."),
            "Fluence at the target, J/cm² (log scale)",
            1.0,
            [] if found.trial_fluence_j_cm2 is None else [(found.trial_fluence_j_cm2[1], "trial")],
        ),
    )


def protocols_figure(summary: CohortSummary) -> Picture:
    """Draw the share that each protocol reaches, one lane each, with its interval over worlds."""
    title = "Share of people who get the light that is followed within the session cap"
    description = (
        "One lane for each protocol: bar, the share of all people; line, the 5th to 95th percentile over what nobody "
        "knows well. Reached says that the light arrives, and not that it helps."
    )
    lanes = summary.protocols
    with drawing():
        figure, axes = canvas(title, LANE * len(lanes), (LEFT, RIGHT))
        for y, found in enumerate(reversed(lanes)):
            held = found.reached
            axes.barh([y], [100 * held.share], height=0.5, color=ACCENT, alpha=0.35)
            if held.low is not None and held.high is not None:
                axes.plot([100 * held.low, 100 * held.high], [y, y], color=INK, lw=1.4)
            axes.text(102, y, share_text(held.share, held.low, held.high), va="center", size=10, color=INK)
        axes.set_yticks(range(len(lanes)), [_wrapped(found.label) for found in reversed(lanes)])
        axes.tick_params(axis="y", length=0)
        axes.set_xlim(0, 100)
        axes.set_ylim(-0.6, len(lanes) - 0.4)
        axes.set_xlabel("Share reached, % of people")
        rows = tuple((f.label, share_text(f.reached.share, f.reached.low, f.reached.high)) for f in lanes)
        return finished(figure, "protocols", title, description, Table(("Protocol", "Reached"), rows))


def _wrapped(label: str) -> str:
    words, lines = label.split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 22 and lines[-1]:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines if len(lines) < 3 else (lines[0], f"{lines[1]} …"))


def _reach_map(found: ProtocolSummary) -> Picture:
    return _map(
        found,
        f"reach-{found.id}",
        f"{found.label}: who is reached, by skin and depth",
        "Each cell is a group of people of one skin tone and one depth of the target: the share in whom a field within "
        f"the cap gives {_followed(found)}. Groups of fewer than {FEW} people are left empty.",
        lambda cell: (cell.reached / cell.people, share_text(cell.reached / cell.people)),
    )


def _time_map(found: ProtocolSummary) -> Picture:
    times = [cell.median_time_s for cell in found.cells if cell.median_time_s is not None and cell.people >= FEW]
    low, high = (math.log(min(times)), math.log(max(times))) if times else (0.0, 1.0)

    def told(cell: Cell) -> tuple[float, str]:
        if cell.median_time_s is None:
            return 0.0, ""
        part = (math.log(cell.median_time_s) - low) / (high - low) if high > low else 0.0
        return part, duration(cell.median_time_s)

    return _map(
        found,
        f"map-{found.id}",
        f"{found.label}: matching time, by skin and depth",
        f"Each cell: the median time of a field that gives {_followed(found)}; the stronger the tint, the longer. "
        f"Groups of fewer than {FEW} people are left empty.",
        told,
    )


def _map(
    found: ProtocolSummary, name: str, title: str, description: str, told: Callable[[Cell], tuple[float, str]]
) -> Picture:
    tones = list(dict.fromkeys(cell.tone for cell in found.cells))
    groups = list(dict.fromkeys((cell.depth_low_mm, cell.depth_high_mm) for cell in found.cells))
    rows = []
    with drawing():
        figure, axes = canvas(title, 28 * len(tones), (92, 12), "Skin tone")
        for cell in found.cells:
            y, x = tones.index(cell.tone), groups.index((cell.depth_low_mm, cell.depth_high_mm))
            if cell.people < FEW:
                rows.append((cell.tone, _depth(groups[x]), f"{cell.people}", "too few people"))
                continue
            part, text = told(cell)
            alpha = PALEST + (STRONGEST - PALEST) * part
            axes.fill_between([x - 0.48, x + 0.48], y - 0.46, y + 0.46, color=ACCENT, alpha=alpha, lw=0)
            axes.text(x, y, text, ha="center", va="center", size=9.5, color=INK)
            rows.append((cell.tone, _depth(groups[x]), f"{cell.people}", text))
        axes.set_xlim(-0.5, len(groups) - 0.5)
        axes.set_ylim(len(tones) - 0.5, -0.5)
        axes.set_xticks(range(len(groups)), [_depth(group) for group in groups])
        axes.set_yticks(range(len(tones)), tones)
        axes.tick_params(length=0)
        axes.set_xlabel("Depth of the target, mm")
        for side in axes.spines.values():
            side.set_visible(False)
        header = ("Skin tone", "Depth, mm", "People", "Cell")
        return finished(figure, name, title, description, Table(header, tuple(rows)))


def _depth(group: tuple[float | None, float | None]) -> str:
    low, high = group
    if low is None:
        return "all" if high is None else f"to {high:g}"
    return f"above {low:g}" if high is None else f"{low:g} to {high:g}"


def _histogram(
    held: Histogram,
    name: str,
    title: str,
    description: str,
    label: str,
    factor: float,
    marks: Sequence[tuple[float, str]],
) -> Picture:
    total = sum(held.counts)
    ends = [end * factor for end in held.ends]
    ends, counts = _coarser(ends, held.counts)
    shares = [100 * count / total for count in counts]
    with drawing():
        figure, axes = canvas(title, 150, (44, 24), "Share of people, %")
        axes.set_xscale("log")
        axes.stairs(shares, ends, fill=True, color=ACCENT, alpha=0.35)
        axes.set_xlim(min([ends[0], *(at for at, _ in marks)]) / 1.15, max([ends[-1], *(at for at, _ in marks)]) * 1.4)
        axes.set_ylim(0, 1.2 * max(shares))
        for at, word in marks:
            axes.axvline(at, color=NERVE, lw=1.4, ls=(0, (4, 2)))
            place = {"xytext": (4, -2), "textcoords": "offset points", "va": "top", "size": 10}
            axes.annotate(word, (at, 1.2 * max(shares)), color=INK, **place)
        _log_ticks(axes)
        axes.set_xlabel(label)
        axes.grid(axis="y", color=RULE, lw=0.6)
        axes.set_axisbelow(True)
        rows = tuple(
            (f"{number(low)} to {number(high)}", f"{share:.2g} %")
            for low, high, share in zip(ends[:-1], ends[1:], shares, strict=True)
        )
        return finished(figure, name, title, description, Table((label.removesuffix(" (log scale)"), "People"), rows))


def _coarser(ends: Sequence[float], counts: Sequence[int], bins: int = 24) -> tuple[list[float], list[int]]:
    """Join bins so that a picture has no more than some."""
    step = max(1, math.ceil(len(counts) / bins))
    joined = [sum(counts[first : first + step]) for first in range(0, len(counts), step)]
    return [*(ends[first] for first in range(0, len(counts), step)), ends[-1]], joined


def _log_ticks(axes: Any) -> None:
    low, high = axes.get_xlim()
    steps = (1, 2, 5) if high / low < 300 else (1,)
    ticks = [m * 10.0**e for e in range(-6, 9) for m in steps if low <= m * 10.0**e <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()
    axes.tick_params(color=QUIET)
