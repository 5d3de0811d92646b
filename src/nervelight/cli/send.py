"""``nervelight send``: a course to a FHIR server, once it is said who receives what."""

from __future__ import annotations

import json
import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.course_source import course_options, read_course
from nervelight.cli.tables import print_rows, terminal

if TYPE_CHECKING:
    from nervelight.fhir.sending import Delivery, EntryAnswer

__all__ = ["send"]


@click.command()
@course_options
@click.option(
    "--bundle", metavar="FILE", type=click.Path(path_type=Path), help="In place of a course: a transaction as it is."
)
@click.option("--fhir", "url", metavar="URL", required=True, help="Base address of the FHIR server, https://...")
@click.option("--yes", is_flag=True, help="Send without asking.")
@click.option("--dry-run", is_flag=True, help="Say what would be sent where, and send nothing.")
@click.option(
    "--timeout", metavar="SECONDS", type=click.FloatRange(1, 600), default=60, show_default=True, help="For each step."
)
@click.option("--json", "as_json", is_flag=True, help="Print what became of each entry as JSON.")
def send(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    id_key: Path | None,
    course: uuid.UUID | None,
    bundle: Path | None,
    url: str,
    yes: bool,
    dry_run: bool,
    timeout: float,
    as_json: bool,
) -> None:
    """Send a course to a FHIR R4 server as one transaction.

    Says first who receives what, and asks. A bearer token is taken from the environment, NERVELIGHT_FHIR_TOKEN, and
    never from the command line. The address must be https, but on this machine itself. What is sent twice is there
    once. Leaves with exit code 1 if the server did not take every entry.
    """
    from nervelight.fhir.sending import TOKEN_VARIABLE, check_address, delivery_of, send_bundle

    if bundle is not None:
        if any((plan_file, course, diary, reviews, id_key)):
            raise click.UsageError("--bundle stands alone: it is sent as it is")
        made, where = _bundle_in(bundle), bundle.name
    else:
        from nervelight.fhir.bundle import bundle_of

        # An address that cannot be used must not be found out after the record was opened.
        check_address(url)
        made = bundle_of(read_course(plan_file, diary, reviews, id_key, course, about="fhir"))
        where = str(plan_file or course)
    found = delivery_of(made, url, where)
    _show(found, bool(os.environ.get(TOKEN_VARIABLE)))
    if dry_run:
        click.echo("Nothing was sent.", err=True)
        return
    if not yes:
        click.confirm(f"Send this to {found.host}?", abort=True, err=True)
    answers = send_bundle(made, url, token=os.environ.get(TOKEN_VARIABLE, ""), timeout=timeout, where=where)
    _report(found, answers, as_json)


FAILED_SHOWN = 20


def _bundle_in(path: Path) -> Any:
    from nervelight.fhir.reading_json import BYTES_AT_MOST, json_in

    with path.open("rb") as handle:
        return json_in(handle.read(BYTES_AT_MOST + 1), path.name)


def _show(found: Delivery, token: bool) -> None:
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(found.kinds.items()))
    rows = [
        ("to", found.url),
        ("who receives it", found.host),
        ("of whom", ", ".join(found.names) or "no Patient is in it"),
        ("what", f"{found.entries} resources, {found.size / 1000:,.0f} kB: {kinds}"),
        ("token", "from NERVELIGHT_FHIR_TOKEN" if token else "none"),
        ("sent twice", "is there once" if found.repeatable else "may be there twice: not every entry is a PUT"),
    ]
    told = "The person's name and health data leave this machine" if found.names else "Data leave this machine"
    print_rows(terminal(stderr=True), told, rows)


def _report(found: Delivery, answers: tuple[EntryAnswer, ...], as_json: bool) -> None:
    refused = [answer for answer in answers if not answer.accepted]
    if as_json:
        rows = [
            {"path": each.path, "place": each.place, "status": each.status, "issues": list(each.issues)}
            for each in answers
        ]
        click.echo(json.dumps({"host": found.host, "accepted": len(answers) - len(refused), "entries": rows}, indent=1))
    else:
        click.echo(f"{found.host} took {len(answers) - len(refused)} of {len(answers)} resources.")
    if refused:
        rest = [("and", f"{len(refused) - FAILED_SHOWN} more: --json lists all")] if len(refused) > FAILED_SHOWN else []
        shown = [(each.place, "; ".join((each.status, *each.issues))) for each in refused[:FAILED_SHOWN]]
        print_rows(terminal(stderr=True), f"Not taken ({len(refused)})", [*shown, *rest])
        click.get_current_context().exit(1)
