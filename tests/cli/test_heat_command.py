"""``nervelight heat``: temperatures as the library has them, bands, words, pictures, and every wrong call."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from nervelight.optics import Disc, Gaussian
from nervelight.optics.stack_file import read_stack_file
from nervelight.transport import (
    ThermalLayers,
    conductivity_interval,
    perfusion_interval,
    solve_beam,
    solve_plane_wave,
    surface_coefficient_interval,
    warm,
)
from nervelight.uncertainty import low_discrepancy_sample

STACKS = Path(__file__).resolve().parents[2] / "examples" / "stacks"
TWO_LAYERS, ANKLE, FINGER = (STACKS / f"{name}.yaml" for name in ("two_layers", "medial_ankle", "finger"))
KEYS = [
    "schema",
    "irradiance_mw_cm2",
    "exposure_min",
    "air_c",
    "perfusion_factor",
    "surface_coefficient_w_m2_k",
    "conductivity_factor",
    "beneath",
    "depth_mm",
    "before_c",
    "end_c",
    "cem43_min",
    "time_min",
    "temperature_c",
]
BANDS = ("before_c", "end_c", "cem43_min", "temperature_c")
BEAM = ("--beam", "gaussian:5", "--incidence", "collimated", "--power", "200 mW")
PANEL = ("--beam", "plane", "--incidence", "diffuse", "--irradiance", "60 mW/cm2")
ROOM = ("--minutes", 20, "--air", "22 degC", "--depth", 0, 3, 9)
FIXED = ("--perfusion", 1, "--surface-coefficient", "8 W/m2/K", "--conductivity", 1)
SVG = "{http://www.w3.org/2000/svg}"


def answered(call, stack, *arguments):
    answer = call("heat", stack, "--wavelength", 810, *arguments, "--json")
    assert answer.code == 0, answer
    assert answer.err == ""
    return json.loads(answer.out)


def ankle(perfusion, surface, conductivity):
    """Return skin at the ankle."""
    file = read_stack_file(ANKLE)
    return ThermalLayers(
        file.layer_stack(810.0).thickness, file.tissues, perfusion, surface, 22.0, conductivity_factor=conductivity
    )


# ---- numbers


@pytest.mark.parametrize(("beam", "shape"), [("gaussian:5", Gaussian(5.0)), ("disc:2", Disc(2.0))])
def test_a_beam_warms_as_the_library_says(beam, shape, call):
    found = answered(call, ANKLE, "--beam", beam, *BEAM[2:], *ROOM, *FIXED)
    assert list(found) == [key if key != "irradiance_mw_cm2" else "radiant_power_mw" for key in KEYS]
    assert (found["schema"], found["radiant_power_mw"]) == ("nervelight-heat-1", pytest.approx(200.0))
    light = solve_beam(read_stack_file(ANKLE).layer_stack(810.0))
    expected = warm(
        ankle(1.0, 8e-6, 1.0),
        light.absorbed_density,
        power=0.2,
        beam=shape,
        exposure_time=1200.0,
        depth=[0, 3, 9],
    )
    for name in ("low", "central", "high"):
        np.testing.assert_allclose(found["before_c"][name], expected.start[0], rtol=1e-9)
        np.testing.assert_allclose(found["temperature_c"][name], expected.temperature[0, :, 0], rtol=1e-9)
        np.testing.assert_allclose(found["end_c"][name], expected.peak[0], rtol=1e-9)
        np.testing.assert_allclose(found["cem43_min"][name], expected.cem43[0], rtol=1e-7)
    assert found["time_min"] == pytest.approx((expected.times / 60).tolist())


def test_a_plane_wave_warms_a_finger_with_air_on_both_sides(call):
    found = answered(call, FINGER, *PANEL, *ROOM, *FIXED)
    assert list(found) == KEYS
    assert found["beneath"] == "air"
    file = read_stack_file(FINGER)
    stack = file.layer_stack()
    light = solve_plane_wave(stack, diffuse_share=1.0)
    layers = ThermalLayers(stack.thickness, file.tissues, 1.0, 8e-6, 22.0, beneath="air")
    expected = warm(layers, light.absorbed_density, irradiance=6e-4, exposure_time=1200.0, depth=[0, 3, 9])
    np.testing.assert_allclose(found["end_c"]["central"], expected.peak[0], rtol=1e-9)


def test_the_intervals_are_those_of_the_data(call):
    found = answered(call, ANKLE, *BEAM, *ROOM)
    for key, interval, unit in (
        ("perfusion_factor", perfusion_interval(False), 1.0),
        ("surface_coefficient_w_m2_k", surface_coefficient_interval(), 1e-6),
        ("conductivity_factor", conductivity_interval(), 1.0),
    ):
        assert found[key] == pytest.approx(
            {"low": interval.low / unit, "central": interval.median / unit, "high": interval.high / unit}
        )
    assert found["beneath"] == "core"


@pytest.mark.parametrize("light", [BEAM, PANEL])
def test_the_band_holds_whatever_the_intervals_hold(light, call):
    found = answered(call, ANKLE, *light, *ROOM)
    for key in BANDS:
        low, central, high = (np.array(found[key][name]) for name in ("low", "central", "high"))
        assert np.all((low <= central) & (central <= high))
    u = low_discrepancy_sample(64, 3, seed=1)
    layers = ankle(
        perfusion_interval(False).at(u[:, 0]),
        surface_coefficient_interval().at(u[:, 1]),
        conductivity_interval().at(u[:, 2]),
    )
    stack = read_stack_file(ANKLE).layer_stack(810.0)
    how = {"exposure_time": 1200.0, "depth": [0, 3, 9]}
    if light is BEAM:
        beam = solve_beam(stack).absorbed_density
        drawn = warm(layers, lambda q, z: beam(q, z[0]), power=0.2, beam=Gaussian(5.0), **how)
    else:
        wave = solve_plane_wave(stack, diffuse_share=1.0).absorbed_density
        drawn = warm(layers, lambda q, z: wave(q, z[0]), irradiance=6e-4, **how)
    for key, values in (("before_c", drawn.start), ("end_c", drawn.peak)):
        assert np.all(values > np.array(found[key]["low"]) - 0.01)
        assert np.all(values < np.array(found[key]["high"]) + 0.01)
        # And it is not wider than it has to be.
        width = np.array(found[key]["high"]) - np.array(found[key]["low"])
        assert np.all(np.ptp(values, axis=0) > 0.6 * width)


def test_a_value_that_is_given_has_no_band(call):
    wide = answered(call, ANKLE, *BEAM, *ROOM)
    width = np.array(wide["end_c"]["high"]) - np.array(wide["end_c"]["low"])
    for option, text in zip(FIXED[::2], FIXED[1::2], strict=True):
        narrower = answered(call, ANKLE, *BEAM, *ROOM, option, text)
        assert np.all(np.array(narrower["end_c"]["high"]) - np.array(narrower["end_c"]["low"]) < width)
    fixed = answered(call, ANKLE, *BEAM, *ROOM, *FIXED)
    assert fixed["end_c"]["low"] == fixed["end_c"]["central"] == fixed["end_c"]["high"]
    assert fixed["perfusion_factor"] == {"low": 1, "central": 1, "high": 1}
    assert fixed["surface_coefficient_w_m2_k"]["low"] == pytest.approx(8)


def test_the_rise_is_proportional_to_the_power(call):
    rises = []
    for power in ("100 mW", "0.3 W"):
        found = answered(call, ANKLE, *BEAM[:-1], power, *ROOM, *FIXED)
        rises.append(np.array(found["end_c"]["central"]) - found["before_c"]["central"])
    np.testing.assert_allclose(rises[1], 3 * rises[0], rtol=1e-9)


def test_a_lamp_on_the_skin_takes_no_heat_and_the_skin_starts_warm(call):
    bare, covered = (
        answered(call, ANKLE, *PANEL, *ROOM, "--perfusion", 1, "--conductivity", 1, "--surface-coefficient", value)
        for value in ("8 W/m2/K", "0 W/m2/K")
    )
    assert covered["before_c"]["central"][0] > bare["before_c"]["central"][0] + 1
    # No heat leaves: tissue is as warm as arterial blood, and a little warmer by its own metabolism.
    assert 37 < covered["before_c"]["central"][0] < 37.5


def test_a_fraction_of_blood_flow_and_units_are_read(call):
    found = answered(
        call, ANKLE, *PANEL[:-1], "0.06 W/cm2", "--minutes", "1200 s", "--air", "22 °C", *ROOM[4:], "--perfusion", 0.01
    )
    assert found["irradiance_mw_cm2"] == pytest.approx(60)
    assert (found["exposure_min"], found["air_c"]) == (pytest.approx(20), pytest.approx(22))
    assert found["perfusion_factor"]["high"] == 0.01


# ---- wrong calls


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("--irradiance|60 mW/cm2", "--irradiance|60", "--irradiance", "from 0.001 mW/cm2 to 100 W/cm2, such as"),
        ("--irradiance|60 mW/cm2", "--irradiance|-1 mW/cm2", "--irradiance", "from 0.001 mW/cm2 to 100 W/cm2"),
        ("--irradiance|60 mW/cm2", "--irradiance|60 mW", "--irradiance", "from 0.001 mW/cm2 to 100 W/cm2"),
        ("--irradiance|60 mW/cm2|", "", "--irradiance", "missing; required for a plane wave, such as 60 mW/cm2"),
        ("--minutes", "--power|1 W|--minutes", "--power", "left out: a plane wave needs --irradiance"),
        ("--minutes|20", "--minutes|0", "--minutes", "a time in minutes from 0.01 to 1440, such as 20"),
        ("--minutes|20", "--minutes|soon", "--minutes", "got 'soon'"),
        ("--minutes|20", "--minutes|-3", "--minutes", "got '-3'"),
        ("22 degC", "22", "--air", "from 5 degC to 45 degC, such as '22 degC'"),
        ("22 degC", "60 degC", "--air", "from 5 degC to 45 degC"),
        ("--minutes", "--perfusion|-1|--minutes", "--perfusion", "a factor from 0 to 20, such as 1"),
        ("--minutes", "--perfusion|nan|--minutes", "--perfusion", "a factor from 0 to 20, such as 1"),
        ("--minutes", "--conductivity|0|--minutes", "--conductivity", "a factor from 0.1 to 10"),
        ("--minutes", "--surface-coefficient|8|--minutes", "--surface-coefficient", "such as '8 W/m2/K'"),
        ("--minutes", "--surface-coefficient|2000 W/m2/K|--minutes", "--surface-coefficient", "to 1000 W/m2/K"),
        ("--depth|0", "--depth|-2", "--depth", "a length in mm from 0 to 1000"),
        ("--depth|0", "--depth|20", "--depth", "a depth within the layers, which end at 14 mm"),
        ("--beam|plane", "--beam|flat", "--beam", "plane, disc:R or gaussian:W"),
        ("diffuse", "skew", "--incidence", "collimated, diffuse, or led:ANGLE"),
        ("--minutes", "--plot|a.pdf|--minutes", "--plot", "a file name that ends in .svg"),
    ],
)
def test_each_wrong_value_is_one_fault_of_the_call(old, new, path, words, call):
    line = "--beam|plane|--incidence|diffuse|--irradiance|60 mW/cm2|--minutes|20|--air|22 degC|--depth|0"
    assert old in line
    answer = call("heat", FINGER, *line.replace(old, new).split("|"))
    said = " ".join(answer.err.split())
    assert (answer.code, answer.out) == (1, ""), answer
    # What is no beam needs a power, too.
    count = 3 if path == "--beam" else 1
    assert f"call: {count} fault" in said
    assert f"{path}: " in said
    assert words in said
    assert list(Path.cwd().iterdir()) == []


def test_a_beam_needs_a_power(call):
    answer = call("heat", ANKLE, "--wavelength", 810, *BEAM[:4], "--irradiance", "60 mW/cm2", *ROOM)
    said = " ".join(answer.err.split())
    assert answer.code == 1
    assert "--irradiance: got '60 mW/cm2'; left out: a beam needs --power" in said
    assert "--power: missing; required for a beam, such as 200 mW" in said


@pytest.mark.parametrize("missing", ["--minutes", "--air", "--depth", "--beam", "--incidence"])
def test_what_is_needed_has_no_default(missing, call):
    line = [FINGER, *PANEL, *ROOM[:4], "--depth", 0]
    at = line.index(missing)
    answer = call("heat", *line[:at], *line[at + 2 :])
    assert (answer.code, answer.out) == (2, "")
    assert f"Missing option '{missing}'" in answer.err


def test_layers_have_to_say_what_they_are_made_of(call):
    answer = call("heat", TWO_LAYERS, *PANEL, *ROOM, "--perfusion", -1)
    said = " ".join(answer.err.split())
    assert (answer.code, answer.out) == (1, "")
    assert "two_layers.yaml: 3 faults" in said
    for path in ("layers[0].tissue", "layers[1].tissue"):
        assert f"{path}: missing; required for heat: one of skin, fat, muscle, nerve, cortical_bone" in said
    assert "--perfusion: got '-1'" in said


def test_a_depth_in_the_core_is_refused(call):
    answer = call("heat", ANKLE, "--wavelength", 810, *PANEL, *ROOM[:4], "--depth", 100)
    assert (answer.code, answer.out) == (1, "")
    assert "depth must lie between 0 and" in answer.err


# ---- words and pictures


@pytest.mark.parametrize("stack", [ANKLE, FINGER], ids=lambda path: path.stem)
@pytest.mark.parametrize("light", [BEAM, PANEL])
@pytest.mark.parametrize("known", [(), FIXED])
def test_words_fit_a_terminal_and_say_what_is_known(stack, light, known, call):
    answer = call("heat", stack, "--wavelength", 810, *light, *ROOM, *known)
    assert answer.code == 0, answer
    assert answer.err == ""
    assert max(map(len, answer.out.splitlines())) <= 80
    said = " ".join(answer.out.split())
    assert ("200 mW" if light is BEAM else "60 mW/cm²") in said
    assert "CEM43, min" in said
    assert ("lost to air 8 W/m²/K" if known else "lost to air 8 (7 to 12) W/m²/K") in said
    assert "assumptions" in said
    assert "0 min 5 min 10 min 15 min 20 min" in said


def test_the_headline_is_the_warmest_depth(call):
    found = answered(call, ANKLE, *BEAM, *ROOM)
    central = found["end_c"]["central"]
    assert max(central) == central[0]
    low, high = found["end_c"]["low"][0], found["end_c"]["high"][0]
    assert call("heat", ANKLE, "--wavelength", 810, *BEAM, *ROOM).out.startswith(
        f"After 20 min the warmest of these depths, 0 mm, is at {central[0]:.1f} °C ({low:.1f} to {high:.1f})"
    )


@pytest.mark.parametrize("light", [BEAM, PANEL])
def test_a_picture_says_what_it_shows_and_repeats_exactly(light, call):
    arguments = ("heat", ANKLE, "--wavelength", 810, *light, *ROOM)
    plain = call(*arguments).out
    assert call(*arguments, "--plot", "a.svg").out == plain + "Written: a.svg\n"
    assert call(*arguments, "--plot", "b.svg").code == 0
    picture = Path("a.svg")
    assert picture.read_bytes() == Path("b.svg").read_bytes()
    assert picture.stat().st_size < 300_000
    root = ElementTree.fromstring(picture.read_bytes())
    assert root.findtext(f"{SVG}title") == plain.splitlines()[0]
    assert "lowest to highest" in root.findtext(f"{SVG}desc")
    said = ["".join(element.itertext()).strip() for element in root.iter(f"{SVG}text")]
    assert {"0 mm", "3 mm", "9 mm", "Temperature, °C", "Time with light, min"} <= set(said)
