"""``nervelight instruments pack``: the words of licensed instruments, installed by a site with a licence."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nervelight.cli.tables import print_rows, terminal

__all__ = ["pack"]


@click.group()
def pack() -> None:
    """Text packs: words of licensed instruments that your site installs."""


@pack.command()
@click.argument("file", metavar="FILE.json", type=click.Path(path_type=Path))
@click.option("--instrument", "name", required=True, metavar="INSTRUMENT", help="Whose words they are.")
@click.option("--accepted-by", required=True, metavar="NAME", help="Who accepts the terms of the holder.")
@click.option("--terms", required=True, metavar="TEXT", help="Your licence, such as 'licence 1234 of ...'.")
@click.option("--language", default="", metavar="TAG", help="Such as de, where the file does not say it.")
@click.option("--copyright", default="", metavar="TEXT", help="The line to show, where the file does not say it.")
@click.option("--leave-out", multiple=True, metavar="LINKID", help="A question that is not scored; repeatable.")
@click.option("--replace", is_flag=True, help="Replace a pack of the same language.")
@click.option("--yes", is_flag=True, help="Questions fit and terms are accepted: do not ask.")
def add(
    file: Path,
    name: str,
    accepted_by: str,
    terms: str,
    language: str,
    copyright: str,
    leave_out: tuple[str, ...],
    replace: bool,
    yes: bool,
) -> None:
    """Check a FHIR R4 Questionnaire against the rules of scoring, and install it.

    Its words are shown here from then on. Each question is printed beside the item that it is scored as, with its
    points and alarms. Nothing is installed before you have said that they fit and that the terms are accepted.
    """
    import datetime as dt

    from nervelight.assessment import install_pack, instrument, review_pack, wording
    from nervelight.report import pack_question_sections, pack_sections

    found = review_pack(
        file,
        instrument_id=name,
        accepted_by=accepted_by,
        terms=terms,
        on=dt.date.today(),
        language=language,
        copyright=copyright,
        left_out=leave_out,
    )
    console = terminal()
    here = wording(name, "en") if instrument(name).licence.words_shipped else None
    for title, rows in (*pack_question_sections(found, here), *pack_sections(found)):
        print_rows(console, title, rows)
    if not yes:
        click.confirm("Does each question ask what its item asks, in this order?", abort=True)
        click.confirm(f"Does {accepted_by} accept the holder's terms?", abort=True)
    click.echo(f"Installed: {install_pack(found, replace=replace)}")


@pack.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_packs(as_json: bool) -> None:
    """List the installed text packs with their terms; damaged ones are told."""
    from nervelight.assessment import installed_pack, installed_packs
    from nervelight.errors import NervelightError
    from nervelight.report import pack_sections

    console = terminal()
    records: list[dict[str, object]] = []
    for name, language in installed_packs():
        try:
            found = installed_pack(name, language)
        except NervelightError as problem:
            records.append({"instrument": name, "language": language, "damaged": str(problem)})
            sections = [(f"{name}, {language}", [("damaged", str(problem))])]
        else:
            record = found.record.model_dump(mode="json", exclude={"questionnaire"})
            records.append({**record, "file": str(found.file)})
            sections = pack_sections(found)
        if not as_json:
            for title, rows in sections:
                print_rows(console, title, rows)
    if as_json:
        click.echo(json.dumps(records, indent=1, ensure_ascii=False))
    elif not records:
        console.print("No text pack is installed.")


@pack.command()
@click.argument("name", metavar="INSTRUMENT")
@click.option("--language", metavar="TAG", help="Where there are packs in several languages.")
def remove(name: str, language: str | None) -> None:
    """Remove an installed text pack."""
    from nervelight.assessment import remove_pack

    click.echo(f"Removed: {remove_pack(name, language)}")


@pack.command()
@click.argument("name", metavar="INSTRUMENT")
@click.option("--language", default="en", show_default=True, metavar="TAG", help="Of the words to come.")
def template(name: str, language: str) -> None:
    """Print a Questionnaire with the items and answers of an instrument.

    For a site that has the form on paper: its words go where it says (fill in).
    """
    from nervelight.assessment import questionnaire_template

    click.echo(json.dumps(questionnaire_template(name, language), indent=1, ensure_ascii=False))
