"""What a review decides for people whose light does nothing, and for people whom it helps.

Run: ``python validation/review_calls.py``. Each simulated person has diabetic polyneuropathy, a baseline of 4 or more
on measured days, and changes as people on sham do (`nervelight.evidence.sham_change`), with a true effect of light
added. Every session is given as planned and every day written down, with the plan kept with the tests; the days
scatter as in ``sham_calls.py``. What people say of their change is not printed by the trials: here they call a fall
by half much improved, by 10 % minimally improved, a rise by 10 % worse, and anything else no change, which is an
assumption. The day is that of gate 3. Prints a table; writes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections import Counter
from pathlib import Path

import numpy as np

from nervelight.evidence import sham_change
from nervelight.planning import Plan
from nervelight.planning.diary import DeliveredSession, Diary, DiaryDay
from nervelight.planning.review import review_course

PEOPLE = 2000
LEVEL, LEVELS, DAY = 6.0, 1.5, 1.2
BEFORE, COURSE_DAYS = 14, 26
PLAN = Path(__file__).parent.parent / "tests" / "golden" / "diabetic_feet.plan.json"
DECISIONS = ("continue", "adjust once", "stop", "refer", "mend first")


def plan() -> Plan:
    """Return the plan that is kept with the tests."""
    data = json.loads(PLAN.read_text(encoding="utf-8"))
    data["made"] |= {"nervelight": "0", "libraries": {}}
    return Plan.model_validate(data)


def diary(of: Plan, rng: np.random.Generator, level: float, change: float) -> Diary:
    """Return the diary of a person whose pain falls by `change` [points] over the course."""
    assert of.schedule is not None
    assert of.prescription is not None
    given = {each.date for each in of.schedule.sessions}
    start = min(given)
    end = of.schedule.gates[-1].date
    whole = DeliveredSession(
        fields=dict.fromkeys(of.prescription.fields, of.prescription.time_per_field_s), time=None, skin="fine"
    )
    days = []
    for number in range(-BEFORE, (end - start).days + 1):
        date = start + dt.timedelta(days=number)
        fallen = min(max(number / COURSE_DAYS, 0.0), 1.0)
        pain = float(np.clip(np.round(level - fallen * change + DAY * rng.standard_normal()), 0, 10))
        scores = {"nrs11": pain}
        if date == end:
            share = change / level
            felt = 2 if share >= 0.5 else 3 if share >= 0.1 else 4 if share > -0.1 else 5
            scores["pgic"] = float(felt)
        days.append(DiaryDay(row="", date=date, scores=scores, session=whole if date in given else None))
    return Diary(patient="Example A", days=tuple(days))


def calls(rng: np.random.Generator, effect: float) -> tuple[Counter[str], int]:
    """Return how often each decision was made, and how often a gain was called more than sham would explain."""
    of, found = plan(), sham_change("diabetic_polyneuropathy")
    decided: Counter[str] = Counter()
    more = 0
    while decided.total() < PEOPLE:
        level = rng.normal(LEVEL, LEVELS)
        # The printed spread is that of measured changes, so the error of the days is part of it.
        spread = math.sqrt(float(found.spread.at(rng.random())) ** 2 + found.between_trials**2 - 2 * DAY**2 / 7)
        change = found.mean + effect + spread * rng.standard_normal()
        person = diary(of, rng, float(np.clip(level, 0, 10)), float(change))
        before = [score for date, score in person.series("nrs11") if date < person.days[BEFORE].date]
        if np.mean(before) < 4:
            continue
        card = review_course(of, person)
        decided[card.decision] += 1
        more += bool(card.sham and card.sham.more_than_sham)
    return decided, more


def main() -> None:
    """Print the table."""
    rng = np.random.default_rng(1)
    print(f"{PEOPLE} people a row; simulation error at most ± {196 * math.sqrt(0.25 / PEOPLE):.1f} %")
    print("| True effect of light | Continue | Adjust once | Stop | Refer | More than sham would explain |")
    print("|---|---:|---:|---:|---:|---:|")
    for effect in (0.0, 1.0, 2.0):
        decided, more = calls(rng, effect)
        shares = [f"{100 * decided[name] / PEOPLE:.0f} %" for name in DECISIONS[:4]]
        assert decided["mend first"] == 0
        name = "none: sham alone" if effect == 0 else f"{effect:g} point{'s' if effect > 1 else ''}"
        print(f"| {name} | {' | '.join(shares)} | {100 * more / PEOPLE:.0f} % |")


if __name__ == "__main__":
    main()
