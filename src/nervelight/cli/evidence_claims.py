"""``nervelight evidence claims``: what is claimed of light, whether it holds, and what may be said instead."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from nervelight.cli.tables import print_rows, terminal

if TYPE_CHECKING:
    from nervelight.evidence import Claim

__all__ = ["show_claims"]


@click.command("claims")
@click.argument("name", metavar="[CLAIM]", required=False)
@click.option("--condition", metavar="NAME", help="Only claims that speak of this condition.")
@click.option("--verdict", metavar="WORD", help="Only claims with this verdict, such as wrong or supported.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show_claims(name: str | None, condition: str | None, verdict: str | None, as_json: bool) -> None:
    """List the claims made for light in neuropathy with verdict, reason and sources, or show one."""
    from typing import get_args

    from nervelight.errors import UnknownName
    from nervelight.evidence import Verdict, claim, claims, condition_info

    if condition is not None:
        condition_info(condition)
    if verdict is not None and verdict not in get_args(Verdict):
        raise UnknownName("verdict", verdict, get_args(Verdict))
    found = [claim(name)] if name else list(claims())
    found = [entry for entry in found if condition is None or condition in entry.conditions]
    found = [entry for entry in found if verdict in (None, entry.verdict)]
    if as_json:
        click.echo(json.dumps([entry.model_dump(mode="json") for entry in found], indent=1, ensure_ascii=False))
        return
    console = terminal()
    for entry in found:
        print_rows(console, f"{entry.id}: {entry.verdict}", _rows(entry))


def _rows(entry: Claim) -> list[tuple[str, str]]:
    made_by = {"article": "a seller's article", "sellers": "sellers", "plan": "plans ask it"}[entry.made_by]
    sources = ", ".join(f"{pointer.study or pointer.source} ({pointer.place})" for pointer in entry.sources)
    return [
        ("claim", f"{entry.claim} ({made_by})"),
        ("reason", entry.reason + (" Part of this is known through a third party." if entry.secondary else "")),
        ("sources", sources or "none found"),
        ("may say", entry.may_say),
    ]
