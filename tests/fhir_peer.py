"""A server on this machine that gives the answers it is told to give."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

__all__ = ["FHIR", "Peer", "Reply", "outcome", "peer", "response"]

Reply = tuple[int, dict[str, str], bytes]
FHIR = {"Content-Type": "application/fhir+json"}


class Peer:
    """A server with the answers that it will give, and the requests that it got."""

    def __init__(self) -> None:
        self.replies: list[Reply | float] = []
        self.got: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""

    def answers(self, *replies: Reply | float) -> None:
        self.replies = list(replies)


@pytest.fixture
def peer() -> Iterator[Peer]:
    found = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, dict(self.headers), json.loads(text)))
            reply = found.replies.pop(0) if len(found.replies) > 1 else found.replies[0]
            if isinstance(reply, float):
                time.sleep(reply)
                return
            status, headers, body = reply
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_address[1]}/fhir"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def outcome(text: str) -> dict[str, Any]:
    issue = {"severity": "error", "code": "invalid", "diagnostics": text, "expression": ["Patient.birthDate"]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def response(*statuses: str, text: str = "") -> Reply:
    entries = [
        {"response": {"status": status, **({"outcome": outcome(text)} if text and status[0] != "2" else {})}}
        for status in statuses
    ]
    body = {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}
    return 200, FHIR, json.dumps(body).encode()
