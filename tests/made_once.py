"""Folders that take long to make, made by one worker for all of them."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

__all__ = ["MadeOnce", "made_once"]

MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """Return a folder by name, which the first who asks for it fills; the others wait meanwhile."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def get(name: str, fill: Callable[[Path], object]) -> Path:
        folder, done, busy = (shared / f"once-{name}{end}" for end in ("", ".done", ".busy"))
        while not done.exists():
            try:
                busy.touch(exist_ok=False)
            except FileExistsError:
                time.sleep(0.05)
                continue
            try:
                if not done.exists():
                    shutil.rmtree(folder, ignore_errors=True)
                    folder.mkdir()
                    fill(folder)
                    done.touch()
            finally:
                busy.unlink()
        return folder

    return get
