import os
from pathlib import Path

import pytest

from nervelight.populations import connect, prepare, read_cohort

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "populations" / "feet.yaml"


@pytest.fixture(scope="session")
def spec():
    read = read_cohort(EXAMPLE)
    return read.model_copy(update={"worlds": 8, "protocols": read.protocols[:2]})


@pytest.fixture(scope="session")
def arms(spec):
    return prepare(spec)


@pytest.fixture(scope="session")
def two_workers():
    """Two processes of this machine, started once for all tests that want them."""
    if os.environ.get("NERVELIGHT_REQUIRE_CLUSTER") != "1":
        pytest.importorskip("distributed")
    with connect(2) as client:
        yield client
