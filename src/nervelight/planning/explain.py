"""A case in words, and the names that a case may use."""

from __future__ import annotations

from nervelight.assessment import (
    READING_TESTS,
    contraindication,
    contraindication_ids,
    decide,
    instrument,
    instrument_ids,
    neupsig_grade,
    red_flag_ids,
    red_flags,
    severity,
)
from nervelight.evidence import CONDITIONS, condition_info
from nervelight.optics import device, site, site_ids
from nervelight.planning.case import CUTANEOUS_ENDINGS, Case
from nervelight.units import to_mw_cm2

__all__ = ["case_names", "explain_case"]

Rows = list[tuple[str, str]]


def explain_case(case: Case) -> list[tuple[str, Rows]]:
    """Return a case as titled rows of name and value, in the units of the field."""
    patient, place, lamp, safety, course = case.patient, case.site, case.lamp, case.safety, case.course
    where, lit_by = site(place.name), device(lamp.device)
    tone = [f"phototype {patient.phototype}"] if patient.phototype else []
    tone += [f"ITA {patient.ita:g}°"] if patient.ita is not None else []
    measured = [
        f"{name.replace('_', ' ')} {value:.3g} mm" for name, value in place.measured if isinstance(value, float)
    ]
    target = "cutaneous nerve endings" if place.target == CUTANEOUS_ENDINGS else where.nerves[place.target].label
    return [
        ("Patient", [("name", patient.label), ("age", patient.age), ("skin tone", ", ".join(tone))]),
        (
            "Diagnosis",
            [
                ("condition", condition_info(case.diagnosis.condition).label),
                ("code", case.diagnosis.icd10 or "not given"),
                ("neuropathic pain", neupsig_grade(case.diagnosis.neupsig).level),
                ("red flags", ", ".join(case.red_flags) or f"none named; {len(red_flag_ids())} to ask for"),
            ],
        ),
        (
            "Scores",
            [
                (instrument(s.instrument).name, f"{s.value:g} on {s.date}{_severity(s.instrument, s.value)}")
                for s in case.scores
            ]
            + [
                (read.name, f"{read.measured}: {read.finding}")
                for read in decide(case.readings, case.age, on=case.course.start)
            ],
        ),
        (
            "Site",
            [
                ("place", where.label),
                ("target", target),
                ("fields", ", ".join(place.fields)),
                ("measured", ", ".join(measured) or "nothing: the site's intervals are used"),
            ],
        ),
        (
            "Lamp",
            [
                ("device", f"{lit_by.manufacturer} {lit_by.model}"),
                ("wavelengths", ", ".join(f"{w:g} nm" for w in lamp.wavelengths or lit_by.wavelengths) or "not known"),
                (
                    "distance",
                    "the planner's choice" if isinstance(lamp.distance, str) else f"{lamp.distance / 10:.3g} cm",
                ),
                *(
                    (
                        "own reading",
                        f"{to_mw_cm2(r.irradiance):.3g} mW/cm² at {r.distance / 10:.3g} cm, {r.instrument}",
                    )
                    for r in lamp.readings
                ),
            ],
        ),
        (
            "Anchor",
            [
                ("to follow", "the best usable one" if case.anchor == "choose" else case.anchor),
                *([("read as", case.anchor_scenario)] if case.anchor_scenario else []),
            ],
        ),
        (
            "Safety",
            [
                ("contraindications", ", ".join(safety.contraindications) or "none present"),
                ("drugs", ", ".join(safety.drugs) or "none"),
                ("sensation", safety.sensation),
                ("blood supply", safety.perfusion),
                ("eyes", safety.eyes),
                (
                    "room",
                    f"{safety.air_temperature:g} °C" if safety.air_temperature is not None else "not given",
                ),
            ],
        ),
        (
            "Course",
            [
                ("start", f"{course.start:%A %d %B %Y}"),
                ("longest session", f"{course.session_cap / 60:g} min, all fields together"),
                ("setting", course.setting),
                ("days", ", ".join(course.weekdays) or "spread evenly from the first day"),
            ],
        ),
        (
            "Care",
            [
                ("decides", case.care.clinician),
                ("emergency", case.care.emergency_number),
                ("team", ", ".join(case.care.team) or "none named"),
                ("other treatments", ", ".join(case.care.other_treatments) or "none named"),
                ("goals", ", ".join(goal.what for goal in case.care.goals) or "none named"),
            ],
        ),
    ]


def case_names() -> list[tuple[str, Rows]]:
    """Return every name that a case file may use, as titled rows of name and meaning."""
    return [
        ("diagnosis.condition", [(name, info.label) for name, info in CONDITIONS.items()]),
        ("diagnosis.red_flags", [(flag.id, flag.question) for flag in red_flags()]),
        ("scores.instrument", [(name, instrument(name).name) for name in instrument_ids()]),
        (
            "readings.test, and its method",
            [(name, f"{instrument(name).name}{_methods(name)}") for name in READING_TESTS],
        ),
        (
            "site.name, and its site.target",
            [
                (name, f"{site(name).label}; targets: {', '.join([CUTANEOUS_ENDINGS, *site(name).nerves])}")
                for name in site_ids()
            ],
        ),
        (
            "safety.contraindications",
            [(name, contraindication(name).label) for name in contraindication_ids()],
        ),
    ]


def _severity(instrument_id: str, value: float) -> str:
    grade = severity(instrument_id, value)
    return f" ({grade})" if grade else ""


def _methods(test: str) -> str:
    methods = dict.fromkeys(rule.method for rule in instrument(test).readings if rule.method)
    return f"; methods: {', '.join(methods)}" if methods else ""
