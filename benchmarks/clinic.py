"""How fast every page of the clinic is with 10,000 patients and 1,000,000 sessions: target 150 ms and 12 queries each.

Run: ``python benchmarks/clinic.py FOLDER`` for SQLite, ``python tests/postgres.py python benchmarks/clinic.py FOLDER``
for PostgreSQL; ``--patients 500`` for a smaller one. FOLDER is filled the first time (content encrypted, each entry in
the audit) and used again after that. Pages are asked for through Django's test client, in this process: every layer
but the socket. Medians of seven, after one that is not counted. All pages of the URL configuration are measured for
every role that may open them; what answers something else than a page is named.
"""

from __future__ import annotations

import argparse
import datetime as dt
import html
import itertools
import logging
import os
import random
import re
import resource
import statistics
import sys
import time
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.append(str(Path(__file__).parents[1] / "tests"))

RUNS, PATIENTS, SESSIONS, WEEKS, ACTIVE = 7, 10_000, 100, 12, 5
CHUNK = 200
# Stands for the id of the plan in contents that are packed once.
CASE = str(uuid.UUID(int=0)).encode()
LIMIT_MS, LIMIT_QUERIES = 150, 12
EXAMPLE = Path(__file__).parents[1] / "examples" / "diabetic_feet.yaml"
GIVEN = (
    "Anna",
    "Ben",
    "Carla",
    "David",
    "Elif",
    "Finn",
    "Greta",
    "Hakan",
    "Ida",
    "Jan",
    "Katja",
    "Leo",
    "Mira",
    "Noah",
    "Olga",
    "Paul",
    "Rosa",
    "Sven",
    "Tara",
    "Uwe",
)
FAMILY = (
    "Albers",
    "Bauer",
    "Celik",
    "Dorn",
    "Ebert",
    "Fuchs",
    "Graf",
    "Huber",
    "Issing",
    "Jansen",
    "Kaya",
    "Lang",
    "Maier",
    "Nagel",
    "Otto",
    "Peters",
    "Roth",
)
ROLES = ("clinician", "patient", "administrator")


def fill(patients: int) -> None:
    """Make the clinic: one course a patient, with plan, signature, sessions and weekly scores."""
    from nervelight.documents import read_yaml
    from nervelight.planning import make_plan
    from nervelight.record.models import Account, Clinic
    from store.make import LOGINS, PASSWORD, _plain

    clinic = Clinic.objects.create(name="Load", emergency_number="112", phone="1", time_zone="Europe/Berlin")
    new = Account.objects.create_user
    doctor = new(LOGINS["clinician"], PASSWORD, name="Dr B", role="clinician", clinic=clinic)
    new(LOGINS["administrator"], PASSWORD, name="A. Dmin", role="administrator", clinic=clinic)
    case, plan = _plain(read_yaml(EXAMPLE)), make_plan(EXAMPLE)
    begun, chain = time.perf_counter(), Chain(doctor)
    for first in range(0, patients, CHUNK):
        _chunk(range(first, min(first + CHUNK, patients)), clinic, doctor, case, plan, chain)
        done = min(first + CHUNK, patients)
        if done % 1000 == 0 or done == patients:
            print(f"  {done} patients, {done * SESSIONS} sessions, {time.perf_counter() - begun:.0f} s", flush=True)
    active = clinic.patients.filter(courses__state="signed").order_by("pk")[0]
    new(LOGINS["patient"], PASSWORD, role="patient", clinic=clinic, patient=active)


class Chain:
    """The end of the audit chain, for rows that are written in bulk."""

    def __init__(self, author: Any) -> None:
        from nervelight.record import audit

        self.author, (self.seq, self.last) = author, audit.head()

    def row(self, entry: Any) -> Any:
        """Return the row that tells of a new entry."""
        from nervelight.record import audit
        from nervelight.record.models import AuditRow

        self.seq += 1
        fields = (
            self.seq, entry.recorded_at, self.author.pk, self.author.role, f"write {entry.kind}", entry.patient_id,
            str(entry.pk), audit.entry_digest(entry), self.last,
        )  # fmt: skip
        self.last = audit.row_hash(*fields)
        names = ("seq", "at", "actor", "role", "action", "patient", "about", "digest", "previous")
        return AuditRow(**dict(zip(names, fields, strict=True)), hash=self.last)


def packed(content: Any, kind: str) -> bytes:
    """Return what is sealed of a content, as `keys.seal` packs it; contents that come again are packed once."""
    if kind in ("identity", "plan"):
        return unsealed(content.model_dump(mode="json", by_alias=True))
    known = (kind, content.model_dump_json())
    if known not in PACKED:
        PACKED[known] = unsealed(content.model_dump(mode="json", by_alias=True))
        # The id of the plan is put in afterwards, which compressed text does not allow.
        assert kind == "case" or PACKED[known][:1] == b"-"
    return PACKED[known]


PACKED: dict[Any, bytes] = {}


def unsealed(data: Any) -> bytes:
    """Seal with a key of no use, and take the seal off again."""
    from nervelight.record import keys

    key = bytes(keys.KEY)
    sealed = keys.seal(key, data, "")
    return AESGCM(key).decrypt(sealed[: keys.NONCE], sealed[keys.NONCE :], b"")


def _chunk(numbers: Iterable[int], clinic: Any, doctor: Any, case: Any, plan: Any, chain: Chain) -> None:
    import hashlib

    from django.db import transaction

    from nervelight.record import keys
    from nervelight.record.contents import CaseDraft, Identity, PlanVersion, Response, Signature, TaskText
    from nervelight.record.models import AuditRow, Course, Entry, NameToken, Patient, PersonKey, Task
    from store.make import session

    text = plan.to_json()
    sha = hashlib.sha256(text.encode()).hexdigest()
    # In order of their ids: rows of one person stand together, as they would after years.
    people, wrapped, tokens, courses, entries, tasks = [], [], [], [], [], []
    today = dt.date.today()
    for number in numbers:
        chance = random.Random(number)
        patient = Patient(clinic=clinic, synthetic=True)
        key = keys.new_person_key()
        opened = keys.unwrapped(key)
        course = Course(patient=patient, clinic=clinic)
        active = number % ACTIVE == 0
        start = today - dt.timedelta(days=SESSIONS - 1 if active else SESSIONS + 1 + chance.randrange(900))

        mine = uuid.uuid4()

        def add(
            content: Any,
            kind: str,
            day: dt.date,
            patient: Any = patient,
            course: Any = course,
            opened: bytes = opened,
            mine: uuid.UUID = mine,
            **more: Any,
        ) -> Any:
            at = dt.datetime.combine(day, dt.time(9), dt.UTC)
            entry = Entry(patient=patient, course=course, kind=kind, day=day, recorded_at=at, author=doctor, **more)
            place = f"{entry.patient_id}/{entry.pk}/{kind}"
            nonce = os.urandom(keys.NONCE)
            inside = packed(content, kind).replace(CASE, str(mine).encode())
            entry.content = nonce + AESGCM(opened).encrypt(nonce, inside, place.encode())
            entries.append(entry)
            return entry

        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}{chance.choice(('', 'mann', 'er'))}"
        add(Identity(name=name, number=f"N{number:05}"), "identity", start).course = None
        filed = add(CaseDraft(document=case), "case", start)
        made = add(PlanVersion(number=1, case=str(filed.pk), sha256=sha, plan=text), "plan", start, id=mine)
        add(Signature(plan=CASE.decode(), sha256=sha, by="Dr B", statement="Read."), "signature", start)
        for each in range(SESSIONS):
            given = session(CASE.decode(), after=chance.randrange(11))
            add(given, "session", start + dt.timedelta(days=each), key=f"s{each}")
        for week in range(WEEKS):
            answer = Response(instrument="nrs11", score=chance.randrange(11))
            add(answer, "response", start + dt.timedelta(days=7 * week))
        words = TaskText(text="Call.", owner="clinician", due=today, urgent=number % 50 == 0)
        asked = add(words, "task", start)
        tasks.append(
            Task(patient=patient, course=course, clinic=clinic, entry=asked, owner="clinician", due=today,
                 urgent=words.urgent, done=not active)
        )  # fmt: skip
        course.state = Course.State.SIGNED if active else Course.State.ENDED
        course.signed_plan, course.starts, course.last_logged = made, start, entries[-WEEKS - 2].day
        course.ends = start + dt.timedelta(days=SESSIONS)
        course.next_session = course.next_gate = today if active else None
        course.flags = int(active and words.urgent)
        people.append(patient)
        wrapped.append(PersonKey(patient=patient, wrapped=key))
        tokens += [NameToken(patient=patient, token=token) for token in keys.name_tokens(f"{name} N{number:05}")]
        courses.append(course)
    signed = {course.pk: course.signed_plan for course in courses}
    with transaction.atomic():
        Patient.objects.bulk_create(people)
        PersonKey.objects.bulk_create(wrapped)
        NameToken.objects.bulk_create(tokens)
        for course in courses:
            course.signed_plan = None
        Course.objects.bulk_create(courses)
        Entry.objects.bulk_create(entries)
        for course in courses:
            course.signed_plan = signed[course.pk]
        Course.objects.bulk_update(courses, ["signed_plan"])
        Task.objects.bulk_create(tasks)
        AuditRow.objects.bulk_create(chain.row(entry) for entry in entries)


def samples(role: str) -> dict[str, list[Any]]:
    """Return values for the parts of an address, by the name of the part; the first that gives a page is taken."""
    from nervelight.evidence import study_ids
    from nervelight.optics import device_ids
    from nervelight.record.models import Account, Course, Entry, Task
    from store.make import LOGINS

    del role
    patient = Account.objects.get(login=LOGINS["patient"]).patient
    kinds = ("session", "response", "identity", "case", "plan", "task")
    entry = [Entry.objects.filter(patient=patient, kind=kind).order_by("day").last().pk for kind in kinds]
    return {
        "patient": [patient.pk],
        "course": [Course.objects.get(patient=patient).pk],
        "entry": entry,
        "task": [Task.objects.get(patient=patient).pk],
        "number": [1],
        "other": [1],
        "instrument": ["nrs11", "peg"],
        "condition": ["diabetic_polyneuropathy"],
        "study": [study_ids()[0]],
        "lamp": [device_ids()[0]],
        "account": [Account.objects.get(login=LOGINS["patient"]).pk],
        "sheet": ["session"],
        "token": ["x" * 43],
    }


def addresses(known: dict[str, list[Any]]) -> Iterator[tuple[str, list[str]]]:
    """Yield each page's name with the addresses that may lead to it."""
    from django.urls import URLPattern, get_resolver, reverse

    def walk(patterns: Any, before: tuple[str, ...] = ()) -> Iterator[Any]:
        for each in patterns:
            parts = (*before, *each.pattern.converters)
            if isinstance(each, URLPattern):
                yield each, parts
            else:
                yield from walk(each.url_patterns, parts)

    for pattern, parts in walk(get_resolver().url_patterns):
        missing = [part for part in parts if part not in known]
        if pattern.name is None or missing:
            yield f"{pattern.name or pattern.pattern} (no sample of {', '.join(missing)})", []
            continue
        choices = itertools.product(*(known[part] for part in parts))
        yield pattern.name, [reverse(pattern.name, kwargs=dict(zip(parts, each, strict=True))) for each in choices]


def _timed(call: Any) -> tuple[float, float]:
    """Return medians [ms]: by the clock, and of this process's own work, which a busy machine does not lengthen."""
    clock, work = [], []
    for _ in range(RUNS):
        begun, own = time.perf_counter(), time.process_time()
        call()
        clock.append(1000 * (time.perf_counter() - begun))
        work.append(1000 * (time.process_time() - own))
    return statistics.median(clock), statistics.median(work)


def measure(role: str) -> Iterator[tuple[str, str, str, float, float, int, int]]:
    """Ask for every page as a role; yield name, address, what it answered, median [ms], queries and size."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from nervelight.record.models import Account
    from store.make import LOGINS

    logging.disable()
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.force_login(Account.objects.get(login=LOGINS[role]), "nervelight.web.accounts.backend.AccountBackend")
    for name, found in addresses(samples(role)):
        if name == "logout":
            continue
        answer, where = None, ""
        for where in found:
            answer = client.get(where)
            if answer.status_code == 200:
                break
        if answer is None or answer.status_code != 200:
            yield name, where, str(answer.status_code if answer else "-"), 0.0, 0.0, 0, 0
            continue
        times = _timed(lambda where=where: client.get(where))
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(where)
        size = sum(map(len, answer.streaming_content)) if answer.streaming else len(answer.content)
        yield name, where, "200", *times, len(asked), size


SERVICES = ("people found by name", "identities of 50", "current of a patient", "current of a course", "refresh",
            "a session recorded", "diary of a course", "audit head", "tasks open, first 50")  # fmt: skip


def services() -> Iterator[tuple[str, float, float, int]]:
    """Yield what the record's services take: name, median [ms], queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from nervelight.record import audit, courses, entries, people, reviews
    from nervelight.record.models import Account, Course, Patient, Task
    from store.make import LOGINS, session

    patient = Account.objects.get(login=LOGINS["patient"]).patient
    doctor = Account.objects.get(login=LOGINS["clinician"])
    course = Course.objects.select_related("patient__clinic", "clinic", "signed_plan").get(patient=patient)
    some = list(Patient.objects.values_list("pk", flat=True)[:50])
    plan = courses.signed_plan(course)
    calls = (
        lambda: people.found_by_name(course.clinic, "an ba"),
        lambda: people.identities(some),
        lambda: entries.opened_all(entries.current("session", "response", patient=patient)),
        lambda: entries.opened_all(entries.current("session", course=course)),
        lambda: courses.refresh(course),
        lambda: courses.record_session(
            course, session(str(course.signed_plan_id)), author=doctor, day=entries.today_at(course.clinic),
            key=uuid.uuid4().hex,
        ),
        lambda: reviews.diary_of(course, plan),
        lambda: audit.head(),
        lambda: list(Task.objects.filter(clinic=course.clinic, done=False).order_by("-urgent", "due")[:50]),
    )  # fmt: skip
    for name, call in zip(SERVICES, calls, strict=True):
        call()
        times = _timed(call)
        with CaptureQueriesContext(connection) as asked:
            call()
        yield name, *times, len(asked)


def previews() -> Iterator[tuple[str, float, float, int, int]]:
    """Yield what the live preview of a case answers in while its form changes: median [ms], queries, changes."""
    from urllib.parse import urlencode

    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext
    from django.urls import reverse
    from preview import changed, changes

    from nervelight.record import courses
    from nervelight.record.models import Account, Course
    from nervelight.web.plans.case_document import answers_of
    from nervelight.web.plans.warming import warm_up
    from store.make import LOGINS

    # As `nervelight serve` does when it starts.
    warm_up()
    client = Client(SERVER_NAME="localhost")
    client.force_login(Account.objects.get(login=LOGINS["clinician"]), "nervelight.web.accounts.backend.AccountBackend")
    course = Course.objects.get(patient=Account.objects.get(login=LOGINS["patient"]).patient_id)
    case = courses.case_of(course)
    first = case.content.document
    where = reverse("case_preview", args=[course.patient_id, course.pk])
    page = client.get(reverse("case", args=[course.patient_id, course.pk])).content.decode()
    shown = html.unescape(re.search('name="choices" value="([^"]*)"', page)[1])

    def ask(document: Any) -> Any:
        """Send the form as htmx sends it from the page that shows the first case."""
        form = {**answers_of(document), "known": str(case.entry.pk), "choices": shown}
        body = urlencode(form, doseq=True)
        answer = client.post(
            where, body, "application/x-www-form-urlencoded", headers={"HX-Request": "true"}
        )  # fmt: skip
        assert answer.status_code == 200
        return answer

    by_kind: dict[str, list[Any]] = {}
    for kind, document in changes(first):
        by_kind.setdefault(kind, []).append(document)
    by_kind["distance"] += [changed(first, "lamp", distance=f"{cm} cm") for cm in range(20, 47)]
    both: tuple[list[float], list[float]] = ([], [])
    assert b"Light on the skin" in ask(first).content
    for kind, documents in by_kind.items():
        times: tuple[list[float], list[float]] = ([], [])
        for document in documents:
            begun, own = time.perf_counter(), time.process_time()
            ask(document)
            times[0].append(1000 * (time.perf_counter() - begun))
            times[1].append(1000 * (time.process_time() - own))
        with CaptureQueriesContext(connection) as asked:
            ask(documents[-1])
        for every, these in zip(both, times, strict=True):
            every += these
        yield kind, *map(statistics.median, times), len(asked), len(documents)
    yield "all of these", *map(statistics.median, both), len(asked), len(both[0])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--patients", type=int, default=PATIENTS)
    parser.add_argument("--verify", action="store_true", help="Check the whole audit as well.")
    asked = parser.parse_args()
    os.environ["NERVELIGHT_DATA"] = str(asked.folder.resolve())
    from nervelight.record.home import prepare_home, start_django

    prepare_home()
    start_django()
    from django.db import connection

    from nervelight.record import audit
    from nervelight.record.models import Clinic, Entry
    from nervelight.record.upgrade import bring_up_to_date

    bring_up_to_date(print)
    if not Clinic.objects.exists():
        begun = time.perf_counter()
        fill(asked.patients)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        print(f"filled in {time.perf_counter() - begun:.0f} s")
    kinds = Entry.objects.filter(kind="session").count()
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print(f"{connection.vendor}: {kinds} sessions, {audit.head()[0]} rows of audit; {load}")
    if asked.verify:
        begun = time.perf_counter()
        assert list(audit.verify()) == []
        print(f"audit verified in {time.perf_counter() - begun:.0f} s")
    print(f"\n{'service of the record':34} {'ms':>8} {'own ms':>8} {'queries':>8}")
    for name, ms, own, count in services():
        print(f"{name:34} {ms:8.1f} {own:8.1f} {count:8}")
    print(f"\n{'live preview, changed':34} {'ms':>8} {'own ms':>8} {'queries':>8} {'changes':>8}")
    for name, ms, own, count, changes in previews():
        print(f"{name:34} {ms:8.1f} {own:8.1f} {count:8} {changes:8}")
    for role in ROLES:
        print(f"\n{'page as ' + role:34} {'ms':>8} {'own ms':>8} {'queries':>8} {'kB':>8}")
        for name, _, status, ms, own, count, size in measure(role):
            if status in ("403", "405"):
                continue
            if status != "200":
                print(f"{name:34} {status:>8}")
                continue
            over = " over the limit" if ms > LIMIT_MS or count > LIMIT_QUERIES else ""
            print(f"{name:34} {ms:8.1f} {own:8.1f} {count:8} {size / 1000:8.1f}{over}")
    print(f"\nmost memory of this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
