"""A course as one Bundle."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from nervelight.fhir import assessing, care, coordinating, events, giving, measuring, people, places, questionnaires
from nervelight.fhir.elements import Resource
from nervelight.fhir.vocabulary import CANONICAL, HTEST
from nervelight.record.dossier import Dossier

__all__ = ["bundle_of", "bundle_text"]

# Resources that are the same for everybody.
_OF_NOBODY = (
    "Questionnaire",
    "Organization",
    "Practitioner",
    "DeviceDefinition",
)

_MADE_UP = {"tag": [HTEST]}


def bundle_of(dossier: Dossier, kind: Literal["transaction", "collection"] = "transaction") -> Resource:
    """Return all that is known of a course as one Bundle.

    Parameters
    ----------
    dossier : Dossier
    kind : {'transaction', 'collection'}
        A transaction puts each resource where it stood before, so that what is sent twice is there once.

    Returns
    -------
    Resource
        The same course gives the same Bundle, its resources in the same order, each once.
    """
    with _without_collector():
        made = list(_made(dossier))
        made += coordinating.provenances_of(dossier, made)
        return {
            "resourceType": "Bundle",
            "id": places.part_id(dossier.course_id, "bundle", kind),
            "type": kind,
            "entry": [_entry(each, kind, dossier.synthetic) for each in made],
        }


def bundle_text(bundle: Resource) -> str:
    """Return the JSON text of a Bundle, an entry a line."""
    head = json.dumps({name: each for name, each in bundle.items() if name != "entry"}, ensure_ascii=False)
    # Nothing of it stands in itself: every part is made here.
    encode = json.JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
    with _without_collector():
        entries = ",\n".join(map(encode, bundle["entry"]))
    return f'{head[:-1]}, "entry": [\n{entries}\n]}}\n'


@contextmanager
def _without_collector() -> Iterator[None]:
    """Spare Python the search for cycles: there are none, and it walks through all that was made again and again."""
    on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if on:
            gc.enable()


def _made(dossier: Dossier) -> Iterator[Resource]:
    for part in (
        people.people_of,
        assessing.assessing_of,
        care.care_of,
        questionnaires.questionnaires_of,
        questionnaires.questionnaire_responses_of,
        measuring.observations_of,
        measuring.diagnostic_reports_of,
        giving.procedures_of,
        giving.device_use_of,
        events.adverse_events_of,
        events.communications_of,
        events.consents_of,
        events.impressions_of,
        coordinating.tasks_of,
        coordinating.documents_of,
    ):
        yield from part(dossier)


def _entry(made: Resource, kind: str, synthetic: str) -> Resource:
    place = f"{made['resourceType']}/{made['id']}"
    if synthetic and made["resourceType"] not in _OF_NOBODY:
        made = made | {"meta": made.get("meta", {}) | _MADE_UP}
    entry: Resource = {"fullUrl": f"{CANONICAL}/{place}", "resource": made}
    return entry if kind == "collection" else entry | {"request": {"method": "PUT", "url": place}}
