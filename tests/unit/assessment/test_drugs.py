"""Photosensitising drugs against the light of a lamp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from nervelight.assessment import Drug, drug, drug_names, drugs_in, photosensitising
from nervelight.assessment.drugs import _plain
from nervelight.errors import ValidityError
from nervelight.sources import require_known

RED, NIR = 633.0, 850.0
DAY = 86400.0


def known(name: str) -> Drug:
    found = drug(name)
    assert found is not None, name
    return found


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Levulan", "aminolevulinic_acid"),
        ("LEVULAN KERASTICK", "aminolevulinic_acid"),
        ("5-ALA", "aminolevulinic_acid"),
        ("mal", "aminolevulinic_acid"),
        ("photofrin", "porfimer"),
        ("Porfimer sodium", "porfimer"),
        ("FOSCAN", "temoporfin"),
        ("visudyne", "verteporfin"),
        ("Tookad", "padeliporfin"),
        ("Motexafin  Lutetium", "motexafin_lutetium"),
        ("TLD 1433", "tld1433"),
        ("Pc4", "pc4"),
        ("St. John’s Wort", "st_johns_wort"),
        ("st johns wort", "st_johns_wort"),
        ("St John wort", "st_johns_wort"),
        ("Hypericin", "st_johns_wort"),
        ("doxycycline", "tetracyclines"),
        ("Naproxen", "nsaids"),
        ("NSAIDs", "nsaids"),
        (" amiodarone ", "amiodarone"),
    ],
)
def test_names_brands_and_members(written: str, name: str) -> None:
    assert known(written).id == name


@pytest.mark.parametrize("written", ["pregabalin", "duloxetine", "alpha-lipoic acid", "", " - "])
def test_a_drug_that_is_not_on_the_list(written: str) -> None:
    assert drug(written) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("doxycycline 100 mg", ["tetracyclines"]),
        ("ibuprofen gel, Photofrin 2 mg/kg", ["nsaids", "porfimer"]),
        ("5-ALA gel for the skin", ["aminolevulinic_acid"]),
        ("ALA 600 mg", ["aminolevulinic_acid"]),
        ("alpha-lipoic acid (ALA) 600 mg", []),
        ("5-aminolevulinic acid and lipoic acid", ["aminolevulinic_acid"]),
        ("non-steroidal anti-inflammatory drugs now and then", ["nsaids"]),
        ("doxycycline stopped last week", ["tetracyclines"]),
        ("St. John’s wort tea, hypericum", ["st_johns_wort"]),
        ("metformin 1000 mg", []),
        ("malaria prophylaxis", []),
        ("", []),
    ],
)
def test_drugs_are_found_in_free_text(text: str, found: list[str]) -> None:
    assert [entry.id for entry in drugs_in(text)] == found


@pytest.mark.parametrize("name", drug_names())
def test_every_name_alone_is_found_in_text_as_well(name: str) -> None:
    entry = known(name)
    for written in (entry.label, *entry.names, *entry.members):
        assert entry in drugs_in(f"x {written} 10 mg"), written


def test_ala_is_taken_as_the_dangerous_one_and_says_so() -> None:
    assert "alpha-lipoic acid" in photosensitising(known("ALA"), RED).reason


def test_no_name_stands_for_two_drugs() -> None:
    owner: dict[str, str] = {}
    for name in drug_names():
        entry = known(name)
        for alias in {_plain(n) for n in (entry.id, entry.label, *entry.names, *entry.members)}:
            assert owner.setdefault(alias, name) == name, alias


@pytest.mark.parametrize(
    ("name", "wavelengths", "level"),
    [
        ("porfimer", [RED], "hard_stop"),
        ("porfimer", [RED, NIR], "hard_stop"),  # one line in the band is enough
        ("porfimer", [NIR, RED], "hard_stop"),
        ("porfimer", [NIR], "none"),  # the peak, 630 nm, lies far outside the lamp's light
        ("porfimer", [450], "hard_stop"),  # shorter counts too
        ("porfimer", [700], "hard_stop"),
        ("porfimer", [701], "caution"),
        ("porfimer", [780], "caution"),
        ("porfimer", [781], "none"),
        ("tld1433", [RED], "hard_stop"),
        ("tld1433", [NIR], "none"),
        ("temoporfin", [660, 810, 905], "hard_stop"),
        ("motexafin_lutetium", [RED], "hard_stop"),
        ("padoporfin", [780], "hard_stop"),
        ("redaporfin", [810], "caution"),
        ("verteporfin", [NIR], "hard_stop"),
        ("methylene_blue", [1064], "hard_stop"),
        ("tetracyclines", [RED, NIR], "caution"),
        ("st_johns_wort", [NIR], "caution"),
        ("lithium", [NIR], "caution"),
    ],
)
def test_level(name: str, wavelengths: list[float], level: str) -> None:
    assert photosensitising(known(name), wavelengths).level == level


def test_every_photodynamic_drug_stops_light_at_its_own_peak() -> None:
    photodynamic = [entry for entry in map(known, drug_names()) if entry.peaks]
    assert len(photodynamic) == 17
    for entry in photodynamic:
        for peak in entry.peaks:
            assert photosensitising(entry, peak + 15).level == "hard_stop", entry.id


def test_drugs_for_ultraviolet_are_never_a_hard_stop() -> None:
    for name in ("tetracyclines", "phenothiazines", "nsaids", "nalidixic_acid", "amiodarone", "griseofulvin"):
        assert photosensitising(known(name), [400, 1000]).level == "caution"


LEVELS = ("none", "caution", "hard_stop")


@given(
    name=st.sampled_from(drug_names()),
    lines=st.lists(st.floats(400, 1100), min_size=1, max_size=4),
    more=st.floats(400, 1100),
)
def test_more_light_is_never_judged_safer(name: str, lines: list[float], more: float) -> None:
    before = photosensitising(known(name), lines).level
    after = photosensitising(known(name), [*lines, more]).level
    assert LEVELS.index(after) >= LEVELS.index(before)


@pytest.mark.parametrize("wavelengths", [[], [0.0], [-630.0], [np.nan], [630.0, np.inf]])
def test_a_lamp_without_light_cannot_be_judged(wavelengths: list[float]) -> None:
    with pytest.raises(ValidityError, match="wavelength"):
        photosensitising(known("porfimer"), wavelengths)


def test_holds() -> None:
    assert [hold.at_least for hold in known("Levulan").holds] == [pytest.approx(40 * 3600)]
    assert [hold.at_least for hold in known("Photofrin").holds] == [pytest.approx(30 * DAY)]
    assert [hold.at_least / DAY for hold in known("Foscan").holds] == pytest.approx([15, 91.3, 182.6], abs=0.1)
    reason = photosensitising(known("Foscan"), RED).reason
    assert "at least 15 days" in reason
    assert "at least 6 months (the arm injected)" in reason
    assert "40 h" in photosensitising(known("Levulan"), RED).reason
    assert "ask the prescriber" in photosensitising(known("HPPH"), RED).reason


def test_the_reason_names_peak_limit_and_light() -> None:
    verdict = photosensitising(known("Fotolon"), [RED, NIR])
    assert "660 to 670 nm" in verdict.reason
    assert "up to 700 nm" in verdict.reason
    assert "633 nm" in verdict.reason


def test_what_has_no_checked_source_is_marked() -> None:
    marked = {name for name in drug_names() if known(name).unverified}
    assert marked == {"photogem", "motexafin_lutetium", "methylene_blue", "lithium", "melatonin"}
    assert photosensitising(known("methylene blue"), NIR).unverified


@pytest.mark.parametrize("name", drug_names())
def test_sources_are_known_and_limits_are_called_rules(name: str) -> None:
    assert "nervelight_rule" in require_known(known(name).sources)


def test_a_limit_below_the_peak_is_refused() -> None:
    data = {
        "id": "x",
        "label": "x",
        "names": [],
        "peaks": ["690 nm"],
        "caution_up_to": "any",
        "why": "",
        "sources": [],
    }
    with pytest.raises(ValidationError, match="beyond every peak"):
        Drug.model_validate({**data, "hard_stop_up_to": "680 nm"})
    with pytest.raises(ValidationError):
        Drug.model_validate({**data, "hard_stop_up_to": 700})
