"""Tables in the terminal, one look for all commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["print_rows", "print_sources", "print_table", "terminal"]


class _Terminal(Console):
    """A console for which a closed pipe is the reader's choice, not a fault."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def terminal(stderr: bool = False) -> Console:
    """Return the console that every command prints to."""
    return _Terminal(stderr=stderr, highlight=False)


def print_rows(console: Console, title: str, rows: Iterable[tuple[str, str]]) -> None:
    """Print a title and rows of name and value; long values wrap."""
    if title:
        console.print(f"[bold]{escape(title)}[/]")
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(escape(name), escape(value))
    console.print(table)


def print_sources(console: Console, keys: Iterable[str]) -> None:
    """Print the citation of each key of sources.toml."""
    from nervelight.sources import source

    for key in keys:
        console.print(f"  [dim]{escape(key)}[/]: {escape(source(key).citation)}")


def print_table(
    console: Console,
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    right: Sequence[int] = (),
    widths: Sequence[int | None] = (),
) -> None:
    """Print a table with a header.

    Columns whose index stands in `right` are aligned on the right. `widths` gives columns a width at which they wrap;
    the first one wraps only then, since it mostly holds names to copy.
    """
    table = Table(box=None, padding=(0, 1, 0, 1), header_style="bold")
    for index, name in enumerate(header):
        justify: Literal["left", "right"] = "right" if index in right else "left"
        width = widths[index] if widths else None
        table.add_column(escape(name), justify=justify, overflow="fold", width=width, no_wrap=index == 0 and not widths)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    console.print(table)
