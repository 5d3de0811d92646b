"""Published problems as data: each solver that claims one is run on the same file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nervelight.documents import read_yaml
from nervelight.optics.stack import LayerStack
from nervelight.sources import require_known
from nervelight.units import parse_quantity


@pytest.fixture
def published() -> Callable[[str], dict[str, Any]]:
    def read(name: str) -> dict[str, Any]:
        case: dict[str, Any] = read_yaml(Path(__file__).parent / "published" / f"{name}.yaml")
        require_known([case["source"]])
        return case

    return read


@pytest.fixture
def stack_of() -> Callable[..., LayerStack]:
    def build(layers: list[dict[str, Any]], refractive_index: float) -> LayerStack:
        rows = []
        for layer in layers:
            infinite = layer["thickness"] == "infinite"
            thickness = np.inf if infinite else parse_quantity(layer["thickness"], "mm")
            if "mu_s" in layer:
                mu_s = parse_quantity(layer["mu_s"], "1/mm")
            else:
                mu_s = parse_quantity(layer["mu_s_prime"], "1/mm") / (1 - layer["g"])
            rows.append((thickness, parse_quantity(layer["mu_a"], "1/mm"), mu_s, layer["g"]))
        return LayerStack(*np.array(rows, dtype=float).T, refractive_index=refractive_index)

    return build
