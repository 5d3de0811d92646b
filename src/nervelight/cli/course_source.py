"""Where a command takes a course from: a plan file with its diary, or the record."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nervelight.record.dossier import Dossier

__all__ = ["course_options", "read_course"]

KEY_BYTES = 16
Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.argument("plan_file", metavar="[PLAN.json]", required=False, type=click.Path(path_type=Path)),
    click.option(
        "--diary", metavar="FILE", type=click.Path(path_type=Path), help="What was given and felt (CSV, YAML)."
    ),
    click.option(
        "--review",
        "reviews",
        metavar="REVIEW.json",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A decision card of this plan; may be given several times, the oldest first.",
    ),
    click.option(
        "--id-key",
        metavar="FILE",
        type=click.Path(path_type=Path),
        help="A secret of 16 bytes or more to make the ids with, the same file each time. Without it the ids of a plan "
        "file follow from the name on the plan: whoever guesses the name can confirm it.",
    ),
    click.option(
        "--course", metavar="ID", type=click.UUID, help="In place of files: a course of this machine's record."
    ),
)


def course_options(command: Command) -> Command:
    """Give a command the argument and the options that say which course it is about."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def read_course(
    plan_file: Path | None,
    diary: Path | None,
    reviews: tuple[Path, ...],
    id_key: Path | None,
    course: uuid.UUID | None,
    *,
    about: str,
) -> Dossier:
    """Return the course that the options of `course_options` name.

    Parameters
    ----------
    plan_file, diary, reviews, id_key, course
        As given.
    about : str
        What it is taken as, for the audit of the record.

    Raises
    ------
    click.UsageError
        If neither or both of plan and course are named.
    InvalidInput
        If a file cannot be used, or the record has no such course.
    """
    if (plan_file is None) == (course is None):
        raise click.UsageError("name a plan, PLAN.json, or a course of the record, --course ID")
    if course is not None:
        if diary is not None or reviews or id_key is not None:
            raise click.UsageError("--diary, --review and --id-key go with PLAN.json; the record has its own")
        return _from_record(course, about)
    assert plan_file is not None
    from nervelight.documents import read_json, validated
    from nervelight.planning import Plan
    from nervelight.planning.diary_reading import read_diary
    from nervelight.planning.review import Review
    from nervelight.record.dossier import dossier_of_plan

    return dossier_of_plan(
        validated(Plan, read_json(plan_file), str(plan_file)),
        None if diary is None else read_diary(diary, today=dt.date.today()),
        [validated(Review, read_json(path), str(path)) for path in reviews],
        id_key=b"" if id_key is None else _secret(id_key),
    )


def _secret(path: Path) -> bytes:
    from nervelight.errors import Fault, InvalidInput

    secret = path.read_bytes().strip()
    if len(secret) < KEY_BYTES:
        # Not shown: it is a secret.
        allowed = f"at least {KEY_BYTES} bytes that nobody can guess, such as `openssl rand -hex 32` writes"
        raise InvalidInput(str(path), [Fault("id key", f"{len(secret)} bytes", allowed)])
    return secret


def _from_record(course: uuid.UUID, about: str) -> Dossier:
    from nervelight.errors import Fault, InvalidInput
    from nervelight.record.home import open_record

    open_record()
    from nervelight.record.gathering import dossier_of
    from nervelight.record.models import Course

    found = Course.objects.filter(pk=course, patient__erased_at=None).select_related("patient", "clinic").first()
    if found is None:
        allowed = "the id of a course; the address of its page ends in it"
        raise InvalidInput("record", [Fault("course", str(course), allowed)])
    return dossier_of(found, actor=None, about=about)
