"""Finding an engine on this machine, and running it."""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import importlib
import importlib.util
import io
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import MissingEngine, UnknownName, ValidityError

__all__ = ["Engine", "load_engine", "run_batches"]

# Light takes this long [s] for 21 m of tissue; it leaves a hand or is absorbed long before.
_TIME_WINDOW = 1e-7
_LOG_LINES = 15
_OPENCL = (
    "It needs an OpenCL driver{also}: on Debian and Ubuntu 'apt install pocl-opencl-icd' for the processor; "
    "for a graphics card, its maker's driver."
)
# What each engine is installed with, and what it needs besides.
_ENGINES = {
    "pmmc": ("mesh", _OPENCL.format(also=", although it computes on the processor without one")),
    "pmcxcl": ("voxels", _OPENCL.format(also="")),
    "pmcx": ("cuda", "It needs an NVIDIA graphics card and its driver."),
}


@dataclass(frozen=True)
class Engine:
    """An engine that is ready to run.

    Parameters
    ----------
    module : module
        The engine's Python module.
    name : str
        Name, version and device.
    """

    module: ModuleType
    name: str


def load_engine(name: str) -> Engine:
    """Return an engine, once it and what it needs were found on this machine.

    Parameters
    ----------
    name : str
        ``pmmc``, ``pmcx`` or ``pmcxcl``. No engine stands in for another.

    Returns
    -------
    Engine
        With the first device that it lists.

    Raises
    ------
    UnknownName
        If there is no such engine.
    MissingEngine
        If it is not installed, does not load or finds no device; the message says what to install.
    """
    if name not in _ENGINES:
        raise UnknownName("engine", name, tuple(_ENGINES))
    extra, needs = _ENGINES[name]
    if importlib.util.find_spec(name) is None:
        raise MissingEngine(f"engine {name} is not installed: pip install 'nervelight[{extra}]'. {needs}")
    if name == "pmcxcl":
        _share_cpp_runtime()
    with _engine_output():
        module = importlib.import_module(name)
    # The packages print and go on when their compiled part does not load.
    if not hasattr(module, "run"):
        raise MissingEngine(f"engine {name} is installed, but its compiled part does not load here. {needs}")
    try:
        with _engine_output():
            devices = module.gpuinfo()
    except RuntimeError as problem:
        raise MissingEngine(f"engine {name} finds no device ({problem}). {needs}") from problem
    if not devices:
        raise MissingEngine(f"engine {name} finds no device. {needs}")
    device = "the processor" if name == "pmmc" else devices[0]["name"]
    return Engine(module, f"{name} {module.__version__} on {device}")


def run_batches(
    engine: Engine, config: Mapping[str, Any], *, photons: int, repeats: int, seed: int
) -> tuple[NDArray[np.float32], int]:
    """Run an engine several times, each with random numbers of its own.

    Parameters
    ----------
    engine : Engine
        What runs.
    config : mapping
        The engine's own settings, without the number of photons, the seed and the time window.
    photons : int
        Photons in all repeats together, at least one each.
    repeats : int
        Independent repeats, at least two.
    seed : int
        Seed of all random numbers; not negative.

    Returns
    -------
    flux : ndarray, shape (repeats, X, Y, Z)
        What the engine scored, as it gives it.
    launched : int
        Photons of each repeat.

    Raises
    ------
    ValidityError
        If a number does not fit.
    """
    if repeats < 2 or photons < repeats:
        raise ValidityError(f"needs 2 repeats or more and a photon for each, got {photons} photons, {repeats} repeats")
    if seed < 0:
        raise ValidityError(f"seed must not be negative, got {seed}")
    # The engines read seeds as positive 32-bit integers; 0 and -1 have meanings of their own.
    seeds = 1 + np.random.SeedSequence(seed).generate_state(repeats) % (2**31 - 2)
    launched = photons // repeats
    window = {"tstart": 0, "tend": _TIME_WINDOW, "tstep": _TIME_WINDOW}
    found = np.empty((0,), dtype=np.float32)
    for repeat, own in enumerate(seeds.tolist()):
        with _engine_output():
            flux = engine.module.run({**config, **window, "nphoton": launched, "seed": own})["flux"]
        if repeat == 0:
            found = np.empty((repeats, *flux.shape[:3]), dtype=np.float32)
        found[repeat] = flux.reshape(flux.shape[:3])
    return found, launched


@contextlib.contextmanager
def _engine_output() -> Iterator[None]:
    """Keep what an engine prints from the terminal; its last lines are added to an error that leaves it."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), _file_descriptors() as log:
        try:
            yield
        except RuntimeError as problem:
            lines = [*printed.getvalue().splitlines(), *log()]
            problem.add_note("\n".join(["the engine printed:", *lines[-_LOG_LINES:]]))
            raise


@contextlib.contextmanager
def _file_descriptors() -> Iterator[Callable[[], list[str]]]:
    """Redirect the standard files below Python, where the engines' C parts write; yield a reader of the lines."""
    if os.name != "posix":
        yield list
        return
    c_library = ctypes.CDLL(None)
    with tempfile.TemporaryFile() as log:

        def read() -> list[str]:
            c_library.fflush(None)
            log.seek(0)
            return log.read().decode(errors="replace").splitlines()

        for stream in (sys.__stdout__, sys.__stderr__):
            if stream is not None:
                stream.flush()
        kept = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
        try:
            for descriptor in kept:
                os.dup2(log.fileno(), descriptor)
            yield read
        finally:
            c_library.fflush(None)
            for descriptor, copy in kept.items():
                os.dup2(copy, descriptor)
                os.close(copy)


def _share_cpp_runtime() -> None:
    """Load the machine's C++ runtime before pmcxcl brings its own, with which the compiler inside pocl fails."""
    if sys.platform == "linux" and (library := ctypes.util.find_library("stdc++")):
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
