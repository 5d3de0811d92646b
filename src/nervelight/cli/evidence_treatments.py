"""``nervelight evidence treatments``: what else is done for the pain, by line, with source and strength."""

from __future__ import annotations

import json

import click

from nervelight.cli.tables import print_rows, print_table, terminal

__all__ = ["show_treatments"]


@click.command("treatments")
@click.argument("condition", metavar="CONDITION")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_treatments(condition: str, as_json: bool) -> None:
    """List other treatment of a condition by line, with strength, number needed to treat and source.

    Context for a plan of light, never a drug order.
    """
    from nervelight.evidence import condition_info, treatments_for
    from nervelight.report import (
        LADDER_CLOSING,
        LADDER_HEADER,
        ladder_record,
        ladder_remarks,
        ladder_rows,
        ladder_sources,
    )

    ladder = treatments_for(condition)
    if as_json:
        click.echo(json.dumps(ladder_record(ladder), indent=1, ensure_ascii=False))
        return
    console = terminal()
    print_rows(console, f"Other treatment of {condition_info(condition).label}", [])
    print_table(console, LADDER_HEADER, ladder_rows(ladder), right=(3,), widths=(18, 22, 11, 5, 14))
    print_rows(console, "\nWhat else they say", ladder_remarks(ladder))
    print_rows(console, "Sources", ladder_sources(ladder))
    if any(rung.standing.nnt is not None for rung in ladder.rungs):
        click.echo("NNT: see numbers above. † not checked at its source.")
    console.print(LADDER_CLOSING)
