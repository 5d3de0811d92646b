"""No page asks the database more than 12 times: every address of the URL configuration, for whoever may open it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from nervelight.record import courses
from nervelight.record.contents import Response
from nervelight.record.entries import write
from web.test_matrix import NAMES, PAGES, WORDS, address_of, everybody, things

__all__ = ["everybody", "things"]

MOST = 12
FIRST = dt.date(2026, 8, 3)


def asked(client: Client, address: str) -> tuple[int, list[str]]:
    """What a page answers, and what it asks the database."""
    with CaptureQueriesContext(connection) as found:
        answer = client.get(address)
    return answer.status_code, [query["sql"] for query in found]


@pytest.mark.slow
def test_no_page_asks_the_database_more_than_12_times(course, clinician, session, everybody, things):
    for number in range(1, 20):
        day = FIRST + dt.timedelta(days=number)
        courses.record_session(course, session, author=clinician, day=day)
        if number % 7 == 0:
            score = Response(instrument="nrs11", score=5)
            write(score, patient=course.patient, course=course, author=clinician, day=day)
    # Drawn and reviewed once, as for whoever made plan and entry.
    pages, over = dict.fromkeys(everybody.own, 0), []
    for name, variables in NAMES:
        row = PAGES[name]
        if row.get("method", "get") != "get" or name == "logout":
            continue
        address = address_of(name, variables, things)
        for who in sorted(everybody.own & set().union(*(WORDS.get(each, {each}) for each in row["who"]))):
            client = everybody.client(who)
            client.get(address)
            status, queries = asked(client, address)
            pages[who] += status == 200
            if len(queries) > MOST:
                over.append(
                    f"{name} as {who}: {len(queries)} queries\n  " + "\n  ".join(each[:160] for each in queries)
                )
    assert not over, "\n".join(over)
    assert pages["clinician"] > 30 and pages["patient"] > 12 and pages["administrator"] > 12, pages
