"""Light in tetrahedral meshes, by the engine pmmc: any shape, curved surfaces as flat facets.

pmmc is Mesh-based Monte Carlo, GPL 3 or later; this module only calls it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.transport.engines.loading import load_engine, run_batches
from nervelight.transport.engines.scene import AIR, LEAST_MU_A, DiscSource, FluenceMap, Medium, media_table

__all__ = ["TetrahedralMesh", "extruded_mesh", "layered_cylinder_mesh", "simulate_mesh"]

# pmmc's own mark of elements in which light may start.
_LAUNCH = -1
# A photon started on a face of an element belongs to it: share of the element's volume.
_ON_FACE = 1e-6


@dataclass(frozen=True)
class TetrahedralMesh:
    """A body and the air around it, as tetrahedra that share whole faces.

    Parameters
    ----------
    nodes : ndarray, shape (P, 3)
        Positions [mm].
    elements : ndarray of int, shape (E, 4)
        Nodes of each tetrahedron, counted from 0, in any order.
    labels : ndarray of int, shape (E,)
        Tissue of each tetrahedron; 0 is air.

    Raises
    ------
    ValidityError
        If shapes do not fit, a node does not exist or a tetrahedron is flat.
    """

    nodes: NDArray[np.float64]
    elements: NDArray[np.intp]
    labels: NDArray[np.intp]

    def __post_init__(self) -> None:
        nodes, elements, labels = np.asarray(self.nodes, float), np.asarray(self.elements), np.asarray(self.labels)
        if nodes.ndim != 2 or nodes.shape[1] != 3 or not np.isfinite(nodes).all():
            raise ValidityError(f"nodes need three finite coordinates each, got shape {nodes.shape}")
        if elements.ndim != 2 or elements.shape[1] != 4 or labels.shape != elements.shape[:1]:
            raise ValidityError(
                f"elements need four nodes each and one label each, got shapes {elements.shape} and {labels.shape}"
            )
        if elements.min() < 0 or elements.max() >= len(nodes):
            raise ValidityError(f"elements name nodes {elements.min()} to {elements.max()}; there are {len(nodes)}")
        for name, value in (("nodes", nodes), ("elements", elements), ("labels", labels)):
            object.__setattr__(self, name, value)
        flat = np.abs(self.volumes) <= 1e-12 * np.ptp(nodes[elements], axis=1).max(axis=1) ** 3
        if flat.any():
            raise ValidityError(f"element {int(np.argmax(flat))} is flat")

    @property
    def volumes(self) -> NDArray[np.float64]:
        """Volume of each tetrahedron [mm3], negative where its nodes turn the other way; shape (E,)."""
        a, b, c, d = np.moveaxis(self.nodes[self.elements], 1, 0)
        return np.asarray(np.einsum("ej,ej->e", np.cross(b - a, c - a), d - a) / 6)


def extruded_mesh(
    cross_section: ArrayLike, triangles: ArrayLike, labels: ArrayLike, levels: ArrayLike
) -> TetrahedralMesh:
    """Return a mesh whose cross-section is the same all along the y axis.

    Parameters
    ----------
    cross_section : array_like, shape (P, 2)
        Nodes of the cross-section: x and z [mm].
    triangles : array_like of int, shape (T, 3)
        Triangles of the cross-section, which share whole edges.
    labels : array_like of int, shape (T,)
        Tissue of each triangle; 0 is air.
    levels : array_like, shape (L,)
        Where along y the cross-sections stand [mm], rising, at least two.

    Returns
    -------
    TetrahedralMesh
        Three tetrahedra a triangle and step.

    Raises
    ------
    ValidityError
        If shapes do not fit, levels do not rise or a triangle is flat.

    Notes
    -----
    Each prism is cut along the diagonals that start at the smaller node number, so that neighbours cut their common
    side alike.

    Examples
    --------
    >>> prism = extruded_mesh([(0, 0), (1, 0), (0, 1)], [(0, 1, 2)], [1], levels=[0, 2])
    >>> float(abs(prism.volumes).sum())
    1.0
    """
    section, y = np.asarray(cross_section, dtype=float), np.asarray(levels, dtype=float)
    if y.ndim != 1 or len(y) < 2 or not (np.diff(y) > 0).all():
        raise ValidityError(f"levels must rise and be two at least, got {y.tolist()}")
    corners = np.sort(np.asarray(triangles), axis=1)
    nodes = np.stack(
        [np.tile(section[:, 0], len(y)), np.repeat(y, len(section)), np.tile(section[:, 1], len(y))], axis=1
    )
    prisms = corners + len(section) * np.arange(len(y) - 1)[:, None, None]
    low, high = prisms, prisms + len(section)
    cuts = [
        [low[..., 0], low[..., 1], low[..., 2], high[..., 2]],
        [low[..., 0], low[..., 1], high[..., 1], high[..., 2]],
        [low[..., 0], high[..., 0], high[..., 1], high[..., 2]],
    ]
    elements = np.moveaxis(np.array(cuts), 1, -1).reshape(-1, 4)
    return TetrahedralMesh(nodes, elements, np.tile(np.asarray(labels), 3 * (len(y) - 1)))


def layered_cylinder_mesh(
    thickness: Sequence[float], *, radius: float, length: float, air_radius: float, sectors: int = 64
) -> TetrahedralMesh:
    """Return a cylinder of concentric layers in air, its axis along y through the origin.

    Parameters
    ----------
    thickness : sequence of float
        Thickness of the layers from the surface inwards [mm]; the core takes what is left.
    radius, length : float
        Radius and length of the cylinder [mm].
    air_radius : float
        Radius of the air around it [mm]; the sources must fit in there.
    sectors : int
        Facets around the cylinder, a multiple of four; the facets lie inside the circle by up to
        ``radius * (1 - cos(pi / sectors))``, 0.01 mm for 64 of a finger.

    Returns
    -------
    TetrahedralMesh
        Labels 0 for air, 1 for the outermost layer and so on inwards.

    Raises
    ------
    ValidityError
        If a length is not positive, the layers fill the cylinder, the air does not enclose it, or `sectors` is not
        a multiple of four.

    Examples
    --------
    >>> finger = layered_cylinder_mesh([1.0, 1.5], radius=8, length=60, air_radius=16)
    >>> sorted(set(finger.labels.tolist()))
    [0, 1, 2, 3]
    """
    radii = np.array([air_radius, radius, *(radius - np.cumsum(thickness))])
    if not (0 < length < math.inf and (np.diff(radii) < 0).all() and radii[-1] > 0):
        raise ValidityError(
            "a cylinder needs a finite length, air around it, layers of positive thickness and a core within them; "
            f"got length {length} mm, radii {radii.tolist()} mm"
        )
    if sectors < 8 or sectors % 4:
        raise ValidityError(f"sectors must be a multiple of four, 8 or more, got {sectors}")
    angle = 2 * np.pi * np.arange(sectors) / sectors
    circles = radii[::-1, None, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    section = np.concatenate([np.zeros((1, 2)), circles.reshape(-1, 2)])
    here = np.arange(sectors)
    following = (here + 1) % sectors
    triangles = [np.stack([np.zeros_like(here), 1 + here, 1 + following], axis=1)]
    for ring in range(1, len(radii)):
        inner, outer = 1 + (ring - 1) * sectors, 1 + ring * sectors
        triangles.append(np.stack([inner + here, outer + here, outer + following], axis=1))
        triangles.append(np.stack([inner + here, outer + following, inner + following], axis=1))
    innermost_first = np.arange(len(radii))[::-1]
    labels = np.repeat(innermost_first, [sectors, *[2 * sectors] * (len(radii) - 1)])
    # Long elements keep the search for the first element of a photon short; rays do not mind their shape.
    steps = max(2, round(length / radius))
    levels = np.linspace(-length / 2, length / 2, steps + 1)
    return extruded_mesh(section, np.concatenate(triangles), labels, levels)


def simulate_mesh(
    mesh: TetrahedralMesh,
    media: Mapping[int, Medium],
    source: DiscSource,
    *,
    spacing: float,
    photons: int,
    seed: int,
    repeats: int = 10,
) -> FluenceMap:
    """Return the fluence rate in a mesh, by pmmc on the processor.

    Parameters
    ----------
    mesh : TetrahedralMesh
        The body, and air in which the source lies.
    media : mapping of int to Medium
        One for each label but 0; each absorbs `LEAST_MU_A` or more.
    source : DiscSource
        Where the light comes from.
    spacing : float
        Edge of the cubic cells of the result [mm]; they start at the smallest coordinates of the mesh.
    photons : int
        Photons in all repeats together.
    seed : int
        Seed of all random numbers. The same seed gives the same numbers on one thread (``OMP_NUM_THREADS=1``);
        on several, threads take their turns as they come.
    repeats : int
        Independent repeats, from which the standard error comes.

    Returns
    -------
    FluenceMap
        Per watt in air.

    Raises
    ------
    MissingEngine
        If pmmc or its OpenCL driver is missing.
    ValidityError
        If media, source or numbers do not fit.

    Notes
    -----
    Light starts in the air and meets the surface there, so that each ray loses what Fresnel's law takes at its own
    angle of incidence; nothing is left to convert. pmmc's own normalisation is not used: with a grid other than
    1 mm it leaves out the volume of a cell. Light that leaves the tissue is gone, also where it would meet tissue
    again.

    References
    ----------
    fang2010_mmc, yan2019_dmmc
    """
    if not (spacing > 0 and math.isfinite(spacing)):
        raise ValidityError(f"spacing must be positive and finite, got {spacing} mm")
    index, ordered = media_table(mesh.labels, media)
    for medium in ordered:
        if medium.mu_a < LEAST_MU_A:
            raise ValidityError(
                f"pmmc scores what tissue absorbs: mu_a must be {LEAST_MU_A} 1/mm or more, got {medium.mu_a} 1/mm"
            )
    launch = _launch_elements(mesh, source)
    engine = load_engine("pmmc")
    corner = mesh.nodes.min(axis=0)
    turned = mesh.volumes < 0
    elements = mesh.elements.copy()
    elements[turned] = elements[turned][:, [0, 2, 1, 3]]
    config = {
        "node": mesh.nodes - corner,
        "elem": elements + 1,
        "elemprop": np.where(launch, _LAUNCH, index),
        "prop": np.array([(0, 0, 1, 1), *((m.mu_a, m.mu_s, m.g, m.refractive_index) for m in ordered)]),
        "srctype": "disk",
        "srcpos": (np.asarray(source.centre) - corner).tolist(),
        "srcdir": source.unit_direction.tolist(),
        "srcparam1": [source.radius, 0, 0, 0],
        "method": "grid",
        "steps": [spacing] * 3,
        "outputtype": "fluence",
        "isnormalized": 0,
        "isreflect": 1,
        "issavedet": 0,
        "compute": "sse",
    }
    path_length, launched = run_batches(engine, config, photons=photons, repeats=repeats, seed=seed)
    path_length /= launched * spacing**3
    return FluenceMap(path_length, corner, spacing, engine.name, launched * repeats)


def _launch_elements(mesh: TetrahedralMesh, source: DiscSource) -> NDArray[np.bool_]:
    """Return which elements of air the disc may cross, shape (E,); they must hold all of it."""
    reach = source.radius * np.sqrt(np.maximum(0, 1 - source.unit_direction**2))
    centre = np.asarray(source.centre, dtype=float)
    corners = mesh.nodes[mesh.elements]
    near = ((corners.min(axis=1) <= centre + reach) & (corners.max(axis=1) >= centre - reach)).all(axis=1)
    launch = near & (mesh.labels == AIR)
    points = source.points(step=source.radius / 4)
    held = np.zeros(len(points), dtype=bool)
    for a, b, c, d in corners[launch]:
        weights = np.linalg.solve(np.stack([b - a, c - a, d - a], axis=1), (points - a).T)
        held |= (weights.min(axis=0) >= -_ON_FACE) & (weights.sum(axis=0) <= 1 + _ON_FACE)
    if not held.all():
        raise ValidityError(
            f"the source must lie in air (label {AIR}) inside the mesh; "
            f"this point of its disc does not: {points[~held][0].round(3).tolist()} mm"
        )
    return np.asarray(launch)
