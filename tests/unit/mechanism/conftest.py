"""The optional libraries of the mechanism model: without them a test is skipped, or fails where CI requires engines."""

import importlib
import locale
import os

import pytest


def _required(*names: str) -> None:
    for name in names:
        try:
            importlib.import_module(name)
        except ImportError as problem:
            if os.environ.get("NERVELIGHT_REQUIRE_ENGINES"):
                pytest.fail(str(problem), pytrace=False)
            pytest.skip(str(problem))


@pytest.fixture(scope="session")
def integrator() -> None:
    """libRoadRunner and Antimony."""
    _required("antimony", "roadrunner")


@pytest.fixture(scope="session")
def copasi() -> None:
    """COPASI beside them, which leaves the process another character set when it is loaded."""
    before = locale.setlocale(locale.LC_ALL)
    _required("antimony", "roadrunner", "basico")
    locale.setlocale(locale.LC_ALL, before)
