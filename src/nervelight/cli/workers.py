"""Who does the work of a cohort or a trial, and how far it is."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import click

from nervelight.cli.tables import terminal
from nervelight.errors import Fault, InvalidInput

__all__ = ["Watch", "at_work", "processes_of", "simulation"]

Command = TypeVar("Command", bound=Callable[..., Any])


Watch = Callable[[str, int], Callable[[int, int], None]]
"""Begins a bar for so many of something; what it returns is told how much is done."""


def simulation(json_name: str, counted: str, least: int) -> Callable[[Command], Command]:
    """Give a command what a cohort and a trial have in common: a file, a folder, a number, and who does the work.

    Parameters
    ----------
    json_name : str
        What ``--json`` prints.
    counted : str
        Option that takes the place of the file's number.
    least : int
        The fewest that it may be.
    """
    folder = click.Path(path_type=Path, file_okay=False)
    parts = (
        click.argument("spec_file", metavar="SPEC.yaml", type=click.Path(path_type=Path)),
        click.option("-o", "--output", required=True, metavar="DIR", type=folder, help="Goes here."),
        click.option(
            counted, "count", type=click.IntRange(least), metavar="N", help="How many, instead of the file's."
        ),
        click.option(
            "--workers", default="auto", metavar="N", help="Processes of this machine; auto: one a processor."
        ),
        click.option("--cluster", metavar="ADDRESS", help="A running scheduler instead, such as tcp://HOST:8786."),
        click.option("--json", "as_json", is_flag=True, help=f"Print {json_name} instead of the summary."),
    )

    def give(command: Command) -> Command:
        for part in reversed(parts):
            command = part(command)
        return command

    return give


def processes_of(workers: str, cluster: str | None) -> int | None:
    """Return how many processes of this machine are wanted; of a cluster its own.

    Raises
    ------
    InvalidInput
        If the words are no number, or both are given.
    """
    faults = []
    if workers != "auto" and not (workers.isdigit() and int(workers) > 0):
        faults.append(Fault("--workers", workers, "a number of processes, or auto"))
    if workers != "auto" and cluster is not None:
        faults.append(Fault("--workers", workers, "nothing beside --cluster: a scheduler brings its own workers"))
    if faults:
        raise InvalidInput("call", faults)
    return os.cpu_count() if workers == "auto" else int(workers)


@contextmanager
def at_work(processes: int | None, cluster: str | None) -> Iterator[tuple[Any, Watch]]:
    """Give a client of Dask, and what begins a bar with rate and time left.

    Parameters
    ----------
    processes, cluster
        From :func:`processes_of`, and the address of a scheduler.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
    from rich.table import Column

    from nervelight.populations import connect

    console = terminal(stderr=True)
    bar = Progress(
        BarColumn(bar_width=20),
        TextColumn(
            "{task.completed:.0f} of {task.total:.0f} {task.description}{task.fields[rate]}",
            table_column=Column(no_wrap=True),
        ),
        TimeRemainingColumn(),
        console=console,
        # Whoever pipes is told nothing on the way.
        disable=not console.is_terminal,
    )
    with bar, connect(processes, cluster) as client:
        if cluster is not None and client is not None and not client.scheduler_info(n_workers=-1)["workers"]:
            console.print("The scheduler has no worker yet: waiting for one.", style="dim")

        def watch(what: str, total: int) -> Callable[[int, int], None]:
            task = bar.add_task(what, total=total, rate="")

            def progress(done: int, total: int) -> None:
                bar.update(task, completed=done, total=total)
                speed = next(each.speed for each in bar.tasks if each.id == task)
                bar.update(task, rate=f", {speed:.0f} a second" if speed and math.isfinite(speed) else "")

            return progress

        yield client, watch
