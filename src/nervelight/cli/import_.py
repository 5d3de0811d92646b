"""``nervelight import``: a FHIR bundle of any source as a case file, as far as it goes."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nervelight.cli.tables import print_rows, terminal

if TYPE_CHECKING:
    from nervelight.errors import Fault

__all__ = ["import_"]


@click.command(name="import")
@click.argument("bundle_file", metavar="BUNDLE.json", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="CASE.yaml",
    type=click.Path(path_type=Path),
    help="Case file to write, never over one that is there; prints when absent.",
)
@click.option("--patient", metavar="ID", help="Whose case, where the bundle has several people.")
@click.option(
    "--condition",
    metavar="NAME",
    help="Which condition, by our name or the id of its Condition, where it is not clear.",
)
@click.option("--json", "as_json", is_flag=True, help="Print case and lists as JSON instead.")
def import_(bundle_file: Path, output: Path | None, patient: str | None, condition: str | None, as_json: bool) -> None:
    """Read a FHIR R4 bundle, of any source, into a case file.

    Takes what codes, units and days make certain, and lists everything else with its reason. Nothing clinical has a
    default: what the bundle does not say is blank in the case, with why it is needed. Check each value before you plan.
    """
    from nervelight.documents import write_all
    from nervelight.fhir.reading import read_bundle
    from nervelight.fhir.reading_json import BYTES_AT_MOST

    if output is not None and output.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(output))
    with bundle_file.open("rb") as handle:
        # One byte more than is allowed: whatever else stands there is not read.
        data = handle.read(BYTES_AT_MOST + 1)
    found = read_bundle(data, bundle_file.name, patient=patient, condition=condition)
    if output is not None:
        write_all({output: found.to_yaml()})
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=1, ensure_ascii=False))
        return
    if output is None:
        click.echo(found.to_yaml(), nl=False)
    console = terminal(stderr=True)
    _print_faults("Needs somebody at once", found.urgent)
    print_rows(console, f"Taken ({len(found.understood)})", found.understood[:ROWS_AT_MOST])
    if len(found.understood) > ROWS_AT_MOST:
        console.print(f"  and {len(found.understood) - ROWS_AT_MOST} more: --json lists all")
    _print_faults(f"Not taken ({len(found.not_understood)})", found.not_understood_in_short())
    _print_faults(f"Still needed ({len(found.missing)})", found.missing)
    if output is not None:
        console.print(f"Written: {output}", soft_wrap=True, markup=False)


ROWS_AT_MOST = 40


def _print_faults(title: str, faults: Sequence[Fault]) -> None:
    if faults:
        print_rows(terminal(stderr=True), title, [("", str(fault)) for fault in faults])
