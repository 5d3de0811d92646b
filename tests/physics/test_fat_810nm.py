import pytest

from nervelight.transport import solve_plane_wave
from nervelight.units import parse_quantity


@pytest.mark.parametrize("name", ["chromophores", "cassano2019", "simpson1998", "bashkatov2005", "salomatina2006"])
def test_fluence_rate_below_fat(published, stack_of, name):
    case = published("fat_810nm")
    fat = dict(case["fat"][name])
    for thickness, expected in fat.pop("fluence_rate").items():
        layers = [*case["above"], {**fat, "thickness": thickness}, *case["below"]]
        solution = solve_plane_wave(stack_of(layers, case["refractive_index"]))
        found = solution.fluence_rate(1.6 + parse_quantity(thickness, "mm"))
        # Rounded inputs leave 1 %: 0.5 units in the third digit of mu_a times some ten mean paths.
        assert found[0] == pytest.approx(expected, rel=0.01)
