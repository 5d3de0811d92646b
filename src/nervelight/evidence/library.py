"""Extending the library: a new study file is checked, told what it lacks, and kept in the user's own folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from nervelight.documents import read_yaml, user_folder, validated, write_all
from nervelight.errors import Fault, InvalidInput, UnknownName
from nervelight.evidence.anchors import study_anchor
from nervelight.evidence.memory import forget
from nervelight.evidence.studies import added_ids, packaged_ids, studies, study_ids
from nervelight.evidence.study_schema import CONTROLLED_DESIGNS, Study
from nervelight.evidence.trial_effects import NoEffect, effect_of, measures_of
from nervelight.sources import OWN_STUDIES, packaged_sources

__all__ = ["Review", "add_study", "remove_study", "review_study"]


@dataclass(frozen=True)
class Review:
    """What a study file holds and what it lacks.

    Parameters
    ----------
    study : Study
    missing_light : tuple of str
        What keeps its light from being followed.
    missing_numbers : tuple of str
        Outcomes without an effect size, each with what is missing for it.
    missing_report : tuple of str
        What a reader would want to know besides.
    taken : bool
        Whether a study of the package has its name, so that it cannot be added.
    """

    study: Study
    missing_light: tuple[str, ...]
    missing_numbers: tuple[str, ...]
    missing_report: tuple[str, ...]
    taken: bool


def review_study(path: Path | str) -> Review:
    """Read a study file, check it, and say what is missing from it.

    Parameters
    ----------
    path : path-like
        A YAML file in the shape of those in the package; new citations stand in it under ``citations``.

    Raises
    ------
    InvalidInput
        With every fault, if it breaks the schema, or if its name is not its id.
    """
    where = Path(path)
    found = validated(Study, read_yaml(where), str(where))
    faults = []
    if found.id != where.stem:
        faults.append(Fault("id", found.id, f"the name of the file, {where.stem}"))
    if found.same_people_as and found.same_people_as not in study_ids():
        faults.append(Fault("same_people_as", found.same_people_as, "a study of the library"))
    for key in found.citations:
        if key in packaged_sources():
            faults.append(Fault(f"citations.{key}", key, "a key that the package does not know", "leave it out"))
        elif key not in found.sources:
            faults.append(Fault(f"citations.{key}", key, "a key that the file uses"))
    if faults:
        raise InvalidInput(str(where), faults)
    return Review(
        study=found,
        missing_light=study_anchor(found).missing
        if found.lights or found.windows
        else ("its light",)
        if _gives_light(found)
        else (),
        missing_numbers=tuple(_missing_numbers(found)),
        missing_report=tuple(_missing_report(found)),
        taken=found.id in packaged_ids(),
    )


def add_study(path: Path | str, *, replace: bool = False) -> tuple[Review, Path]:
    """Check a study file and put it into the user's library.

    Parameters
    ----------
    path : path-like
    replace : bool
        Whether a file that the user added before under this name may be replaced.

    Returns
    -------
    Review and Path
        What it lacks, and where it stands now.

    Raises
    ------
    InvalidInput
        As `review_study`; also if the name is taken.
    """
    review = review_study(path)
    name, target = review.study.id, user_folder(OWN_STUDIES) / f"{review.study.id}.yaml"
    if review.taken:
        raise InvalidInput(str(path), [Fault("id", name, "a name that no study of the package has")])
    if target.exists() and not replace:
        fault = Fault("id", name, "a name that your library does not have yet", "--replace puts it in its place")
        raise InvalidInput(str(path), [fault])
    before = target.read_text(encoding="utf-8") if target.exists() else None
    write_all({target: Path(path).read_text(encoding="utf-8")})
    _keep_if_whole(target, before)
    return review, target


def remove_study(name: str) -> Path:
    """Take a study that the user added out of the library again.

    Parameters
    ----------
    name : str
        Its id.

    Returns
    -------
    Path
        The file that is gone.

    Raises
    ------
    UnknownName
        If the user added no study of that name.
    InvalidInput
        If another study of the user needs its citation; nothing is removed then.
    """
    if name not in added_ids():
        raise UnknownName("study of your own", name, added_ids())
    target = user_folder(OWN_STUDIES) / f"{name}.yaml"
    before = target.read_text(encoding="utf-8")
    target.unlink()
    _keep_if_whole(target, before)
    return target


def _keep_if_whole(target: Path, before: str | None) -> None:
    """Read the whole library; if that fails, put back what was there and say why."""
    forget()
    try:
        studies()
    except InvalidInput:
        if before is None:
            target.unlink()
        else:
            write_all({target: before})
        forget()
        raise


def _gives_light(found: Study) -> bool:
    return found.topic == "treatment" and any(arm.role == "light" for arm in found.arms)


def _missing_numbers(found: Study) -> Iterator[str]:
    if found.design not in CONTROLLED_DESIGNS | {"cohort"} or found.topic != "treatment":
        return
    for domain in dict.fromkeys(outcome.domain for outcome in found.outcomes):
        result = effect_of(found, domain, measures_of(domain)[0])
        if isinstance(result, NoEffect):
            yield f"{domain.replace('_', ' ')}: {', '.join(result.missing)}"
    if not found.outcomes:
        yield "any outcome"


def _missing_report(found: Study) -> Iterator[str]:
    if found.topic != "treatment":
        return
    absent = {
        "number of people (n)": found.n is None,
        "size of each arm": bool(found.arms) and any(arm.n is None for arm in found.arms),
        "arms": not found.arms,
        "schedule": found.schedule is None,
        "skin phototype of the people": not found.phototype,
        "adverse events": not found.adverse_events,
        "reasons to trust it less or more (bias)": not found.bias,
        "comparator": not found.comparator and found.design != "case_series",
    }
    yield from (name for name, missing in absent.items() if missing)
