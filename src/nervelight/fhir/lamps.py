"""The lamps of a course: what each is, what is claimed of it and what was measured."""

from __future__ import annotations

from collections.abc import Iterator

from nervelight.errors import UnknownName
from nervelight.fhir import places
from nervelight.fhir.elements import Resource, concept, quantity, reference, resource
from nervelight.fhir.people import uuid_identifier
from nervelight.fhir.vocabulary import own
from nervelight.optics import Device, device
from nervelight.optics.lamps import IrradianceReading
from nervelight.record.contents import Session
from nervelight.record.dossier import Dossier
from nervelight.sources import source
from nervelight.units import to_mw_cm2

__all__ = ["lamp_names", "lamps_of"]


def lamps_of(dossier: Dossier) -> Iterator[Resource]:
    """Yield a Device for each lamp that was planned or used, and a DeviceDefinition of its model.

    Parameters
    ----------
    dossier : Dossier
    """
    for name in lamp_names(dossier):
        try:
            known = device(name)
        except UnknownName:
            # A lamp of another release's catalogue: its name is all that is left.
            yield _lamp(dossier, name, None)
            continue
        yield _lamp(dossier, name, known)
        yield _model(known)


def lamp_names(dossier: Dossier) -> tuple[str, ...]:
    """Return the ids of all lamps of a course, the current plan's first."""
    planned = [kept.plan.case["lamp"]["device"] for kept in (dossier.current, *dossier.plans)]
    sessions = (*dossier.of(Session), *(kept for kept, _why in dossier.struck(Session)))
    used = [kept.content.lamp for kept in sessions]
    return tuple(dict.fromkeys((*planned, *used)))


def _model_id(name: str) -> str:
    return places.part_id("lamp", name)


def _lamp(dossier: Dossier, name: str, known: Device | None) -> Resource:
    id_ = str(places.device(dossier, name)["reference"]).partition("/")[2]
    # At home the lamp is the patient's; DeviceUseStatement says who uses it, since it is not fixed to anybody.
    at_clinic = dossier.plan.case["course"]["setting"] == "clinic"
    return resource(
        "Device",
        id_,
        identifier=[uuid_identifier(id_)],
        definition=reference("DeviceDefinition", _model_id(name)) if known else None,
        status="active",
        manufacturer=known.manufacturer if known else "",
        deviceName=[{"name": known.model, "type": "model-name"} if known else {"name": name, "type": "other"}],
        modelNumber=known.model if known else "",
        type_=_type(known) if known else concept(text="lamp that this release does not know"),
        owner=places.organization(dossier) if at_clinic else None,
    )


def _type(known: Device) -> Resource:
    return concept(own("lamp-category", known.category), text=f"{known.emitter}, {known.category.replace('_', ' ')}")


def _model(known: Device) -> Resource:
    return resource(
        "DeviceDefinition",
        _model_id(known.id),
        manufacturerString=known.manufacturer,
        deviceName=[{"name": known.model, "type": "model-name"}],
        modelNumber=known.model,
        type_=_type(known),
        property=list(_properties(known)),
        note=[{"text": text} for text in _notes(known)],
    )


def _properties(known: Device) -> Iterator[Resource]:
    for wavelength in known.wavelengths:
        yield {"type": concept(own("lamp-property", "wavelength")), "valueQuantity": [quantity(wavelength, "nm")]}
    for reading in known.readings:
        name = f"irradiance-{reading.kind}"
        ends = [reading.low, reading.high] if reading.irradiance is None else [reading.irradiance]
        yield {
            "type": concept(own("lamp-property", name), text=_told(reading)),
            "valueQuantity": [quantity(float(to_mw_cm2(end)), "mW/cm2") for end in ends if end is not None],
        }
    for power in known.radiant_power:
        yield {
            "type": concept(own("lamp-property", f"radiant-power-{power.kind}"), text=power.method or power.kind),
            "valueQuantity": [quantity(power.power, "W")],
        }


def _told(reading: IrradianceReading) -> str:
    where = "distance not stated" if reading.distance is None else f"at {reading.distance / 10:.3g} cm"
    guessed = " (a guess)" if reading.distance_unverified else ""
    least = ", at least" if reading.at_least else ""
    place = reading.position.replace("_", " ")
    method = f", {reading.method}" if reading.method else ""
    return f"irradiance, {reading.kind}{least}, {where}{guessed}, position {place}{method}"


def _notes(known: Device) -> Iterator[str]:
    use = known.labelled_use
    if use is None:
        yield "No clearance of this lamp was found, which is not the same as none."
    else:
        filed = "; ".join(text for text in (use.regulation, use.product_code, *use.k_numbers) if text)
        named = "names" if use.neuropathy else "does not name"
        yield f"Cleared for: {use.cleared}{f' ({filed})' if filed else ''}. The clearance {named} neuropathic pain."
    if known.pulse:
        yield f"Modulation: {known.pulse}."
    if known.unverified:
        yield f"Without a checked source: {', '.join(known.unverified)}."
    if known.notes:
        yield known.notes
    yield "Sources: " + " ".join(source(key).citation for key in dict.fromkeys(known.source_keys()))
