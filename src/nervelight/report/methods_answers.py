"""What a course answers to each item of the reporting sheet: value, how it is known, sources."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from types import MappingProxyType
from typing import Literal

from nervelight.optics import Device, device, site
from nervelight.planning import Plan
from nervelight.planning.plan_document import TargetLight, target_of
from nervelight.planning.words import band, count, duration, duration_band, listed, number, typeset
from nervelight.record.contents import Session
from nervelight.record.dossier import Dossier
from nervelight.report.words import distance, temperature

__all__ = ["KNOWN_BY", "Answer", "KnownBy", "answers_of"]

KnownBy = Literal["measured", "claim", "computed", "assumed", "planned", "recorded", "not known"]
KNOWN_BY: Mapping[KnownBy, str] = MappingProxyType(
    {
        "measured": (
            "read from an instrument by whoever the source names; of another lamp of this model, unless it is the case"
        ),
        "claim": "said by the maker or seller; nobody checked it",
        "computed": "by Nervelight from other rows; the interval is 90 % of its draws",
        "assumed": "no checked source gives it",
        "planned": "prescribed in the plan",
        "recorded": "written down by people in the case or during the course",
        "not known": "",
    }
)
LASER_LIMIT = "skin.mpe"
EYES = ("eyes.infrared", "eyes.laser")
Answer = tuple[str, KnownBy, tuple[str, ...]]
"""Value with unit and interval, how it is known, sources."""


def answers_of(dossier: Dossier) -> dict[str, Answer]:
    """Return what is known of each item, by its id, of the plan that holds and the sessions that were written down."""
    plan = dossier.plan
    return _lamp(plan) | _skin(plan) | _treatment(plan) | _given(dossier) | _safety(plan)


def _answers(**found: Answer | None) -> dict[str, Answer]:
    return {name: answer for name, answer in found.items() if answer is not None}


def _lamp(plan: Plan) -> dict[str, Answer]:
    light = plan.lamp
    if light is None:
        return {}
    lamp = device(light.device)
    laser, own = lamp.is_laser, lamp.sources
    case = plan.case["lamp"]
    waves = ", ".join(f"{each.wavelength_nm:g}" for each in light.wavelengths) + " nm"
    return _answers(
        manufacturer_model=(light.label, "recorded", own),
        source_type=(lamp.emitter, "claim", own),
        coherence=(
            "coherent source; coherence length not known" if laser else "not coherent (light-emitting diodes)",
            "computed",
            own,
        ),
        delivery=(_kind(lamp), "claim", own),
        emitter_count=(f"{lamp.emitter_count}", "claim", own) if lamp.emitter_count else None,
        emitter_layout=(
            (f"front of {lamp.housing[0]:g} x {lamp.housing[1]:g} mm; places of the sources not known", "claim", own)
            if lamp.housing
            else None
        ),
        wavelength=(waves, "recorded", ("case_file",)) if case["wavelengths"] else (waves, "claim", own),
        mode=(lamp.pulse, "claim", own) if lamp.pulse else None,
        mean_power=_power(lamp),
        hazard_class=_hazard(lamp),
        labelled_use=(
            (lamp.labelled_use.cleared, "recorded", (lamp.labelled_use.source,)) if lamp.labelled_use else None
        ),
    )


def _kind(lamp: Device) -> str:
    return (
        f"class {lamp.laser_class} laser" if lamp.laser_class else lamp.category.replace("_", " ").replace("led", "LED")
    )


def _power(lamp: Device) -> Answer | None:
    measured = [each for each in lamp.radiant_power if each.kind == "measured"]
    for each in measured or lamp.radiant_power:
        drawn = f" at {each.electrical_power:g} W electrical" if each.electrical_power else ""
        return f"{each.power:.3g} W{drawn}", "measured" if measured else "claim", (each.source,)
    return None


def _hazard(lamp: Device) -> Answer | None:
    if lamp.laser_class:
        return f"laser class {lamp.laser_class}", "claim", lamp.sources
    if lamp.infrared_test:
        test = lamp.infrared_test
        return f"{test.risk_group} for infrared at {distance(test.distance)}", "measured", (test.source,)
    return None


def _skin(plan: Plan) -> dict[str, Answer]:
    light, prescribed = plan.lamp, plan.prescription
    if light is None:
        return {}
    lamp = device(light.device)
    kind: KnownBy = "claim" if light.basis in ("claim-halved", "power-over-spot") else "computed"
    split = "; ".join(
        f"{each.wavelength_nm:g} nm: {band(each.irradiance_mw_cm2, 'mW/cm2')}" for each in light.wavelengths
    )
    used = [each for each in light.readings if each.used]
    meters = "; ".join(
        f"{each.label}{'' if each.distance_mm is None else f' at {distance(each.distance_mm)}'}: "
        f"{number(each.irradiance_mw_cm2, 'mW/cm2')}"
        for each in used
    )
    own, area = plan.case["lamp"]["spot_area"], lamp.spot_area
    return _answers(
        irradiance=(band(light.irradiance_mw_cm2, "mW/cm2"), kind, light.sources),
        irradiance_basis=(
            " ".join(filter(None, (typeset(light.basis_text), meters))),
            "recorded" if light.basis == "own-meter" else "measured" if light.basis == "measured" else "claim",
            tuple(dict.fromkeys(key for each in used for key in each.sources)) or light.sources,
        ),
        wavelength_split=(
            split,
            "computed" if light.spectral_split_known else "assumed",
            tuple(dict.fromkeys((*light.sources, *(() if light.spectral_split_known else ("nervelight_assumption",))))),
        ),
        beam_area=(
            (f"{number(own / 100, 'cm2')}", "recorded", ("case_file",))
            if own
            else (f"{number(area / 100, 'cm2')}", "claim", lamp.sources)
            if area
            else None
        ),
        radiant_exposure=(
            (band(prescribed.radiant_exposure_j_cm2, "J/cm2"), "computed", ("nervelight_computed", *light.sources))
            if prescribed
            else None
        ),
    )


def _treatment(plan: Plan) -> dict[str, Answer]:
    case, prescribed, light = plan.case, plan.prescription, plan.lamp
    target = target_of(plan.targets)
    fields = case["site"]["fields"]
    place = site(case["site"]["name"]).label
    away = distance(light.distance_mm) if light is not None and light.distance_mm else ""
    answers = _answers(
        location=(f"{place}: {listed(fields)}", "planned", ("case_file",)),
        fields=(f"{len(fields)}", "planned", ("case_file",)),
        technique=(f"projection from {away}" if away else "contact", "planned", ("case_file",)),
        pressure=("none: no contact", "planned", ("case_file",)) if away else None,
        distance=(distance(light.distance_mm), "planned", ("case_file",)) if light else None,
        target=(target.label, "planned", ("case_file",)) if target else None,
        target_depth=_depth(plan, target),
        rationale=_rationale(plan),
    )
    if prescribed is None:
        return answers
    computed: tuple[str, ...] = ("nervelight_computed", *plan.anchor.sources)
    time = (
        duration_band(plan.translation.time_s, prescribed.time_per_field_s)
        if plan.translation
        else duration(prescribed.time_per_field_s)
    )
    return answers | _energy(plan) | _answers(
        time=(f"{prescribed.time_per_field_s:g} s, by the model {time}", "planned", computed),
        target_fluence=(
            (band(target.fluence_j_cm2, "J/cm2"), "computed", ("nervelight_computed",))
            if target and target.fluence_j_cm2
            else None
        ),
        sessions=(f"{prescribed.total_sessions}", "planned", plan.anchor.sources),
        frequency=(
            f"{count(prescribed.sessions_per_week, 'session')} a week for {count(prescribed.weeks, 'week')}",
            "planned",
            plan.anchor.sources,
        ),
    )  # fmt: skip


def _depth(plan: Plan, target: TargetLight | None) -> Answer | None:
    if target is None:
        return None
    told, case = band(target.depth_mm, "mm"), plan.case
    if target.id not in site(case["site"]["name"]).nerves:
        return f"{told}, from the layers of the skin", "computed", ("nervelight_computed",)
    if case["site"]["measured"]["nerve_depth"] is not None:
        return told, "measured", ("case_file",)
    depth = site(case["site"]["name"]).nerve_depth(target.id, case["diagnosis"]["condition"])
    return f"{told}, not measured in this person", "assumed" if depth.unverified else "computed", depth.sources


def _rationale(plan: Plan) -> Answer | None:
    anchor = plan.anchor
    if anchor.study_id is None:
        return None
    light = f" ({'; '.join(anchor.light)})" if anchor.light else ""
    return f"light of {anchor.study_id}{light}. {anchor.why}", "planned", anchor.sources


def _energy(plan: Plan) -> dict[str, Answer]:
    """Energy needs the area that the beam lights on the skin; a lamp that lights more than the field has none."""
    light, prescribed = plan.lamp, plan.prescription
    if light is None or prescribed is None:
        return {}
    told = plan.case["lamp"]["spot_area"] or device(light.device).spot_area
    if not told:
        return {}
    keys = ("nervelight_computed", *light.sources)

    def energy(times: float) -> Answer:
        joules = prescribed.radiant_exposure_j_cm2.map(lambda x: x * told / 100 * times)
        return band(joules, "J"), "computed", keys

    fields = len(prescribed.fields)
    return {
        "field_energy": energy(1),
        "session_energy": energy(fields),
        "course_energy": energy(fields * prescribed.total_sessions),
    }


def _given(dossier: Dossier) -> dict[str, Answer]:
    given = [each.content for each in dossier.of(Session)]
    if not given:
        return {}
    times = sorted(seconds for each in given for seconds in each.seconds.values())
    told = ""
    if times:
        # In seconds: a time in words is rounded to 15 s, and hides what lay beside the plan.
        told = f"median {median(times):g} s, {times[0]:g} to {times[-1]:g} s ({len(times)} fields lit)"
    return _answers(
        sessions_given=(f"{len(given)} written down", "recorded", ("case_file",)),
        time_given=(told, "recorded", ("case_file",)) if told else None,
    )


def _safety(plan: Plan) -> dict[str, Answer]:
    case, warm = plan.case, plan.warmth
    person, care = case["patient"], case["safety"]
    found = {each.id: each for each in plan.findings}
    eyes = next((found[name] for name in EYES if name in found and found[name].value), None)
    limit = found.get(LASER_LIMIT)
    air = care["air_temperature"]
    tone = f"Fitzpatrick type {person['phototype']}" if person["phototype"] else f"ITA {person['ita']:g} degrees"
    keys = ("nervelight_computed",)
    return _answers(
        phototype=(tone, "recorded", ("case_file",)),
        air_temperature=(
            (f"{air:g} °C", "recorded", ("case_file",))
            if air is not None
            else ("30 °C, taken as a safe upper end", "assumed", ("nervelight_assumption",))
        ),
        skin_temperature=(temperature(warm.skin_c), "computed", keys) if warm else None,
        cem43=(band(warm.cem43_min, "min"), "computed", keys) if warm else None,
        eyewear=(f"{care['eyes']}", "planned", ("case_file",)),
        eye_irradiance=(f"{eyes.value}; limit {eyes.limit}", "computed", eyes.sources) if eyes else None,
        exposure_limit=(f"{limit.value}; limit {limit.limit}", "computed", limit.sources) if limit else None,
    )
