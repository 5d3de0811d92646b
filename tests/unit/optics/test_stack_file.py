"""Files of layers: what they mean, and every fault of a file at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.errors import InvalidInput, ValidityError
from nervelight.optics import central_model, site, skin_stack
from nervelight.optics.stack_file import LayerFile, SiteFile, TissueName, read_stack_file
from nervelight.transport import thermal_properties

STACKS = Path(__file__).resolve().parents[3] / "examples" / "stacks"
TWO_LAYERS = """
layers:
  - {name: epidermis, thickness: 0.1 mm, mu_a: 0.3 1/mm, mu_s: 20 1/mm, g: 0.9, n: 1.4}
  - {name: muscle, thickness: infinite, mu_a: 0.03 1/mm, mu_s: 7 1/mm, g: 0.9, n: 1.4}
"""
ANKLE = "site: medial_ankle\nphototype: II\nsubcutaneous_fat: 3 mm\n"
LAYER = {"name": "slab", "thickness": "1 mm", "mu_a": "0.1 1/mm", "mu_s": "10 1/mm", "g": 0.9, "n": 1.4}


def faults(text: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_stack_file("stack.yaml", text)
    assert caught.value.where == "stack.yaml"
    paths = [fault.path for fault in caught.value.faults]
    assert len(set(paths)) == len(paths), paths
    return {fault.path: str(fault) for fault in caught.value.faults}


def layers(*changes: dict[str, object]) -> str:
    """Return a file with one layer for each change; None takes the key away."""
    return json.dumps({"layers": [{k: v for k, v in (LAYER | change).items() if v is not None} for change in changes]})


def test_layers_mean_what_they_say():
    stack = read_stack_file("stack.yaml", TWO_LAYERS).layer_stack()
    assert stack.thickness.tolist() == [0.1, np.inf]
    assert stack.mu_a.tolist() == [0.3, 0.03]
    assert stack.mu_s.tolist() == [20.0, 7.0]
    assert stack.g.tolist() == [0.9, 0.9]
    assert stack.indices == (1.4, 1.4)
    assert stack.names == ("epidermis", "muscle")


def test_units_are_converted():
    stack = read_stack_file("x", layers({"thickness": "0.2 cm", "mu_a": "3 1/cm", "mu_s": "100 1/cm"})).layer_stack()
    assert (stack.thickness[0], stack.mu_a[0], stack.mu_s[0]) == pytest.approx((2.0, 0.3, 10.0))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "thickness": st.floats(0.001, 1000),
                "mu_a": st.floats(0, 1000),
                "mu_s": st.floats(0, 1000),
                "g": st.floats(-0.99, 0.99),
                "n": st.floats(1, 2),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_what_is_written_is_read(given_layers):
    units = {"thickness": "mm", "mu_a": "1/mm", "mu_s": "1/mm"}
    written = [
        {"name": "a"} | {name: f"{x!r} {units[name]}" if name in units else x for name, x in layer.items()}
        for layer in given_layers
    ]
    stack = read_stack_file("x", json.dumps({"layers": written})).layer_stack()
    for name in ("thickness", "mu_a", "mu_s", "g"):
        assert getattr(stack, name).tolist() == pytest.approx([layer[name] for layer in given_layers], rel=1e-12)
    assert list(stack.indices) == [layer["n"] for layer in given_layers]


def test_a_wavelength_changes_nothing_where_the_file_has_the_numbers():
    file = read_stack_file("x", TWO_LAYERS)
    assert not file.needs_wavelength
    assert file.layer_stack(600).mu_a.tolist() == file.layer_stack().mu_a.tolist()


def test_a_site_is_its_central_skin_with_what_was_measured():
    file = read_stack_file("x", ANKLE + "dermis: 1.1 mm\nepidermis: 80 um\n")
    assert isinstance(file, SiteFile)
    assert file.needs_wavelength
    place = site("medial_ankle")
    intervals = place.personal_intervals(phototype="II", ita=None, nerve=None, condition=None)
    person = {name: interval.median for name, interval in intervals.items()}
    person |= {"subcutaneous_fat": 3.0, "dermis": 1.1, "epidermis": 0.08}
    expected = skin_stack(person, central_model(), 810.0, place.beneath)
    found = file.layer_stack(810.0)
    for name in ("thickness", "mu_a", "mu_s", "g"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-12)
    assert found.names == expected.names == file.tissues


def test_darker_skin_absorbs_more_in_the_epidermis_only():
    pale, dark = (read_stack_file("x", ANKLE.replace("II", tone)).layer_stack(810.0).mu_a for tone in ("I", "VI"))
    assert dark[1] > 2 * pale[1]
    assert np.delete(dark, 1).tolist() == np.delete(pale, 1).tolist()


def test_a_colour_meter_stands_for_the_phototype():
    file = read_stack_file("x", ANKLE.replace("phototype: II", "ita: 28 deg"))
    assert file.layer_stack(810.0).mu_a[1] > 0.1
    assert "ITA 28°" in file.description


def test_a_site_without_wavelength_has_no_layers():
    with pytest.raises(ValidityError, match="wavelength"):
        read_stack_file("x", ANKLE).layer_stack(None)


def test_a_condition_changes_the_layers_it_is_known_to_change():
    text = "site: plantar_foot\nphototype: II\nsubcutaneous_fat: 3 mm\ncondition: diabetic_polyneuropathy\n"
    file = read_stack_file("x", text)
    assert "diabetic_polyneuropathy" in file.description
    # The fat is the only layer that it changes there, and that was measured.
    assert file.layer_stack(810.0).thickness[3] == 3.0


@pytest.mark.parametrize("path", sorted(STACKS.glob("*.yaml")), ids=lambda path: path.stem)
def test_each_example_is_a_stack(path):
    file = read_stack_file(path)
    stack = file.layer_stack(810.0)
    assert len(stack.names) == len(file.tissues) == stack.thickness.size
    assert "_" not in path.read_text(encoding="utf-8").splitlines()[0]


def test_the_example_of_two_layers_is_the_one_above():
    assert read_stack_file(STACKS / "two_layers.yaml") == read_stack_file("x", TWO_LAYERS)


def test_each_tissue_of_a_layer_has_thermal_properties_and_none_is_left_out():
    data = thermal_properties()
    assert set(get_args(TissueName)) == set(data.tissues) | set(data.layers)


# ---- what cannot be used


@pytest.mark.parametrize(
    ("change", "path", "words"),
    [
        ({"thickness": 1}, "layers[0].thickness", "a length with its unit, 0.001 mm to 1000 mm, or infinite"),
        ({"thickness": "1"}, "layers[0].thickness", "a length with its unit"),
        ({"thickness": "-1 mm"}, "layers[0].thickness", "0.001 mm to 1000 mm"),
        ({"thickness": "0 mm"}, "layers[0].thickness", "0.001 mm to 1000 mm"),
        ({"thickness": "2 m"}, "layers[0].thickness", "0.001 mm to 1000 mm"),
        ({"thickness": "1 W"}, "layers[0].thickness", "a length with its unit"),
        ({"thickness": "Infinite"}, "layers[0].thickness", "or infinite for the last layer"),
        ({"thickness": None}, "layers[0].thickness", "missing; required"),
        ({"mu_a": 0.1}, "layers[0].mu_a", "a bare number has no unit"),
        ({"mu_a": "-0.1 1/mm"}, "layers[0].mu_a", "needs a value from 0 1/mm to 1000 1/mm"),
        ({"mu_a": "0.1 mm"}, "layers[0].mu_a", "a coefficient with its unit"),
        ({"mu_a": None}, "layers[0].mu_a", "missing; required: absorption coefficient"),
        ({"mu_s": "5000 1/mm"}, "layers[0].mu_s", "needs a value from 0 1/mm to 1000 1/mm"),
        ({"mu_s": None}, "layers[0].mu_s", "not the reduced one"),
        ({"g": 1}, "layers[0].g", "less than 1"),
        ({"g": -1}, "layers[0].g", "greater than -1"),
        ({"g": "high"}, "layers[0].g", "a valid number"),
        ({"g": None}, "layers[0].g", "missing; required: anisotropy"),
        ({"n": 0.9}, "layers[0].n", "greater than or equal to 1"),
        ({"n": 2.1}, "layers[0].n", "less than or equal to 2"),
        ({"n": True}, "layers[0].n", "needs a number"),
        ({"n": None}, "layers[0].n", "missing; required: refractive index"),
        ({"name": ""}, "layers[0].name", "at least 1 character"),
        ({"name": "x" * 31}, "layers[0].name", "at most 30 characters"),
        ({"name": "a\u202eb"}, "layers[0].name", "match pattern"),
        ({"name": None}, "layers[0].name", "missing; required"),
        ({"tissue": "musle"}, "layers[0].tissue", "did you mean 'muscle'?"),
        ({"mu_sp": "1 1/mm"}, "layers[0].mu_sp", "an unknown key"),
        ({"thickness": "infinite", "mu_a": "0 1/mm"}, "layers[0].mu_a", "more than 0 in an infinite layer"),
    ],
)
def test_a_layer_that_cannot_be_is_one_fault(change, path, words):
    found = faults(layers(change))
    assert list(found) == [path]
    assert words in found[path]


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("", "file", "either layers, or site"),
        ("[]", "file", "either layers, or site"),
        ("5", "file", "either layers, or site"),
        ("sight: calf", "file", "either layers, or site"),
        ("layers: []", "layers", "a list of 1 to 100 layers"),
        ("layers: {}", "layers", "a list of 1 to 100 layers"),
        ("layers:", "layers", "missing"),
        ("layers: [5]", "layers[0]", "valid dictionary"),
        (layers(*[{}] * 101), "layers", "a list of 1 to 100 layers"),
        (TWO_LAYERS + "site: calf", "file", "either layers or a site, not both"),
        (TWO_LAYERS + "phototype: II", "phototype", "an unknown key"),
        ("layers: [", "line 1, column 10", "YAML"),
        ("site: calf\nsite: palm", "line 2, column 1", "the key 'site' stands twice"),
        (ANKLE.replace("medial_ankle", "medial_ankel"), "site", "did you mean 'medial_ankle'?"),
        (ANKLE.replace("medial_ankle", "5"), "site", "valid string"),
        (ANKLE.replace("site: medial_ankle", ""), "site", "missing; required: a site of the body"),
        (ANKLE.replace("II", "VII"), "phototype", "one of I, II, III, IV, V, VI"),
        (ANKLE.replace("phototype: II", ""), "phototype", "missing; required, or ita"),
        (ANKLE.replace("phototype: II", "ita: 100 deg"), "ita", "from -90 deg to 90 deg"),
        (ANKLE.replace("phototype: II", "ita: 28"), "ita", "a bare number has no unit"),
        (ANKLE.replace("3 mm", "3"), "subcutaneous_fat", "a bare number has no unit"),
        (ANKLE.replace("3 mm", "0 mm"), "subcutaneous_fat", "from 0.1 mm to 200 mm"),
        (ANKLE.replace("subcutaneous_fat: 3 mm", ""), "subcutaneous_fat", "missing; required: thickness of the fat"),
        (ANKLE + "dermis: 5 cm", "dermis", "from 0.1 mm to 10 mm"),
        (ANKLE + "epidermis: 5 mm", "epidermis", "from 0.01 mm to 2 mm"),
        (ANKLE + "condition: gout", "condition", "left out: no condition changes the layers here"),
        (
            ANKLE.replace("medial_ankle", "plantar_foot") + "condition: gout",
            "condition",
            "one that changes the layers here: diabetic_polyneuropathy",
        ),
        (ANKLE + "nerve: tibial", "nerve", "an unknown key"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_fault(text, path, words):
    found = faults(text)
    assert list(found) == [path]
    assert words in found[path]


def test_all_faults_come_together():
    wrong = [
        {"thickness": "infinite", "mu_a": 0.3},
        {"g": 1.5, "n": None},
        {"thickness": "infinite", "mu_a": "0 1/mm", "colour": "red"},
    ]
    assert set(faults(layers(*wrong))) == {
        "layers[0].thickness",
        "layers[0].mu_a",
        "layers[1].g",
        "layers[1].n",
        "layers[2].mu_a",
        "layers[2].colour",
    }
    text = "site: medial_ankel\nphototyp: II\ndermis: 1\n"
    assert set(faults(text)) == {"site", "phototyp", "phototype", "subcutaneous_fat", "dermis"}


def test_only_the_last_layer_may_be_infinite():
    found = faults(layers({"thickness": "infinite"}, {"thickness": "infinite"}))
    assert list(found) == ["layers[0].thickness"]
    assert "only the last layer may be infinite" in found["layers[0].thickness"]


def test_a_file_that_is_not_there_says_so():
    with pytest.raises(InvalidInput, match="a file that exists"):
        read_stack_file("nowhere.yaml")


def test_a_finite_stack_may_absorb_nothing():
    file = read_stack_file("x", layers({"mu_a": "0 1/mm"}))
    assert isinstance(file, LayerFile)
    assert file.layer_stack().mu_a.tolist() == [0.0]
