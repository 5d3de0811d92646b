"""``nervelight export``: a course in the forms that others can use."""

from __future__ import annotations

import uuid
from pathlib import Path

import click

from nervelight.cli.course_source import course_options, read_course

__all__ = ["export"]


def _file(name: str, metavar: str, told: str) -> object:
    return click.option(name, metavar=metavar, type=click.Path(path_type=Path), help=told)


@click.command()
@course_options
def export(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    course: uuid.UUID | None,
) -> None:
    """Write a course in the forms that others can use.

    PLAN.json is what `nervelight plan` wrote; with --diary goes what was given and felt. With --course the whole course
    comes from the record of this machine, and that it left the record stands in the audit. Several forms may be asked
    for at once; all are written or none.
    """
    from nervelight.documents import write_all

    read_course(plan_file, diary, reviews, course, about="files")
    files: dict[Path, str | bytes] = {}
    if not files:
        raise click.UsageError("say what to write")
    write_all(files)
    click.echo("Written: " + ", ".join(map(str, files)))
