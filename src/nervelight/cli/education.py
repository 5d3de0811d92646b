"""``nervelight education``: what people who are treated read about it, in plain words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.markup import escape
from rich.padding import Padding

from nervelight.cli.tables import print_table, terminal

if TYPE_CHECKING:
    from nervelight.planning import Plan
    from nervelight.planning.education import Sheet

__all__ = ["education"]


@click.command()
@click.argument("condition", metavar="[CONDITION]", required=False)
@click.option("--lamp", "lamp_type", metavar="TYPE", help="What kind of lamp, such as led_panel.")
@click.option("--plan", "plan_file", metavar="PLAN.json", type=click.Path(path_type=Path), help="A plan's own sheets.")
@click.option("--language", metavar="en|de", default="en", show_default=True, help="Language of the sheets.")
@click.option("--questions", is_flag=True, help="Only the questions back, with the answers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, each sheet with its version and the text of it.")
@click.option(
    "-o", "--output", metavar="FILE.html", type=click.Path(path_type=Path), help="Write a page to print instead."
)
def education(
    condition: str | None,
    lamp_type: str | None,
    plan_file: Path | None,
    language: str,
    questions: bool,
    as_json: bool,
    output: Path | None,
) -> None:
    """Show the sheets for people who are treated: what it is, what is known, how to do a session, when to call.

    In plain words, from the claims of the evidence library. With --plan they tell the plan's own numbers; without one
    they name no time, distance or number of sessions. Without a condition and a plan: what there are sheets for.
    """
    if plan_file is None and condition is None:
        if lamp_type or questions or as_json or output:
            raise click.UsageError("name a CONDITION, or --plan PLAN.json")
        _list(language)
        return
    if plan_file is not None and (condition or lamp_type):
        raise click.UsageError("a plan names its condition and its lamp: leave CONDITION and --lamp out")
    from nervelight.planning.education import education_sheets, language_named, page_words
    from nervelight.report import education_page, education_record

    plan = None if plan_file is None else _read(plan_file)
    sheets = education_sheets(plan, condition=condition, lamp_type=lamp_type, language=language)
    if output is not None:
        from nervelight.documents import write_all

        write_all({output: education_page(sheets, _about(plan, condition, lamp_type, language))})
        click.echo(f"Written: {output}")
    elif as_json:
        click.echo(json.dumps(education_record(sheets), indent=1, ensure_ascii=False))
    else:
        version = page_words(language_named(language))["version"].lower()
        for sheet in sheets:
            _print(sheet, questions, version)


def _read(path: Path) -> Plan:
    from nervelight.documents import read_json, validated
    from nervelight.planning import Plan

    return validated(Plan, read_json(path), str(path))


def _about(plan: Plan | None, condition: str | None, lamp_type: str | None, language: str) -> str:
    from nervelight.planning.education import condition_name, lamp_name

    if plan is not None:
        return str(plan.case["patient"]["label"])
    names = [condition_name(condition, language)] if condition else []
    return ", ".join([*names, *([lamp_name(lamp_type, language)] if lamp_type else [])])


def _print(sheet: Sheet, questions: bool, version: str) -> None:
    console = terminal()
    console.print(f"[bold]{escape(sheet.title)}[/]")
    if not questions:
        for line in sheet.lines:
            console.print(Padding(escape(line.text), (0, 0, 0, 2)))
    for question in sheet.questions:
        console.print(Padding(f"[bold]{escape(question.ask)}[/]", (0 if questions else 1, 0, 0, 2)))
        for name, words in question.choices:
            console.print(Padding(f"{'→' if name == question.right else '-'} {escape(words)}", (0, 0, 0, 4)))
        console.print(Padding(escape(question.why), (0, 0, 0, 4)))
    console.print(Padding(f"[dim]{version} {sheet.version}[/]", (0, 0, 1, 2)))


def _list(language: str) -> None:
    from typing import get_args

    from nervelight.evidence import Condition
    from nervelight.planning.education import condition_name, lamp_name, lamp_types

    console = terminal()
    rows = [(name, condition_name(name, language)) for name in get_args(Condition)]
    print_table(console, ("condition", "in plain words"), rows)
    console.print()
    print_table(console, ("lamp", "in plain words"), [(name, lamp_name(name, language)) for name in lamp_types()])
