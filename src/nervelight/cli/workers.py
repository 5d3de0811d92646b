"""Who does the work of a cohort or a trial, and how far it is."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from nervelight.cli.tables import terminal
from nervelight.errors import Fault, InvalidInput

__all__ = ["at_work", "processes_of", "worker_options"]

Command = TypeVar("Command", bound=Callable[..., Any])


def worker_options(command: Command) -> Command:
    """Give a command the options that say who does the work."""
    for option in (
        click.option("--cluster", metavar="ADDRESS", help="A running scheduler instead, such as tcp://HOST:8786."),
        click.option(
            "--workers", default="auto", metavar="N", help="Processes of this machine; auto: one a processor."
        ),
    ):
        command = option(command)
    return command


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
def at_work(
    processes: int | None, cluster: str | None, name: str, what: str, total: int
) -> Iterator[tuple[Any, Callable[[int, int], None]]]:
    """Give a client of Dask, and what is to be told how much is done: a bar with rate and time left.

    Parameters
    ----------
    processes, cluster
        From :func:`processes_of`, and the address of a scheduler.
    name : str
        Of the bar.
    what : str
        What is counted.
    total : int
        How much there is to do.
    """
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from nervelight.populations import connect

    console = terminal(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} " + what + "{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        # Whoever pipes is told nothing on the way.
        disable=not console.is_terminal,
    )
    with bar, connect(processes, cluster) as client:
        task = bar.add_task(name, total=total, rate="")

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            speed = bar.tasks[0].speed
            bar.update(task, rate=f", {speed:.0f} a second" if speed and math.isfinite(speed) else "")

        yield client, progress
