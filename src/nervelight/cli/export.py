"""``nervelight export``: a course in the forms that others can use."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nervelight.cli.course_source import course_options, read_course

if TYPE_CHECKING:
    from nervelight.record.dossier import Dossier
    from nervelight.report import Paper

__all__ = ["export"]


def _file(name: str, metavar: str, told: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(name, metavar=metavar, type=click.Path(path_type=Path), help=told)


@click.command()
@course_options
@_file("--letter", "FILE.pdf", "Letter of one page to the referring doctor.")
@click.option(
    "--section",
    "sections",
    metavar="NAME",
    multiple=True,
    help="With --letter: a part of it, may be given several times: why, planned, delivered, course, safety, next, "
    "treatments, certainty; all when not given.",
)
@click.option("--to", default="", metavar="NAME", help="With --letter: whom it is for.")
@_file("--pdf", "FILE.pdf", "The full plan.")
@_file("--log", "FILE.pdf", "Sessions as planned and as given; empty rows to fill in.")
@_file("--handout", "FILE.pdf", "Sheet for the patient.")
@click.option("--paper", type=click.Choice(["a4", "us-letter"]), default="a4", show_default=True, help="Of the PDFs.")
def export(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    course: uuid.UUID | None,
    **pdfs: Any,
) -> None:
    """Write a course in the forms that others can use.

    PLAN.json is what `nervelight plan` wrote; with --diary goes what was given and felt. With --course the whole course
    comes from the record of this machine, and that it left the record stands in the audit. Several forms may be asked
    for at once; all are written or none.
    """
    from nervelight.documents import write_all

    dossier = read_course(plan_file, diary, reviews, course, about="files")
    files: dict[Path, str | bytes] = {}
    files |= dict(_pdfs(dossier, **pdfs))
    if not files:
        raise click.UsageError("say what to write")
    write_all(files)
    click.echo("Written: " + ", ".join(map(str, files)))


def _pdfs(
    dossier: Dossier,
    *,
    letter: Path | None,
    sections: tuple[str, ...],
    to: str,
    pdf: Path | None,
    log: Path | None,
    handout: Path | None,
    paper: Paper,
) -> Iterator[tuple[Path, bytes]]:
    from nervelight.report import handout_pdf, letter_pdf, plan_pdf, session_log_pdf

    if letter is not None:
        yield letter, letter_pdf(dossier, sections or None, to, paper=paper)
    elif sections or to:
        raise click.UsageError("--section and --to go with --letter")
    for file, make in ((pdf, plan_pdf), (log, session_log_pdf), (handout, handout_pdf)):
        if file is not None:
            yield file, make(dossier, paper=paper)
