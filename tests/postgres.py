"""A PostgreSQL of its own for the tests: ``python tests/postgres.py pytest tests/record tests/web``.

Makes a cluster in a new folder, runs the command with NERVELIGHT_DATABASE_URL set to it, stops it and removes the
folder. It listens on a socket in that folder alone. Needs Debian's ``postgresql`` or ``initdb`` on the path.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

__all__ = ["cluster"]


def _programs() -> Path:
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if not versions:
        sys.exit("PostgreSQL is not installed: apt-get install postgresql")
    return versions[-1].parent


@contextmanager
def cluster(*settings: str) -> Iterator[str]:
    """Start a cluster, yield the URL of its database, and remove it."""
    programs = _programs()
    # PostgreSQL refuses to run as root.
    user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    # The name of a socket may not be longer than about a hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="nl-pg-", dir="/tmp"))
    data = folder / "data"
    if user:
        shutil.chown(folder, "postgres", "postgres")

    def run(program: str, *arguments: str) -> None:
        with (folder / "said").open("ab") as said:
            done = subprocess.run([*user, programs / program, *arguments], cwd=folder, stdout=said, stderr=said)
        if done.returncode:
            sys.exit((folder / "said").read_text())

    try:
        run("initdb", "--pgdata", str(data), "--auth=trust", "--username=nervelight", "--encoding=UTF8", "--locale=C")
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off {' '.join(settings)}"
        run("pg_ctl", "--pgdata", str(data), "--wait", "--log", str(folder / "log"), "--options", options, "start")
        try:
            yield f"postgres://nervelight@{str(folder).replace('/', '%2F')}/postgres"
        finally:
            run("pg_ctl", "--pgdata", str(data), "--mode=immediate", "stop")
    finally:
        shutil.rmtree(folder)


def _stop(*_: object) -> NoReturn:
    sys.exit(143)


if __name__ == "__main__":
    # Told to end, it takes the cluster with it.
    signal.signal(signal.SIGTERM, _stop)
    with cluster() as url:
        code = subprocess.run(sys.argv[1:], env={**os.environ, "NERVELIGHT_DATABASE_URL": url}, check=False).returncode
    sys.exit(code)
