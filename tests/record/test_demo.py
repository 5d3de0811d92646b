"""The demonstration: ten made-up people, each at another point of the course."""

from __future__ import annotations

from collections import Counter

import pytest

from nervelight.record import audit, people
from nervelight.record.demo import load_demo
from nervelight.record.entries import current, today_at
from nervelight.record.models import Account, Clinic, Course, Patient, Task


@pytest.mark.django_db
@pytest.mark.slow
def test_ten_people_stand_at_different_points_and_none_could_be_taken_for_real():
    told = []
    loaded = load_demo(lambda done, of: told.append((done, of)), password="a long password", draws=16)
    assert told[-1] == (10, 10)
    assert loaded.people == 10
    assert Patient.objects.filter(synthetic=True).count() == Patient.objects.count() == 10
    assert {
        identity.name.split()[1]
        for identity in people.identities(Patient.objects.values_list("pk", flat=True)).values()
    } == {"Demo"}
    assert Counter(Course.objects.values_list("state", flat=True)) == {
        "draft": 1,
        "planned": 2,
        "signed": 6,
        "ended": 1,
    }
    assert Task.objects.filter(urgent=True, done=False).count() == 1
    patient = Account.objects.get(role="patient").patient
    assert Course.objects.get(patient=patient).next_session == today_at(Clinic.objects.get())
    assert len({entry.course_id for entry in current("decision")}) == 2
    assert list(audit.verify()) == []
    with pytest.raises(RuntimeError, match="one of its own"):
        load_demo()
