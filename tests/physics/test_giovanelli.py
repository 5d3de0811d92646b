import pytest

from nervelight.transport import solve_plane_wave


def test_giovanelli_half_space(published, stack_of):
    case = published("giovanelli")
    found = solve_plane_wave(stack_of(case["layers"], case["refractive_index"]))
    total = found.specular_reflectance + found.diffuse_reflectance
    assert found.specular_reflectance == pytest.approx(case["published"]["specular_reflectance"], abs=1e-12)
    assert total == pytest.approx(case["published"]["total_reflectance"], abs=1e-4)
    assert total == pytest.approx(case["converged"]["total_reflectance"], abs=1e-5)
    assert found.diffuse_reflectance == pytest.approx(case["converged"]["diffuse_reflectance"], abs=1e-5)
    assert found.transmittance == 0
