"""The case file inside a bundle: what a plan was made from and no FHIR element holds, to the letter."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from nervelight.documents import read_json
from nervelight.errors import Fault, InvalidInput
from nervelight.fhir.elements import Resource, code, concept, reference, resource
from nervelight.fhir.places import part_id, patient
from nervelight.fhir.vocabulary import CANONICAL
from nervelight.planning.case_writing import case_document
from nervelight.record.dossier import Dossier

__all__ = ["CASE_FORMAT", "case_file_of", "case_in"]

CASE_FORMAT = "nervelight-case-1"
"""Code of the attachment's format: the schema of a case file."""
# A case of 12 goals and 40 readings has some 20 kB.
CASE_AT_MOST = 1_000_000


def case_file_of(dossier: Dossier) -> Resource:
    """Return a DocumentReference with the case that the current plan was made from, as JSON.

    Lamp, site, skin, anchor and all else that FHIR has no element for travel in it, so that a bundle that is read back
    gives the same plan.
    """
    data = json.dumps(case_document(dossier.plan.case), ensure_ascii=False).encode()
    return resource(
        "DocumentReference",
        part_id(dossier.course_id, "case"),
        status="current",
        type_=concept(text="Case file"),
        subject=patient(dossier),
        description="The case that the plan was made from: what was asked, measured and chosen.",
        content=[
            {
                "attachment": {
                    "contentType": "application/json",
                    "data": base64.b64encode(data).decode(),
                    "size": len(data),
                    "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode(),
                    "title": "case.json",
                },
                "format": code(CANONICAL, CASE_FORMAT),
            }
        ],
        context={"related": [reference("CarePlan", dossier.course_id)]},
    )


def case_in(found: Any, where: str) -> dict[str, Any] | None:
    """Return the case file that a DocumentReference carries; None where it carries none.

    Raises
    ------
    InvalidInput
        If there is one that cannot be read.
    """
    contents = found.get("content") if isinstance(found, dict) else None
    for each in contents if isinstance(contents, list) else ():
        kind = each.get("format") if isinstance(each, dict) else None
        if not isinstance(kind, dict) or (kind.get("system"), kind.get("code")) != (CANONICAL, CASE_FORMAT):
            continue
        attachment = each.get("attachment")
        data = attachment.get("data") if isinstance(attachment, dict) else None
        if not isinstance(data, str) or len(data) > CASE_AT_MOST:
            allowed = f"base64 of at most {CASE_AT_MOST:,} signs in the bundle itself; nothing is fetched"
            raise InvalidInput(where, [Fault("content.attachment.data", None, allowed)])
        try:
            text = base64.b64decode(data, validate=True).decode()
        except (binascii.Error, ValueError):
            allowed = "base64 of a UTF-8 text"
            raise InvalidInput(where, [Fault("content.attachment.data", data, allowed)]) from None
        document = read_json(where, text)
        if not isinstance(document, dict):
            raise InvalidInput(where, [Fault("content.attachment.data", document, "the keys of a case file")])
        return document
    return None
