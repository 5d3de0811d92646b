"""Many who write at once: the chain has no gap and no fork, nobody waits for ever, nobody is told "locked"."""

from __future__ import annotations

import pytest

from record.places import ENGINES, need_postgres, places

__all__ = ["places"]

# Real processes, which take their time.
pytestmark = pytest.mark.slow

WRITERS, ROUNDS = 8, 12
# All that takes more than one lock, in different orders: sessions, plans, tasks, reads, an erasure in the middle.
WRITE = """
from nervelight.record import audit, courses, people, tasks
from nervelight.record.contents import Identity, TaskText
from nervelight.record.models import *
from store.make import FIRST, session
author = Account.objects.get(login="doctor")
course = Course.objects.select_related("patient__clinic", "clinic").get(pk=sys.argv[1])
plan = courses.plans_of(course)[0]
case = courses.case_of(course).entry
me, rounds = int(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
for number in range(rounds):
    courses.record_session(
        course, session(str(course.signed_plan_id), after=me), author=author, day=FIRST, key=f"{me}-{number}")
    courses.record_session(
        course, session(str(course.signed_plan_id), after=5), author=author, day=FIRST, key=f"all-{number}")
    audit.append("read", actor=author, patient=course.patient.pk, about="course")
    if number % 4 == me % 4:
        courses.add_plan(course, courses.plan_of(plan), case=case, author=author)
        text = TaskText(text="Call.", owner="clinician", due=FIRST, urgent=True)
        task = tasks.add_task(text, patient=course.patient, course=course, author=author)
        tasks.finish_task(task, text.model_copy(update={"state": "done"}), author=author)
    if number == rounds // 2:
        people.erase(people.add_patient(course.clinic, Identity(name="Somebody"), author=author), author=author)
print("done")
"""
STATE = """
from nervelight.record import audit, courses
from nervelight.record.models import *
course = Course.objects.get(pk=sys.argv[1])
numbers = [each.content.number for each in courses.plans_of(course)]
print(json.dumps({
    "faults": [str(each) for each in audit.verify()],
    "rows": AuditRow.objects.count(), "last": audit.head()[0], "numbers": numbers, "flags": course.flags,
    "keys": list(Entry.objects.filter(kind="session", key__isnull=False).values_list("key", flat=True)),
}))
"""


@pytest.mark.parametrize("engine", ENGINES)
def test_eight_who_write_at_once_lose_nothing_double_nothing_and_do_not_block_each_other(places, engine):
    if engine == "postgresql":
        need_postgres()
    place = places.new(engine)
    course = place.ids["course"]
    writers = [place.python(WRITE, course, str(me), str(ROUNDS)) for me in range(WRITERS)]
    for writer in writers:
        assert writer.stdout.readline() == "ready\n", writer.stderr.read()
    for writer in writers:
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        _, err = writer.communicate(timeout=300)
        assert writer.returncode == 0, err
    state = place.ask(STATE, course)
    assert state["faults"] == []
    assert state["rows"] == state["last"]
    assert state["numbers"] == list(range(1, len(state["numbers"]) + 1))
    assert state["flags"] == 0
    own = {f"{me}-{number}" for me in range(WRITERS) for number in range(ROUNDS)}
    shared = {f"all-{number}" for number in range(ROUNDS)}
    sent = [key for key in state["keys"] if not key.startswith("session-")]
    assert sorted(sent) == sorted(own | shared)
