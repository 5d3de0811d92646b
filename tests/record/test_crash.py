"""A power cut while 200 sessions are being sent: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from record.places import ENGINES, Browser, Place, need_postgres, places

__all__ = ["places"]

# Real processes, which take their time.
pytestmark = pytest.mark.slow

SESSIONS, KILLED_AFTER, SENDERS = 200, 60, 16
FIRST = dt.date(2026, 8, 10)


def send(browser: Browser, plan: str, number: int) -> tuple[int, str]:
    """Send a session as a phone does."""
    day = FIRST + dt.timedelta(days=number % 25)
    seconds = {"left sole": 105.0, "right sole": 105.0}
    body = {
        "key": f"outbox-{number:04}", "plan": plan, "day": day.isoformat(), "seconds": seconds, "distance_mm": 305.0,
        "site_checked": True, "eyes_protected": True, "skin": "fine", "before": 7.0, "after": float(number % 11),
    }  # fmt: skip
    return browser.send_json("/me/api/sessions/", body)


def send_all(port: int, plan: str) -> tuple[dict[int, str], threading.Event, list[int]]:
    """Send all sessions from many connections at once; return who was acknowledged as what, and other statuses."""
    browser = Browser(port)
    browser.log_in("patient")
    acknowledged: dict[int, str] = {}
    others: list[int] = []
    enough = threading.Event()

    def one(number: int) -> None:
        mine = Browser(port)
        mine.cookies = browser.cookies
        try:
            status, text = send(mine, plan, number)
        except (OSError, http.client.HTTPException):
            return  # The server is gone, or went before it answered.
        if status == 201:
            acknowledged[number] = json.loads(text)["entry"]
        else:
            others.append(status)
        if len(acknowledged) >= KILLED_AFTER:
            enough.set()

    pool = ThreadPoolExecutor(SENDERS)
    for number in range(SESSIONS):
        pool.submit(one, number)
    pool.shutdown(wait=False)
    threading.Thread(target=lambda: (pool.shutdown(wait=True), enough.set())).start()
    return acknowledged, enough, others


def wait_for_all(acknowledged: dict[int, str], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while len(acknowledged) < SESSIONS and time.monotonic() < end:
        time.sleep(0.05)


def sessions_in(place: Place) -> dict[str, str]:
    """Return the id of each session that was sent, by its key."""
    return place.ask(
        "from nervelight.record.models import Entry\n"
        "rows = Entry.objects.filter(key__startswith='outbox-').values_list('key', 'id')\n"
        "print(json.dumps([[key, str(id)] for key, id in rows]))"
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_power_cut_loses_nothing_that_was_acknowledged_and_doubles_nothing(places, engine):
    if engine == "postgresql":
        need_postgres()
    place = places.new(engine)
    with place.served() as server:
        acknowledged, enough, others = send_all(server.port, place.ids["plan"])
        assert enough.wait(120)
        server.kill()
    assert KILLED_AFTER <= len(acknowledged) < SESSIONS
    assert others == []

    rows = sessions_in(place)
    kept = dict(rows)
    assert len(rows) == len(kept)
    assert {f"outbox-{number:04}": entry for number, entry in acknowledged.items()}.items() <= kept.items()

    before = dict(acknowledged)
    with place.served() as server:
        again, _, others = send_all(server.port, place.ids["plan"])
        wait_for_all(again)
    assert others == []
    assert len(again) == SESSIONS
    assert before.items() <= again.items()
    assert kept.items() <= dict(sessions_in(place)).items()
    assert len(sessions_in(place)) == SESSIONS
    done = place.run("audit", "verify")
    assert done.returncode == 0, done.stdout
