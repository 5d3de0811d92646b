"""A lamp of the catalogue: irradiance against distance, with what was claimed and measured."""

from __future__ import annotations

import numpy as np

from nervelight.optics import Device, irradiance_on_skin, usable_distances
from nervelight.report.lamp_words import lamp_title, reading_rows
from nervelight.report.picture import INK, PAPER, QUIET, Picture, Table, canvas, drawing, finished
from nervelight.report.plots import write_beside
from nervelight.units import to_mw_cm2

__all__ = ["lamp_figure"]

STEPS = 40


def lamp_figure(lamp: Device) -> Picture | None:
    """Draw the irradiance [mW/cm2] that a plan counts on against distance, with claims and measurements.

    Parameters
    ----------
    lamp : Device

    Returns
    -------
    Picture or None
        None for a lamp of which no irradiance away from the skin is known.
    """
    placed = [reading for reading in lamp.readings if reading.distance]
    near, far = usable_distances(lamp)
    if not placed or far == 0:
        return None
    distances = np.linspace(near, far, STEPS)
    light = irradiance_on_skin(lamp, float(distances[0]))
    low, central, high = to_mw_cm2(light.curve(distances))
    title = lamp_title(lamp)
    description = (
        "Light on the skin (irradiance) against the distance of the lamp. Line and band: what a plan counts on, with "
        "its interval. Filled circles: measured; hollow circles: claimed."
    )
    with drawing():
        figure, axes = canvas(title, 210, (44, 24), "Irradiance on the skin, mW/cm²")
        highest = max(*high, *(to_mw_cm2(r.high or r.value) for r in placed))
        farthest = max(far, *(r.distance or 0 for r in placed))
        axes.set(xlim=(0, 1.08 * farthest / 10), ylim=(0, 1.18 * highest))
        axes.locator_params(nbins=5)
        axes.set_xlabel("Distance from the lamp, cm")
        axes.fill_between(distances / 10, low, high, color=QUIET, alpha=0.15, lw=0)
        axes.plot(distances / 10, central, color=QUIET)
        for reading in placed:
            x = (reading.distance or 0) / 10
            ends = [to_mw_cm2(reading.low or reading.value), to_mw_cm2(reading.high or reading.value)]
            face = PAPER if reading.kind == "claim" else INK
            axes.plot([x, x], ends, color=INK, lw=1.0, zorder=3)
            axes.plot([x], [to_mw_cm2(reading.value)], marker="o", mfc=face, mec=INK, ms=6.5, ls="none", zorder=4)
        for kind, word in (("claim", "claimed"), ("measured", "measured")):
            of_kind = [reading for reading in placed if reading.kind == kind]
            if of_kind:
                last = max(of_kind, key=lambda reading: reading.distance or 0)
                write_beside(axes, ((last.distance or 0) / 10, to_mw_cm2(last.value)), word, INK, lift=10)
        rows = tuple((row[0], row[1], f"{row[2]}, {row[3]}") for row in reading_rows(lamp))
        table = Table(("Distance", "Irradiance, mW/cm²", "What it is"), rows)
        return finished(figure, "lamp", title, description, table)
