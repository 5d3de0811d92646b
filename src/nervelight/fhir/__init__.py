"""The course as FHIR R4 (4.0.1): written, read back, and sent.

Resources are plain dicts from small builders, made from a `nervelight.record.dossier.Dossier`.
"""

from __future__ import annotations

from nervelight.fhir.elements import Resource

__all__ = ["Resource"]
