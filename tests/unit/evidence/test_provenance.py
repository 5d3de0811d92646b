"""Every number of the evidence leads to a source and a place in it, and words say what the numbers say."""

import re
from collections.abc import Iterator

import pytest

from nervelight.documents import Document
from nervelight.evidence import CONDITIONS, claims, outcome_reference, studies, study, study_ids
from nervelight.evidence.located import Located
from nervelight.sources import all_sources

# Fields whose numbers count something of ours, or say how a number is meant: not numbers of a paper.
NOT_PRINTED = {"range"}
# Written-out numbers and halves, as sentences have them.
WORDS = {"half": [50.0, 0.5], "quarter": [25.0, 0.25]}
# Ends of scales, thresholds of responders, and the level of intervals: they name the yardstick, not the result.
YARDSTICKS = {10.0, 100.0, 30.0, 50.0, 95.0}


def numbers_in(node: object, path: str, where: tuple[str, str]) -> Iterator[tuple[str, float, tuple[str, str]]]:
    """Yield every number of a study with the nearest source and place around it."""
    if isinstance(node, Document):
        if isinstance(node, Located):
            where = (node.source or where[0], node.place or where[1])
        for name, value in node:
            if name not in NOT_PRINTED:
                yield from numbers_in(value, f"{path}.{name}", where)
    elif isinstance(node, dict):
        for name, value in node.items():
            yield from numbers_in(value, f"{path}.{name}", where)
    elif isinstance(node, (tuple, list)):
        for index, value in enumerate(node):
            yield from numbers_in(value, f"{path}[{index}]", where)
    elif isinstance(node, (int, float)) and not isinstance(node, bool):
        yield path, float(node), where
    elif isinstance(node, str) and re.search(r"\d", node):
        yield path, float("nan"), where


@pytest.mark.parametrize("name", study_ids())
def test_each_number_of_a_study_leads_to_a_source_and_a_place_in_it(name):
    entry = study(name)
    found = list(numbers_in(entry, name, (entry.sources[0], entry.place)))
    for path, _, (source, place) in found:
        assert source in all_sources(), path
        assert place.strip(), path
        assert source in entry.sources, path


def test_the_walk_meets_numbers():
    count = sum(1 for entry in studies() for _ in numbers_in(entry, entry.id, (entry.sources[0], entry.place)))
    assert count > 2000


def test_a_number_from_a_third_party_names_it():
    for entry in studies():
        for outcome in entry.outcomes:
            if outcome.secondary:
                assert outcome.source, entry.id
                assert outcome.place, entry.id


def values_of(name: str) -> set[float]:
    """Every number that a study prints, in the units in which people read them."""
    entry, found = study(name), set()
    for path, value, _ in numbers_in(entry, name, ("", "")):
        if value == value:
            found |= {abs(value), abs(value) * 1000}
            if path.endswith(("radiant_exposure", "irradiance")):
                found |= {value * 100, value * 1e5}
    text = entry.model_dump_json()
    found |= {abs(float(word)) for word in re.findall(r"(?<![\d.])\d+(?:\.\d+)?", text)}
    return found


def numbers_said(text: str) -> set[str]:
    without_names = re.sub(r"\b(P|I2|mTNS|week|K)\s?(?=\d)", "", text.replace("I2", ""))
    return set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?", without_names))


def is_printed(said: str, printed: set[float]) -> bool:
    decimals = len(said.partition(".")[2])
    value = float(said)
    return value in YARDSTICKS or any(round(number, decimals) == value for number in printed)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_numbers_in_the_words_of_a_result_are_those_of_its_study(condition):
    reference = outcome_reference(condition)
    for result in reference.results:
        printed = values_of(result.study)
        for said in numbers_said(f"{result.light} {result.comparator}"):
            assert is_printed(said, printed), f"{result.study}: {said}"
    printed = {value for name in reference.placebo.studies for value in values_of(name)}
    for said in numbers_said(reference.placebo.text):
        # "about 1 in 4"
        assert is_printed(said, printed) or said in {"1", "4"}, f"{condition}: {said}"


@pytest.mark.parametrize("entry", claims(), ids=lambda entry: entry.id)
def test_numbers_in_a_claim_are_those_of_its_studies(entry):
    """Where every source is a study of the library; other sources stand outside of it."""
    if not entry.sources or any(not pointer.study for pointer in entry.sources):
        return
    printed = {value for pointer in entry.sources for value in values_of(pointer.study)}
    printed |= {abs(a - b) for a in printed for b in printed if a < 25 and b < 25}
    for said in numbers_said(f"{entry.reason} {entry.may_say}"):
        assert is_printed(said, printed) or said in {"1", "4"}, said


def test_the_check_of_words_can_fail():
    assert not is_printed("7.3", values_of("zinman2004"))
    assert is_printed("1.0", values_of("zinman2004"))
    assert numbers_said("pain fell by 1.0 of 10 (P 0.07), I2 99 %") == {"1.0", "10", "0.07", "99"}


def test_packaged_files_bring_no_citations_of_their_own():
    assert not [entry.id for entry in studies() if entry.citations]
