"""What the assessment leaves open: what was not asked, what is positive, what cannot be judged."""

from __future__ import annotations

from collections.abc import Iterator

from nervelight.assessment import Screened, in_unit, instrument
from nervelight.planning.assess import Assessment
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding
from nervelight.planning.words import day, joined

__all__ = ["assessment_findings"]

# Sites at which a test of the foot says whether heat is felt.
FOOT_SITES = frozenset({"plantar_foot", "dorsal_foot", "medial_ankle"})


def assessment_findings(case: Case, assessed: Assessment) -> list[Finding]:
    """Return what the screening, the readings and the goals of a case ask for."""
    return [*_screening(assessed), *_items(assessed), *_readings(case, assessed), *_goals(assessed)]


def _screening(assessed: Assessment) -> Iterator[Finding]:
    missing = [found for found in assessed.screening if found.state == "not asked"]
    if missing:
        yield Finding(
            id="screening.missing",
            level="note",
            title=f"Not screened for {joined([found.label for found in missing])}",
            text=" ".join(
                f"{found.next_step} Last: {_told(found)}." if found.instrument_id else found.next_step
                for found in missing
            ),
            value="not asked",
            sources=tuple(dict.fromkeys(key for found in missing for key in found.sources)),
        )
    for found in assessed.screening:
        if found.state in ("positive", "ask the long form"):
            long_form = found.state == "positive"
            yield Finding(
                id=f"screening.{found.area}",
                level="warn" if long_form else "note",
                title=f"Screening for {found.label} is positive",
                text=found.next_step,
                value=_told(found),
                limit="" if found.limit is None else f"{found.limit:g}",
                unblock="Note what was done about it." if long_form else "",
                sources=found.sources,
                unverified=found.unverified,
            )


def _told(found: Screened) -> str:
    when = "" if found.date is None else f", {day(found.date)}"
    return f"{instrument(found.instrument_id).name}: {found.value:g}{when}"


def _items(assessed: Assessment) -> Iterator[Finding]:
    for score in assessed.item_unknown:
        yield Finding(
            id=f"screening.{score.instrument_id}_item",
            level="warn",
            title=f"{score.name} without its answers",
            text="One of its answers needs somebody at once, whatever the total, and a total does not show it. "
            "Look at the form, and enter its answers.",
            value=f"{score.value:g}, {day(score.date)}",
            unblock="Enter the answers in place of the total.",
            sources=instrument(score.instrument_id).sources,
        )


def _readings(case: Case, assessed: Assessment) -> Iterator[Finding]:
    for number, read in enumerate(assessed.readings):
        if read.state == "not judged":
            yield Finding(
                id=f"reading.{read.test}.{number}",
                level="note",
                title=f"Not judged: {read.name}",
                text=f"{read.finding[0].upper()}{read.finding[1:]}. {read.next_step}",
                value=read.measured,
                limit=read.rule,
                sources=read.sources,
                unverified=read.unverified,
            )
    lost = [read for read in assessed.readings if read.test == "monofilament_10g" and read.state == "abnormal"]
    if lost and case.safety.sensation == "intact" and case.site.name in FOOT_SITES:
        yield Finding(
            id="reading.sensation",
            level="warn",
            title="The monofilament contradicts intact sensation",
            text="The case says that heat is felt at the site, and touch is not. The skin's cap and the advice to stop "
            "when it gets hot rest on that.",
            value=lost[0].measured,
            limit=lost[0].rule,
            unblock="Test again, and set safety.sensation to what is found.",
            sources=lost[0].sources,
        )


def _goals(assessed: Assessment) -> Iterator[Finding]:
    for number, check in enumerate(assessed.goals):
        goal = check.goal
        if check.can_be_judged and not check.lacking:
            continue
        target = "" if goal.target is None else in_unit(goal, goal.target)
        judged = "Small goal" if check.can_be_judged else "Goal that cannot be judged"
        yield Finding(
            id=f"goal.{number}",
            level="note",
            title=f"{judged}: {goal.what}",
            text=f"{'; '.join(check.lacking)}.".capitalize(),
            value=target,
            sources=check.sources,
        )
