"""A cohort in pieces: each chunk of people is one task and one file, on this machine or on a cluster.

Dask carries the tasks. What is written does not depend on how many workers there are, on who computes what, or on
where a run was interrupted: a chunk that is there already, of the same cohort, is not computed again.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

from nervelight.documents import write_all
from nervelight.errors import Fault, InvalidInput
from nervelight.populations.arms import Arm
from nervelight.populations.cohort import BATCH, evaluate_people
from nervelight.populations.spec import CohortSpec
from nervelight.populations.tables import optional, parquet_bytes

__all__ = ["CHUNK", "Chunk", "Progress", "connect", "digest", "each_call", "run_cohort", "silent"]

CHUNK = 16 * BATCH
"""People of one task: some seconds of work, so that a lost worker costs no more."""
# Tasks that wait at the scheduler for each worker: enough to keep it busy, few enough for the memory of whoever writes.
WAITING = 3

# Dask has its workers give memory back at once, which costs a third of the time where arrays of some megabytes come and
# go; a worker of this machine keeps up to this much [bytes].
KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**28), "MALLOC_MMAP_THRESHOLD_": str(2**26)}
THREADS = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

Progress = Callable[[int, int], None]
"""Is told how much is done, of how much."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Chunk:
    """Persons `first` to ``first + count - 1``, and their file."""

    first: int
    count: int
    path: Path


def digest(spec: CohortSpec, arms: Sequence[Arm]) -> str:
    """Return the hash of all that a row depends on: the file, the light of lamps and trials, and this version."""
    found = hashlib.sha256(f"{importlib.metadata.version('nervelight')} {spec.sha256()}".encode())
    for arm in arms:
        held = [*arm.model.values(), *arm.lamp.values(), arm.shares, arm.conductivity, arm.target_fluence]
        for values in held:
            found.update(b"none" if values is None else np.ascontiguousarray(values).tobytes())
    return found.hexdigest()


def run_cohort(
    spec: CohortSpec,
    arms: Sequence[Arm],
    folder: Path,
    client: Any = None,
    *,
    chunk: int = CHUNK,
    progress: Progress | None = None,
) -> list[Path]:
    """Compute what is missing of a cohort.

    Parameters
    ----------
    spec : CohortSpec
    arms : sequence of Arm
        From :func:`nervelight.populations.prepare`.
    folder : Path
        Gets one file a chunk.
    client : distributed.Client, optional
        From :func:`connect`; without one the work is done here.
    chunk : int
        People of a task, a multiple of `BATCH`.
    progress : callable, optional
        Told how many people are done, of how many.

    Returns
    -------
    list of Path
        All files, by person.

    Raises
    ------
    InvalidInput
        If the folder holds another cohort, or more people of this one; if a worker has another version.
    MissingEngine
        Without pyarrow.
    """
    if chunk % BATCH:
        raise ValueError(f"the people of a chunk must be a multiple of {BATCH}, got {chunk}")
    key, total = digest(spec, arms), spec.people.count
    chunks = [
        Chunk(first, min(chunk, total - first), folder / f"part-{first:010d}.parquet")
        for first in range(0, total, chunk)
    ]
    missing = _missing(chunks, folder, key, total)
    done = total - sum(each.count for each in missing)
    tell = progress or silent
    tell(done, total)
    calls = [(spec, tuple(arms), key, each.first, each.count) for each in missing]
    for number, content in each_call(_chunk, calls, client):
        each = missing[number]
        write_all({each.path: content})
        done += each.count
        tell(done, total)
    return [each.path for each in chunks]


def silent(done: int, total: int) -> None:
    """Tell nobody."""


def _missing(chunks: Sequence[Chunk], folder: Path, key: str, total: int) -> list[Chunk]:
    """Return what is still to be computed; remove chunks of this very cohort that are cut otherwise."""
    wanted = {each.path: each for each in chunks}
    others, finished, cut_otherwise = [], set(), []
    most = 0
    for path in sorted(folder.glob("part-*.parquet")):
        told = _told(path)
        if told is None or told.get("sha256") != key:
            others.append(path.name)
            continue
        most = max(most, int(told["first"]) + int(told["count"]))
        if path in wanted and int(told["count"]) == wanted[path].count:
            finished.add(path)
        else:
            cut_otherwise.append(path)
    if others:
        allowed = "a folder without another cohort's results, or of another version"
        raise InvalidInput("call", [Fault("--output", str(folder), f"{allowed}: {', '.join(others[:3])}")])
    if most > total:
        # What may have taken hours is not removed for a smaller number.
        allowed = f"another folder, or a number of people not below the {most} that this one holds of the cohort"
        raise InvalidInput("call", [Fault("--output", str(folder), allowed)])
    for path in cut_otherwise:
        path.unlink()
    return [each for each in chunks if each.path not in finished]


def _told(path: Path) -> dict[str, str] | None:
    pq: Any = optional("pyarrow.parquet")
    try:
        held = pq.read_schema(path).metadata or {}
    except (OSError, ValueError):
        return None
    return {name.decode().removeprefix("nervelight_"): value.decode() for name, value in held.items()}


def each_call(
    work: Callable[..., Result], calls: Sequence[tuple[Any, ...]], client: Any = None
) -> Iterator[tuple[int, Result]]:
    """Yield the number of each call with its result, as they are done.

    Parameters
    ----------
    work : callable
        Whose result depends on its arguments alone.
    calls : sequence of tuple
        Arguments of each call.
    client : distributed.Client, optional
        From :func:`connect`; without one the work is done here, in order.
    """
    if client is None:
        yield from ((number, work(*call)) for number, call in enumerate(calls))
        return
    distributed: Any = optional("distributed")
    waiting = iter(enumerate(calls))
    running: dict[Any, int] = {}
    arriving = distributed.as_completed(loop=client.loop)

    def send() -> None:
        for number, call in waiting:
            future = client.submit(work, *call, pure=False)
            running[future.key] = number
            arriving.add(future)
            return

    for _ in range(WAITING * max(1, len(client.scheduler_info(n_workers=-1)["workers"]))):
        send()
    for future in arriving:
        try:
            result = future.result()
        except (distributed.KilledWorker, distributed.client.FutureCancelledError):
            told = "a scheduler that stays, and workers with 300 MB for a task; what is finished stays, call again"
            raise InvalidInput("call", [Fault("workers", "lost", told)]) from None
        number = running.pop(future.key)
        future.release()
        send()
        yield number, result


def _chunk(spec: CohortSpec, arms: tuple[Arm, ...], key: str, first: int, count: int) -> bytes:
    if digest(spec, arms) != key:
        told = f"the version of the call; this worker has {importlib.metadata.version('nervelight')}"
        raise InvalidInput("call", [Fault("--cluster", "another version on a worker", told)])
    # More threads of linear algebra would stand in each other's way, and could move the last bit.
    with threadpool_limits(1):
        columns = evaluate_people(spec, arms, first, count)
    return parquet_bytes(spec, columns, {"sha256": key, "first": str(first), "count": str(count)})


@contextmanager
def connect(workers: int | None = None, address: str | None = None) -> Iterator[Any]:
    """Give a client of a scheduler: one that exists already, or one of this machine with so many workers.

    Raises
    ------
    MissingEngine
        Without dask.distributed.
    InvalidInput
        If nobody answers at the address.
    """
    distributed: Any = optional("distributed")
    if address is not None:
        try:
            client = distributed.Client(address, timeout="10s", set_as_default=False)
        except (OSError, TimeoutError, ValueError) as problem:
            told = f"the address of a running scheduler, such as tcp://127.0.0.1:8786: {problem}"
            raise InvalidInput("call", [Fault("--cluster", address, told)]) from None
        with client:
            yield client
        return
    dask: Any = optional("dask")
    with (
        dask.config.set({"distributed.nanny.pre-spawn-environ": {**KEPT_MEMORY, **THREADS}}),
        distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
    ):
        yield client
