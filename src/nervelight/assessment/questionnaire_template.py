"""A FHIR R4 Questionnaire made from the rules of scoring, with the words left to fill in."""

from __future__ import annotations

from typing import Any

from nervelight.assessment.instruments import instrument
from nervelight.assessment.questionnaire import FILL_IN, LOINC, MAX_VALUE, MIN_VALUE, OPTIONS_AT_MOST, WEIGHTS
from nervelight.assessment.questionnaire_answers import fixed_items, orders_of, types_for
from nervelight.assessment.scoring_schema import ItemBlock

__all__ = ["questionnaire_template"]


def questionnaire_template(instrument_id: str, language: str = "en") -> dict[str, Any]:
    """Return a Questionnaire with the items and answers of an instrument, and `FILL_IN` wherever words are to stand.

    Parameters
    ----------
    instrument_id : str
    language : str
        Tag of the language that the words will have.

    Returns
    -------
    dict
        FHIR R4 JSON. More than seven answers are a number between two ends, the others options with both
        `ordinalValue` and `itemWeight`; where it is no that counts, the type is boolean.

    Raises
    ------
    UnknownName, ValidityError
        If there is no such instrument, or no rules of scoring with fixed questions.

    Examples
    --------
    >>> [item["type"] for item in questionnaire_template("mnsi_q")["item"]][5:8]
    ['choice', 'boolean', 'choice']
    """
    entry, blocks = instrument(instrument_id), fixed_items(instrument_id)
    codes = entry.loinc.items if entry.loinc else ()
    panel = [{"system": LOINC, "code": entry.loinc.panel}] if entry.loinc and entry.loinc.panel else []
    return {
        "resourceType": "Questionnaire",
        "language": language,
        "title": entry.name,
        "status": "draft",
        **({} if entry.licence.words_shipped else {"copyright": FILL_IN}),
        **({"code": panel} if panel else {}),
        "item": [
            {
                "linkId": str(number),
                **({"code": [{"system": LOINC, "code": codes[number - 1]}]} if codes else {}),
                "text": FILL_IN,
                **_template_answers(block),
            }
            for number, block in enumerate(blocks, 1)
        ],
    }


def _template_answers(block: ItemBlock) -> dict[str, Any]:
    if not types_for(block, options=True):
        return {"type": "boolean"}
    values = next(iter(orders_of(block)))
    if len(values) > OPTIONS_AT_MOST:
        ends = ((MIN_VALUE, block.low), (MAX_VALUE, block.high))
        whole = "integer" in types_for(block, options=False)
        kind = "integer" if whole else "decimal"
        return {
            "type": kind,
            "extension": [
                {"url": url, f"value{kind.capitalize()}": _short(end)} for url, end in ends if end is not None
            ],
        }
    return {
        "type": "choice",
        "answerOption": [
            {
                "extension": [{"url": url, "valueDecimal": _short(value)} for url in WEIGHTS.values()],
                "valueCoding": {"code": f"{value:g}", "display": FILL_IN},
            }
            for value in values
        ],
    }


def _short(value: float) -> float:
    return int(value) if value.is_integer() else value
