"""The tissue between lamp and target: of this patient, and of the people whose trial is followed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from nervelight.evidence import Condition
from nervelight.optics import MODEL_PARAMETERS, Beneath, parameters_in_use, site
from nervelight.planning.case import CUTANEOUS_ENDINGS, Case
from nervelight.planning.light_path import Evaluation
from nervelight.planning.plan_document import Band, LayerBand, Tissue
from nervelight.planning.uncertain import Group, Uncertain
from nervelight.uncertainty import Interval

__all__ = ["describe_tissue", "model_quantities", "nerve_of", "patient_quantities", "trial_quantities"]

# Assumption: how well ultrasound measures a depth or a thickness in the clinic.
ULTRASOUND_BAND = 0.10

_LABELS: Mapping[str, tuple[str, str]] = {
    "stratum_corneum": ("horny layer", "mm"),
    "epidermis": ("living epidermis", "mm"),
    "dermis": ("dermis", "mm"),
    "subcutaneous_fat": ("fat", "mm"),
    "melanosome_fraction": ("melanin (melanosome fraction)", ""),
    "dermal_blood_fraction": ("blood in the dermis (fraction)", ""),
    "nerve_depth": ("depth of the nerve", "mm"),
    "measured_nerve_depth": ("measured depth of the nerve", "mm"),
}
_BENEATH: Mapping[Beneath, str] = {"muscle": "muscle", "tendon_fascia": "tendon and fascia"}


def nerve_of(case: Case) -> str | None:
    """Return the nerve that the plan reports: the target, or the first nerve of the site, if it has one."""
    if case.site.target != CUTANEOUS_ENDINGS:
        return case.site.target
    return next(iter(site(case.site.name).nerves), None)


def model_quantities(beneath: Iterable[Beneath]) -> tuple[Uncertain, ...]:
    """Return what is uncertain about the tissue model itself, for skin over these tissues."""
    return tuple(
        Uncertain("model", name, parameter.label, parameter, "1/mm" if parameter.unit == "1/mm" else "")
        for name in parameters_in_use(beneath)
        for parameter in (MODEL_PARAMETERS[name],)
    )


def patient_quantities(case: Case) -> tuple[Uncertain, ...]:
    """Return what is uncertain about this patient's tissue; measurements replace the site's intervals."""
    measured = case.site.measured
    intervals = dict(
        site(case.site.name).personal_intervals(
            phototype=case.patient.phototype,
            ita=case.patient.ita,
            nerve=nerve_of(case),
            condition=case.diagnosis.condition,
        )
    )
    for name in ("dermis", "subcutaneous_fat"):
        value = getattr(measured, name)
        if value is not None:
            intervals[name] = _measured(value)
    if measured.nerve_depth is not None:
        intervals["measured_nerve_depth"] = _measured(measured.nerve_depth)
    return _quantities("patient", intervals)


def trial_quantities(site_id: str, nerve: str | None, condition: Condition | None) -> tuple[Uncertain, ...]:
    """Return what is uncertain about the tissue of the people in a trial, whose skin tone nobody reported."""
    intervals = site(site_id).personal_intervals(phototype=None, ita=None, nerve=nerve, condition=condition)
    return _quantities("trial", intervals)


def describe_tissue(case: Case, sample: Evaluation) -> Tissue:
    """Return this patient's tissue as the plan shows it."""
    person = sample.person
    place = site(case.site.name)
    notes = []
    measured = case.site.measured
    if measured.nerve_depth is not None and measured.subcutaneous_fat is None:
        notes.append("The fat layer was rescaled so that the measured depth of the nerve is met.")
    if case.measured_anything:
        how = case.site.measured.method or "method not stated"
        notes.append(f"Measured in this person ({how}); taken as good to {ULTRASOUND_BAND:.0%} (assumption).")
    else:
        notes.append("Nothing was measured under this person's skin: the site's wide intervals are used.")
    layers = tuple(
        LayerBand(name=name, label=_LABELS[name][0], thickness_mm=Band.of(person[name]))
        for name in ("stratum_corneum", "epidermis", "dermis", "subcutaneous_fat")
    )
    tone = [f"phototype {case.patient.phototype}"] if case.patient.phototype else []
    tone += [f"ITA {case.patient.ita:g}°"] if case.patient.ita is not None else []
    return Tissue(
        site=case.site.name,
        site_label=place.label,
        layers=(*layers, LayerBand(name=place.beneath, label=_BENEATH[place.beneath], thickness_mm=None)),
        melanosome_fraction=Band.of(person["melanosome_fraction"]),
        skin_tone=", ".join(tone),
        notes=tuple(notes),
    )


def _measured(value: float) -> Interval:
    return Interval(
        low=value * (1 - ULTRASOUND_BAND),
        central=value,
        high=value * (1 + ULTRASOUND_BAND),
        sources=("case_file", "nervelight_assumption"),
        reason=f"measured in this person, good to {ULTRASOUND_BAND:.0%} (assumption)",
    )


def _quantities(group: Group, intervals: Mapping[str, Interval]) -> tuple[Uncertain, ...]:
    whose = {"trial": "trial's people: ", "patient": ""}[group]
    return tuple(
        Uncertain(group, name, whose + _LABELS[name][0], interval, _LABELS[name][1])
        for name, interval in intervals.items()
    )
