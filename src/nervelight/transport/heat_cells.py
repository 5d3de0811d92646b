"""Tissue as cells in depth: how they exchange heat, and what they say of a depth between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nervelight.errors import ValidityError
from nervelight.transport.thermal import ThermalLayers, thermal_properties

__all__ = ["Columns", "Readout", "columns_of", "readout_of", "solver"]

# Cells grow with depth as CELL (FINEST + z): 5 um at the surface, where melanin puts much of the light.
CELL, FINEST = 0.1, 0.05
# Thickness given to an infinite last layer [mm]; below it tissue stays at arterial temperature.
CORE_DEPTH = 60.0


@dataclass(frozen=True)
class Columns:
    """Finite volumes in depth, as ``capacity T' = supply - loss T`` with T relative to arterial temperature.

    Parameters
    ----------
    faces : ndarray, shape (B, N + 1)
        Depth of the faces of the cells [mm].
    half : ndarray, shape (B, N)
        Conductance between the centre of a cell and each of its faces [W/mm2/K].
    between : ndarray, shape (B, N - 1)
        Conductance between the centres of neighbours [W/mm2/K].
    loss : ndarray, shape (B, N)
        Diagonal of the loss: to neighbours, blood, air and core [W/mm2/K].
    lateral : ndarray, shape (B, N)
        What the loss gains for each unit of squared frequency [W/K].
    capacity : ndarray, shape (B, N)
        Heat stored [J/mm2/K].
    supply : ndarray, shape (B, N)
        Heat from metabolism, and from air relative to arterial temperature [W/mm2].
    outside : ndarray, shape (B, 2)
        Temperature above and below the column, relative to arterial temperature [K].
    coefficient : ndarray, shape (B, 2)
        Coefficient of exchange with what is above and below [W/mm2/K]; infinite with the core.
    """

    faces: NDArray[np.float64]
    half: NDArray[np.float64]
    between: NDArray[np.float64]
    loss: NDArray[np.float64]
    lateral: NDArray[np.float64]
    capacity: NDArray[np.float64]
    supply: NDArray[np.float64]
    outside: NDArray[np.float64]
    coefficient: NDArray[np.float64]

    @property
    def size(self) -> NDArray[np.float64]:
        """Thickness of the cells [mm], shape (B, N)."""
        return np.diff(self.faces, axis=-1)

    @property
    def centre(self) -> NDArray[np.float64]:
        """Depth of the middle of the cells [mm], shape (B, N)."""
        return (self.faces[:, 1:] + self.faces[:, :-1]) / 2


def columns_of(layers: ThermalLayers) -> Columns:
    """Return the tissue of B persons as cells, fine at the surface and coarse in the depth."""
    data = thermal_properties()
    thickness = np.asarray(layers.thickness)
    faces, layer = _grid(np.where(np.isinf(thickness), CORE_DEPTH, thickness))
    size = np.diff(faces, axis=-1)
    made_of = [data.layer(name) for name in layers.tissue]
    tissues = [data.tissues[of.tissue] for of in made_of]
    blood = np.array([of.blood * data.blood_heat_exchange(of.tissue) for of in made_of])
    factor, perfusion = np.asarray(layers.conductivity_factor), np.asarray(layers.perfusion_factor)
    lateral = factor[:, None] * np.array([of.conductivity for of in tissues])[layer] * size
    half = 2 * lateral / size**2
    between = 1 / (1 / half[:, 1:] + 1 / half[:, :-1])

    air = np.asarray(layers.air_temperature) - np.asarray(layers.arterial_temperature)
    top = np.asarray(layers.surface_coefficient)
    core = layers.beneath == "core"
    coefficient = np.stack([top, np.full_like(top, np.inf) if core else top], axis=-1)
    outside = np.stack([air, np.zeros_like(air) if core else air], axis=-1)
    ends = half[:, [0, -1]]
    # Half a cell and the exchange beyond it, in series.
    exchange = ends if core else ends * coefficient / (ends + coefficient)
    exchange[:, 0] = ends[:, 0] * top / (ends[:, 0] + top)

    loss = perfusion[:, None] * blood[layer] * size
    loss[:, 1:] += between
    loss[:, :-1] += between
    # Tissue that blood supplies less than at rest cannot burn more than it gets.
    metabolic = np.array([of.volumetric_metabolic_heat for of in tissues])[layer]
    supply = np.minimum(perfusion, 1.0)[:, None] * metabolic * size
    for end, cell in ((0, 0), (1, -1)):
        loss[:, cell] += exchange[:, end]
        supply[:, cell] += exchange[:, end] * outside[:, end]
    capacity = np.array([of.volumetric_heat_capacity for of in tissues])[layer] * size
    return Columns(faces, half, between, loss, lateral, capacity, supply, outside, coefficient)


def _grid(thickness: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
    """Return the faces of the cells (B, N + 1), some of which are the boundaries, and the layer of each cell (N,)."""
    tops = np.concatenate([np.zeros((len(thickness), 1)), np.cumsum(thickness, axis=-1)], axis=-1)
    scaled = np.log1p(tops / FINEST)
    counts = [int(np.ceil(most / CELL)) for most in np.diff(scaled, axis=-1).max(axis=0)]
    faces = [np.zeros((len(thickness), 1))]
    for top, bottom, count in zip(scaled.T[:-1], scaled.T[1:], counts, strict=True):
        faces.append(FINEST * np.expm1(np.linspace(top, bottom, count + 1, axis=-1)[:, 1:]))
    return np.concatenate(faces, axis=-1), np.repeat(np.arange(len(counts)), counts)


def solver(
    diagonal: NDArray[np.float64], between: NDArray[np.float64]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """Return the inverse of all symmetric tridiagonal systems (..., N), joined end to end into one.

    Raises
    ------
    ValidityError
        If a pivot is not positive.
    """
    # scipy.linalg takes long to load: only whoever computes heat pays for it.
    from scipy.linalg.lapack import dpttrf, dpttrs

    beside = np.zeros_like(diagonal)
    beside[..., :-1] = -between
    pivots, factors, failed = dpttrf(diagonal.ravel(), beside.ravel()[:-1])
    if failed:
        raise ValidityError("the heat balance of these layers cannot be solved: a value is extreme")

    def solve(heat: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(dpttrs(pivots, factors, heat.ravel())[0].reshape(heat.shape))

    return solve


@dataclass(frozen=True)
class Readout:
    """What the temperatures of cells say about any depth: straight lines between centres and faces.

    Parameters
    ----------
    cell : ndarray, shape (B, Z, 2)
        The cell that holds a depth, and the neighbour beyond its nearer face.
    weight : ndarray, shape (B, Z, 2)
        Their weights.
    beyond : ndarray, shape (B, Z)
        Share of what lies outside the column in the steady temperature [K].
    """

    cell: NDArray[np.intp]
    weight: NDArray[np.float64]
    beyond: NDArray[np.float64]

    def __call__(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values (B, Q, N) of cells at the Z depths, shape (B, Z, Q)."""
        row = np.arange(len(values))[:, None]
        own, other = (values[row, :, self.cell[..., side]] * self.weight[..., side, None] for side in (0, 1))
        return np.asarray(own + other)

    def steady(self, columns: Columns) -> NDArray[np.float64]:
        """Return the temperature without light, relative to arterial temperature, shape (B, Z)."""
        values = solver(columns.loss, columns.between)(columns.supply)
        return np.asarray(self(values[:, None])[..., 0] + self.beyond)


def readout_of(columns: Columns, depth: NDArray[np.float64]) -> Readout:
    """Return what reads the depths (B, Z) [mm], all of which lie in the column."""
    cells = columns.half.shape[-1]
    cell = (depth[..., None] >= columns.faces[:, None, 1:-1]).sum(axis=-1)
    offset = depth - np.take_along_axis(columns.centre, cell, axis=-1)
    towards_face = np.abs(offset) / (np.take_along_axis(columns.size, cell, axis=-1) / 2)
    neighbour = cell + np.where(offset >= 0, 1, -1)
    conductance = np.insert(columns.coefficient, [1], columns.half, axis=-1)
    own = np.take_along_axis(conductance, cell + 1, axis=-1)
    other = np.take_along_axis(conductance, neighbour + 1, axis=-1)
    # The face is as warm as makes equal heat flow on either side of it; where the core begins, as warm as the core.
    share = towards_face * np.divide(other, own + other, out=np.ones_like(own), where=np.isfinite(other))
    inside = (neighbour >= 0) & (neighbour < cells)
    outside = np.take_along_axis(columns.outside, (neighbour > 0).astype(int), axis=-1)
    return Readout(
        cell=np.stack([cell, np.clip(neighbour, 0, cells - 1)], axis=-1),
        weight=np.stack([1 - share, np.where(inside, share, 0.0)], axis=-1),
        beyond=np.where(inside, 0.0, share * outside),
    )
