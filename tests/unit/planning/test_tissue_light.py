"""Light under a field of any size: when a field counts as wide, and curves that are led through few depths."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nervelight.optics import Disc, LayerStack, cutaneous_ending_depth, site, skin_stack
from nervelight.planning.light_path import _placed
from nervelight.planning.tissue import model_quantities, trial_quantities
from nervelight.planning.tissue_light import DEPTHS_SOLVED, is_narrow, is_wide, solve_light
from nervelight.planning.uncertain import Space
from nervelight.transport import BeamAccuracy, solve_beam

DRAWS = 16


def people_of(name: str, wavelength: float = 850.0) -> tuple[LayerStack, dict[str, np.ndarray]]:
    """Skin of some draws of people at a site, and who they are."""
    place = site(name)
    model = model_quantities([place.beneath])
    space = Space((*model, *trial_quantities(name, next(iter(place.nerves), None), "diabetic_polyneuropathy")))
    values = space.values(space.sample(DRAWS, seed=1))
    person = _placed(values["trial"], False)
    return skin_stack(person, values["model"], wavelength, place.beneath), person


def smallest_wide(depth: np.ndarray) -> float:
    """The smallest area that counts as wide, by bisection."""
    low, high = 1.0, 1e7
    assert is_wide(high, depth)
    assert not is_wide(low, depth)
    while high / low > 1 + 1e-9:
        middle = np.sqrt(low * high)
        low, high = (low, middle) if is_wide(middle, depth) else (middle, high)
    return float(high)


@pytest.mark.parametrize("target", ["nerve", "endings"])
@pytest.mark.parametrize("name", ["calf", "volar_wrist", "lateral_chest"])
def test_a_field_that_counts_as_wide_gives_what_an_endless_one_does(name, target):
    stack, person = people_of(name)
    depth = person["nerve_depth"] if target == "nerve" else cutaneous_ending_depth(person)
    kept = solve_light(stack, 0.0, 0.5).spread(depth[:, None], smallest_wide(depth))[:, 0]
    assert np.median(kept) == pytest.approx(1.0, abs=0.01)
    assert kept == pytest.approx(1.0, abs=0.02)


@given(area=st.floats(1, 1e6), depths=st.lists(st.floats(0.05, 100), min_size=1, max_size=5), more=st.floats(1, 10))
def test_more_area_or_less_depth_is_never_less_wide(area, depths, more):
    depth = np.array(depths)
    assert not is_wide(area, depth) or is_wide(area * more, depth)
    assert not is_wide(area, depth) or is_wide(area, depth / more)
    assert is_wide(None, depth)


@pytest.mark.parametrize("area", [5.0, 300.0])
def test_a_curve_led_through_few_depths_is_that_of_all_depths(area):
    light = solve_light(people_of("volar_wrist")[0], 0.0, 0.25)
    depths = 12.0 * np.linspace(0.0, 1.0, 4 * DEPTHS_SOLVED) ** 1.5
    curve = light.spread(depths, area)
    # Depths that are given for each draw are solved, every one; between layers a curve of one draw may be cut short.
    solved = light.spread(np.broadcast_to(depths, curve.shape), area)
    assert np.median(curve, axis=0) == pytest.approx(np.median(solved, axis=0), rel=0.02)
    assert curve == pytest.approx(solved, rel=0.1)
    assert light.fluence_rate(depths, area) == pytest.approx(curve * light.plane.fluence_rate(depths))


def test_what_was_solved_for_wide_fields_has_no_narrow_ones():
    light = solve_light(people_of("volar_wrist")[0], 0.0, None)
    assert light.fluence_rate(np.array([1.0]), None).shape == (DRAWS, 1)
    with pytest.raises(ValueError, match="wide"):
        light.fluence_rate(np.array([1.0]), 50.0)


def test_the_wave_without_end_is_absorbed_as_the_wide_field_is():
    stack, _ = people_of("volar_wrist")
    depths = np.array([0.05, 0.5, 3.0])
    wide, beam = (solve_light(stack, 0.5, finest).absorbed_density(np.array([0.0]), depths) for finest in (None, 0.5))
    assert wide.shape == beam.shape == (DRAWS, 1, 3)
    assert beam == pytest.approx(wide, rel=0.005)


@pytest.mark.parametrize(("radius", "within"), [(None, 0.01), (10.0, 0.01), (3.0, 0.03), (1.1, 0.07)])
def test_few_directions_are_enough_for_a_preview(radius, within):
    stack, depth = people_of("volar_wrist")[0], np.array([0.1, 1.0, 6.0])
    area = None if radius is None else np.pi * radius**2
    finest = None if radius is None else 0.25
    coarse, fine = (
        solve_light(stack, 0.3, finest, narrow=is_narrow(area), coarse=coarse).fluence_rate(depth, area)
        for coarse in (True, False)
    )
    np.testing.assert_allclose(coarse, fine, rtol=within)
    assert not np.array_equal(coarse, fine)


@pytest.mark.parametrize("finest", [None, 0.5])
def test_the_first_draws_are_those_of_all(finest):
    stack, depth = people_of("volar_wrist")[0], np.array([0.1, 6.0])
    area = None if finest is None else 300.0
    light = solve_light(stack, np.linspace(0, 1, DRAWS), finest, coarse=True)
    first = light.first(5)
    assert first.fluence_rate(depth, area).shape == (5, 2)
    np.testing.assert_allclose(first.fluence_rate(depth, area), light.fluence_rate(depth, area)[:5], rtol=1e-12)
    waves = np.array([0.0]) if finest is None else np.array([0.0, 0.3])
    np.testing.assert_allclose(
        first.absorbed_density(waves, depth), light.absorbed_density(waves, depth)[:5], rtol=1e-9, atol=1e-15
    )
    for name in ("specular_reflectance", "diffuse_reflectance", "transmittance", "absorbed"):
        assert np.array_equal(getattr(first.plane, name), getattr(light.plane, name)[:5])


@pytest.fixture(scope="module")
def narrow_and_fine():
    """The light that narrow spots get, and finer: that of any spot."""
    stack = people_of("volar_wrist")[0]
    fine = solve_beam(stack, finest=0.25, accuracy=BeamAccuracy(nodes=6, orders=5, step=0.3, plane_nodes=16))
    return solve_light(stack, 0.0, 0.5, narrow=True), fine


@pytest.mark.slow
@pytest.mark.parametrize("radius", [0.6, 1.1, 2.9])
def test_a_narrow_spot_is_solved_within_two_per_cent(radius, narrow_and_fine):
    (narrow, fine), depth = narrow_and_fine, np.array([2.0, 6.0])
    area = np.pi * radius**2
    assert is_narrow(area)
    found = narrow.spread(depth, area)
    exact = fine.fluence_rate(Disc(radius), depth)[..., 0] * area / fine.plane.fluence_rate(depth)
    np.testing.assert_allclose(found, exact, rtol=0.02)
