"""``nervelight case``: write, read and explain case files."""

from __future__ import annotations

from pathlib import Path

import click

from nervelight.cli.tables import print_rows, terminal

__all__ = ["case"]


@click.group()
def case() -> None:
    """Write, read and explain case files."""


@case.command()
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="File to write; prints when absent.",
)
def new(output: Path | None) -> None:
    """Write a commented case file to fill in."""
    from nervelight.planning import case_template

    if output is None:
        click.echo(case_template(), nl=False)
        return
    # "x": never over a case that somebody filled in.
    with output.open("x", encoding="utf-8") as handle:
        handle.write(case_template())
    click.echo(f"Written: {output}", err=True)


@case.command()
@click.argument("case_file", metavar="CASE.yaml", type=click.Path(path_type=Path))
def explain(case_file: Path) -> None:
    """Print a case as understood: values in the units of the field, names spelled out."""
    from nervelight.planning import explain_case, read_case

    console = terminal()
    for title, rows in explain_case(read_case(case_file)):
        print_rows(console, title, rows)


@case.command()
def ids() -> None:
    """List the names that a case file may use.

    Conditions, red flags, instruments, sites with their targets, contraindications.
    """
    from nervelight.planning import case_names

    console = terminal()
    for title, rows in case_names():
        print_rows(console, title, rows)
