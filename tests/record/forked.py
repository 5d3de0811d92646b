"""Commands and programs in processes that begin with everything loaded that takes long to load.

The process is its own, with an environment of its own; what it does not repeat is the second or two of imports. That
commands start from nothing is tested where a server is started, and in the tests of the command line.
"""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

__all__ = ["run_forked"]

# Nothing of these reads settings or the environment when it is loaded.
LOADED = [
    "nervelight.cli.main",
    "nervelight.record.contents",
    "nervelight.report",
    "django.core.management",
    "django.forms",
]


def run_forked(
    arguments: Sequence[str], environment: Mapping[str, str], code: str | None = None, timeout: float = 300
) -> subprocess.CompletedProcess[str]:
    """Run a command of Nervelight, or a program that is given these arguments, to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    with tempfile.TemporaryDirectory() as folder:
        running = context.Process(target=_child, args=(folder, list(arguments), dict(environment), code))
        running.start()
        running.join(timeout)
        if running.exitcode is None:
            running.kill()
            running.join()
            raise subprocess.TimeoutExpired(list(arguments), timeout)
        out, err = ((Path(folder) / name).read_text("utf-8") for name in ("out", "err"))
        done = subprocess.CompletedProcess(list(arguments), running.exitcode, out, err)
        running.close()
    return done


def _child(folder: str, arguments: list[str], environment: dict[str, str], code: str | None) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for number, name in ((1, "out"), (2, "err")):
        with (Path(folder) / name).open("wb") as file:
            os.dup2(file.fileno(), number)
    sys.argv = ["nervelight", *arguments]
    if code is not None:
        exec(compile(code, "program", "exec"), {"__name__": "__main__"})
        return
    from nervelight.cli.main import main

    main()
