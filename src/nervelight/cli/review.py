"""``nervelight review``: is it working, and what next."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nervelight.cli.dates import read_day
from nervelight.cli.tables import terminal

if TYPE_CHECKING:
    from nervelight.planning.review import ClinicianDecision

__all__ = ["review"]


# As the rules decide; the package is loaded only when the command runs.
DECISIONS = ("continue", "mend first", "adjust once", "stop", "refer")


@click.command()
@click.argument("plan_file", metavar="PLAN.json", type=click.Path(path_type=Path))
@click.argument("diary_file", metavar="DIARY", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where review.json and review.html go; DIARY_review here when not given.",
)
@click.option("--on", "on", metavar="DATE", help="The day to review, YYYY-MM-DD; the diary's last when not given.")
@click.option(
    "--earlier",
    metavar="REVIEW.json",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An earlier review of this person that was decided on; may be given several times.",
)
@click.option("--decision", type=click.Choice(("accept", "edit", "reject")), help="What the clinician makes of it.")
@click.option("--instead", type=click.Choice(DECISIONS), help="With edit: the decision that holds.")
@click.option("--by", metavar="NAME", help="With a decision: the clinician.")
@click.option("--reason", metavar="TEXT", help="With a decision: why.")
@click.option("--json", "as_json", is_flag=True, help="Print review.json instead of the summary.")
def review(
    plan_file: Path,
    diary_file: Path,
    output: Path | None,
    on: str | None,
    earlier: tuple[Path, ...],
    decision: str | None,
    instead: str | None,
    by: str | None,
    reason: str | None,
    as_json: bool,
) -> None:
    """Hold a course against its signed plan: was it given, has it helped, what next.

    PLAN.json is what `nervelight plan` wrote; DIARY is a CSV file with one row a day, or YAML (docs/review.md). Writes
    review.json and review.html. The clinician decides: --decision records it with a reason.
    """
    from nervelight.documents import read_json, validated, write_all
    from nervelight.planning import Plan
    from nervelight.planning.diary_reading import read_diary
    from nervelight.planning.review import Review, review_course
    from nervelight.report import print_review, review_page

    today = dt.date.today()
    chosen = None if on is None else read_day(on, "--on")
    if chosen is not None and chosen > today:
        raise click.BadParameter(f"{chosen} is still to come; today is {today}", param_hint="--on")
    folder = output or Path(f"{diary_file.stem}_review")
    _keep_decided(folder / "review.json")
    made = review_course(
        validated(Plan, read_json(plan_file), str(plan_file)),
        read_diary(diary_file, today=today),
        on=chosen,
        earlier=[validated(Review, read_json(path), str(path)) for path in earlier],
        clinician=_clinician(decision, instead, by, reason),
        diary_file=diary_file.name,
        diary_sha256=hashlib.sha256(diary_file.read_bytes()).hexdigest(),
    )
    text = made.to_json()
    write_all({folder / "review.json": text, folder / "review.html": review_page(made)})
    if as_json:
        click.echo(text, nl=False)
        return
    console = terminal()
    print_review(made, console)
    console.print(f"Written: {folder / 'review.json'}, {folder / 'review.html'}", style="dim", soft_wrap=True)


def _keep_decided(path: Path) -> None:
    """Refuse to write over a card that a clinician decided on."""
    from nervelight.documents import read_json
    from nervelight.errors import Fault, InvalidInput

    if not path.exists():
        return
    card = read_json(path)
    decided = card.get("clinician") if isinstance(card, dict) else None
    if decided:
        told = f"another folder (-o): this card was decided on by {decided.get('by')} on {decided.get('date')}"
        raise InvalidInput("call", [Fault("output", str(path), told)])


def _clinician(
    decision: str | None, instead: str | None, by: str | None, reason: str | None
) -> ClinicianDecision | None:
    from nervelight.documents import validated
    from nervelight.planning.review import ClinicianDecision

    if decision is None:
        if instead or by or reason:
            raise click.UsageError("--instead, --by and --reason go with --decision")
        return None
    if not by or not by.strip() or not reason or not reason.strip():
        raise click.UsageError("--decision needs --by and --reason")
    if (decision == "edit") != (instead is not None):
        raise click.UsageError("--instead goes with --decision edit, which needs it")
    given = {"word": decision, "decision": instead, "by": by, "reason": reason, "date": dt.date.today()}
    return validated(ClinicianDecision, given, "decision")
