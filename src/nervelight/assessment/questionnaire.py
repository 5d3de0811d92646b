"""FHIR R4 Questionnaires, as far as words and answers of an instrument go, and what FHIR calls their parts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from pydantic.alias_generators import to_camel

from nervelight.errors import Fault

__all__ = [
    "CALCULATED",
    "ENABLED_WHEN",
    "FILL_IN",
    "HIDDEN",
    "ITEM_WEIGHT",
    "LOINC",
    "MAX_VALUE",
    "MIN_VALUE",
    "OPTIONS_AT_MOST",
    "ORDINAL_VALUE",
    "WEIGHTS",
    "Coding",
    "Item",
    "Option",
    "Questionnaire",
    "plain",
    "text_faults",
]

FILL_IN = "(fill in)"
"""What stands for words in a template."""

# FHIR extensions pack: itemWeight is the newer name of ordinalValue. Programs write one, the other, or both.
ORDINAL_VALUE = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
ITEM_WEIGHT = "http://hl7.org/fhir/StructureDefinition/itemWeight"
MIN_VALUE = "http://hl7.org/fhir/StructureDefinition/minValue"
MAX_VALUE = "http://hl7.org/fhir/StructureDefinition/maxValue"
WEIGHTS = {"ordinalValue": ORDINAL_VALUE, "itemWeight": ITEM_WEIGHT}
HIDDEN = "http://hl7.org/fhir/StructureDefinition/questionnaire-hidden"
ENABLED_WHEN = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-enableWhenExpression"
CALCULATED = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-calculatedExpression"
LOINC = "http://loinc.org"

# Up to so many answers, a template has words for each; more are a number between two ends.
OPTIONS_AT_MOST = 7

Number = Annotated[float, Field(strict=True)]


class _Fhir(BaseModel):
    # What is not read is left alone: a Questionnaire has many more elements.
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False, alias_generator=to_camel)


class _Extension(_Fhir):
    url: str
    value_decimal: Number | None = None
    value_integer: Number | None = None
    value_boolean: StrictBool | None = None

    @property
    def number(self) -> float | None:
        return self.value_integer if self.value_decimal is None else self.value_decimal


class Coding(_Fhir):
    """A code with its words."""

    system: str = ""
    code: str = ""
    display: str = ""
    extension: list[_Extension] = []


class Option(_Fhir):
    """One answer that may be given."""

    value_coding: Coding | None = None
    value_integer: Number | None = None
    value_string: str | None = None
    extension: list[_Extension] = []


class Item(_Fhir):
    """A question, a group, or text that is only shown."""

    link_id: str
    type: str
    text: str = ""
    code: list[Coding] = []
    answer_option: list[Option] = []
    answer_value_set: str | None = None
    enable_when: list[Any] = []
    repeats: StrictBool = False
    read_only: StrictBool = False
    extension: list[_Extension] = []
    item: list[Item] = []


class _Expansion(_Fhir):
    contains: list[Coding] = []


class _Include(_Fhir):
    concept: list[Coding] = []


class _Compose(_Fhir):
    include: list[_Include] = []


class _ValueSet(_Fhir):
    id: str = ""
    expansion: _Expansion | None = None
    compose: _Compose | None = None


class Questionnaire(_Fhir):
    """A whole form."""

    resource_type: str
    status: str = ""
    language: str = ""
    title: str = ""
    copyright: str = ""
    code: list[Coding] = []
    contained: list[_ValueSet] = []
    item: list[Item] = []


def text_faults(path: str, text: str) -> Iterator[Fault]:
    """Yield what is wrong with words: those of a template, and characters that steer a terminal."""
    if FILL_IN in text:
        yield Fault(path, text, "the words themselves: this is still those of the template")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} and sign not in "\t\r\n" for sign in text):
        yield Fault(path, text, "text without control characters")


def plain(text: str) -> str:
    """Return a text without space around it or at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())
