"""The case inside the plan that our own bundles carry: what was asked, measured and chosen, to the letter."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

from nervelight.errors import Fault, InvalidInput
from nervelight.fhir.course_terms import COURSE_SYSTEM
from nervelight.fhir.reading_elements import at, codings
from nervelight.fhir.reading_json import json_in
from nervelight.planning.case_writing import case_document

__all__ = ["case_in"]

ATTACHMENT = "content.attachment.data"


def case_in(document: Mapping[str, Any], where: str) -> dict[str, Any] | None:
    """Return the case file that the plan of a DocumentReference was made from; None where it carries no current plan.

    Lamp, site, skin, anchor and all else that FHIR has no element for stand in the plan alone.

    Parameters
    ----------
    document : mapping
        The DocumentReference.
    where : str
        Its place, named in faults.

    Raises
    ------
    InvalidInput
        If it carries one that cannot be read.
    """
    kinds = [(system, code) for system, code, _ in codings(document.get("type"))]
    if document.get("status") != "current" or (COURSE_SYSTEM, "plan") not in kinds:
        return None
    attachment = at(document, "content", "attachment")
    written = at(attachment, "data")
    if not isinstance(written, str):
        raise InvalidInput(where, [Fault(ATTACHMENT, None, "the plan in the bundle itself; nothing is fetched")])
    try:
        data = base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(where, [Fault(ATTACHMENT, written, "base64")]) from None
    told = at(attachment, "hash")
    sha1 = base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()
    if told is not None and told != sha1:
        raise InvalidInput(where, [Fault("content.attachment.hash", told, f"the SHA-1 of the data, {sha1}")])
    case = at(json_in(data, where), "case")
    if not isinstance(case, dict):
        raise InvalidInput(where, [Fault(ATTACHMENT, case, "a plan with its case")])
    return case_document(case)
