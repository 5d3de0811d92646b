"""``nervelight devices``: the catalogue, one lamp, and its irradiance on the skin."""

import json

import pytest

from nervelight.optics import device, device_ids


def test_list_names_every_lamp_and_whether_it_was_measured(call):
    answer = call("devices", "list")
    assert answer.code == 0
    assert len(device_ids()) >= 8
    rows = {line.split()[0]: line for line in answer.out.splitlines()[1:] if line.strip()}
    for name in device_ids():
        assert name in answer.out
    assert rows["bestqool_pro300"].split()[-1] == "measured"
    assert max(map(len, answer.out.splitlines())) <= 80


def test_list_as_json_is_the_catalogue(call):
    entries = json.loads(call("devices", "list", "--json").out)
    assert [entry["id"] for entry in entries] == list(device_ids())


@pytest.mark.parametrize("name", device_ids())
def test_show_prints_each_lamp_with_its_sources(name, call):
    answer = call("devices", "show", name)
    assert answer.code == 0, answer
    entry = device(name)
    assert entry.manufacturer in answer.out
    assert max(map(len, answer.out.splitlines())) <= 80
    said = "".join(answer.out.split())
    for reading in entry.readings:
        assert reading.source in said
    assert json.loads(call("devices", "show", name, "--json").out)["id"] == name


def test_show_keeps_claims_and_measurements_apart(call):
    answer = call("devices", "show", "bestqool_pro300")
    rows = {line.split(" cm")[0].strip(): line.split() for line in answer.out.splitlines() if " cm " in line}
    assert [(rows[cm][2], rows[cm][3]) for cm in ("7.6", "15.2", "30.5")] == [
        ("106", "claim"),
        ("68.9", "measured"),
        ("59", "measured"),
    ]


@pytest.mark.parametrize(
    ("distance", "expected"), [("6 in", 68.9), ("12 in", 59.0), ("30.5 cm", 58.97), ("152 mm", 68.9)]
)
def test_irradiance_of_the_pro_300_meets_its_two_measurements(distance, expected, call):
    found = json.loads(call("devices", "irradiance", "bestqool_pro300", "--distance", distance, "--json").out)
    light = found["irradiance_mw_cm2"]
    assert light["central"] == pytest.approx(expected, rel=0.01)
    assert light["low"] < light["central"] < light["high"]
    assert found["basis"] == "measured"
    assert found["extrapolated"] is False
    assert "lightlab_llia002330" in found["sources"]


def test_farther_is_never_brighter_and_outside_the_measurements_is_said(call):
    ask = ("devices", "irradiance", "bestqool_pro300", "--json", "--distance")
    found = [json.loads(call(*ask, f"{cm} cm").out) for cm in (10, 20, 30, 60, 120)]
    central = [entry["irradiance_mw_cm2"]["central"] for entry in found]
    assert central == sorted(central, reverse=True)
    assert [entry["extrapolated"] for entry in found] == [True, False, False, True, True]
    assert found[-1]["distance_mm"] == 1200


def test_irradiance_in_words_has_its_interval_and_unit(call):
    answer = call("devices", "irradiance", "bestqool_pro300", "--distance", "12 in")
    assert answer.code == 0
    assert answer.out.startswith("59 mW/cm² (53 to 65) at 30.5 cm")
    assert max(map(len, answer.out.splitlines())) <= 80
    # Two figures, never an exponent.
    near = call("devices", "irradiance", "bestqool_pro300", "--distance", "0 mm")
    assert "e+" not in near.out


def test_a_claim_is_never_used_as_if_it_were_measured(call):
    claimed = [name for name in device_ids() if device(name).claims and not device(name).measured]
    assert claimed
    for name in claimed:
        answer = call("devices", "irradiance", name, "--distance", "6 in", "--json")
        if answer.code == 0:
            found = json.loads(answer.out)
            assert found["basis"] != "measured"
            assert found["irradiance_mw_cm2"]["central"] < max(r.value for r in device(name).claims) * 1e5


@pytest.mark.parametrize("name", device_ids())
@pytest.mark.parametrize("distance", ["0 mm", "6 in", "1 km"])
def test_any_lamp_at_any_distance_gives_numbers_or_reasons(name, distance, call):
    answer = call("devices", "irradiance", name, "--distance", distance, "--json")
    if answer.code == 0:
        low, central, high = json.loads(answer.out)["irradiance_mw_cm2"].values()
        assert 0 < low <= central <= high
    else:
        assert answer.code == 1
        assert answer.out == ""
        assert answer.err.strip()


@pytest.mark.parametrize("distance", ["12", "-1 in", "12 W", "", "nan mm", "inf mm", "near"])
def test_a_distance_without_unit_or_sense_is_refused(distance, call):
    answer = call("devices", "irradiance", "bestqool_pro300", "--distance", distance)
    assert answer.code == 1
    assert answer.out == ""
    assert "--distance" in answer.err


def test_a_distance_has_no_default(call):
    answer = call("devices", "irradiance", "bestqool_pro300")
    assert answer.code == 2
    assert "--distance" in answer.err


@pytest.mark.parametrize("command", [["show"], ["irradiance", "--distance", "12 in"]])
def test_an_unknown_lamp_suggests_the_nearest(command, call):
    answer = call("devices", command[0], "bestqol_pro300", *command[1:])
    assert answer.code == 1
    assert answer.out == ""
    said = " ".join(answer.err.split())
    assert "unknown device 'bestqol_pro300'" in said
    assert "did you mean 'bestqool_pro300'?" in said


@pytest.mark.parametrize(
    "name", ["../devices/bestqool_pro300", "/etc/passwd", "..", "", "BESTQOOL_PRO300", "a\x00b", "x" * 5000]
)
def test_a_name_is_no_path(name, call):
    answer = call("devices", "show", name)
    assert answer.code == 1, answer
    assert "unknown device" in " ".join(answer.err.split())
