import numpy as np
import pytest

from nervelight.transport import solve_plane_wave
from nervelight.units import parse_quantity


@pytest.mark.parametrize(("index", "which"), [(1.0, "decay_matched"), (1.37, "decay_mismatched")])
def test_decay_far_from_the_surface(published, stack_of, index, which):
    case = published("mcml_fluence_decay")
    depth = np.array([20.0, 40.0])
    near, far = solve_plane_wave(stack_of(case["layers"], index)).fluence_rate(depth)
    decay = np.log(near / far) / np.diff(depth)[0]
    # Both figures are fits to the same asymptotic rate, printed with three digits.
    assert decay == pytest.approx(parse_quantity(case["published"][which], "1/mm"), abs=1e-3)
