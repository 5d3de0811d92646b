"""Studies as data for others: units in every name, and what arithmetic gives beside what is printed."""

from __future__ import annotations

import json

import pytest

from nervelight.evidence import study, study_ids
from nervelight.report import study_record

PHYSICAL = {
    "irradiance",
    "radiant_exposure",
    "time_per_site",
    "radiant_power",
    "spot_area",
    "point_energy",
    "session_time",
}


def keys(node: object) -> set[str]:
    if isinstance(node, dict):
        return set(node) | {key for value in node.values() for key in keys(value)}
    return {key for value in node for key in keys(value)} if isinstance(node, list) else set()


@pytest.mark.parametrize("name", study_ids())
def test_no_physical_value_goes_without_its_unit(name: str) -> None:
    record = study_record(study(name))
    assert json.loads(json.dumps(record)) == record
    # Names of fields stand as words in what is borrowed, unverified or unclear.
    for light in record["lights"]:
        for remark in ("borrowed", "unverified", "unclear"):
            light.pop(remark)
    assert not keys(record) & PHYSICAL
    assert record["id"] == name


def test_values_are_those_of_the_paper_and_computed_ones_say_how() -> None:
    (light,) = study_record(study("konstantinovic2010_lumbar"))["lights"]
    assert light["irradiance_mw_cm2"] == 20
    assert light["radiant_exposure_j_cm2"] == 3
    assert light["radiant_power_mw"] == 100
    (normal,) = study_record(study("konstantinovic2010_lumbar"))["normalised"]
    assert normal["spot_area_cm2"] == {"value": 5.0, "computed_by": "mean power / irradiance"}
    assert normal["irradiance_mw_cm2"]["computed_by"] is None


def test_what_is_missing_stays_missing_and_each_reading_stands_apart() -> None:
    (normal,) = study_record(study("zinman2004"))["normalised"]
    assert set(normal) == {"label", "wavelengths_nm"}
    labels = [entry["label"] for entry in study_record(study("chang2008"))["normalised"]]
    assert labels == ["60 mW read as mean power", "60 mW read as peak power"]


def test_a_window_of_a_guideline_has_units_too() -> None:
    (window, *_) = study_record(study("walt2022"))["windows"]
    assert window["bands"][0]["wavelengths_nm"] == [630.0, 680.0]
    assert window["bands"][0]["irradiance_mw_cm2"] == [20.0, 150.0]
    assert window["radiant_exposure_j_cm2"] == [2.0, 6.0]
