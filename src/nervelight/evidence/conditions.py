"""The painful conditions that trials of light were sorted into, and the body sites that they lit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast, get_args

from nervelight.errors import UnknownName

__all__ = ["CONDITIONS", "BodySite", "Condition", "ConditionInfo", "condition_info"]

Condition = Literal[
    "diabetic_polyneuropathy",
    "chemotherapy_induced",
    "postherpetic_neuralgia",
    "trigeminal_neuralgia",
    "carpal_tunnel",
    "lumbar_radiculopathy",
    "cervical_radiculopathy",
    "burning_mouth",
]
"""A neuropathic pain condition for which the library holds trials."""

BodySite = Literal[
    "plantar_foot",
    "dorsal_foot",
    "medial_ankle",
    "calf",
    "palm",
    "volar_wrist",
    "cheek",
    "lateral_chest",
    "lumbar_paraspinal",
]
"""A body site with a tissue model; places without one stand as free text in the studies."""


@dataclass(frozen=True)
class ConditionInfo:
    """How a condition is called and coded.

    Parameters
    ----------
    label : str
        In plain words.
    icd10_cm : tuple of str
        ICD-10-CM codes that fit, the most usual first; a clinician chooses. Empty where no code was checked.
    """

    label: str
    icd10_cm: tuple[str, ...] = ()


CONDITIONS: Mapping[Condition, ConditionInfo] = MappingProxyType(
    {
        "diabetic_polyneuropathy": ConditionInfo("painful diabetic polyneuropathy", ("E11.42", "E10.42", "E13.42")),
        # T45.1X5A, adverse effect of antineoplastic drugs, is coded beside G62.0, not instead of it.
        "chemotherapy_induced": ConditionInfo("chemotherapy-induced neuropathy", ("G62.0",)),
        "postherpetic_neuralgia": ConditionInfo("postherpetic neuralgia", ("B02.29", "B02.22", "B02.23")),
        "trigeminal_neuralgia": ConditionInfo("trigeminal neuralgia", ("G50.0",)),
        "carpal_tunnel": ConditionInfo("carpal tunnel syndrome", ("G56.00",)),
        "lumbar_radiculopathy": ConditionInfo("lumbar radiculopathy", ("M54.16", "M54.17")),
        "cervical_radiculopathy": ConditionInfo("cervical radiculopathy"),
        "burning_mouth": ConditionInfo("burning mouth syndrome"),
    }
)
"""Label and codes of every condition."""


def condition_info(condition: str) -> ConditionInfo:
    """Return label and codes of a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.

    Examples
    --------
    >>> condition_info("trigeminal_neuralgia").icd10_cm
    ('G50.0',)
    """
    if condition not in CONDITIONS:
        raise UnknownName("condition", condition, get_args(Condition))
    return CONDITIONS[cast(Condition, condition)]
