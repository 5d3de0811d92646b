"""``nervelight export``: a course in the forms that others can use."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.course_source import course_options, read_course
from nervelight.cli.plan import EXIT_BLOCKED

if TYPE_CHECKING:
    from nervelight.record.dossier import Dossier
    from nervelight.report import Paper

__all__ = ["export"]

PDFS = ("letter", "pdf", "log", "handout")
FORMS = (*PDFS, "fhir", "ics", "csv", "methods")
"""Options that each name a file or folder to write."""
GOES_WITH: Mapping[str, tuple[str, ...]] = {
    "section": ("letter",),
    "to": ("letter",),
    "paper": PDFS,
    "language": ("handout",),
    "collection": ("fhir",),
    "at": ("ics",),
    "zone": ("ics",),
    "remind": ("ics",),
    "detailed": ("ics",),
    "deidentify": ("csv",),
}
"""Options that say how, and the forms that they are of."""


def _file(name: str, metavar: str, told: str) -> Callable[[Any], Any]:
    return click.option(name, metavar=metavar, type=click.Path(path_type=Path), help=told)


@click.command()
@course_options
@_file("--letter", "FILE.pdf", "Letter of one page to the referring doctor.")
@click.option(
    "--section",
    metavar="NAME",
    multiple=True,
    help="With --letter: a part of it, may be given several times: why, planned, delivered, course, safety, next, "
    "treatments, certainty; all when not given.",
)
@click.option("--to", metavar="NAME", help="With --letter: whom it is for.")
@_file("--pdf", "FILE.pdf", "The full plan.")
@_file("--log", "FILE.pdf", "Sessions as planned and as given; empty rows to fill in.")
@_file("--handout", "FILE.pdf", "Sheet for the patient.")
@click.option(
    "--language",
    metavar="CODE",
    help="With --handout: en or de; that of the person or of the clinic when not given.",
)
@click.option("--paper", type=click.Choice(["a4", "us-letter"]), help="Of the PDFs; a4 when not given.")
@_file("--fhir", "FILE.json", "The course as a FHIR R4 Bundle.")
@click.option("--collection", is_flag=True, help="With --fhir: a Bundle to be read; else a transaction for a server.")
@_file("--ics", "FILE.ics", "Calendar: sessions, reviews, days on which forms fall due, tasks of the patient.")
@click.option("--at", metavar="HH:MM", help="With --ics: local time of each session; of the day alone when absent.")
@click.option(
    "--zone", metavar="ZONE", help="With --at: its time zone, such as Europe/Berlin; the clinic's when absent."
)
@click.option("--remind", metavar="MINUTES", type=int, help="With --at: remind so many minutes before a session.")
@click.option("--detailed", is_flag=True, help="With --ics: write fields, times and forms into the events.")
@_file("--csv", "DIR", "Open data: tidy tables with the dictionary of their columns.")
@click.option(
    "--deidentify", is_flag=True, help="With --csv: no names, free text and dates; harder to recognise, not anonymous."
)
@_file("--methods", "FILE.md", "Reporting sheet: every item of the checklists, and a paragraph for a methods section.")
@click.option(
    "--person", metavar="ID", type=click.UUID, help="In place of a course: a person of this machine's record."
)
@_file("--archive", "FILE.zip", "With --person: all that is written of them.")
def export(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    id_key: Path | None,
    course: uuid.UUID | None,
    person: uuid.UUID | None,
    archive: Path | None,
    **options: Any,
) -> None:
    """Write a course in the forms that others can use.

    PLAN.json is what `nervelight plan` wrote; with --diary goes what was given and felt. With --course the whole course
    comes from the record of this machine, and that it left the record stands in the audit. With --person and --archive
    goes all that is written of a person. Several forms may be asked for at once; all are written or none.
    """
    from nervelight.documents import write_all
    from nervelight.errors import BlockedPlan

    _check(options)
    _apart(options, [plan_file, diary, *reviews, id_key])
    asked = any(options[form] for form in FORMS)
    if person is not None or archive is not None:
        if person is None or archive is None or plan_file is not None or course is not None or asked:
            raise click.UsageError("--person and --archive go together, without a plan or a course")
        files: dict[Path, str | bytes] = {archive: _all_of(person)}
    else:
        if (plan_file or course) and not asked:
            raise click.UsageError("say what to write: " + ", ".join(f"--{form}" for form in FORMS))
        # Only now: what leaves the record stands in its audit.
        dossier = read_course(plan_file, diary, reviews, id_key, course, about="files")
        try:
            files = dict(_forms(dossier, options))
        except BlockedPlan as problem:
            click.echo(f"the plan is blocked, so there is no calendar; nothing was written: {problem}", err=True)
            click.get_current_context().exit(EXIT_BLOCKED)
    write_all(files)
    # A folder of tables is told once.
    tables = options["csv"]
    told = [str(path) for path in files if tables is None or path.parent != tables]
    told += [f"{tables} ({len(files) - len(told)} files)"] if tables else []
    click.echo("Written: " + ", ".join(told))


def _check(options: Mapping[str, Any]) -> None:
    for name, forms in GOES_WITH.items():
        if options[name] not in (None, False, (), "") and not any(options[form] for form in forms):
            raise click.UsageError(f"--{name} goes with {' or '.join(f'--{form}' for form in forms)}")


def _apart(options: Mapping[str, Any], read: Iterable[Path | None]) -> None:
    """Refuse a file that would be written twice, or over what is read."""
    taken = {path.resolve(): "is read" for path in read if path is not None}
    for form in FORMS:
        path: Path | None = options[form]
        if path is not None:
            where = path.resolve()
            if where in taken:
                raise click.UsageError(f"--{form}: {path} {taken[where]}; name another file")
            taken[where] = f"is written by --{form}"


def _forms(dossier: Dossier, options: Mapping[str, Any]) -> Iterator[tuple[Path, str | bytes]]:
    """Yield each file that was asked for; libraries are loaded by the forms that need them."""
    yield from _pdfs(dossier, options)
    if options["fhir"]:
        from nervelight.fhir.bundle import bundle_of, bundle_text

        bundle = bundle_of(dossier, "collection" if options["collection"] else "transaction")
        yield options["fhir"], bundle_text(bundle)
    if options["ics"]:
        yield (
            options["ics"],
            _calendar(dossier, **{name: options[name] for name in ("at", "zone", "remind", "detailed")}),
        )
    if options["csv"]:
        from nervelight.report.open_data import tables_of

        tables = tables_of(dossier, deidentify=options["deidentify"])
        yield from ((options["csv"] / name, text) for name, text in tables.items())
    if options["methods"]:
        from nervelight.report.methods import methods_sheet

        yield options["methods"], methods_sheet(dossier).to_markdown()


def _pdfs(dossier: Dossier, options: Mapping[str, Any]) -> Iterator[tuple[Path, bytes]]:
    if not any(options[form] for form in PDFS):
        return
    from nervelight.report import handout_pdf, letter_pdf, plan_pdf, session_log_pdf

    paper: Paper = options["paper"] or "a4"
    if options["letter"]:
        yield options["letter"], letter_pdf(dossier, options["section"] or None, options["to"] or "", paper=paper)
    for form, make in (("pdf", plan_pdf), ("log", session_log_pdf)):
        if options[form]:
            yield options[form], make(dossier, paper=paper)
    if options["handout"]:
        yield options["handout"], handout_pdf(dossier, options["language"], paper=paper)


def _calendar(dossier: Dossier, *, at: str | None, zone: str | None, remind: int | None, detailed: bool) -> bytes:
    from nervelight.errors import Fault, InvalidInput
    from nervelight.report.calendar import calendar_of

    try:
        time = dt.datetime.strptime(at, "%H:%M").time() if at else None
    except ValueError:
        raise InvalidInput("export", [Fault("at", at, "a time of day as HH:MM, such as 20:00")]) from None
    return calendar_of(dossier, at=time, zone=zone, remind_minutes=remind, detailed=detailed)


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
