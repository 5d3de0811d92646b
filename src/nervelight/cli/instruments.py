"""``nervelight instruments``: questionnaires, scales and tests, and scoring them from answers."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from nervelight.cli.instruments_pack import pack
from nervelight.cli.tables import print_rows, print_sources, print_table, terminal

if TYPE_CHECKING:
    from nervelight.assessment import Wording
    from nervelight.evidence import ShamChange

__all__ = ["instruments"]

_NUMBER = re.compile(r"[+-]?\d{1,6}(\.\d{1,6})?")


@click.group()
def instruments() -> None:
    """Questionnaires, scales and tests: ranges, cut-offs, changes that matter."""


instruments.add_command(pack)


@instruments.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_instruments(as_json: bool) -> None:
    """List all instruments."""
    from nervelight.assessment import instrument, instrument_ids, pack_languages, scorable_ids, wording_languages

    found = [instrument(name) for name in instrument_ids()]
    if as_json:
        records = [{**entry.model_dump(mode="json"), "packs": pack_languages(entry.id)} for entry in found]
        click.echo(json.dumps(records, indent=1, ensure_ascii=False))
        return

    def words(name: str) -> str:
        # Told by the names of the files: one that is damaged must not take the list away.
        packs, here = pack_languages(name), wording_languages(name)
        return "here (pack)" if packs and packs == here else "here" if here else "not here"

    rows = [
        (
            entry.id,
            entry.name,
            "answers" if entry.id in scorable_ids() else "score" if entry.score else "reading",
            words(entry.id),
        )
        for entry in found
    ]
    print_table(terminal(), ("instrument", "name", "enter", "wording"), rows, widths=(18, 34, 8, 11))


@instruments.command()
@click.argument("name", metavar="INSTRUMENT")
@click.option("--language", metavar="TAG", help="Of the words, such as de, where a text pack is installed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, language: str | None, as_json: bool) -> None:
    """Show one instrument: items where free, cut-offs, changes that matter."""
    from nervelight.assessment import instrument, scorable_ids, scoring
    from nervelight.report import instrument_sections

    entry, words = instrument(name), _words(name, language)
    rules = scoring(name) if name in scorable_ids() else None
    if as_json:
        record = {
            **entry.model_dump(mode="json"),
            "scoring": rules.model_dump(mode="json", exclude={"id"}) if rules else None,
            "wording": words.model_dump(mode="json", exclude={"id"}) if words else None,
        }
        click.echo(json.dumps(record, indent=1, ensure_ascii=False))
        return
    console = terminal()
    for title, rows in instrument_sections(entry, rules, words):
        print_rows(console, title, rows)
    print_sources(console, entry.sources)


@instruments.command()
@click.argument("name", metavar="INSTRUMENT")
@click.option("--language", metavar="TAG", help="Of the words, such as de, where a text pack is installed.")
def form(name: str, language: str | None) -> None:
    """Print a form to fill in, or to ask from, with its answers and their numbers."""
    from nervelight.assessment import instrument, scorable_ids, scoring
    from nervelight.errors import ValidityError
    from nervelight.report import form_sections

    entry, words = instrument(name), _words(name, language)
    if words is None:
        fits = name in scorable_ids()
        how = f"install them with nervelight instruments pack add FILE.json --instrument {name}"
        raise ValidityError(f"the words of {entry.name} are not here; {how if fits else 'enter its result'}")
    console = terminal()
    for title, rows in form_sections(entry, scoring(name) if name in scorable_ids() else None, words):
        print_rows(console, title, rows)


def _words(name: str, language: str | None) -> Wording | None:
    from nervelight.assessment import wording, wording_languages
    from nervelight.errors import UnknownName

    words = wording(name, language)
    if words is None and language is not None:
        raise UnknownName(f"language of the words of {name}", language, wording_languages(name) or ["none is here"])
    return words


@instruments.command(context_settings={"ignore_unknown_options": True})
@click.argument("name", metavar="INSTRUMENT")
@click.argument("answers", metavar="ANSWER...", nargs=-1, required=True)
@click.option("--weights", metavar="LIST", help="For goals: how much each counts, such as 1,2,1.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def score(name: str, answers: tuple[str, ...], weights: str | None, as_json: bool) -> None:
    """Score a filled-in form.

    Answers stand in the order of the form: numbers, yes and no, the number of a choice; a single - for one left out.
    """
    from nervelight.assessment import read_answers, score_answers, severity
    from nervelight.report import score_sections

    found = score_answers(
        name, read_answers(name, answers), None if weights is None else _numbers("--weights", weights)
    )
    if as_json:
        band = None if found.score is None else severity(name, found.score)
        click.echo(json.dumps({**asdict(found), "score": found.score, "band": band}, indent=1, ensure_ascii=False))
        return
    console = terminal()
    for title, rows in score_sections(found):
        print_rows(console, title, rows)


@instruments.command()
@click.argument("name", metavar="INSTRUMENT")
@click.option("--before", required=True, metavar="LIST", help="Scores before, such as 7,6,7,8.")
@click.option("--after", required=True, metavar="LIST", help="Scores after, likewise.")
@click.option("--condition", metavar="NAME", help="For pain from 0 to 10: compare with people on sham.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def change(name: str, before: str, after: str, condition: str | None, as_json: bool) -> None:
    """Tell whether one person changed: beyond error, and enough to matter.

    Pain asked daily needs four days on each side.
    """
    from nervelight.assessment import change_of
    from nervelight.report import change_sections, sham_record

    found = change_of(name, _numbers("--before", before), _numbers("--after", after))
    sham = None if condition is None else _sham(name, condition)
    if as_json:
        record = asdict(found)
        if sham is not None:
            record["sham"] = sham_record(found, sham)
        click.echo(json.dumps(record, indent=1, ensure_ascii=False))
        return
    console = terminal()
    for title, rows in change_sections(found, sham):
        print_rows(console, title, rows)


def _sham(name: str, condition: str) -> ShamChange:
    from nervelight.assessment import instrument
    from nervelight.errors import Fault, InvalidInput
    from nervelight.evidence import condition_named, sham_change

    if name != "nrs11":
        told = f"nothing for {instrument(name).name}: sham arms are known for pain from 0 to 10 (nrs11) only"
        raise InvalidInput("call", [Fault("--condition", condition, told)])
    return sham_change(condition_named(condition))


def _numbers(option: str, text: str) -> list[float]:
    from nervelight.errors import Fault, InvalidInput

    parts = [part.strip() for part in text.split(",")]
    if not all(_NUMBER.fullmatch(part) for part in parts):
        raise InvalidInput("call", [Fault(option, text, "needs numbers with commas between them, such as 7,6,8")])
    return [float(part) for part in parts]
