"""``nervelight export``: a course in the forms that others can use."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nervelight.cli.course_source import course_options, read_course

__all__ = ["export"]


def _file(name: str, metavar: str, told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(name, metavar=metavar, type=click.Path(path_type=Path), help=told)


@click.command()
@course_options
@_file("--fhir", "FILE.json", "The course as a FHIR R4 Bundle.")
@click.option("--collection", is_flag=True, help="A Bundle to be read; else a transaction to be sent to a server.")
@click.option(
    "--person", metavar="ID", type=click.UUID, help="In place of a course: a person of this machine's record."
)
@_file("--archive", "FILE.zip", "All that is written of the person.")
def export(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    course: uuid.UUID | None,
    fhir: Path | None,
    collection: bool,
    person: uuid.UUID | None,
    archive: Path | None,
) -> None:
    """Write a course in the forms that others can use.

    PLAN.json is what `nervelight plan` wrote; with --diary goes what was given and felt. With --course the whole course
    comes from the record of this machine, and that it left the record stands in the audit. With --person and --archive
    goes all that is written of a person. Several forms may be asked for at once; all are written or none.
    """
    from nervelight.documents import write_all

    files: dict[Path, str | bytes] = {}
    if person is not None or archive is not None:
        if person is None or archive is None or plan_file is not None or course is not None:
            raise click.UsageError("--person and --archive go together, without a plan or a course")
        files[archive] = _all_of(person)
    else:
        dossier = read_course(plan_file, diary, reviews, course, about="files")
        if fhir is not None:
            from nervelight.fhir.bundle import bundle_of, bundle_text

            files[fhir] = bundle_text(bundle_of(dossier, "collection" if collection else "transaction"))
    if not files:
        raise click.UsageError("say what to write")
    write_all(files)
    click.echo("Written: " + ", ".join(map(str, files)))


def _all_of(person: uuid.UUID) -> bytes:
    from nervelight.errors import Fault, InvalidInput
    from nervelight.record.home import open_record

    open_record()
    from nervelight.fhir.person import person_bundles
    from nervelight.record.export import export_person
    from nervelight.record.models import Patient

    found = Patient.objects.filter(pk=person, erased_at=None).select_related("clinic").first()
    if found is None:
        allowed = "the id of a person; the address of their page ends in it"
        raise InvalidInput("record", [Fault("person", str(person), allowed)])
    return export_person(found, more=person_bundles(found))
