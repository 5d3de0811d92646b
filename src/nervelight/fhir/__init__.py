"""The course as FHIR R4 (4.0.1): written, read back, and sent.

Resources are plain dicts from small builders, made from a `nervelight.record.dossier.Dossier`. The check against the
official definitions is `nervelight.fhir.check`; a person of the record as bundles, `nervelight.fhir.person`.
"""

from __future__ import annotations

from nervelight.fhir.bundle import bundle_of, bundle_text
from nervelight.fhir.definitions import conformance_resources
from nervelight.fhir.elements import Resource
from nervelight.fhir.reading import Imported, read_bundle
from nervelight.fhir.sending import Delivery, EntryAnswer, delivery_of, send_bundle

__all__ = [
    "Delivery",
    "EntryAnswer",
    "Imported",
    "Resource",
    "bundle_of",
    "bundle_text",
    "conformance_resources",
    "delivery_of",
    "read_bundle",
    "send_bundle",
]
