"""The options that say which light falls on which layers, and the one place where they are checked."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from nervelight.errors import Fault, InvalidInput

if TYPE_CHECKING:
    from nervelight.optics import Disc, Gaussian, LayerStack
    from nervelight.optics.stack_file import LayerFile, SiteFile

__all__ = ["Call", "Light", "Numbers", "NumbersCommand", "light_options", "plot_option"]

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

# Wider than any tissue or lamp: what lies outside is a slip of the pen.
LARGEST_MM = 1000.0
LARGEST_BEAM_MM = 500.0
SMALLEST_BEAM_MM = 0.05
# Discrete ordinates follow light in a few directions, which under a narrower beam part from each other: at 0.1 mm they
# miss Monte Carlo by 20 to 50 % within the first millimetre of skin, at 0.5 mm by what fluence says there.
SMALLEST_SOLVED_MM = 0.5
ANY_WAVELENGTH_NM = (100.0, 10_000.0)

_WITH_UNIT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*[A-Za-zµμ]+")
_BEAMS = "plane, disc:R or gaussian:W with a radius in mm, such as disc:5"
_INCIDENCES = "collimated, diffuse, or led:ANGLE with the half angle at half intensity in degrees, such as led:60"
_EXAMPLES = {
    "mm": ("a length in mm", "3"),
    "nm": ("a wavelength in nm", "810"),
    "min": ("a time in minutes", "20"),
    "1": ("a factor", "1"),
}


class Numbers(click.Option):
    """An option that takes one number or more: ``--depth 1 3 5``, ``--depth 1 --depth 3``, ``--depth=1``."""

    def __init__(self, names: Sequence[str], **settings: Any) -> None:
        super().__init__(names, **{**settings, "multiple": True})


class NumbersCommand(click.Command):
    """A command with options of several numbers."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words of a call, after the name of an option is put before each of its numbers."""
        names = {name for parameter in self.params if isinstance(parameter, Numbers) for name in parameter.opts}
        return super().parse_args(ctx, list(_one_number_each(args, names)))


def _one_number_each(words: Sequence[str], names: Collection[str]) -> Iterator[str]:
    option, rest = "", iter(words)
    for word in rest:
        if option and _is_number(word):
            yield from (option, word)
            continue
        yield word
        if word == "--":
            yield from rest
        elif word in names:
            option = word
            # Whatever comes next is the first value, as for any option.
            yield from [value for value in (next(rest, None),) if value is not None]
        else:
            name, given, _ = word.partition("=")
            option = name if given and name in names else ""


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return _WITH_UNIT.fullmatch(word) is not None
    return True


def light_options(command: Decorated) -> Decorated:
    """Add the file of layers and the options for the light on it."""
    for option in (
        click.option(
            "--incidence",
            required=True,
            metavar="HOW",
            help="collimated, diffuse (from all sides alike), or led:ANGLE, the half angle at half intensity in "
            "degrees.",
        ),
        click.option(
            "--beam",
            required=True,
            metavar="SHAPE",
            help="plane (wide and even), disc:R_MM (evenly lit) or gaussian:W_MM (radius at 1/e² of the axis).",
        ),
        click.option(
            "--wavelength", metavar="NM", help="Wavelength; a site needs it, layers with their own numbers do not."
        ),
        click.argument("stack_path", metavar="STACK.yaml", type=click.Path(path_type=Path)),
    ):
        command = option(command)
    return command


def plot_option(what: str) -> Callable[[Decorated], Decorated]:
    """Return the option that draws a picture."""
    return click.option("--plot", metavar="FILE.svg", type=click.Path(path_type=Path), help=f"Draw {what} as SVG.")


@dataclass(frozen=True)
class Light:
    """Light on the skin.

    Parameters
    ----------
    beam : Disc, Gaussian or None
        Its shape; None for a plane wave.
    diffuse_share, lobe_exponent : float
        As in ``solve_plane_wave``.
    words : str
        The same for people.
    """

    beam: Disc | Gaussian | None
    diffuse_share: float
    lobe_exponent: float
    words: str


class Call:
    """What was given with a call, and all that is wrong with it.

    What cannot be used is noted and stands as NaN or None until :meth:`layers` raises all of it.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def fault(self, option: str, value: object, allowed: str) -> None:
        """Note a fault."""
        self.faults.append(Fault(option, value, allowed))

    def number(self, option: str, text: str, unit: str, low: float, high: float) -> float:
        """Return a number in a unit that the option implies; a number with its own unit is taken too."""
        from nervelight.units import parse_quantity

        try:
            value = float(text)
        except ValueError:
            try:
                value = parse_quantity(text, unit)
            except ValueError:
                value = math.nan
        if low <= value <= high:
            return value
        what, example = _EXAMPLES[unit]
        self.fault(option, text, f"{what} from {low:g} to {high:g}, such as {example}")
        return math.nan

    def quantity(self, option: str, text: str, unit: str, low: str, high: str, example: str) -> float:
        """Return a physical value that is written with its unit, between two others."""
        from nervelight.units import parse_quantity

        ends = [parse_quantity(end, unit) for end in (low, high)]
        try:
            value = parse_quantity(text, unit)
        except ValueError:
            value = math.nan
        if ends[0] <= value <= ends[1]:
            return value
        self.fault(option, text, f"a value with its unit from {low} to {high}, such as '{example}'")
        return math.nan

    def count(self, option: str, text: str, low: int, high: int) -> int:
        """Return a whole number; ``1e6`` is one."""
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if low <= value <= high and value == int(value):
            return int(value)
        self.fault(option, text, f"a whole number from {low:g} to {high:g}")
        return low

    def lengths(self, option: str, texts: Sequence[str]) -> list[float]:
        """Return lengths [mm]."""
        return [self.number(option, text, "mm", 0.0, LARGEST_MM) for text in texts]

    def svg(self, path: Path | None) -> None:
        """Check the name of a picture."""
        if path is not None and path.suffix.lower() != ".svg":
            self.fault("--plot", str(path), "a file name that ends in .svg")

    def light(self, beam: str, incidence: str, photons: bool = False) -> Light:
        """Return the light on the skin; it may be narrower where photons are followed one by one."""
        shape, shape_words = self._beam(beam, SMALLEST_BEAM_MM if photons else SMALLEST_SOLVED_MM)
        share, exponent, words = self._incidence(incidence)
        return Light(shape, share, exponent, f"{shape_words}, {words}")

    def _beam(self, text: str, smallest: float) -> tuple[Disc | Gaussian | None, str]:
        from nervelight.optics import Disc, Gaussian

        kind, given, size = text.partition(":")
        if text == "plane":
            return None, "plane wave"
        if kind not in {"disc", "gaussian"} or not given:
            self.fault("--beam", text, _BEAMS)
            return None, ""
        radius = self.number("--beam", size, "mm", smallest, LARGEST_BEAM_MM)
        if math.isnan(radius):
            return None, ""
        if kind == "disc":
            return Disc(radius), f"disc of {radius:g} mm radius"
        return Gaussian(radius), f"Gaussian of {radius:g} mm 1/e² radius"

    def _incidence(self, text: str) -> tuple[float, float, str]:
        from nervelight.optics.panels import lobe_exponent
        from nervelight.transport.quadrature import NARROWEST_LOBE

        if text == "collimated":
            return 0.0, 1.0, text
        if text == "diffuse":
            return 1.0, 1.0, text
        kind, _, size = text.partition(":")
        try:
            angle = float(size)
        except ValueError:
            angle = math.nan
        # The second bound is the narrowest lobe that the solver takes.
        if kind == "led" and 0 < angle < 90 and (exponent := lobe_exponent(2 * angle)) <= NARROWEST_LOBE:
            return 1.0, exponent, f"LEDs of {angle:g}° half angle"
        least = math.degrees(math.acos(0.5 ** (1 / NARROWEST_LOBE)))
        self.fault("--incidence", text, f"{_INCIDENCES}; between {math.ceil(10 * least) / 10:g} and 90")
        return 0.0, 1.0, ""

    def layers(
        self, path: Path, wavelength: str | None, depths: Sequence[float], tissues: bool = False
    ) -> tuple[LayerFile | SiteFile, LayerStack]:
        """Return the file of layers and its stack, or raise with all faults of call and file together.

        Parameters
        ----------
        path : path-like
            The file.
        wavelength : str or None
            As given.
        depths : sequence of float
            Depths that have to lie within the layers [mm].
        tissues : bool
            Whether each layer has to say what it is made of.
        """
        from nervelight.optics.stack_file import WAVELENGTHS_NM, TissueName, read_stack_file

        try:
            file = read_stack_file(path)
        except InvalidInput as problem:
            if wavelength is not None:
                self.number("--wavelength", wavelength, "nm", *ANY_WAVELENGTH_NM)
            self.faults += problem.faults
            raise self._invalid(path) from None
        for index, name in enumerate(file.tissues):
            if tissues and name is None:
                allowed = f"required for heat: one of {', '.join(get_args(TissueName))}"
                self.fault(f"layers[{index}].tissue", None, allowed)
        low, high = WAVELENGTHS_NM if file.needs_wavelength else ANY_WAVELENGTH_NM
        at = math.nan
        if wavelength is not None:
            at = self.number("--wavelength", wavelength, "nm", low, high)
        elif file.needs_wavelength:
            allowed = f"required for a site, whose layers depend on it: {low:g} to {high:g} nm, such as 810"
            self.fault("--wavelength", None, allowed)
        if math.isnan(at) and file.needs_wavelength:
            raise self._invalid(path)
        stack = file.layer_stack(at)
        bottom = float(stack.thickness.sum())
        for depth in depths:
            if depth > bottom:
                self.fault("--depth", f"{depth:g} mm", f"a depth within the layers, which end at {bottom:g} mm")
        if self.faults:
            raise self._invalid(path)
        return file, stack

    def _invalid(self, path: Path) -> InvalidInput:
        """Return all faults, under the name of what has them."""
        of_call = [fault.path.startswith("--") for fault in self.faults]
        where = ["call"] * any(of_call) + [str(path)] * (not all(of_call))
        return InvalidInput(" and ".join(where), self.faults)
