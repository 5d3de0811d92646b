"""``nervelight fluence``: numbers as the library has them, words, pictures, and every wrong call."""

from __future__ import annotations

import json
import math
import os
import pty
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import click
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.cli.light import Numbers, NumbersCommand
from nervelight.optics import Disc, Gaussian
from nervelight.optics.stack_file import read_stack_file
from nervelight.transport import solve_beam, solve_plane_wave

STACKS = Path(__file__).resolve().parents[2] / "examples" / "stacks"
TWO_LAYERS, ANKLE, FINGER = (STACKS / f"{name}.yaml" for name in ("two_layers", "medial_ankle", "finger"))
LITERAL = """\
layers:
  - {name: epidermis, thickness: 0.1 mm, mu_a: 0.3 1/mm, mu_s: 20 1/mm, g: 0.9, n: 1.4}
  - {name: muscle, thickness: infinite, mu_a: 0.03 1/mm, mu_s: 7 1/mm, g: 0.9, n: 1.4}
"""
KEYS = [
    "schema",
    "diffuse_reflectance",
    "specular_reflectance",
    "transmittance",
    "absorbed",
    "depth_mm",
    "radius_mm",
    "fluence_rate",
    "unit",
    "standard_error",
    "method",
]
DISC = ("--beam", "disc:5", "--incidence", "collimated")
PLANE = ("--beam", "plane", "--incidence", "collimated")
PHOTONS = ("--method", "monte-carlo", "--photons", "2e4")
SVG = "{http://www.w3.org/2000/svg}"
LAMBERTIAN = {"diffuse_share": 1.0, "lobe_exponent": 1.0}


def answered(call, *arguments):
    answer = call("fluence", "--json", *arguments)
    assert answer.code == 0, answer
    assert answer.err == ""
    return json.loads(answer.out)


# ---- numbers


def test_the_call_of_the_documents_gives_what_the_library_gives(call):
    Path("STACK.yaml").write_text(LITERAL, encoding="utf-8")
    found = answered(call, "STACK.yaml", "--wavelength", 810, *DISC, "--depth", 1, 3, 5, "--radius", 0, 2, 5)
    assert list(found) == KEYS
    assert found["schema"] == "nervelight-fluence-1"
    assert (found["unit"], found["method"], found["standard_error"]) == ("1/mm2", "discrete-ordinates", None)
    assert (found["depth_mm"], found["radius_mm"]) == ([1.0, 3.0, 5.0], [0.0, 2.0, 5.0])
    light = solve_beam(read_stack_file("STACK.yaml").layer_stack())
    assert found["fluence_rate"] == light.fluence_rate(Disc(5.0), [1, 3, 5], [0, 2, 5]).tolist()
    for name in ("diffuse_reflectance", "specular_reflectance", "transmittance"):
        assert found[name] == float(getattr(light.plane, name))
    assert found["absorbed"] == light.plane.absorbed.tolist()
    # ((1.4 - 1) / (1.4 + 1))**2 of Fresnel is lost before anything else.
    assert found["specular_reflectance"] == pytest.approx(1 / 36)


@pytest.mark.parametrize(("beam", "shape"), [("disc:5", Disc(5.0)), ("gaussian:0.5 cm", Gaussian(5.0))])
@pytest.mark.parametrize(
    ("incidence", "lobe"),
    [
        ("collimated", {}),
        ("diffuse", LAMBERTIAN),
        ("led:30", {"diffuse_share": 1.0, "lobe_exponent": -math.log(2) / math.log(math.cos(math.pi / 6))}),
    ],
)
def test_every_beam_and_incidence_is_the_one_of_the_library(beam, shape, incidence, lobe, call):
    found = answered(call, ANKLE, "--wavelength", 810, "--beam", beam, "--incidence", incidence, "--depth", 3, 9)
    light = solve_beam(read_stack_file(ANKLE).layer_stack(810.0), **lobe)
    assert np.ravel(found["fluence_rate"]) == pytest.approx(light.fluence_rate(shape, [3, 9], 0.0)[:, 0], rel=1e-9)


def test_diodes_of_60_degrees_are_diffuse_light(call):
    ask = (TWO_LAYERS, "--beam", "disc:3", "--depth", 2, "--incidence")
    led, diffuse = (answered(call, *ask, how) for how in ("led:60", "diffuse"))
    assert led["fluence_rate"][0] == pytest.approx(diffuse["fluence_rate"][0], rel=1e-12)


def test_a_plane_wave_is_relative_to_the_irradiance(call):
    found = answered(call, FINGER, "--beam", "plane", "--incidence", "diffuse", "--depth", 0, 3, 14)
    light = solve_plane_wave(read_stack_file(FINGER).layer_stack(), **LAMBERTIAN)
    assert found["unit"] == "1"
    assert found["radius_mm"] == [0]
    assert found["fluence_rate"] == light.fluence_rate([0, 3, 14])[:, None].tolist()
    assert found["transmittance"] > 0.01


@pytest.mark.parametrize("stack", [TWO_LAYERS, ANKLE, FINGER], ids=lambda path: path.stem)
@pytest.mark.parametrize("light", [DISC, ("--beam", "plane", "--incidence", "led:20")])
def test_all_light_goes_somewhere(stack, light, call):
    found = answered(call, stack, "--wavelength", 810, *light, "--depth", 1)
    shares = [found[name] for name in ("diffuse_reflectance", "specular_reflectance", "transmittance")]
    assert sum(shares) + sum(found["absorbed"]) == pytest.approx(1, abs=1e-6)


def test_a_shallower_question_is_solved_finer(call):
    fine = answered(call, TWO_LAYERS, *DISC, "--depth", 0.09, 2)
    light = solve_beam(read_stack_file(TWO_LAYERS).layer_stack(), finest=0.09)
    assert fine["fluence_rate"] == light.fluence_rate(Disc(5.0), [0.09, 2], 0.0).tolist()
    # As fine as the solver goes.
    finest = answered(call, TWO_LAYERS, *DISC, "--depth", 0, 0.001)
    light = solve_beam(read_stack_file(TWO_LAYERS).layer_stack(), finest=0.05)
    assert finest["fluence_rate"] == light.fluence_rate(Disc(5.0), [0, 0.001], 0.0).tolist()


def test_more_fat_in_the_place_of_muscle_leaves_more_light(call):
    rates = []
    for fat in (2, 4, 8):
        Path("fat.yaml").write_text(f"site: calf\nphototype: III\nsubcutaneous_fat: {fat} mm\n", encoding="utf-8")
        found = answered(call, "fat.yaml", "--wavelength", 810, *DISC, "--depth", 12)
        rates.append(found["fluence_rate"][0][0])
    assert rates == sorted(rates)
    assert rates[-1] > 1.1 * rates[0]


# ---- Monte Carlo


@pytest.mark.slow
def test_monte_carlo_agrees_with_discrete_ordinates(call):
    for light in (DISC, ("--beam", "plane", "--incidence", "diffuse")):
        where = ("--depth", 1, 3, 5) if light[1] == "plane" else ("--depth", 1, 3, 5, "--radius", 0, 2)
        exact = answered(call, TWO_LAYERS, *light, *where)
        drawn = answered(call, TWO_LAYERS, *light, *where, *PHOTONS)
        assert list(drawn) == KEYS
        assert drawn["method"] == "monte-carlo"
        rate, error, expected = (
            np.array(values) for values in (drawn["fluence_rate"], drawn["standard_error"], exact["fluence_rate"])
        )
        assert rate.shape == error.shape == expected.shape
        # The deterministic side is good to a few tenths of a percent here.
        assert np.all(np.abs(rate - expected) < 4 * error + 4e-3 * expected)
        assert np.all((error > 0) & (error < 0.1 * rate))
        # Photons of little weight play roulette: light is conserved in the mean.
        shares = [drawn[name] for name in ("diffuse_reflectance", "specular_reflectance", "transmittance")]
        assert sum(shares) + sum(drawn["absorbed"]) == pytest.approx(1, abs=1e-3)
        share = exact["diffuse_reflectance"]
        assert abs(drawn["diffuse_reflectance"] - share) < 5 * math.sqrt(share / 2e4)


def test_a_seed_repeats_a_run_and_another_one_does_not(call):
    runs = [
        call("fluence", TWO_LAYERS, *DISC, "--depth", 3, *PHOTONS[:3], 2000, *seed, "--json").out
        for seed in ((), ("--seed", 1), ("--seed", 2))
    ]
    assert runs[0] == runs[1] != runs[2]


def test_where_no_photon_came_by_the_error_is_not_known(call):
    found = answered(call, TWO_LAYERS, *DISC, "--depth", 1, "--radius", 0, 900, *PHOTONS[:3], 500)
    assert found["fluence_rate"][0][1] == 0
    assert found["standard_error"][0][0] > 0
    assert found["standard_error"][0][1] is None
    words = call("fluence", TWO_LAYERS, *DISC, "--depth", 1, "--radius", 0, 900, *PHOTONS[:3], 500).out
    assert "no photon" in words


def test_progress_is_shown_on_a_terminal_and_nowhere_else(call):
    arguments = ("fluence", TWO_LAYERS, *DISC, "--depth", 1, *PHOTONS[:3], 2000, "--json")
    assert call(*arguments).err == ""
    reader, writer = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "nervelight", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=writer,
        check=True,
        env=os.environ | {"TERM": "xterm", "COLUMNS": "80"},
    )
    os.close(writer)
    said = os.read(reader, 100_000).decode()
    os.close(reader)
    assert "photons" in said
    assert re.search(r"\d+/s", said)
    assert list(json.loads(done.stdout)) == KEYS


# ---- numbers after an option


@pytest.mark.parametrize(
    "arguments",
    [
        (TWO_LAYERS, *DISC, "--depth", 1, 3, 5, "--radius", 0, 2),
        (TWO_LAYERS, *DISC, "--depth", 1, "--radius", 0, "--depth", 3, 5, "--radius", 2),
        (TWO_LAYERS, *DISC, "--depth=1", 3, "--depth=5", "--radius=0", "--radius=2"),
        (*DISC, "--depth", 1, 3, 5, "--radius", 0, 2, TWO_LAYERS),
        (*DISC, "--radius", 0, 2, "--depth", 1, 3, 5, "--", TWO_LAYERS),
        (TWO_LAYERS, "--depth", "1 mm", "0.3 cm", "5mm", "--radius", "0 mm", "2e0", *DISC),
        (TWO_LAYERS, "--depth", "+1.", "3_0e-1", "0.5e1", "--radius", "-0", 2, *DISC),
    ],
)
def test_an_option_takes_its_numbers_in_any_of_the_usual_ways(arguments, call):
    found = answered(call, *arguments)
    assert (found["depth_mm"], found["radius_mm"]) == ([1, 3, 5], [0, 2])


def test_order_and_repeats_are_kept(call):
    found = answered(call, TWO_LAYERS, *DISC, "--depth", 5, 1, 5)
    assert found["depth_mm"] == [5, 1, 5]
    (first,), (second,), (third,) = found["fluence_rate"]
    assert first == pytest.approx(third, rel=1e-12)
    assert first < second


@click.command(
    cls=NumbersCommand,
    params=[
        Numbers(["--depth"]),
        Numbers(["--radius"]),
        click.Option(["--flag"], is_flag=True),
        click.Argument(["name"]),
    ],
)
def echo(**_: object) -> None:
    """Stand for a command."""


@given(
    st.lists(st.floats(), min_size=1), st.lists(st.floats(), min_size=1), st.permutations(["depth", "radius", "rest"])
)
def test_all_numbers_reach_their_option(depths, radii, order):
    parts = {
        "depth": ["--depth", *map(repr, depths)],
        "radius": ["--radius", *map(repr, radii)],
        "rest": ["--flag", "file.yaml"],
    }
    words = [word for name in order for word in parts[name]]
    context = echo.make_context("echo", words)
    assert context.params == {
        "depth": tuple(map(repr, depths)),
        "radius": tuple(map(repr, radii)),
        "flag": True,
        "name": "file.yaml",
    }


def test_a_number_after_another_option_is_not_a_depth():
    with pytest.raises(click.UsageError, match=r"unexpected extra argument \(file\.yaml\)"):
        echo.make_context("echo", ["--depth", "1", "--flag", "3", "file.yaml"])


# ---- wrong calls


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        ("--depth 1", "--depth -1", "--depth", "got '-1'; a length in mm from 0 to 1000, such as 3"),
        ("--depth 1", "--depth 1 -3", "--depth", "got '-3'; a length in mm from 0 to 1000"),
        ("--depth 1", "--depth nan", "--depth", "got 'nan'"),
        ("--depth 1", "--depth inf", "--depth", "got 'inf'"),
        ("--depth 1", "--depth deep", "--depth", "got 'deep'"),
        ("--depth 1", "--depth 3x", "--depth", "got '3x'"),
        ("--depth 1", "--depth 1 3s", "--depth", "got '3s'"),
        ("--depth 1", "--depth 30", "--depth", "got '30 mm'; a depth within the layers, which end at 14 mm"),
        ("--radius 0", "--radius -2", "--radius", "got '-2'; a length in mm from 0 to 1000"),
        ("--beam disc:5", "--beam plane --radius 2", "--radius", "0 only: a plane wave is alike everywhere"),
        ("--beam disc:5", "--beam disk:5", "--beam", "got 'disk:5'; plane, disc:R or gaussian:W"),
        ("--beam disc:5", "--beam disc", "--beam", "got 'disc'; plane, disc:R or gaussian:W"),
        ("--beam disc:5", "--beam disc:", "--beam", "a length in mm from 0.5 to 500"),
        ("--beam disc:5", "--beam disc:-5", "--beam", "got '-5'; a length in mm from 0.5 to 500"),
        ("--beam disc:5", "--beam gaussian:0.4", "--beam", "got '0.4'; a length in mm from 0.5 to 500"),
        ("--beam disc:5", "--beam disc:0.01 --method monte-carlo", "--beam", "a length in mm from 0.05 to 500"),
        ("--beam disc:5", "--beam plane:5", "--beam", "got 'plane:5'"),
        ("collimated", "colimated", "--incidence", "got 'colimated'; collimated, diffuse, or led:ANGLE"),
        ("collimated", "led", "--incidence", "half angle at half intensity in degrees, such as led:60"),
        ("collimated", "led:0", "--incidence", "between 9.6 and 90"),
        ("collimated", "led:90", "--incidence", "between 9.6 and 90"),
        ("collimated", "led:9", "--incidence", "between 9.6 and 90"),
        ("collimated", "led:nan", "--incidence", "between 9.6 and 90"),
        ("--wavelength 810", "--wavelength red", "--wavelength", "got 'red'; a wavelength in nm"),
        ("--wavelength 810", "--wavelength -5", "--wavelength", "got '-5'; a wavelength in nm"),
        ("--depth 1", "--depth 1 --photons 1000", "--photons", "only together with --method monte-carlo"),
        ("--depth 1", "--depth 1 --seed 1", "--seed", "only together with --method monte-carlo"),
        ("--depth 1", "--depth 1 --method monte-carlo --photons 10", "--photons", "a whole number from 128"),
        ("--depth 1", "--depth 1 --method monte-carlo --photons 1000.5", "--photons", "a whole number"),
        ("--depth 1", "--depth 1 --method monte-carlo --photons inf", "--photons", "a whole number"),
        ("--depth 1", "--depth 1 --method monte-carlo --seed -1", "--seed", "a whole number from 0"),
        ("--depth 1", "--depth 1 --method monte-carlo --seed x", "--seed", "a whole number from 0"),
        ("--depth 1", "--depth 1 --plot out.png", "--plot", "got 'out.png'; a file name that ends in .svg"),
    ],
)
def test_each_wrong_value_is_one_fault_of_the_call(old, new, path, words, call):
    line = f"{FINGER} --wavelength 810 --beam disc:5 --incidence collimated --radius 0 --depth 1"
    assert old in line
    answer = call("fluence", *line.replace(old, new).split())
    said = " ".join(answer.err.split())
    assert (answer.code, answer.out) == (1, ""), answer
    assert "call: 1 fault; nothing was written" in said
    assert f"{path}: " in said
    assert words in said
    assert list(Path.cwd().iterdir()) == []


@pytest.mark.parametrize("missing", ["--depth", "--beam", "--incidence"])
def test_what_is_needed_has_no_default(missing, call):
    line = [TWO_LAYERS, *DISC, "--depth", 1]
    at = line.index(missing)
    answer = call("fluence", *line[:at], *line[at + 2 :])
    assert (answer.code, answer.out) == (2, "")
    assert f"Missing option '{missing}'" in answer.err


@pytest.mark.parametrize("wrong", [["--method", "diffusion"], ["--depth"], ["--deep", "1"], ["5"]])
def test_a_call_that_cannot_be_read_is_a_wrong_call(wrong, call):
    answer = call("fluence", TWO_LAYERS, "--depth", 1, *DISC, *wrong)
    assert (answer.code, answer.out) == (2, "")
    assert "Error: " in answer.err


def test_an_option_in_the_place_of_a_depth_is_a_fault(call):
    answer = call("fluence", TWO_LAYERS, *DISC, "--depth", "--json")
    assert answer.code == 1
    assert "--depth: got '--json'" in answer.err


@pytest.mark.parametrize(
    ("wavelength", "words"),
    [
        ((), "--wavelength: missing; required for a site, whose layers depend on it: 600 to 1000 nm, such as 810"),
        (("--wavelength", 532), "--wavelength: got '532'; a wavelength in nm from 600 to 1000, such as 810"),
    ],
)
def test_a_site_needs_a_wavelength_of_the_tissue_tables(wavelength, words, call):
    answer = call("fluence", ANKLE, *wavelength, *DISC, "--depth", 1)
    assert (answer.code, answer.out) == (1, "")
    assert words in " ".join(answer.err.split())


def test_layers_with_their_own_numbers_need_no_wavelength(call):
    assert answered(call, TWO_LAYERS, *DISC, "--depth", 1) == answered(
        call, TWO_LAYERS, *DISC, "--depth", 1, "--wavelength", "532 nm"
    )


def test_faults_of_call_and_file_come_together(call):
    Path("bad.yaml").write_text(LITERAL.replace("g: 0.9, n: 1.4}\n  -", "g: 1.9}\n  -"), encoding="utf-8")
    answer = call("fluence", "bad.yaml", "--wavelength", "x", *PLANE, "--depth", -1, "--radius", 2, "--seed", 5)
    said = " ".join(answer.err.split())
    assert (answer.code, answer.out) == (1, "")
    assert "call and bad.yaml: 6 faults; nothing was written" in said
    for path in ("--wavelength", "--depth", "--radius", "--seed", "layers[0].g", "layers[0].n"):
        assert f"{path}: " in said
    assert max(map(len, answer.err.splitlines())) <= 80


def test_faults_of_the_file_alone_are_the_file_s(call):
    Path("bad.yaml").write_text(LITERAL.replace("mu_a: 0.3 1/mm", "mu_a: 0.3"), encoding="utf-8")
    answer = call("fluence", "bad.yaml", *DISC, "--depth", 1)
    assert answer.code == 1
    assert "bad.yaml: 1 fault; nothing was written" in answer.err
    assert "layers[0].mu_a: got 0.3;" in answer.err


def test_a_file_that_is_not_there_is_a_fault(call):
    answer = call("fluence", "nowhere.yaml", *DISC, "--depth", 1)
    assert (answer.code, answer.out) == (1, "")
    assert "a file that exists" in answer.err


# ---- words


@pytest.mark.parametrize("stack", [TWO_LAYERS, ANKLE, FINGER], ids=lambda path: path.stem)
@pytest.mark.parametrize("light", [DISC, PLANE, ("--beam", "gaussian:2.5", "--incidence", "led:33.3")])
@pytest.mark.parametrize("method", [(), (*PHOTONS[:3], 300)])
def test_words_fit_a_terminal_and_name_everything(stack, light, method, call):
    radii = () if light is PLANE else ("--radius", *range(0, 24, 2))
    answer = call("fluence", stack, "--wavelength", 810, *light, "--depth", 0, 0.01, 3, 13.5, *radii, *method)
    assert answer.code == 0, answer
    assert max(map(len, answer.out.splitlines())) <= 80
    said = " ".join(answer.out.split())
    for name in read_stack_file(stack).layer_stack(810.0).names:
        assert f"absorbed: {name.replace('_', ' ')}" in said
    assert "1/mm²" in said if radii else "per irradiance in the air" in said
    assert ("Monte Carlo, 300 photons, seed 1" if method else "discrete ordinates") in said
    assert ("±" in said) is bool(method)
    for radius in radii[1:]:
        assert f"r = {radius} mm" in said


def test_the_headline_is_the_deepest_point(call):
    out = call("fluence", TWO_LAYERS, *DISC, "--depth", 5, 1, "--radius", 0, 2).out
    assert out.startswith("At 5 mm on the axis, 1 W on the skin gives 0.0086 W/mm² (fluence rate)")
    out = call("fluence", TWO_LAYERS, *PLANE, "--depth", 5, 1).out
    assert re.match(r"At 5 mm the fluence rate is [\d.]+ times the irradiance on the skin", out)


def test_a_site_says_that_its_values_are_central(call):
    out = call("fluence", ANKLE, "--wavelength", 810, *DISC, "--depth", 5).out
    assert "phototype II, fat 3 mm; central values for all else" in " ".join(out.split())


def test_points_stand_below_each_other(call):
    out = call("fluence", TWO_LAYERS, *DISC, "--depth", 0.5, 3, 9, 15).out
    rows = out[out.index("depth") :].splitlines()[1:]
    assert len(rows) == 4
    assert len({row.rindex(".") for row in rows}) == 1


def test_light_too_faint_for_discrete_ordinates_is_said_to_be(call):
    arguments = ("fluence", TWO_LAYERS, *DISC, "--depth", 1, "--radius", 0, 60)
    answer = call(*arguments)
    assert answer.code == 0
    assert "< 3e-06" in answer.out
    said = " ".join(answer.err.split())
    assert "1 of 2 values" in said
    assert "not resolved; --method monte-carlo" in said
    # JSON has what the library found.
    answer = call(*arguments, "--json")
    assert abs(json.loads(answer.out)["fluence_rate"][0][1]) < 3e-6
    assert "not resolved" in answer.err


def test_a_narrow_beam_close_to_the_surface_is_said_to_be_rough(call):
    for beam, depth, told in (("disc:0.5", 0.3, True), ("disc:0.5", 3, False), ("disc:5", 0.3, False)):
        for incidence in ("collimated", "diffuse"):
            answer = call("fluence", TWO_LAYERS, "--beam", beam, "--incidence", incidence, "--depth", depth)
            assert answer.code == 0
            assert ("the beam is so narrow" in answer.err) is told
    assert call("fluence", ANKLE, "--wavelength", 810, *PLANE, "--depth", 0.1).err == ""
    narrow = ("--beam", "disc:0.1", "--incidence", "collimated", "--depth", 0.1)
    assert call("fluence", ANKLE, "--wavelength", 810, *narrow, *PHOTONS[:3], 300).err == ""


# ---- pictures


def texts(path: Path) -> list[str]:
    root = ElementTree.fromstring(path.read_bytes())
    return [" ".join("".join(e.itertext()).split()) for e in root.iter(f"{SVG}text")]


@pytest.mark.parametrize(
    ("stack", "light"),
    [(ANKLE, DISC), (FINGER, PLANE), (FINGER, ("--beam", "gaussian:0.5", "--incidence", "diffuse"))],
    ids=["disc", "plane", "gaussian"],
)
def test_a_picture_says_what_it_shows_and_repeats_exactly(stack, light, call):
    arguments = ("fluence", stack, "--wavelength", 810, *light, "--depth", 1, 9)
    plain = call(*arguments)
    answer = call(*arguments, "--plot", "a.svg")
    assert answer.code == 0, answer
    assert answer.out == plain.out + "Written: a.svg\n"
    assert call(*arguments, "--plot", "b.svg").code == 0
    picture = Path("a.svg")
    assert picture.read_bytes() == Path("b.svg").read_bytes()
    assert picture.stat().st_size < 300_000
    root = ElementTree.fromstring(picture.read_bytes())
    title, description = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")
    assert title == plain.out.splitlines()[0]
    ids = {element.get("id") for element in root.iter()}
    assert root.get("role") == "img"
    assert set(root.get("aria-labelledby").split()) <= ids
    for name in read_stack_file(stack).layer_stack(810.0).names:
        assert name.replace("_", " ") in description
    said = " ".join(texts(picture))
    assert "discrete ordinates" in said
    if light is PLANE:
        assert "Fluence rate per irradiance on the skin (log scale)" in said
    else:
        assert "Fluence rate for each watt on the skin, 1/mm² (log scale)" in said
        assert "Distance from the axis, mm" in said
        assert "⌀ 10 mm" in said if light is DISC else "1/e² ⌀ 1 mm" in said
    assert "var(" not in picture.read_text(encoding="utf-8")


def test_a_picture_by_photons_says_so_and_changes_no_number(call):
    arguments = ("fluence", TWO_LAYERS, *DISC, "--depth", 1, 9, "--radius", 0, 4, *PHOTONS[:3], 2000, "--json")
    plain = call(*arguments)
    assert call(*arguments, "--plot", "a.svg").out == plain.out
    assert "Monte Carlo, 2000 photons, seed 1" in " ".join(texts(Path("a.svg")))
    assert Path("a.svg").stat().st_size < 300_000


def test_a_picture_of_the_surface_alone_is_drawn_too(call):
    for light in (DISC, PLANE, ("--beam", "disc:300", "--incidence", "diffuse")):
        assert call("fluence", TWO_LAYERS, *light, "--depth", 0, "--plot", "a.svg").code == 0
        ElementTree.fromstring(Path("a.svg").read_bytes())


def test_far_and_faint_light_is_drawn_without_noise(call):
    arguments = (TWO_LAYERS, "--beam", "disc:0.5", "--incidence", "collimated", "--depth", 40, "--radius", 200)
    assert call("fluence", *arguments, "--plot", "a.svg").code == 0
    assert Path("a.svg").stat().st_size < 150_000


@pytest.mark.parametrize("target", ["nowhere/a.svg", "folder.svg"])
def test_a_picture_that_cannot_be_written_is_one_line(target, call):
    Path("folder.svg").mkdir()
    answer = call("fluence", TWO_LAYERS, *DISC, "--depth", 1, "--plot", target)
    assert (answer.code, answer.out) == (1, "")
    assert len(answer.err.strip().splitlines()) == 1
    assert "Traceback" not in answer.err
