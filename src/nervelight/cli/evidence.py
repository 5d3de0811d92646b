"""``nervelight evidence``: the trials, and what they lack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from nervelight.cli.tables import print_rows, print_table, terminal

if TYPE_CHECKING:
    from nervelight.evidence import Outcome

__all__ = ["evidence"]


@click.group()
def evidence() -> None:
    """The trials: which light they gave, what they found, what they leave out."""


@evidence.command("list")
@click.option("--condition", metavar="NAME", help="Only this condition.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_studies(condition: str | None, as_json: bool) -> None:
    """List all studies: design, what they say, and whether their light can be followed."""
    from nervelight.evidence import anchor, condition_info, study, study_ids

    if condition is not None:
        condition_info(condition)
    found = [study(name) for name in study_ids()]
    found = [entry for entry in found if condition is None or entry.condition == condition]
    if as_json:
        click.echo(json.dumps([entry.model_dump(mode="json") for entry in found], indent=1))
        return
    rows = []
    for entry in found:
        follow = "no light"
        if entry.lights or entry.windows:
            light = anchor(entry.id)
            follow = f"{light.kind}, usable" if light.usable else f"{light.kind}, lacks {len(light.missing)}"
        rows.append((entry.id, entry.design.replace("_", " "), entry.direction.replace("_", " "), follow))
    print_table(terminal(), ("study", "design", "says", "as an anchor"), rows)


@evidence.command()
@click.argument("name", metavar="STUDY")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Show one study: its light, its results, its weaknesses, and what keeps it from being followed."""
    from nervelight.evidence import anchor, condition_info, study
    from nervelight.planning import light_lines
    from nervelight.sources import source

    entry = study(name)
    if as_json:
        click.echo(entry.model_dump_json(indent=1))
        return
    console = terminal()
    condition = condition_info(entry.condition).label if entry.condition else entry.condition_text
    print_rows(
        console,
        source(entry.sources[0]).citation,
        [
            ("condition", condition),
            ("design", entry.design.replace("_", " ") + (f", n = {entry.n}" if entry.n else "")),
            ("says", entry.direction.replace("_", " ")),
            ("read", entry.checked.replace("-", " ")),
            *(("weakness", reason) for reason in entry.bias),
        ],
    )
    if entry.lights or entry.windows:
        light = anchor(name)
        print_rows(
            console,
            f"As an anchor: {light.kind}, {'usable' if light.usable else 'not usable'}",
            [
                *(("light", line) for line in light_lines(light)),
                *(("scenario", scenario.described) for scenario in light.scenarios),
                *(("missing", what) for what in light.missing),
                *(("note", what) for what in light.flags),
            ],
        )
    if entry.outcomes:
        print_table(
            console,
            ("outcome", "week", "arm", "result"),
            [
                (
                    outcome.instrument,
                    f"{outcome.week:g}" if outcome.week is not None else outcome.time or "?",
                    outcome.arm or "between",
                    _result(outcome),
                )
                for outcome in entry.outcomes
            ],
        )


def _result(outcome: Outcome) -> str:
    """Say an outcome in one line: numbers as printed, then the direction."""
    words = {
        "mean": "mean",
        "change": "change",
        "median_change": "median change",
        "difference": "difference",
        "cohens_d": "d",
        "p": "p",
    }
    parts = [f"{word} {value}" for name, word in words.items() if (value := getattr(outcome, name)) is not None]
    if outcome.ci is not None:
        parts.append(f"({outcome.ci[0]} to {outcome.ci[1]})")
    if outcome.count is not None:
        parts.append(f"{outcome.count} of {outcome.of}")
    if outcome.direction:
        parts.append(outcome.direction.replace("_", " "))
    return ", ".join(parts) or outcome.remark
