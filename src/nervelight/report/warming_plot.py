"""The picture of how light warms tissue: temperature against time at some depths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from nervelight.report.picture import ACCENT, INK, NERVE, QUIET, Picture, Table, canvas, drawing, finished

__all__ = ["warming_plot"]

# Okabe and Ito's colours, each with its own dashes: told apart in print too.
LINES = ((ACCENT, "-"), (INK, (0, (6, 2))), ("#009e73", (0, (2, 1.5))), ("#cc79a7", (0, (8, 2, 2, 2))), (NERVE, "-"))
HEIGHT, FOOT = 230, 20
# Distance of labels at the ends of lines, as part of the height.
LABEL_GAP = 0.065


def warming_plot(
    depth: Sequence[float],
    time: NDArray[np.float64],
    temperature: NDArray[np.float64],
    title: str,
    light: str,
) -> Picture:
    """Draw temperature against time.

    Parameters
    ----------
    depth : sequence of float, length Z
        Depths [mm].
    time : ndarray, shape (T,)
        Since the light went on [min].
    temperature : ndarray, shape (3, Z, T)
        Low, central and high [degC].
    title : str
        The message of the picture.
    light : str
        Light, exposure and room in words.

    Returns
    -------
    Picture
    """
    description = (
        f"Temperature against time since the light went on, one line a depth. {light[0].upper()}{light[1:]}. Line: "
        "central values; band: lowest to highest over blood flow, heat lost to air and conductivity."
    )
    with drawing():
        figure, axes = canvas(title, HEIGHT + FOOT, (40, 58), "Temperature, °C")
        left, bottom, width, whole = axes.get_position().bounds
        lift = FOOT * whole / (HEIGHT + FOOT)
        axes.set_position((left, bottom + lift, width, whole - lift))
        low, high = float(temperature.min()), float(temperature.max())
        room = max(0.06 * (high - low), 0.1)
        axes.set(xlim=(0, time[-1]), ylim=(low - room, high + room))
        axes.locator_params(nbins=5)
        axes.set_xlabel("Time with light, min")
        for row in range(len(depth)):
            colour, dash = LINES[row % len(LINES)]
            axes.fill_between(time, temperature[0, row], temperature[2, row], color=colour, alpha=0.10, lw=0)
            axes.plot(time, temperature[1, row], color=colour, ls=dash)
        # Labels at the line ends, pushed apart until each can be read.
        gap, last = LABEL_GAP * (high - low + 2 * room), -np.inf
        for row in sorted(range(len(depth)), key=lambda row: float(temperature[1, row, -1])):
            last = max(float(temperature[1, row, -1]), last + gap)
            axes.text(1.015, last, f"{depth[row]:g} mm", va="center", transform=axes.get_yaxis_transform())
        figure.text(0.005, 4 / (figure.get_figheight() * 72), light, color=QUIET, size=10, va="bottom")
        rows = tuple(
            (f"{of:g} mm", *(f"{temperature[1, row, moment]:.1f} °C" for moment in (0, -1)))
            for row, of in enumerate(depth)
        )
        return finished(figure, "warming", title, description, Table(("Depth", "Before", "At the end"), rows))
