"""``nervelight nof1``: a randomised trial of light in one person, its days and its result."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Literal

import click

from nervelight.cli.dates import read_day
from nervelight.cli.plan import EXIT_BLOCKED
from nervelight.cli.tables import print_rows, print_table, terminal
from nervelight.errors import BlockedPlan, Fault, InvalidInput

__all__ = ["nof1"]

_POINTS = re.compile(r"(\d{1,3}(?:\.\d{1,3})?)\s*points?")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)\s*%")
_DAYS = re.compile(r"(\d{1,3})\s*days?")
_SCORE = re.compile(r"[+-]?\d{1,4}(\.\d{1,4})?")


@click.group()
def nof1() -> None:
    """Trial of light in one person: on and off in random order, to know rather than hope."""


@nof1.command()
@click.argument("plan_file", metavar="PLAN.json", type=click.Path(path_type=Path))
@click.option("--start", required=True, metavar="DATE", help="First day, YYYY-MM-DD, not before today.")
@click.option("--period", required=True, metavar="DAYS", help="Length of each period, such as '14 days'.")
@click.option("--washout", required=True, metavar="DAYS", help="Days at its start that do not count.")
@click.option("--effect", required=True, metavar="SIZE", help="Improvement to find: '2 points', or matters.")
@click.option("--power", metavar="SHARE", help="How often to find it, such as '80 %'; sets the blocks.")
@click.option("--blocks", type=int, metavar="N", help="Blocks, in place of --power.")
@click.option("--baseline", metavar="LIST", help="Daily scores before, such as 6,7,-,5; - for a day without.")
@click.option("--scatter", metavar="SIZE", help="Standard deviation of days, where there is no baseline.")
@click.option("--instrument", metavar="NAME", help="What is asked daily; pain from 0 to 10 when not given.")
@click.option("--dummy-setting", default="", metavar="TEXT", help="How the lamp gives no light while seeming to.")
@click.option("--seed", type=click.IntRange(0), metavar="N", help="Seed of the order; who knows it knows the order.")
@click.option("-o", "--output", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="PLAN_nof1 here.")
@click.option("--json", "as_json", is_flag=True, help="Print design.json instead of the summary.")
@click.pass_context
def design(
    context: click.Context,
    plan_file: Path,
    start: str,
    period: str,
    washout: str,
    effect: str,
    power: str | None,
    blocks: int | None,
    baseline: str | None,
    scatter: str | None,
    instrument: str | None,
    dummy_setting: str,
    seed: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Make the schedule: blocks of a period with light and one without.

    Writes design.json. Only with --dummy-setting is the order kept from the person: then it stands in allocation.json
    alone, for whoever sets the lamp. Without it the trial is open, and its result is read so.
    """
    # Imported here so that `nervelight --help` answers at once.
    from nervelight.documents import write_all
    from nervelight.planning import Plan
    from nervelight.planning.nof1 import design_nof1, read_document
    from nervelight.report import nof1_design_rows, nof1_period_rows

    faults: list[Fault] = []
    folder = output or Path(f"{plan_file.stem}_nof1")
    if there := [name for name in ("design.json", "allocation.json") if (folder / name).exists()]:
        told = f"a folder without {' and '.join(there)}: an order is drawn once"
        faults.append(Fault("--output", str(folder), told))
    first = _date(start, faults)
    whole = {"--period": _days("--period", period, faults), "--washout": _days("--washout", washout, faults)}
    size: float | Literal["matters"] | None = "matters" if effect == "matters" else _points("--effect", effect, faults)
    share = None if power is None else _share(power, faults)
    deviation = None if scatter is None else _points("--scatter", scatter, faults)
    scores = None if baseline is None else _scores(baseline, faults)
    if faults or first is None or size is None:
        raise InvalidInput("call", faults)
    try:
        made, allocation = design_nof1(
            read_document(Plan, plan_file),
            start=first,
            period_days=whole["--period"],
            washout_days=whole["--washout"],
            effect=size,
            baseline=scores,
            scatter=deviation,
            power=share,
            blocks=blocks,
            instrument_id=instrument,
            dummy_setting=" ".join(dummy_setting.split()),
            seed=seed,
            today=dt.date.today(),
        )
    except BlockedPlan as problem:
        click.echo(f"the plan is blocked, so there is no trial of it: {problem}", err=True)
        context.exit(EXIT_BLOCKED)
    files = {folder / "design.json": made.to_json()}
    if made.masked:
        files[folder / "allocation.json"] = allocation.to_json()
    write_all(files)
    if as_json:
        click.echo(made.to_json(), nl=False)
        return
    console = terminal()
    days = 2 * made.blocks * made.period_days
    title = f"{made.blocks} blocks, {days} days: {'masked' if made.masked else 'open'}"
    print_rows(console, title, nof1_design_rows(made))
    console.print()
    print_table(console, ("period", "days", "counts from", "light", "sessions"), nof1_period_rows(made))
    console.print()
    print_rows(console, "Read with it", [("", note) for note in made.notes])
    console.print(f"Written: {', '.join(map(str, files))}", style="dim", soft_wrap=True)


@nof1.command()
@click.argument("design_file", metavar="DESIGN.json", type=click.Path(path_type=Path))
@click.argument("diary_file", metavar="DIARY", type=click.Path(path_type=Path))
@click.option(
    "--allocation", metavar="FILE", type=click.Path(path_type=Path), help="allocation.json of a masked trial."
)
@click.option("--guesses", metavar="LIST", help="What the person thought, such as 1A=on,1B=off,2A=unsure.")
@click.option("--plot", metavar="FILE.svg", type=click.Path(path_type=Path), help="Draw the days as SVG.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def analyse(
    design_file: Path,
    diary_file: Path,
    allocation: Path | None,
    guesses: str | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Tell what light did in this person, from the diary.

    In a masked trial ask which periods are thought to have had light before allocation.json is opened: --guesses.
    """
    from nervelight.planning.diary_reading import read_diary
    from nervelight.planning.nof1 import Allocation, NOf1Design, analyse_nof1, read_document
    from nervelight.report import nof1_record, nof1_rows, nof1_table, nof1_title, nof1_warnings

    faults: list[Fault] = []
    if plot is not None and plot.suffix.lower() != ".svg":
        faults.append(Fault("--plot", str(plot), "a file name that ends in .svg"))
    thought = None if guesses is None else _guesses(guesses, faults)
    if faults:
        raise InvalidInput("call", faults)
    trial, diary = read_document(NOf1Design, design_file), read_diary(diary_file, today=dt.date.today())
    order = None if allocation is None else read_document(Allocation, allocation)
    try:
        found = analyse_nof1(trial, diary, order, thought)
    except InvalidInput as problem:
        # Which file holds an order that does not fit only the call knows.
        faults = [
            replace(fault, value=str(allocation)) if fault.path == "allocation" and allocation else fault
            for fault in problem.faults
        ]
        raise InvalidInput(problem.where, faults) from None
    if plot is not None:
        from nervelight.report import nof1_figure, write_picture

        write_picture(nof1_figure(trial, diary, found), plot)
    if as_json:
        click.echo(json.dumps(nof1_record(found, trial), indent=1, ensure_ascii=False))
        return
    console = terminal()
    print_rows(console, nof1_title(found, trial), nof1_rows(found, trial))
    console.print()
    table = nof1_table(found)
    print_table(console, [name.lower() for name in table.header], table.rows, right=(2, 3, 4, 5))
    console.print()
    print_rows(console, "Read with it", [("", text) for text in nof1_warnings(found, trial)])
    if plot is not None:
        console.print(f"Written: {plot}", style="dim", soft_wrap=True)


def _date(text: str, faults: list[Fault]) -> dt.date | None:
    try:
        return read_day(text, "--start")
    except InvalidInput as problem:
        faults += problem.faults
        return None


def _days(option: str, text: str, faults: list[Fault]) -> int:
    match = _DAYS.fullmatch(text.strip())
    if match is None:
        faults.append(Fault(option, text, "whole days, such as '14 days'"))
    return int(match[1]) if match else 0


def _points(option: str, text: str, faults: list[Fault]) -> float | None:
    match = _POINTS.fullmatch(text.strip())
    if match is None:
        example = "'2 points', or matters" if option == "--effect" else "'1.2 points'"
        faults.append(Fault(option, text, f"points of the score, such as {example}"))
    return float(match[1]) if match else None


def _share(text: str, faults: list[Fault]) -> float | None:
    match = _PERCENT.fullmatch(text.strip())
    if match is None:
        faults.append(Fault("--power", text, "a share, such as '80 %'"))
    return float(match[1]) / 100 if match else None


def _scores(text: str, faults: list[Fault]) -> list[float | None]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part == "-" or _SCORE.fullmatch(part) for part in parts):
        faults.append(Fault("--baseline", text, "scores with commas between them, such as 6,7,-,5; - for none"))
        return []
    return [None if part == "-" else float(part) for part in parts]


def _guesses(text: str, faults: list[Fault]) -> dict[str, bool | None]:
    said: dict[str, bool | None] = {"on": True, "off": False, "unsure": None}
    pairs = [tuple(part.strip() for part in entry.split("=")) for entry in text.split(",")]
    if not all(len(pair) == 2 and pair[1] in said for pair in pairs) or len({pair[0] for pair in pairs}) < len(pairs):
        told = "each period once with on, off or unsure, such as 1A=on,1B=off,2A=unsure"
        faults.append(Fault("--guesses", text, told))
        return {}
    return {name: said[word] for name, word in pairs}
