"""Pictures as SVG for page and file: text stays text, colours are variables, output repeats exactly."""

from __future__ import annotations

import html
import io
import re
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "FONTS",
    "INK",
    "NERVE",
    "PAPER",
    "RULE",
    "Picture",
    "Table",
    "canvas",
    "drawing",
    "finished",
    "mark_change",
    "plain_svg",
    "themed",
    "title_lines",
    "write_picture",
]

# Points; a phone shows the picture at two thirds of this.
WIDTH = 460
LINE_HEIGHT, TITLE_COLUMNS = 17, 58
NO_BREAK = "\u00a0"
# Room for the numbers and the title of the horizontal axis.
BELOW = 42

INK, PAPER, RULE, QUIET = "#1b1b1b", "#ffffff", "#d9d9d9", "#5a5a5a"
ACCENT, NERVE = "#0072b2", "#e69f00"
# The colours of a warning and of what forbids.
WARN, BLOCK = "#b26a00", "#b3261e"

LAYER_TINTS = {
    "stratum_corneum": "#efe3d6",
    "epidermis": "#e6cdb8",
    "dermis": "#f8e6e1",
    "subcutaneous_fat": "#fdf6dc",
    "muscle": "#f3dbdb",
    "tendon_fascia": "#e6edf0",
}
OTHER_LAYER_TINT = "#f4f0ea"

# Upper end of each band of wavelengths [nm] with its name and colour; each colour has 4.5 : 1 on paper.
WAVELENGTH_COLOURS = (
    (500.0, "blue", "#2b5fb3"),
    (590.0, "green", "#2e7d32"),
    (620.0, "amber", "#945200"),
    (645.0, "red-1", "#cf3a10"),
    (680.0, "red-2", "#b3141f"),
    (780.0, "red-3", "#7f1010"),
)
INFRARED = "#6a5d7b"

# The page's style sheet sets these names again for dark mode; in a file the colour behind the name counts.
_VARIABLES = {
    INK: "ink",
    PAPER: "paper",
    RULE: "rule",
    QUIET: "quiet",
    ACCENT: "accent",
    NERVE: "nerve",
    WARN: "warn",
    BLOCK: "block",
    INFRARED: "infrared",
    OTHER_LAYER_TINT: "layer-other",
    **{tint: f"layer-{name.replace('_', '-')}" for name, tint in LAYER_TINTS.items()},
    **{colour: f"light-{name}" for _, name, colour in WAVELENGTH_COLOURS},
}
FONTS = "system-ui, 'Segoe UI', Roboto, 'Liberation Sans', 'DejaVu Sans', sans-serif"
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "nervelight",
    "text.parse_math": False,
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.8,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "figure.facecolor": PAPER,
    "axes.facecolor": "none",
    "lines.linewidth": 1.6,
}
# Matplotlib's settings belong to the whole process.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Table:
    """The numbers behind a picture, as told to people."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Picture:
    """One picture with its words.

    Parameters
    ----------
    name : str
        Unique within a page; every id of the SVG starts with it.
    svg : str
        The ``<svg>`` element with ``<title>`` and ``<desc>``, ready to stand in a page.
    title : str
        The message of the picture.
    description : str
        How to read it.
    table : Table
        The same numbers for those who do not see the picture.
    """

    name: str
    svg: str
    title: str
    description: str
    table: Table


def colour_of(wavelength: float) -> str:
    """Return the colour for light of a wavelength [nm]; infrared is invisible, so violet-grey."""
    return next((colour for end, _, colour in WAVELENGTH_COLOURS if wavelength < end), INFRARED)


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in the style of this package, and leave the process's settings of Matplotlib as they were."""
    import matplotlib

    with _ONE_AT_A_TIME, matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        yield


def canvas(title: str, height: float, margins: tuple[float, float], over: str = "") -> tuple[Figure, Any]:
    """Return a figure with its title and one pair of axes.

    Parameters
    ----------
    title : str
        The message of the picture.
    height : float
        Height of the axes in points; the figure is as high as its title needs.
    margins : tuple of float
        Space left and right of the axes in points.
    over : str
        Title of the vertical axis, written above it, where it can be read without turning the head.
    """
    from matplotlib.figure import Figure

    lines = title_lines(title)
    top = 8 + LINE_HEIGHT * len(lines) + (22 if over else 6)
    full = top + height + BELOW
    left, right = margins
    figure = Figure(figsize=(WIDTH / 72, full / 72), dpi=72)
    figure.text(0.005, 1 - 4 / full, "\n".join(lines), size=12.5, weight="bold", va="top", linespacing=1.3)
    figure.text(0.005, 1 - (top - 7) / full, over)
    axes = figure.add_axes((left / WIDTH, BELOW / full, 1 - (left + right) / WIDTH, height / full))
    return figure, axes


def mark_change(axes: Any, x: float, ends: tuple[float, float], words: str) -> None:
    """Mark a change of other treatment, which explains a change of an outcome before light does: triangle and line."""
    low, high = ends
    axes.plot([x, x], [low, high], color=WARN, lw=0.8, ls=(0, (2, 2)))
    axes.plot([x], [low], color=WARN, marker="^", ms=6, ls="none")
    place = {"xytext": (5, 6), "textcoords": "offset points"}
    axes.annotate(words, (x, low), color=WARN, size=10, weight="bold", **place)


def title_lines(title: str) -> list[str]:
    """Break a title into as few lines as it needs, of about one length, but never behind a figure."""
    bound = re.sub(r"(?<=\d) ", NO_BREAK, title)
    fewest = len(textwrap.wrap(bound, TITLE_COLUMNS))
    for width in range(len(bound) // fewest, TITLE_COLUMNS):
        if len(lines := textwrap.wrap(bound, width)) == fewest:
            break
    else:
        lines = textwrap.wrap(bound, TITLE_COLUMNS)
    return [line.replace(NO_BREAK, " ") for line in lines]


def finished(figure: Figure, name: str, title: str, description: str, table: Table) -> Picture:
    """Turn a drawn figure into a picture."""
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return Picture(name, _for_page(buffer.getvalue(), name, title, description), title, description, table)


def _for_page(svg: str, name: str, title: str, description: str) -> str:
    viewbox = re.search(r'viewBox="([^"]+)"', svg)
    body = svg[svg.index("</defs>") + len("</defs>") : svg.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', body)
    body = re.sub(r'(url\(|href=")#', rf"\1#{name}-", body)
    body = re.sub(r"#[0-9a-f]{6}(?=[;\"])", lambda hit: themed(hit[0]), body)
    body = re.sub(r"font-family: [^;\"]+", f"font-family: {FONTS}", body)
    body = re.sub(r"(font: [^\"]*?\d+(?:\.\d+)?px) '[^;\"]+", rf"\1 {FONTS}", body)
    body = re.sub(r"\s*\n\s*", "\n", body)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{viewbox[1] if viewbox else ""}" role="img" aria-labelledby="{name}-title {name}-desc" '
        f'style="stroke-linejoin: round; stroke-linecap: butt">'
        f'<title id="{name}-title">{html.escape(title)}</title>'
        f'<desc id="{name}-desc">{html.escape(description)}</desc>{body}</svg>'
    )


def themed(colour: str) -> str:
    """Return the variable of the page for a colour, with the colour for where there is none."""
    variable = _VARIABLES.get(colour)
    return f"var(--{variable}, {colour})" if variable else colour


def plain_svg(picture: Picture) -> str:
    """Return the SVG of a picture with plain colours in place of the page's variables."""
    return re.sub(r"var\(--[a-z0-9-]+, (#[0-9a-f]{6})\)", r"\1", picture.svg)


def write_picture(picture: Picture, path: Path | str) -> None:
    """Write a picture as an SVG file with plain colours, for programs that know no CSS variables.

    On a page the numbers stand in a table under the picture; a file has them in its description, for screen readers.
    """
    plain = plain_svg(picture)
    lines = (" | ".join(row) for row in (picture.table.header, *picture.table.rows))
    plain = plain.replace("</desc>", html.escape("\n" + "\n".join(lines)) + "</desc>", 1)
    Path(path).write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{plain}\n', encoding="utf-8")
