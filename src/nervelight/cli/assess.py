"""``nervelight assess``: the person before the light."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nervelight.cli.tables import print_rows, terminal

__all__ = ["assess"]


@click.command()
@click.argument("case_file", metavar="CASE.yaml", required=False, type=click.Path(path_type=Path))
@click.option("--red-flags", "list_flags", is_flag=True, help="List all red flags to ask for, for the clinic's wall.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def assess(case_file: Path | None, list_flags: bool, as_json: bool) -> None:
    """Assess the person of a case file, the most urgent first.

    Red flags with what to do, screening for mood, worry and sleep, the grade of neuropathic pain step by step, readings
    as decisions, scores, and whether the goals can be judged.
    """
    if list_flags == (case_file is not None):
        raise click.UsageError("needs either CASE.yaml or --red-flags")
    if case_file is None:
        _list_red_flags(as_json)
        return
    from nervelight.planning import assess as assess_case
    from nervelight.planning import read_case
    from nervelight.report import assessment_record, assessment_sections

    case = read_case(case_file)
    found = assess_case(case)
    if as_json:
        click.echo(json.dumps(assessment_record(case, found), indent=1, ensure_ascii=False))
        return
    console = terminal()
    for title, rows in assessment_sections(case, found):
        print_rows(console, title, rows)


def _list_red_flags(as_json: bool) -> None:
    from nervelight.assessment import red_flags
    from nervelight.report import red_flag_sections

    if as_json:
        click.echo(json.dumps([flag.model_dump(mode="json") for flag in red_flags()], indent=1, ensure_ascii=False))
        return
    console = terminal()
    for title, rows in red_flag_sections(red_flags()):
        print_rows(console, title, rows)
