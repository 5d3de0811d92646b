"""Who may open which page: every address of the URL configuration, tried by everybody, against ``access.yaml``."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, include, path, re_path, reverse
from django_otp.plugins.otp_totp.models import TOTPDevice

from nervelight.record import courses, entries, people, reviews, tasks
from nervelight.record.contents import Decision, FiledDocument, Identity, TaskText
from nervelight.record.invitations import invite
from nervelight.record.models import Account, Clinic, Course, Entry, Patient
from nervelight.web.accounts.backend import BACKEND

TABLE = yaml.safe_load((Path(__file__).parent / "access.yaml").read_text())
PAGES: dict[str, dict[str, Any]] = TABLE["pages"]
ROLES = {"clinician", "patient", "administrator"}
WORDS = {"anybody": {"anonymous", *ROLES}, "nobody": set()}
# What stands in an address where the table says nothing else; the rest comes from `things`.
USUAL = {
    "number": 1, "other": 2, "instrument": "nrs11", "condition": "diabetic_polyneuropathy", "study": "alayat2014",
    "lamp": "bestqool_pro300", "sheet": "session",
}  # fmt: skip
# What belongs to one person or clinic: refused to all others.
OWNED = {"patient", "course", "entry", "task", "account"}


def addresses(patterns: Any = None, space: str = "") -> Iterator[tuple[str, frozenset[str]]]:
    """Every address of the configuration: its name with its name spaces, and what stands in it."""
    for each in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(each, URLResolver):
            inner = f"{space}{each.namespace}:" if each.namespace else space
            own = frozenset(_variables(each))
            for name, variables in addresses(each.url_patterns, inner):
                yield name, variables | own
        else:
            assert isinstance(each, URLPattern)
            yield (
                (f"{space}{each.name}" if each.name else f"without a name: {each.pattern}"),
                frozenset(_variables(each)),
            )


def _variables(each: URLPattern | URLResolver) -> set[str]:
    return {*getattr(each.pattern, "converters", {}), *each.pattern.regex.groupindex}


NAMES = sorted(set(addresses()))


def unlisted(names: Iterator[tuple[str, frozenset[str]]] | list[tuple[str, frozenset[str]]]) -> set[str]:
    return {name for name, _ in names} - set(PAGES)


def test_every_page_is_in_the_table():
    assert unlisted(NAMES) == set()


def test_every_row_of_the_table_is_understood():
    for name, row in PAGES.items():
        assert set(row) <= {"who", "method", "kwargs", "of"}, name
        assert set(row["who"]) <= ROLES | set(WORDS), name
        assert row.get("method", "get") in ("get", "post"), name


def test_every_row_of_the_table_has_its_page():
    stale = set(PAGES) - {name for name, _ in NAMES}
    if TABLE["stale_rows_fail"]:
        assert stale == set()
    # The frame's own pages are there in any case.
    assert not stale & {"home", "login", "logout", "account", "clinic", "audit", "erase"}


class Everybody:
    """Who tries: by name, the role and the clinic they are of."""

    def __init__(self, course: Course, clinician: Account) -> None:
        clinic, make = course.clinic, Account.objects.create_user
        elsewhere = Clinic.objects.create(
            name="Other clinic", emergency_number="999", phone="+44 20 1", time_zone="Europe/London"
        )
        stranger = make("stranger", None, name="S", role="clinician", clinic=elsewhere)
        other = people.add_patient(clinic, Identity(name="Other Person"), author=clinician)
        foreign = people.add_patient(elsewhere, Identity(name="Foreign Person"), author=stranger)
        self.accounts: dict[str, Account | None] = {
            "anonymous": None,
            "clinician": clinician,
            "clinician of another clinic": stranger,
            "patient": make("p-own", None, role="patient", clinic=clinic, patient=course.patient),
            "another patient": make("p-other", None, role="patient", clinic=clinic, patient=other),
            "patient of another clinic": make("p-foreign", None, role="patient", clinic=elsewhere, patient=foreign),
            "administrator": make("boss", "made a password", role="administrator", clinic=clinic),
            "administrator of another clinic": make("chief", "made a password", role="administrator", clinic=elsewhere),
        }
        self.own = {"clinician", "patient", "administrator"}

    def client(self, who: str) -> Client:
        client, account = Client(raise_request_exception=False), self.accounts[who]
        if account is not None:
            client.force_login(account, backend=BACKEND)
        return client

    def role(self, who: str) -> str:
        account = self.accounts[who]
        return account.role if account else "anonymous"


@pytest.fixture
def everybody(course: Course, clinician: Account) -> Everybody:
    return Everybody(course, clinician)


@pytest.fixture
def things(
    course: Course, clinician: Account, session: Any, everybody: Everybody, example_plans: Any
) -> dict[str, Any]:
    """What can stand in an address; entries by their kind."""
    author, patient = clinician, course.patient
    written = courses.record_session(course, session, author=author, day=dt.date(2026, 8, 3))
    # The same plan again would be no other version.
    again = example_plans["diabetic_feet"].model_copy(update={"title": "Second version"})
    courses.add_plan(course, again, case=courses.case_of(course).entry, author=author)
    filed = FiledDocument(name="Letter", media_type="text/plain", base64="TGV0dGVy")
    entries.write(filed, patient=patient, author=author, day=dt.date(2026, 8, 3))
    todo = TaskText(text="Call", due=dt.date(2026, 8, 4), owner="clinician")
    known = {entry.kind: entry.pk for entry in Entry.objects.filter(patient=patient)}
    return {
        **known,
        **USUAL,
        "patient": patient.pk,
        "course": course.pk,
        "entry": written.pk,
        "task": tasks.add_task(todo, patient=patient, course=course, author=author).pk,
        "account": clinician.pk,
        "token": invite(clinician, made_by=None),
        # Made where an address wants one: a review takes its time.
        "review": lambda: _card(course, author),
    }


def _card(course: Course, author: Account) -> uuid.UUID:
    made = reviews.review(course, on=dt.date(2026, 8, 4))
    said = Decision(review="", word="reject", decision=None, by="Dr B", reason="not now")
    decided = reviews.decide(course, made, said, author=author)
    return uuid.UUID(entries.opened(decided, Decision).review)


def address_of(name: str, variables: frozenset[str], things: dict[str, Any]) -> str:
    chosen = PAGES[name].get("kwargs", {})
    found = {each: things.get(chosen.get(each, each), chosen.get(each)) for each in variables}
    return reverse(name, kwargs={each: thing() if callable(thing) else thing for each, thing in found.items()})


def opened(client: Client, method: str, address: str) -> bool:
    """Whether the answer is the page's own, and not a refusal."""
    with transaction.atomic():
        answer: Any = getattr(client, method)(address)
        assert answer.status_code < 500, f"{method} {address}"
        transaction.set_rollback(True)
    led_away = answer.status_code == 302 and answer.headers["Location"].startswith(("/login/?", "/login/code/?"))
    return answer.status_code not in (401, 403, 404) and not led_away


# The first page leads to pages that may still be missing.
TRIED = [each for each in NAMES if each[0] != "home" or TABLE["stale_rows_fail"]]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "variables"), TRIED, ids=[name for name, _ in TRIED])
def test_a_page_opens_to_whom_the_table_says_and_to_nobody_else(name, variables, everybody, things):
    row = PAGES[name]
    allowed = set().union(*(WORDS.get(who, {who}) for who in row["who"]))
    address = address_of(name, variables, things)
    for who in everybody.accounts:
        mine = who in everybody.own or not variables & OWNED
        if everybody.role(who) in allowed and mine:
            if row.get("of") == "course" and who not in everybody.own:
                continue  # whoever has no course has nothing there, or an empty page
            assert opened(everybody.client(who), row.get("method", "get"), address), f"{name} is refused to {who}"
        else:
            for method in ("get", "post"):
                assert not opened(everybody.client(who), method, address), f"{name} opens to {who} by {method}"
    if name == "code" or "anybody" in row["who"]:
        return
    for who in everybody.own:
        TOTPDevice.objects.create(user=everybody.accounts[who], name="app", confirmed=True)
        for method in ("get", "post"):
            assert not opened(everybody.client(who), method, address), f"{name} opens to {who} before the code"


def test_what_is_erased_is_closed_to_the_patient(everybody, things):
    people.erase(Patient.objects.get(pk=things["patient"]), author=None)
    assert not opened(everybody.client("patient"), "get", "/account/")


def test_a_page_that_nobody_listed_is_found():
    def view(_request: Any, **_: Any) -> HttpResponse:
        return HttpResponse()

    inner = [path("<int:account>/", view, name="forgotten"), re_path(r"^(?P<entry>\d+)/$", view)]
    added = [path("people/<uuid:patient>/", include((inner, "more"))), path("work/", view, name="work")]
    found = dict(addresses(added))
    assert found["more:forgotten"] == {"patient", "account"}
    assert found[r"without a name: ^(?P<entry>\d+)/$"] == {"patient", "entry"}
    assert unlisted(list(found.items())) == set(found) - {"work"}
