"""``nervelight export``: a course in the forms that others can use."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.course_source import course_options, read_course

if TYPE_CHECKING:
    from nervelight.record.dossier import Dossier

__all__ = ["export"]


def _file(name: str, metavar: str, told: str) -> Callable[[Any], Any]:
    return click.option(name, metavar=metavar, type=click.Path(path_type=Path), help=told)


@click.command()
@course_options
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
def export(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    course: uuid.UUID | None,
    ics: Path | None,
    at: str | None,
    zone: str | None,
    remind: int | None,
    detailed: bool,
    csv: Path | None,
    deidentify: bool,
    methods: Path | None,
) -> None:
    """Write a course in the forms that others can use.

    PLAN.json is what `nervelight plan` wrote; with --diary goes what was given and felt. With --course the whole course
    comes from the record of this machine, and that it left the record stands in the audit. Several forms may be asked
    for at once; all are written or none.
    """
    from nervelight.documents import write_all

    if ics is None and (at or zone or remind is not None or detailed):
        raise click.UsageError("--at, --zone, --remind and --detailed go with --ics")
    if deidentify and csv is None:
        raise click.UsageError("--deidentify goes with --csv")
    if not any((ics, csv, methods)):
        raise click.UsageError("say what to write: --ics, --csv or --methods")
    dossier = read_course(plan_file, diary, reviews, course, about="files")
    files: dict[Path, str | bytes] = {}
    if ics:
        files[ics] = _calendar(dossier, at, zone, remind, detailed)
    if csv:
        from nervelight.report.open_data import tables_of

        files |= {csv / name: text for name, text in tables_of(dossier, deidentify=deidentify).items()}
    if methods:
        from nervelight.report.methods import methods_sheet

        files[methods] = methods_sheet(dossier).to_markdown()
    write_all(files)
    # A folder of tables is told once.
    told = [str(path) for path in files if csv is None or path.parent != csv]
    told += [f"{csv} ({len(files) - len(told)} files)"] if csv else []
    click.echo("Written: " + ", ".join(told))


def _calendar(dossier: Dossier, at: str | None, zone: str | None, remind: int | None, detailed: bool) -> bytes:
    from nervelight.errors import Fault, InvalidInput
    from nervelight.report.calendar import calendar_of

    try:
        time = dt.datetime.strptime(at, "%H:%M").time() if at else None
    except ValueError:
        raise InvalidInput("export", [Fault("at", at, "a time of day as HH:MM, such as 20:00")]) from None
    return calendar_of(dossier, at=time, zone=zone, remind_minutes=remind, detailed=detailed)
