"""The conditions that trials of light were sorted into, and the body sites that they lit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, cast, get_args

from nervelight.errors import UnknownName

__all__ = ["CONDITIONS", "BodySite", "Condition", "ConditionInfo", "condition_info", "condition_named"]

Condition = Literal[
    "diabetic_polyneuropathy",
    "chemotherapy_induced",
    "postherpetic_neuralgia",
    "trigeminal_neuralgia",
    "carpal_tunnel",
    "lumbar_radiculopathy",
    "cervical_radiculopathy",
    "burning_mouth",
    "traumatic_neuralgia",
    "autoimmune_idiopathic",
    "post_stroke_pain",
    "spinal_cord_injury_pain",
    "facial_palsy",
]
"""A condition that light is offered for; neuropathic pain, but for facial palsy."""

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
    lesion : {"peripheral", "central"}
        Where the injury lies. A central one is out of the reach of light from the skin.
    painful : bool
        Whether it is a neuropathic pain at all.
    """

    label: str
    icd10_cm: tuple[str, ...] = ()
    lesion: Literal["peripheral", "central"] = "peripheral"
    painful: bool = True


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
        "traumatic_neuralgia": ConditionInfo("neuralgia after injury or operation", ("M79.2",)),
        "autoimmune_idiopathic": ConditionInfo("autoimmune and idiopathic neuropathy", ("G60.3", "G61.0", "G61.81")),
        "post_stroke_pain": ConditionInfo("central pain after stroke", ("G89.0",), lesion="central"),
        "spinal_cord_injury_pain": ConditionInfo("pain after spinal cord injury", ("G89.0",), lesion="central"),
        "facial_palsy": ConditionInfo("facial palsy (not pain)", painful=False),
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
    return CONDITIONS[condition_named(condition)]


def condition_named(name: str) -> Condition:
    """Return a word as the name of a condition.

    Raises
    ------
    UnknownName
        If there is no such condition.
    """
    if name not in CONDITIONS:
        raise UnknownName("condition", name, get_args(Condition))
    return cast(Condition, name)
