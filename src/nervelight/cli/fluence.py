"""``nervelight fluence``: how much light there is in plane layers, by depth and distance from the beam's axis."""

from __future__ import annotations

import json
import math
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.light import Call, Light, Numbers, NumbersCommand, light_options, plot_option
from nervelight.cli.tables import print_rows, print_table, terminal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nervelight.optics import LayerStack

__all__ = ["SCHEMA", "fluence"]

SCHEMA = "nervelight-fluence-1"
PHOTONS, SEED = 1_000_000, 1
MOST_PHOTONS, LARGEST_SEED = 10**10, 2**32 - 1
# Detail that the solver of beams is asked to resolve [mm]: no finer than it takes, no coarser than it does anyway.
FINEST_MM, COARSEST_MM = 0.05, 0.5
# Far outside of a beam its waves cancel, and what is left is off by up to this much [1/mm2] for each unit of the plane
# wave's fluence rate at that depth; in beams wider than WIDE_MM, by less in proportion. Found with steps of frequency
# four times as fine, on the three files of examples/stacks/, for discs of 0.5 to 200 mm radius; a tenth is allowed.
UNRESOLVED, WIDE_MM = 1e-6, 10.0
# Beams narrower than this many transport lengths are off by some percent close to the surface: light goes in a few
# directions there, which part from each other. Against Monte Carlo, in skin at 810 nm and 0.05 to 0.8 mm: by up to 1 %
# at one length, 4 % at a half, 11 % at a fifth.
NARROW = 0.7
# Columns of numbers that fit into 80 characters, without their error and with it.
COLUMNS, COLUMNS_WITH_ERROR = 6, 3


@click.command(cls=NumbersCommand)
@light_options
@click.option("--depth", cls=Numbers, required=True, metavar="MM...", help="Depths below the surface, such as 1 3 5.")
@click.option("--radius", cls=Numbers, metavar="MM...", help="Distances from the beam's axis; 0 when not given.")
@click.option(
    "--method",
    type=click.Choice(["discrete-ordinates", "monte-carlo"]),
    default="discrete-ordinates",
    show_default=True,
    help="How the light is computed.",
)
@click.option("--photons", metavar="N", help=f"Photons that Monte Carlo follows; {PHOTONS} when not given.")
@click.option("--seed", metavar="N", help=f"Seed of Monte Carlo; {SEED} when not given.")
@plot_option("the fluence rate by depth and radius")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def fluence(
    stack_path: Path,
    wavelength: str | None,
    beam: str,
    incidence: str,
    depth: tuple[str, ...],
    radius: tuple[str, ...],
    method: str,
    photons: str | None,
    seed: str | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Print the light in plane layers: its fluence rate by depth, and where it ends.

    STACK.yaml gives the layers one by one, or a site of the body; examples/stacks/ has both. Under a plane wave the
    fluence rate is relative to the irradiance in the air above the skin, under a beam it is for each watt on the skin
    [1/mm²]. What the surface reflects is taken off in both.
    """
    call = Call()
    light = call.light(beam, incidence, photons=method == "monte-carlo")
    depths, radii = call.lengths("--depth", depth), call.lengths("--radius", radius or ("0",))
    if beam == "plane" and any(radii):
        call.fault("--radius", " ".join(radius), "0 only: a plane wave is alike everywhere and has no axis")
    radii = [0.0] if beam == "plane" else radii
    call.svg(plot)
    count, start = _photons(call, method, photons, seed)
    file, stack = call.layers(stack_path, wavelength, depths)

    def solved(at: Sequence[float], away: Sequence[float]) -> _Found:
        if method == "monte-carlo":
            return _followed(stack, light, at, away, count, start)
        return _solved(stack, light, at, away, finest=_finest(light, depths))

    if plot is None:
        found = solved(depths, radii)
    else:
        # Imported here, as all that computes or draws, so that `nervelight --help` answers at once.
        from nervelight.report.fluence_map import fluence_map, map_grid
        from nervelight.report.picture import write_picture

        grid = map_grid(stack, light.beam, depths, radii)
        lines = [axis.tolist() for axis in grid]
        if method == "monte-carlo":
            # The photons are followed once, for the table and the picture.
            both = solved([*depths, *lines[0]], [*radii, *lines[1]])
            found, drawn = both.part(len(depths), len(radii))
        else:
            found, drawn = solved(depths, radii), solved(*lines)
        title = _headline(found, light, depths, radii)
        words = light.words, found.method
        write_picture(fluence_map(stack, light.beam, *grid, drawn.fluence_rate, drawn.least, title, *words), plot)

    for note in _notes(found, light, depths, stack):
        click.echo(note, err=True)
    if as_json:
        click.echo(json.dumps(_document(found, light, depths, radii, method), allow_nan=False))
        return
    _print(found, light, depths, radii, stack, file.description)
    if plot is not None:
        terminal().print(f"Written: {plot}", style="dim", soft_wrap=True)


@dataclass(frozen=True)
class _Found:
    """Where the light is, by one of the methods.

    Parameters
    ----------
    shares : ndarray, shape (3 + J,)
        Specular and diffuse reflectance, transmittance, and what each layer absorbs.
    fluence_rate : ndarray, shape (Z, R)
        For a plane wave [1], for a beam [1/mm2].
    least : ndarray, shape (Z,)
        The smallest fluence rate that the method resolves.
    method : str
        The method in words.
    share_errors, standard_error : ndarray or None
        Standard errors of both; None for a method without chance. Infinite where no photon came by.
    """

    shares: NDArray[np.float64]
    fluence_rate: NDArray[np.float64]
    least: NDArray[np.float64]
    method: str
    share_errors: NDArray[np.float64] | None = None
    standard_error: NDArray[np.float64] | None = None

    def part(self, rows: int, columns: int) -> tuple[_Found, _Found]:
        """Return the first rows and columns, and all others."""

        def cut(down: slice, across: slice) -> _Found:
            error = self.standard_error
            return replace(
                self,
                fluence_rate=self.fluence_rate[down, across],
                least=self.least[down],
                standard_error=None if error is None else error[down, across],
            )

        return cut(slice(rows), slice(columns)), cut(slice(rows, None), slice(columns, None))


def _photons(call: Call, method: str, photons: str | None, seed: str | None) -> tuple[int, int]:
    """Return the number of photons and the seed; what another method has no use for is a fault."""
    from nervelight.transport.monte_carlo import BATCHES

    given = {"--photons": photons, "--seed": seed}
    if method != "monte-carlo":
        for option, text in given.items():
            if text is not None:
                call.fault(option, text, "only together with --method monte-carlo")
        return PHOTONS, SEED
    count = PHOTONS if photons is None else call.count("--photons", photons, BATCHES, MOST_PHOTONS)
    return count, SEED if seed is None else call.count("--seed", seed, 0, LARGEST_SEED)


def _finest(light: Light, depths: Sequence[float]) -> float:
    """Return the finest detail that matters [mm]."""
    sizes = [depth for depth in depths if depth > 0] + ([light.beam.radius] if light.beam else [])
    return min(max(min(sizes, default=COARSEST_MM), FINEST_MM), COARSEST_MM)


def _solved(stack: LayerStack, light: Light, depths: Sequence[float], radii: Sequence[float], finest: float) -> _Found:
    """Solve the transport equation by discrete ordinates."""
    import numpy as np

    from nervelight.transport import solve_beam, solve_plane_wave

    share, lobe = light.diffuse_share, light.lobe_exponent
    if light.beam is None:
        plane = solve_plane_wave(stack, diffuse_share=share, lobe_exponent=lobe)
        rate, least = plane.fluence_rate(depths)[:, None], np.zeros(len(depths))
    else:
        beams = solve_beam(stack, diffuse_share=share, lobe_exponent=lobe, finest=finest)
        plane, rate = beams.plane, beams.fluence_rate(light.beam, depths, radii)
        least = UNRESOLVED * plane.fluence_rate(depths) * min(1.0, WIDE_MM / light.beam.radius)
    shares = (plane.specular_reflectance, plane.diffuse_reflectance, plane.transmittance, *plane.absorbed)
    return _Found(np.array(shares, dtype=float), rate, least, "discrete ordinates")


def _notes(found: _Found, light: Light, depths: Sequence[float], stack: LayerStack) -> Iterator[str]:
    """Say what discrete ordinates get wrong here."""
    import numpy as np

    if light.beam is None or found.standard_error is not None:
        return
    tail = "--method monte-carlo gives them with their error"
    unresolved = int((found.fluence_rate < found.least[:, None]).sum())
    if unresolved:
        yield (
            f"{unresolved} of {found.fluence_rate.size} values, so far from the beam that they are below "
            f"{found.least.max():.0e} 1/mm2, are not resolved; {tail}"
        )
    layer = np.searchsorted(stack.tops, depths, side="right") - 1
    turning = (stack.mu_a + stack.mu_s * (1 - stack.g))[layer]
    near = turning * np.array(depths) < 1
    if np.any(near & (turning * light.beam.radius < NARROW)):
        yield (
            "the beam is so narrow that values within a transport length of the surface are some percent off, "
            f"and more the narrower it is; {tail}"
        )


def _followed(
    stack: LayerStack, light: Light, depths: Sequence[float], radii: Sequence[float], photons: int, seed: int
) -> _Found:
    """Follow photons, with a bar of progress for whoever watches."""
    import numpy as np

    from nervelight.transport.monte_carlo import simulate_photons

    with _progress(photons) as progress:
        found = simulate_photons(
            stack,
            beam=light.beam,
            diffuse_share=light.diffuse_share,
            lobe_exponent=light.lobe_exponent,
            depth=depths,
            radius=radii,
            photons=photons,
            seed=seed,
            progress=progress,
        )
    names = ("specular_reflectance", "diffuse_reflectance", "transmittance")
    return _Found(
        shares=np.array([*(getattr(found, name) for name in names), *found.absorbed]),
        fluence_rate=found.fluence_rate,
        least=np.zeros(len(depths)),
        method=f"Monte Carlo, {photons} photons, seed {seed}",
        share_errors=np.array([*(getattr(found, f"{name}_error") for name in names), *found.absorbed_error]),
        standard_error=found.standard_error,
    )


@contextmanager
def _progress(photons: int) -> Iterator[Callable[[int, int], None] | None]:
    """Show how far the photons are, on a terminal only."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[rate]}"), TimeRemainingColumn())
    with Progress(*columns, console=terminal(stderr=True), transient=True) as bar:
        task, start = bar.add_task("photons", total=photons, rate=""), time.monotonic()

        def advance(done: int, _: int) -> None:
            bar.update(task, completed=done, rate=f"{done / max(time.monotonic() - start, 1e-3):.0f}/s")

        yield advance


def _document(found: _Found, light: Light, depths: list[float], radii: list[float], method: str) -> dict[str, Any]:
    """Return what --json prints."""
    specular, diffuse, transmitted, *absorbed = found.shares.tolist()
    error = None
    if found.standard_error is not None:
        # JSON has no infinity: null where no photon came by.
        error = [[value if math.isfinite(value) else None for value in row] for row in found.standard_error.tolist()]
    return {
        "schema": SCHEMA,
        "diffuse_reflectance": diffuse,
        "specular_reflectance": specular,
        "transmittance": transmitted,
        "absorbed": absorbed,
        "depth_mm": depths,
        "radius_mm": radii,
        "fluence_rate": found.fluence_rate.tolist(),
        "unit": "1/mm2" if light.beam else "1",
        "standard_error": error,
        "method": method,
    }


def _headline(found: _Found, light: Light, depths: list[float], radii: list[float]) -> str:
    """Say the result at the deepest point, on the axis or next to it."""
    row = max(range(len(depths)), key=depths.__getitem__)
    column = min(range(len(radii)), key=radii.__getitem__)
    rate, least = float(found.fluence_rate[row, column]), float(found.least[row])
    at = f"At {depths[row]:g} mm"
    if light.beam is None:
        return f"{at} the fluence rate is {_figures(rate, 2)} times the irradiance on the skin"
    where = f", {radii[column]:g} mm from the axis" if radii[column] else " on the axis"
    told = f"less than {_figures(least, 1)}" if rate < least else _figures(rate, 2)
    return f"{at}{where}, 1 W on the skin gives {told} W/mm² (fluence rate)"


def _print(
    found: _Found, light: Light, depths: list[float], radii: list[float], stack: LayerStack, layers_from: str
) -> None:
    console = terminal()
    thickness = ["infinite" if math.isinf(d) else f"{d:.3g} mm" for d in stack.thickness.tolist()]
    names = [name.replace("_", " ") for name in stack.names]
    specular, diffuse, transmitted, *absorbed = _percentages(found)
    print_rows(
        console,
        _headline(found, light, depths, radii),
        [
            ("light", light.words),
            ("layers", ", ".join(f"{name} {d}" for name, d in zip(names, thickness, strict=True))),
            ("given as", layers_from),
            ("method", found.method),
            ("reflected by the surface", specular),
            ("scattered back", diffuse),
            *((f"absorbed: {name}", share) for name, share in zip(names, absorbed, strict=True)),
            ("transmitted", transmitted),
        ],
    )
    per = "for each watt on the skin, 1/mm²" if light.beam else "per irradiance in the air above the skin"
    error = "; ± standard error" if found.standard_error is not None else ""
    console.print(f"\n[bold]Fluence rate {per}{error}[/]")
    at_once = COLUMNS if found.standard_error is None else COLUMNS_WITH_ERROR
    for first in range(0, len(radii), at_once):
        columns = range(first, min(first + at_once, len(radii)))
        header = [f"r = {radii[column]:g} mm" for column in columns] if light.beam else [""]
        cells = [_aligned(_column(found, column)) for column in columns]
        rows = [(f"{depth:g} mm", *row) for depth, row in zip(depths, zip(*cells, strict=True), strict=True)]
        print_table(console, ("depth", *header), rows)


def _percentages(found: _Found) -> list[str]:
    shares = (100 * found.shares).tolist()
    if found.share_errors is None:
        return [f"{_figures(share, 3)} %" for share in shares]
    errors = (100 * found.share_errors).tolist()
    return [
        f"{_figures(share, 3)} %" if error == 0 else f"{_with_error(share, error)} %"
        for share, error in zip(shares, errors, strict=True)
    ]


def _column(found: _Found, column: int) -> list[str]:
    """Return the fluence rates at one distance as words."""
    rates = found.fluence_rate[:, column].tolist()
    if found.standard_error is None:
        return [
            f"< {_figures(least, 1)}" if rate < least else _figures(rate, 3)
            for rate, least in zip(rates, found.least.tolist(), strict=True)
        ]
    errors = found.standard_error[:, column].tolist()
    return ["no photon" if math.isinf(e) else _with_error(rate, e) for rate, e in zip(rates, errors, strict=True)]


def _figures(value: float, count: int) -> str:
    """Return a number with a few significant figures."""
    if value == 0:
        return "0"
    text = f"{value:#.{count}g}"
    return f"{value:.{count - 1}e}" if "e" in text else text.rstrip(".")


def _with_error(value: float, error: float) -> str:
    """Return a number with its standard error to two figures, both to the same place."""
    if error == 0:
        return f"{_figures(value, 3)} ± 0"
    power = math.floor(math.log10(max(abs(value), error)))
    scale, tail = (10.0**power, f"e{power:03d}") if not -5 < power < 4 else (1.0, "")
    places = max(0, 1 - math.floor(math.log10(error / scale)))
    text = f"{value / scale:.{places}f} ± {error / scale:.{places}f}"
    return f"({text}){tail}" if tail else text


def _aligned(cells: list[str]) -> list[str]:
    """Pad numbers on both sides so that their points stand below each other."""
    heads = [whole.end() if (whole := re.search(r"\d+", cell)) else 0 for cell in cells]
    shifted = [" " * (max(heads) - head) + cell for cell, head in zip(cells, heads, strict=True)]
    return [cell.ljust(max(map(len, shifted))) for cell in shifted]
