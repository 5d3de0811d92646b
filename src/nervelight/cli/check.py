"""``nervelight check``: is the clinic in order before people's data go in?"""

from __future__ import annotations

import json

import click

from nervelight.cli.tables import print_rows, terminal

__all__ = ["check"]


@click.command()
@click.option("--deploy", is_flag=True, help="Also what matters once others than this machine reach it.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, deploy: bool, as_json: bool) -> None:
    """Check settings, database, guards and keys of the clinic.

    Exit code 1 if anything is wrong. Nothing is changed.
    """
    from nervelight.record.home import start_django

    start_django()
    from nervelight.record.checkup import checkup

    found = list(checkup(deploy))
    if as_json:
        click.echo(json.dumps({each.name: list(each.faults) for each in found}, indent=1, ensure_ascii=False))
    else:
        rows = [(each.name, fault) for each in found for fault in each.faults or ("in order",)]
        print_rows(terminal(), "", rows)
    context.exit(1 if any(each.faults for each in found) else 0)
