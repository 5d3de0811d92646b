"""Piles of layers: what is refused, and what is derived from thicknesses and indices."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nervelight.errors import ValidityError
from nervelight.optics.stack import TISSUE_INDEX, LayerStack

GOOD = {
    "thickness": [1.0, 2.0, np.inf],
    "mu_a": [0.1, 0.0, 0.01],
    "mu_s": [10.0, 0.0, 5.0],
    "g": [0.9, -0.5, 0.0],
}


def stack(**changes):
    values = GOOD | changes
    arrays = {name: np.array(values.pop(name), dtype=float) for name in GOOD}
    return LayerStack(**arrays, **values)


def changed(name, layer, value):
    return {name: [value if j == layer else kept for j, kept in enumerate(GOOD[name])]}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (changed("thickness", 0, 0.0), "thickness must be positive"),
        (changed("thickness", 0, -1.0), "thickness must be positive"),
        (changed("thickness", 2, math.nan), "thickness must be positive"),
        (changed("thickness", 1, math.inf), "only the last layer may be infinite"),
        (changed("mu_a", 1, -1e-9), "mu_a must be finite and not negative"),
        (changed("mu_a", 1, math.inf), "mu_a must be finite and not negative"),
        (changed("mu_s", 1, math.nan), "mu_s must be finite and not negative"),
        (changed("mu_s", 1, -1.0), "mu_s must be finite and not negative"),
        (changed("g", 0, 1.0), "g must lie between -1 and 1"),
        (changed("g", 0, -1.0), "g must lie between -1 and 1"),
        (changed("mu_a", 2, 0.0), "an infinite last layer must absorb"),
        ({"refractive_index": 0.99}, "refractive index must lie between 1 and 2, got 0.99"),
        ({"refractive_index": 2.01}, "refractive index must lie between 1 and 2"),
        ({"refractive_index": math.nan}, "refractive index must lie between 1 and 2"),
        ({"refractive_index": (1.4, 1.4, 3.0)}, "refractive index must lie between 1 and 2"),
        ({"refractive_index": (1.4, 1.5)}, "2 refractive indices for 3 layers"),
        ({"names": ("skin", "fat")}, "2 names for 3 layers"),
    ],
)
def test_impossible_layers_are_refused(change, message):
    with pytest.raises(ValidityError, match=message):
        stack(**change)


def test_all_faults_are_named_at_once():
    with pytest.raises(ValidityError, match=r"mu_a must be.*; g must lie.*; refractive index"):
        stack(mu_a=[-1.0, 0.0, 1.0], g=[2.0, 0.0, 0.0], refractive_index=0.5)


@pytest.mark.parametrize("values", [np.zeros(0), np.array(1.0)])
def test_a_stack_needs_a_layer(values):
    with pytest.raises(ValidityError, match="at least one layer"):
        LayerStack(values, values, values, values)


def test_one_bad_stack_of_many_is_refused():
    mu_a = np.full((4, 3), 0.1)
    mu_a[2, 1] = -0.1
    with pytest.raises(ValidityError, match="mu_a"):
        stack(mu_a=mu_a)


def test_the_ends_of_each_range_are_allowed():
    kept = stack(thickness=[1e-9, 1.0, 1e9], mu_a=[0.0, 0.0, 0.0], g=[0.999, -0.999, 0.0], refractive_index=(1, 2, 1.5))
    assert kept.indices == (1.0, 2.0, 1.5)


def test_values_are_broadcast_to_the_batch():
    many = stack(mu_a=np.linspace(0.1, 1, 30).reshape(2, 5, 3))
    assert many.batch_shape == (2, 5)
    assert all(getattr(many, name).shape == (2, 5, 3) for name in GOOD)
    np.testing.assert_array_equal(many.thickness[1, 4], GOOD["thickness"])
    assert stack().batch_shape == ()


def test_whole_numbers_become_floats():
    assert LayerStack(np.array([1]), np.array([1]), np.array([10]), np.array([0])).mu_s.dtype == float


def test_one_index_holds_for_all_layers():
    assert stack().indices == (TISSUE_INDEX,) * 3
    assert stack(refractive_index=1.5).indices == (1.5,) * 3


@given(hnp.arrays(float, st.tuples(st.integers(1, 3), st.integers(1, 5)), elements=st.floats(0.01, 100)))
def test_tops_are_the_sum_of_what_lies_above(thickness):
    many = LayerStack(thickness, np.ones(1), np.ones(1), np.zeros(1))
    assert np.all(many.tops[:, 0] == 0)
    np.testing.assert_allclose(np.diff(many.tops, axis=-1), thickness[:, :-1], rtol=1e-9)


def test_the_top_of_an_endless_layer_is_known():
    np.testing.assert_array_equal(stack().tops, [0.0, 1.0, 3.0])


def test_upside_down_twice_is_as_before():
    finite = stack(thickness=[1.0, 2.0, 3.0], refractive_index=(1.3, 1.4, 1.5), names=("a", "b", "c"))
    over = finite.reversed()
    assert (over.names, over.indices) == (("c", "b", "a"), (1.5, 1.4, 1.3))
    for name in GOOD:
        np.testing.assert_array_equal(getattr(over, name), getattr(finite, name)[::-1])
        np.testing.assert_array_equal(getattr(over.reversed(), name), getattr(finite, name))
    with pytest.raises(ValidityError, match="only the last layer may be infinite"):
        stack().reversed()
