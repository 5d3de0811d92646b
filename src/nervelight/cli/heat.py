"""``nervelight heat``: how warm light makes plane layers of tissue, with a band for what is not known about heat."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.light import Call, Light, Numbers, NumbersCommand, light_options, plot_option
from nervelight.cli.tables import print_rows, print_table, terminal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nervelight.optics import LayerStack
    from nervelight.optics.stack_file import LayerFile, SiteFile
    from nervelight.transport import AbsorbedDensity
    from nervelight.transport.thermal import Beneath

__all__ = ["SCHEMA", "heat"]

SCHEMA = "nervelight-heat-1"
# Where in their intervals blood flow, surface and conductivity are tried, all with all: blood cools warm skin and warms
# cool skin, so that the warmest may lie between its ends. Twice as many of it change no band by 0.01 degC.
LEVELS = ((0.0, 0.25, 0.5, 0.75, 1.0), (0.0, 0.5, 1.0), (0.0, 0.5, 1.0))
# Detail of the light [mm]; heat spreads farther than that within seconds.
FINEST_MM, COARSEST_MM = 0.05, 0.5
# Parts of the exposure that the table shows.
MOMENTS = (0.0, 0.25, 0.5, 0.75, 1.0)
WATTS_PER_M2 = 1e-6


@click.command(cls=NumbersCommand)
@light_options
@click.option("--irradiance", metavar="VALUE", help="Of a plane wave on the skin, such as '60 mW/cm2'.")
@click.option("--power", metavar="VALUE", help="Radiant power of a beam on the skin, such as '200 mW'.")
@click.option("--minutes", required=True, metavar="MIN", help="How long the light is on.")
@click.option("--air", required=True, metavar="VALUE", help="Temperature of the room, such as '22 degC'.")
@click.option("--perfusion", metavar="FACTOR", help="Blood flow relative to rest; an interval when not given.")
@click.option(
    "--surface-coefficient",
    metavar="VALUE",
    help="Heat lost to air, such as '8 W/m2/K', 0 under a lamp on the skin; an interval when not given.",
)
@click.option(
    "--conductivity", metavar="FACTOR", help="Conductivity relative to the tables; an interval when not given."
)
@click.option("--depth", cls=Numbers, required=True, metavar="MM...", help="Depths below the surface, such as 0 3 9.")
@plot_option("temperature against time")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def heat(
    stack_path: Path,
    wavelength: str | None,
    beam: str,
    incidence: str,
    irradiance: str | None,
    power: str | None,
    minutes: str,
    air: str,
    perfusion: str | None,
    surface_coefficient: str | None,
    conductivity: str | None,
    depth: tuple[str, ...],
    plot: Path | None,
    as_json: bool,
) -> None:
    """Print how warm light makes plane layers, on the axis of the beam.

    STACK.yaml is as for `nervelight fluence`; layers with their own numbers need `tissue` too. The band is the lowest
    and the highest over blood flow, heat lost to air and conductivity, which are not well known; the light is computed
    with the numbers of the file and has no band here.
    """
    call = Call()
    asked = _Asked(
        light=call.light(beam, incidence),
        depths=call.lengths("--depth", depth),
        strength=_strength(call, beam, irradiance, power),
        exposure=60.0 * call.number("--minutes", minutes, "min", 0.01, 1440.0),
        air=call.quantity("--air", air, "degC", "5 degC", "45 degC", "22 degC"),
        unknown=_unknown(call, perfusion, surface_coefficient, conductivity),
    )
    call.svg(plot)
    file, stack = call.layers(stack_path, wavelength, asked.depths, tissues=True)

    found = _warmed(stack, file, asked)
    if plot is not None:
        # Imported here, as all that computes or draws, so that `nervelight --help` answers at once.
        from nervelight.report.picture import write_picture
        from nervelight.report.warming_plot import warming_plot

        words = f"{asked.light_words}; {asked.exposure / 60:g} min; air {asked.air:g} °C"
        write_picture(
            warming_plot(asked.depths, found.times / 60, found.temperature, _headline(found, asked), words), plot
        )
    if as_json:
        click.echo(json.dumps(_document(found, asked), allow_nan=False))
        return
    _print(found, asked, file)
    if plot is not None:
        terminal().print(f"Written: {plot}", style="dim", soft_wrap=True)


@dataclass(frozen=True)
class _Unknown:
    """What is not well known about heat: values to try, ascending, the central one in the middle.

    Parameters
    ----------
    perfusion : tuple of float
        Blood flow relative to rest.
    surface : tuple of float
        Heat lost to air [W/mm2/K].
    conductivity : tuple of float
        Relative to the tables.
    """

    perfusion: tuple[float, ...]
    surface: tuple[float, ...]
    conductivity: tuple[float, ...]


@dataclass(frozen=True)
class _Asked:
    """What was asked.

    Parameters
    ----------
    light : Light
        Shape and direction of the light.
    depths : list of float
        Depths wanted [mm].
    strength : float
        Irradiance [W/mm2] of a plane wave, or power [W] of a beam.
    exposure : float
        How long the light is on [s].
    air : float
        Temperature of the air [degC].
    unknown : _Unknown
        What is tried.
    """

    light: Light
    depths: list[float]
    strength: float
    exposure: float
    air: float
    unknown: _Unknown

    @property
    def light_words(self) -> str:
        """The light and how strong it is, for people."""
        from nervelight.units import to_mw_cm2

        strength = f"{1000 * self.strength:.3g} mW" if self.light.beam else f"{to_mw_cm2(self.strength):.3g} mW/cm²"
        return f"{self.light.words}, {strength}"


@dataclass(frozen=True)
class _Warmed:
    """Temperatures, low, central and high.

    Parameters
    ----------
    times : ndarray, shape (T,)
        Since the light went on [s].
    temperature : ndarray, shape (3, Z, T)
        On the axis [degC].
    cem43 : ndarray, shape (3, Z)
        Cumulative equivalent minutes at 43 degC [min].
    beneath : str
        What lies under the last layer.
    """

    times: NDArray[np.float64]
    temperature: NDArray[np.float64]
    cem43: NDArray[np.float64]
    beneath: str


def _strength(call: Call, beam: str, irradiance: str | None, power: str | None) -> float:
    """Return the irradiance [W/mm2] of a plane wave, or the power [W] of a beam."""
    plane = beam == "plane"
    given = {"--irradiance": irradiance, "--power": power}
    wanted, other = ("--irradiance", "--power") if plane else ("--power", "--irradiance")
    kind = "a plane wave" if plane else "a beam"
    if given[other] is not None:
        call.fault(other, given[other], f"left out: {kind} needs {wanted}")
    text = given[wanted]
    if text is None:
        call.fault(wanted, None, f"required for {kind}, such as {'60 mW/cm2' if plane else '200 mW'}")
        return math.nan
    if plane:
        return call.quantity(wanted, text, "W/mm**2", "0.001 mW/cm2", "100 W/cm2", "60 mW/cm2")
    return call.quantity(wanted, text, "W", "0.001 mW", "100 W", "200 mW")


def _unknown(call: Call, perfusion: str | None, surface: str | None, conductivity: str | None) -> _Unknown:
    """Return the values that were given, or those of the intervals that stand for what was not."""
    from nervelight.transport import conductivity_interval, perfusion_interval, surface_coefficient_interval

    intervals = (perfusion_interval(False), surface_coefficient_interval(), conductivity_interval())
    values = [
        # As the data have them at the ends and in the middle; the quantile function is off by a rounding there.
        tuple(known.get(level, float(interval.at(level))) for level in levels)
        for interval, levels in zip(intervals, LEVELS, strict=True)
        for known in ({0.0: interval.low, 0.5: interval.median, 1.0: interval.high},)
    ]
    if perfusion is not None:
        values[0] = (call.number("--perfusion", perfusion, "1", 0.0, 20.0),)
    if surface is not None:
        ends = "0 W/m2/K", "1000 W/m2/K"
        values[1] = (call.quantity("--surface-coefficient", surface, "W/mm**2/K", *ends, "8 W/m2/K"),)
    if conductivity is not None:
        values[2] = (call.number("--conductivity", conductivity, "1", 0.1, 10.0),)
    return _Unknown(*values)


def _warmed(stack: LayerStack, file: LayerFile | SiteFile, asked: _Asked) -> _Warmed:
    """Solve for the light, then for heat with all values of what is not known."""
    import numpy as np

    from nervelight.transport import ThermalLayers, solve_beam, solve_plane_wave, warm

    light, unknown = asked.light, asked.unknown
    tried = (unknown.perfusion, unknown.surface, unknown.conductivity)
    perfusion, surface, conductivity = np.array(list(product(*tried))).T
    beneath: Beneath = "core" if math.isinf(stack.thickness[-1]) else "air"
    layers = ThermalLayers(
        stack.thickness,
        [str(name) for name in file.tissues],
        perfusion,
        surface,
        asked.air,
        conductivity_factor=conductivity,
        beneath=beneath,
    )
    share, lobe = light.diffuse_share, light.lobe_exponent
    absorbed: AbsorbedDensity
    if light.beam is None:
        plane = solve_plane_wave(stack, diffuse_share=share, lobe_exponent=lobe)
        absorbed = plane.absorbed_density
    else:
        finest = min(max(light.beam.radius, FINEST_MM), COARSEST_MM)
        absorbed = solve_beam(stack, diffuse_share=share, lobe_exponent=lobe, finest=finest).absorbed_density

    def once(frequency: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
        # The layers are the same in all rows: the light is too.
        return absorbed(frequency, depth[0])

    exposure, depths = asked.exposure, asked.depths
    if light.beam is None:
        warming = warm(layers, once, irradiance=asked.strength, exposure_time=exposure, depth=depths)
    else:
        warming = warm(layers, once, power=asked.strength, beam=light.beam, exposure_time=exposure, depth=depths)
    central = int(np.ravel_multi_index([len(values) // 2 for values in tried], [len(values) for values in tried]))

    def band(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.stack([values.min(axis=0), values[central], values.max(axis=0)])

    return _Warmed(warming.times, band(warming.temperature[:, :, 0]), band(warming.cem43), beneath)


def _document(found: _Warmed, asked: _Asked) -> dict[str, Any]:
    """Return what --json prints."""
    from nervelight.units import to_mw_cm2

    strength, unknown = asked.strength, asked.unknown
    given = {"radiant_power_mw": 1000 * strength} if asked.light.beam else {"irradiance_mw_cm2": to_mw_cm2(strength)}
    return {
        "schema": SCHEMA,
        **given,
        "exposure_min": asked.exposure / 60,
        "air_c": asked.air,
        "perfusion_factor": _ends(unknown.perfusion),
        "surface_coefficient_w_m2_k": _ends(_per_m2(unknown.surface)),
        "conductivity_factor": _ends(unknown.conductivity),
        "beneath": found.beneath,
        "depth_mm": asked.depths,
        "before_c": _band(found.temperature[..., 0]),
        "end_c": _band(found.temperature[..., -1]),
        "cem43_min": _band(found.cem43),
        "time_min": (found.times / 60).tolist(),
        "temperature_c": _band(found.temperature),
    }


def _per_m2(values: tuple[float, ...]) -> tuple[float, ...]:
    """Return coefficients in W/m2/K, without the rounding of two conversions."""
    return tuple(round(value / WATTS_PER_M2, 9) for value in values)


def _ends(values: tuple[float, ...]) -> dict[str, float]:
    return {"low": values[0], "central": values[len(values) // 2], "high": values[-1]}


def _band(values: NDArray[np.float64]) -> dict[str, Any]:
    return dict(zip(("low", "central", "high"), values.tolist(), strict=True))


def _headline(found: _Warmed, asked: _Asked) -> str:
    """Say how warm the warmest of the depths gets."""
    end = found.temperature[..., -1]
    row = int(end[1].argmax())
    low, central, high = end[:, row].tolist()
    told = f"{central:.1f} °C" + (f" ({low:.1f} to {high:.1f})" if low != high else "")
    return f"After {asked.exposure / 60:g} min the warmest of these depths, {asked.depths[row]:g} mm, is at {told}"


def _print(found: _Warmed, asked: _Asked, file: LayerFile | SiteFile) -> None:
    import numpy as np

    from nervelight.transport import thermal_properties

    console = terminal()
    unknown, exposure = asked.unknown, asked.exposure
    names = [str(name).replace("_", " ") for name in file.tissues]
    below = "the body's core far below" if found.beneath == "core" else "air on the other side, as above"
    print_rows(
        console,
        _headline(found, asked),
        [
            ("light", f"{asked.light_words}, {exposure / 60:g} min"),
            ("layers", f"{file.description}: {', '.join(names)}; {below}"),
            ("air", f"{asked.air:g} °C"),
            ("blood flow", f"{_told(unknown.perfusion)} times that at rest"),
            ("lost to air", f"{_told(_per_m2(unknown.surface))} W/m²/K"),
            ("conductivity", f"{_told(unknown.conductivity)} times the tables"),
        ],
    )
    before, end, cem43 = found.temperature[..., 0], found.temperature[..., -1], found.cem43
    console.print("\n[bold]Temperature, °C: central (lowest to highest)[/]")
    print_table(
        console,
        ("depth", "before the light", "at the end", "CEM43, min"),
        [
            (f"{depth:g} mm", _told_band(before[:, row], 1), _told_band(end[:, row], 1), _told_band(cem43[:, row], 3))
            for row, depth in enumerate(asked.depths)
        ],
        right=(1, 2, 3),
    )
    moments = exposure * np.array(MOMENTS)
    console.print("\n[bold]Temperature with time, °C: central[/]")
    print_table(
        console,
        ("depth", *(f"{moment / 60:.3g} min" for moment in moments)),
        [
            (f"{depth:g} mm", *(f"{value:.1f}" for value in np.interp(moments, found.times, found.temperature[1, row])))
            for row, depth in enumerate(asked.depths)
        ],
        right=range(1, 1 + len(moments)),
    )
    console.print()
    if thermal_properties().unverified:
        console.print("Thermal properties of tissue are assumptions: see `unverified` in thermal.yaml.")
    console.print("No band for the light itself; that a lamp gets warm, and sweat, are left out.")


def _told(values: tuple[float, ...]) -> str:
    low, high = values[0], values[-1]
    return f"{low:.3g}" if low == high else f"{values[len(values) // 2]:.3g} ({low:.3g} to {high:.3g})"


def _told_band(values: NDArray[np.float64], places: int) -> str:
    least = 10.0**-places
    low, central, high = (f"{value:.{places}f}" if value >= least else f"< {least:g}" for value in values.tolist())
    return central if low == high else f"{central} ({low} to {high})"
