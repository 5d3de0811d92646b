"""``nervelight case``: write, read and explain case files."""

from __future__ import annotations

from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["case"]


@click.group()
def case() -> None:
    """Write, read and explain case files."""


@case.command()
@click.option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path), help="File to write; prints when absent.")
def new(output: Path | None) -> None:
    """Write a commented case file to fill in."""
    from nervelight.planning import case_template

    if output is None:
        click.echo(case_template(), nl=False)
        return
    with click.open_file(str(output), "x", encoding="utf-8") as handle:
        handle.write(case_template())
    click.echo(f"Written: {output}", err=True)


@case.command()
@click.argument("case_file", metavar="CASE.yaml", type=click.Path(path_type=Path))
def explain(case_file: Path) -> None:
    """Print a case as understood: each value in the unit of the field, each name spelled out."""
    from nervelight.planning import explain_case, read_case

    console = Console(highlight=False)
    for title, rows in explain_case(read_case(case_file)):
        console.print(f"[bold]{escape(title)}[/]")
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
        table.add_column(style="dim", no_wrap=True)
        table.add_column(overflow="fold")
        for name, value in rows:
            table.add_row(escape(name), escape(value))
        console.print(table)


@case.command()
def ids() -> None:
    """List the names that a case file may use: sites and nerves, instruments, contraindications, red flags."""
    from nervelight.planning import case_names

    console = Console(highlight=False)
    for title, rows in case_names():
        console.print(f"\n[bold]{escape(title)}[/]")
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold", style="dim")
        for name, value in rows:
            table.add_row(escape(name), escape(value))
        console.print(table)
