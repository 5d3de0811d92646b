"""Scores, cut-offs and changes that matter."""

import math

import pytest
from pydantic import ValidationError

from nervelight.assessment import check_score, instrument, instrument_ids, reliable_change, severity
from nervelight.assessment.instrument_schema import Cutoffs, ImportantChange
from nervelight.errors import UnknownName
from nervelight.sources import require_known

# Written out, so that a slip in the data file is seen.
RANGES = {
    "nrs11": (0, 10),
    "peg": (0, 10),
    "dn4": (0, 10),
    "dn4_interview": (0, 7),
    "lanss": (0, 24),
    "s_lanss": (0, 24),
    "paindetect": (-1, 38),
    "npsi": (0, 100),
    "id_pain": (-1, 5),
    "mnsi_q": (0, 13),
    "mnsi_e": (0, 8),
    "tns_c": (0, 28),
    "tcss": (0, 19),
    "fact_gog_ntx": (0, 44),
    "eortc_cipn20": (0, 100),
    "phq9": (0, 27),
    "phq2": (0, 6),
    "gad7": (0, 21),
    "gad2": (0, 6),
    "isi": (0, 28),
    "pgic": (1, 7),
}
SCREENING = ("dn4", "dn4_interview", "lanss", "s_lanss", "paindetect", "id_pain")
WITHOUT_SCORE = ("monofilament_10g", "vibration_128", "ncs_sural", "sixmwt", "neupsig_grade")


@pytest.mark.parametrize(("name", "ends"), RANGES.items())
def test_both_ends_are_scores_and_what_lies_beyond_is_not(name: str, ends: tuple[int, int]) -> None:
    low, high = ends
    check_score(name, low)
    check_score(name, high)
    for beyond in (low - 1, high + 1):
        with pytest.raises(ValueError, match=f"from {low} to {high}"):
            check_score(name, beyond)


@pytest.mark.parametrize("name", [name for name in instrument_ids() if instrument(name).score])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, True])
def test_no_score_is_nan_infinite_or_a_truth_value(name: str, value: float) -> None:
    with pytest.raises(ValueError, match="needs"):
        check_score(name, value)


def test_fractions_only_where_means_occur() -> None:
    check_score("nrs11", 6.43)  # a weekly mean
    check_score("peg", 20 / 3)
    check_score("mnsi_e", 2.5)
    for name, value in (("phq9", 9.5), ("mnsi_e", 2.25), ("paindetect", 18.5), ("pgic", 2.5)):
        with pytest.raises(ValueError, match=r"whole|steps"):
            check_score(name, value)


@pytest.mark.parametrize("name", WITHOUT_SCORE)
def test_a_reading_is_not_a_bare_number(name: str) -> None:
    assert instrument(name).score is None
    assert instrument(name).readings or instrument(name).changes
    with pytest.raises(ValueError, match="method or unit"):
        check_score(name, 1)


def test_unknown_instrument_gets_a_suggestion() -> None:
    with pytest.raises(UnknownName, match="did you mean 'phq9'"):
        instrument("phq-9")


@pytest.mark.parametrize(
    ("name", "value", "label"),
    [
        ("nrs11", 3.99, "mild"),
        ("nrs11", 3.995, "mild"),  # no gap between the printed 3.99 and 4
        ("nrs11", 4, "moderate"),
        ("nrs11", 6.99, "moderate"),
        ("nrs11", 7, "severe"),
        ("dn4", 3, None),
        ("dn4", 4, "neuropathic likely"),
        ("paindetect", -1, "neuropathic unlikely"),
        ("paindetect", 12, "neuropathic unlikely"),
        ("paindetect", 13, "uncertain"),
        ("paindetect", 18, "uncertain"),
        ("paindetect", 19, "neuropathic likely"),
        ("phq9", 4, "minimal"),
        ("phq9", 9, "mild"),
        ("phq9", 10, "moderate"),
        ("phq9", 20, "severe"),
        ("gad7", 15, "severe"),
        ("isi", 7, "none"),
        ("isi", 8, "subthreshold"),
        ("mnsi_e", 2, None),
        ("mnsi_e", 2.5, "abnormal"),
        ("mnsi_q", 4, "abnormal"),
        ("npsi", 50, None),
    ],
)
def test_severity(name: str, value: float, label: str | None) -> None:
    assert severity(name, value) == label


def test_severity_refuses_what_is_no_score() -> None:
    with pytest.raises(ValueError, match="from 0 to 10"):
        severity("nrs11", 11)


@pytest.mark.parametrize("name", instrument_ids())
def test_bands_are_scores_of_the_instrument(name: str) -> None:
    for cutoffs in instrument(name).cutoffs:
        for band in cutoffs.bands:
            check_score(name, band.at_least)


def test_competing_cutoffs_say_why_the_first_is_preferred() -> None:
    several = [entry for entry in map(instrument, instrument_ids()) if len(entry.cutoffs) > 1]
    assert {entry.id for entry in several} == {"mnsi_q", "id_pain"}
    assert all(entry.cutoffs[0].reason for entry in several)


def test_direction() -> None:
    higher = {name for name in instrument_ids() if instrument(name).better == "higher"}
    assert higher == {"fact_gog_ntx", "eq5d_5l", "sixmwt", "gas"}
    assert "better" in instrument("fact_gog_ntx").unverified


def test_cipn20_changes_are_raw_sums() -> None:
    by_scale = {change.scale: change for change in instrument("eortc_cipn20").changes}
    # Yeo 2019 prints 6.9 to 16.4 % of 36 and 8.1 to 15.6 % of 32: shares of the highest raw sum.
    for scale, items, percent in (("sensory", 9, (6.9, 16.4)), ("motor", 8, (8.1, 15.6))):
        change = by_scale[scale]
        assert change.points is None
        assert change.raw_span == 3 * items
        assert change.raw_sum is not None
        shares = [100 * raw / (4 * items) for raw in (change.raw_sum.low, change.raw_sum.high)]
        assert shares == pytest.approx(percent, abs=0.06)
    sensory, motor = by_scale["sensory"].raw_sum_percent, by_scale["motor"].raw_sum_percent
    assert sensory is not None
    assert motor is not None
    assert (sensory.low, sensory.high) == pytest.approx((9.3, 21.9), abs=0.05)
    assert (motor.low, motor.high) == pytest.approx((10.8, 20.8), abs=0.05)


def test_reliable_change() -> None:
    peg = reliable_change("peg")
    assert peg is not None
    assert (peg.low, peg.high) == pytest.approx((2.2, 3.4), abs=0.05)
    for name, level, change in (
        ("promis_pi_4a", 0.95, 5.0),
        ("promis_pi_4a", 0.90, 4.2),
        ("promis_sd_4a", 0.95, 9.4),
        ("promis_sd_4a", 0.90, 7.9),
    ):
        found = reliable_change(name, level)
        assert found is not None
        assert found.median == pytest.approx(change, abs=0.05)
        assert found.unverified
    assert reliable_change("npsi") is None


def test_pain_needs_a_raw_point_beside_a_percentage() -> None:
    changes = instrument("nrs11").changes
    assert [c.percent.median for c in changes if c.grade == "moderate" and c.percent] == [30]
    assert any(c.points and c.points.median == 1 and c.sources == ("nervelight_rule",) for c in changes)


def test_walking_distance_is_kept_in_mm() -> None:
    distances = [change.distance for change in instrument("sixmwt").changes]
    assert [(d.low, d.high) for d in distances if d] == [(20_000, 30_000), (24_000, 45_000)]


def test_gad2_code_is_not_that_of_phq15() -> None:
    loinc = instrument("gad2").loinc
    assert loinc is not None
    assert loinc.score == "70272-0"
    every = [
        code for name in instrument_ids() if (entry := instrument(name).loinc) for code in (entry.score, *entry.items)
    ]
    assert "70273-8" not in every
    assert len(every) == len(set(every))


def test_loinc_check_digits() -> None:
    for name in instrument_ids():
        loinc = instrument(name).loinc
        for code in (loinc.score, *loinc.items, *filter(None, [loinc.panel])) if loinc else ():
            number, digit = code.split("-")
            doubled = [int(d) * (2 - i % 2) for i, d in enumerate(reversed(number))]
            assert (10 - sum(sum(divmod(d, 10)) for d in doubled) % 10) % 10 == int(digit), code


def test_only_six_may_ship_their_wording() -> None:
    text = {name for name in instrument_ids() if instrument(name).licence.ship == "text"}
    assert text == {"peg", "mnsi_q", "phq2", "phq9", "gad2", "gad7"}
    assert instrument("peg").licence.attribution
    assert not any(instrument(name).licence.unverified for name in text)


def test_screening_tools_carry_no_change_that_matters() -> None:
    for name in SCREENING:
        assert not instrument(name).changes
        assert any("never an outcome" in note for note in instrument(name).notes)


@pytest.mark.parametrize("name", instrument_ids())
def test_sources_are_known_and_every_number_has_one_or_a_mark(name: str) -> None:
    entry = instrument(name)
    parts = (*entry.cutoffs, *entry.readings, *entry.changes)
    assert entry.sources
    require_known(entry.sources + entry.licence.sources + (entry.loinc.sources if entry.loinc else ()))
    for part in parts:
        require_known(part.sources)
        assert part.sources or part.unverified, part
    if entry.standard_error:
        assert require_known(entry.standard_error.sources)


def test_schema_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValidationError, match="must rise"):
        Cutoffs.model_validate({"bands": [{"label": "b", "at_least": 4}, {"label": "a", "at_least": 4}]})
    with pytest.raises(ValidationError, match="needs points"):
        ImportantChange(basis="none")
    with pytest.raises(ValidationError, match="go together"):
        ImportantChange.model_validate({"raw_sum": 3})
    with pytest.raises(ValidationError, match="no unit"):
        ImportantChange.model_validate({"distance": {"low": 20, "high": 30}})
