"""The NeuPSIG grade: how certain it is that a pain is neuropathic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import StrictBool

from nervelight.documents import Document

__all__ = ["NeupsigFindings", "NeupsigGrade", "NeupsigLevel", "NeupsigStep", "neupsig_grade"]

NeupsigLevel = Literal["unlikely", "possible", "probable", "definite"]

_SCREENING = "A screening questionnaire alone never takes the grade beyond possible."
_CAUSE = "Definite speaks of the lesion; it does not prove that the lesion causes the pain."


class NeupsigFindings(Document):
    """The four findings that the grade rests on. Each must be answered."""

    relevant_history: StrictBool
    """true if the history names a lesion or disease of the somatosensory system that can cause this pain"""
    plausible_distribution: StrictBool
    """true if the pain lies where that lesion or disease would put it"""
    sensory_signs: StrictBool
    """true if examination finds sensory signs in the same area"""
    confirmatory_test: StrictBool
    """true if a diagnostic test shows the lesion or disease"""


@dataclass(frozen=True)
class NeupsigStep:
    """One question on the way to the grade, its answer, and what follows."""

    question: str
    answer: bool
    consequence: str


@dataclass(frozen=True)
class NeupsigGrade:
    """The grade with the steps that led to it.

    Parameters
    ----------
    level : NeupsigLevel
        ``unlikely``, ``possible``, ``probable`` or ``definite``.
    steps : tuple of NeupsigStep
        The questions in the order asked; those after an ``unlikely`` are not asked.
    caveats : tuple of str
        What the grade does not say.
    sources : tuple of str
        Keys of sources.toml.
    """

    level: NeupsigLevel
    steps: tuple[NeupsigStep, ...]
    caveats: tuple[str, ...]
    sources: tuple[str, ...] = ("finnerup2016_neupsig",)


def neupsig_grade(findings: NeupsigFindings) -> NeupsigGrade:
    """Grade the certainty that a pain is neuropathic.

    Parameters
    ----------
    findings : NeupsigFindings
        History, distribution, signs and test.

    Returns
    -------
    NeupsigGrade

    Notes
    -----
    A history and a plausible distribution make it possible; signs in that area make it probable; a
    confirmatory test on top makes it definite. A lesion that a test shows while signs are hard to find is
    probable, not definite.

    References
    ----------
    Finnerup 2016 (`finnerup2016_neupsig`), figure 2.

    Examples
    --------
    >>> neupsig_grade(NeupsigFindings(relevant_history=True, plausible_distribution=True,
    ...                               sensory_signs=True, confirmatory_test=False)).level
    'probable'
    """
    steps: list[NeupsigStep] = []
    for question, answer in (
        ("Does the history name a lesion or disease that can cause this pain?", findings.relevant_history),
        ("Does the pain lie where that lesion or disease would put it?", findings.plausible_distribution),
    ):
        consequence = "go on" if answer else "neuropathic pain is unlikely"
        steps.append(NeupsigStep(question, answer, consequence))
        if not answer:
            return NeupsigGrade("unlikely", tuple(steps), (_SCREENING,))

    signs, test = findings.sensory_signs, findings.confirmatory_test
    steps.append(
        NeupsigStep(
            "Are there sensory signs in the same area?",
            signs,
            "at least probable" if signs else "possible, unless a test shows the lesion",
        )
    )
    level: NeupsigLevel
    if signs and test:
        level, why = "definite", "signs and test agree: definite"
    elif test:
        level, why = "probable", "the lesion is shown, but without signs the grade stays probable"
    elif signs:
        level, why = "probable", "signs without a test: probable"
    else:
        level, why = "possible", "neither signs nor test: possible"
    steps.append(NeupsigStep("Does a diagnostic test show the lesion or disease?", test, why))
    return NeupsigGrade(level, tuple(steps), (_SCREENING, _CAUSE) if level == "definite" else (_SCREENING,))
