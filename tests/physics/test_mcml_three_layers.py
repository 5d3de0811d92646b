import numpy as np
import pytest

from nervelight.transport import solve_plane_wave

QUANTITIES = ("diffuse_reflectance", "transmittance", "absorbed")


@pytest.fixture
def case(published):
    return published("mcml_three_layers")


def solve(case, stack_of, nodes):
    return solve_plane_wave(stack_of(case["layers"], case["refractive_index"]), nodes=nodes)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize(("nodes", "tolerance"), [(8, 2e-3), (16, 3e-4), (32, 1e-4)])
def test_converges(case, stack_of, quantity, nodes, tolerance):
    found = getattr(solve(case, stack_of, nodes), quantity)
    np.testing.assert_allclose(found, case["converged"][quantity], rtol=tolerance)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_agrees_with_the_published_sample(case, stack_of, quantity):
    found = getattr(solve(case, stack_of, 16), quantity)
    np.testing.assert_allclose(found, case["published"][quantity], rtol=5e-3)


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_agrees_with_monte_carlo(case, stack_of, quantity):
    mean, error = np.array(case["monte_carlo"][quantity]).T
    assert np.all(np.abs(getattr(solve(case, stack_of, 16), quantity) - mean) < 3 * error)


def test_specular_reflectance(case, stack_of):
    found = solve(case, stack_of, 8).specular_reflectance
    assert found == pytest.approx(case["published"]["specular_reflectance"], abs=1e-7)
