import pytest

from nervelight.transport import solve_plane_wave


def test_van_de_hulst_slab(published, stack_of):
    case = published("van_de_hulst_slab")
    found = solve_plane_wave(stack_of(case["layers"], case["refractive_index"]))
    assert found.specular_reflectance == 0
    assert found.diffuse_reflectance == pytest.approx(case["published"]["diffuse_reflectance"], abs=1e-5)
    assert found.transmittance == pytest.approx(case["published"]["transmittance"], abs=1e-5)


def test_converges_to_the_last_digit(published, stack_of):
    case = published("van_de_hulst_slab")
    found = solve_plane_wave(stack_of(case["layers"], case["refractive_index"]), nodes=24)
    assert found.diffuse_reflectance == pytest.approx(case["converged"]["diffuse_reflectance"], abs=1e-7)
    assert found.transmittance == pytest.approx(case["converged"]["transmittance"], abs=1e-7)
