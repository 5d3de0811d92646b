"""What about time, rate and days departs from what was tested."""

from __future__ import annotations

from nervelight.evidence import anchors_for, study
from nervelight.planning.anchoring import Choice
from nervelight.planning.case import Case
from nervelight.planning.findings import Finding
from nervelight.planning.plan_document import Prescription, Translation
from nervelight.planning.prescription import fits
from nervelight.planning.safety.limits import RATE_RATIO_RANGE
from nervelight.planning.translation import INFLUENCE_LIMIT
from nervelight.units import to_j_cm2

__all__ = ["schedule_findings", "time_findings"]


def time_findings(
    case: Case, choice: Choice, translation: Translation | None, prescription: Prescription | None
) -> list[Finding]:
    """Check the time against the cap, the rate against the trial's, the exposure against what was studied."""
    if translation is None:
        return []
    keys: tuple[str, ...] = choice.sources
    found: list[Finding] = []
    highest_studied = _highest_studied(case)
    field_cap = case.course.session_cap / len(case.site.fields)
    times = translation.time_s
    if not fits(translation, field_cap):
        found.append(
            Finding(
                id="time.cap",
                level="block",
                title="The session cap is too short for this lamp and this target",
                text="Even the shortest likely time does not fit into the session.",
                value=f"{times.p5 / 60:.2g} to {times.p95 / 60:.2g} min a field",
                limit=f"{field_cap / 60:.2g} min a field ({len(case.site.fields)} fields in one session)",
                unblock="A longer session, a stronger lamp, less distance, or fewer fields a session.",
                sources=("case_file", *keys),
            )
        )
    elif prescription is not None and prescription.capped:
        found.append(
            Finding(
                id="time.cap",
                level="warn",
                title="The session cap cuts the time",
                text="The likely time is longer than the session allows: the target gets less than the trial's did.",
                value=f"{times.p50 / 60:.2g} min a field wanted",
                limit=f"{field_cap / 60:.2g} min a field",
                unblock="A longer session, a stronger lamp, or less distance.",
                sources=("case_file", *keys),
            )
        )
    low, high = RATE_RATIO_RANGE
    if translation.rate_ratio is not None and not low <= translation.rate_ratio.p50 <= high:
        ratio = translation.rate_ratio
        found.append(
            Finding(
                id="rate.ratio",
                level="warn",
                title="Light arrives at another rate than in the trial",
                text=(
                    "The same fluence in a shorter or longer time need not do the same: the trial does not speak for "
                    "this rate. "
                    + (
                        "More distance brings the rate nearer."
                        if ratio.p50 > high
                        else "Less distance brings it nearer."
                    )
                ),
                value=f"{ratio.p50:.2g} times the trial's ({ratio.p5:.2g} to {ratio.p95:.2g})",
                limit="1/3 to 3 times",
                unblock="Change the distance, and make the plan again.",
                sources=("jenkins_carroll2011", *keys),
            )
        )
    if prescription is not None and highest_studied is not None:
        exposure, (highest, by) = prescription.radiant_exposure_j_cm2, highest_studied
        if exposure.p50 > to_j_cm2(highest):
            found.append(
                Finding(
                    id="exposure.highest",
                    level="warn",
                    title="More light on the skin than any trial here gave",
                    text="No trial of this condition in the library gave as much to the skin in one session.",
                    value=f"{exposure.p50:.2g} J/cm²",
                    limit=f"{to_j_cm2(highest):.2g} J/cm² ({by})",
                    sources=study(by).sources,
                    unverified=any(light.borrowed or light.unverified for light in study(by).lights),
                )
            )
    strong = [row for row in translation.influences if row.assumption and row.factor > INFLUENCE_LIMIT]
    if strong:
        found.append(
            Finding(
                id="assumptions.time",
                level="warn",
                title="Assumptions move the time by more than a third",
                text="Alone, over its 90 % range: "
                + "; ".join(f"{row.label} by a factor of {row.factor:.2g}" for row in strong)
                + ".",
                value=f"{len(strong)} of {len(translation.influences)} uncertain quantities",
                limit="a factor of 4/3",
                unblock="Measure: the lamp with a meter, the layers and the nerve by ultrasound, skin colour as ITA.",
                sources=tuple(dict.fromkeys(key for row in strong for key in row.sources)),
                unverified=True,
            )
        )
    return found


def _highest_studied(case: Case) -> tuple[float, str] | None:
    """Return the highest radiant exposure of a session [J/mm2] that a trial of this condition gave, and the trial."""
    given = [
        (setting.radiant_exposure.value, found.study_id)
        for found in anchors_for(case.diagnosis.condition)
        for setting in found.settings
        if setting.radiant_exposure is not None
    ]
    return max(given, default=None)


def schedule_findings(case: Case, choice: Choice, prescription: Prescription | None) -> list[Finding]:
    """Warn when the case names fewer days a week than the anchor has sessions."""
    days = len(case.course.weekdays)
    schedule = choice.anchor.schedule if choice.anchor else None
    if prescription is None or schedule is None or not 0 < days < (schedule.sessions_per_week or 0.0):
        return []
    return [
        Finding(
            id="schedule.days",
            level="warn",
            title="Fewer days a week than the trial's",
            text="The number of sessions stays, so the course gets longer than the one that was tested.",
            value=f"{days} a week",
            limit=f"{schedule.sessions_per_week:g} a week",
            sources=("case_file", *choice.sources),
        )
    ]
