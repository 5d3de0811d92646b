from pathlib import Path

import pytest

from nervelight.populations import prepare, read_cohort

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "populations" / "feet.yaml"


@pytest.fixture(scope="session")
def spec():
    read = read_cohort(EXAMPLE)
    return read.model_copy(update={"worlds": 8, "protocols": read.protocols[:2]})


@pytest.fixture(scope="session")
def arms(spec):
    return prepare(spec)
