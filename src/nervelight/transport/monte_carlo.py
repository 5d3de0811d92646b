"""Photons followed one by one through plane layers: slow, simple, and independent of the fast solver.

The reference by which the discrete ordinates are checked, and the only answer here with a statistical error.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import UnknownName, ValidityError
from nervelight.optics.beams import Disc, Gaussian
from nervelight.optics.stack import LayerStack
from nervelight.transport.depths import Depths

__all__ = ["BATCHES", "LONGEST_WALK", "Estimator", "MonteCarloResult", "simulate_photons"]

Estimator = Literal["convolved", "direct"]
"""How the fluence rate of a beam is scored."""

BATCHES = 128
"""Parts of a run, each with its own random numbers: standard errors are themselves good to 1 / sqrt(2 * 127) = 6 %."""
LONGEST_WALK = 10**9
"""Straight pieces of path of one photon after which a run is given up, about half a minute; skin takes a thousand."""


@dataclass(frozen=True)
class MonteCarloResult:
    """Where the photons went, each number with the standard error of its mean.

    Shares are of the irradiance (plane wave) or of the power (beam) in the air above the skin.

    Parameters
    ----------
    specular_reflectance, specular_reflectance_error : float
        Reflected by the surface itself; without error for collimated light.
    diffuse_reflectance, diffuse_reflectance_error : float
        Left the tissue through the surface.
    transmittance, transmittance_error : float
        Left through the bottom, scattered or not; 0 under an infinite last layer.
    absorbed, absorbed_error : ndarray, shape (J,)
        Absorbed by each layer.
    fluence_rate : ndarray, shape (Z, R)
        Fluence rate at each depth and radius: per incident irradiance for a plane wave [1], per incident watt for a
        beam [1/mm2].
    standard_error : ndarray, shape (Z, R)
        Its error; infinite where no photon came by, because then nothing is known but that there is little light.
    photons : int
        How many were followed.
    """

    specular_reflectance: float
    specular_reflectance_error: float
    diffuse_reflectance: float
    diffuse_reflectance_error: float
    transmittance: float
    transmittance_error: float
    absorbed: NDArray[np.float64]
    absorbed_error: NDArray[np.float64]
    fluence_rate: NDArray[np.float64]
    standard_error: NDArray[np.float64]
    photons: int


def simulate_photons(
    stack: LayerStack,
    *,
    beam: Disc | Gaussian | None,
    diffuse_share: float = 0.0,
    lobe_exponent: float = 1.0,
    depth: ArrayLike,
    radius: ArrayLike = (0.0,),
    photons: int,
    seed: int,
    estimator: Estimator = "convolved",
    cell: float = 0.5,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> MonteCarloResult:
    """Follow photons through plane layers and count where they go.

    Parameters
    ----------
    stack : LayerStack, shape (J,)
        One stack, with any refractive index in each layer. Above and below it is air.
    beam : Disc, Gaussian or None
        The light on the skin, on the axis r = 0; ``None`` for a plane wave.
    diffuse_share : float
        Share of the power that arrives from a lobe around the normal; the rest is collimated at normal incidence.
    lobe_exponent : float
        Exponent m of that lobe: the radiance in air goes with cos^(m-1) of the angle to the normal, the irradiance
        from each solid angle with cos^m; 1 is Lambertian.
    depth : array_like, shape (Z,)
        Depths below the surface [mm], in any order. An interface belongs to the layer below it.
    radius : array_like, shape (R,)
        Distances from the beam's axis [mm]. A plane wave is the same at each.
    photons : int
        How many to follow, at least one for each of `BATCHES`.
    seed : int
        Not negative. The same seed gives the same bits, whatever the number of threads.
    estimator : {"convolved", "direct"}
        See Notes. A plane wave has the first only.
    cell : float
        For ``direct``: half of the edge of the cube about each point [mm].
    threads : int, optional
        Processors to use; all by default.
    progress : callable, optional
        Called in this thread after each batch with the number of photons done and in all.

    Returns
    -------
    MonteCarloResult

    Raises
    ------
    ValidityError
        If an argument is out of range, if there is more than one stack, or if a photon takes more than `LONGEST_WALK`
        steps.
    UnknownName
        If there is no such estimator.

    Notes
    -----
    A photon is a weight. It loses the absorbed part at each collision and turns by a Henyey-Greenstein angle; below
    a weight of 1e-3 one in ten goes on, ten times as heavy. At an interface it is reflected or refracted with the
    probabilities of Fresnel for unpolarised light; only the reflection of incident light is split off exactly.

    *Plane wave.* A photon that crosses the depth wanted, anywhere, adds its weight over the cosine of its angle. The
    variance of that would be infinite. Below a cosine of 0.01 a crossing therefore adds 200, the mean over all smaller
    cosines of even light. What that gets wrong is of second order in the cosine. It is below 1e-4 of the fluence rate
    in layers like those of skin; it was at most 7e-4 where it was looked for, a hundredth of a free path beside the
    border of a white layer and an ink.

    *Beams, convolved.* Layers are the same everywhere, so all photons may enter at one point: a crossing at a distance
    from there adds as above, times the irradiance of the beam averaged over a circle of that radius about the point
    wanted. The mean is known in closed form for a disc and a Gaussian. There are no bins in radius, and each photon
    counts for each radius. Nothing but the grazing angles is approximate. Unscattered collimated light is exact
    too; on the very edge of a disc, it is the mean of both sides.

    *Beams, direct.* Photons enter all over the beam, and the length of path in a cube about the point counts. It is
    the mean over that cube and not the value at its centre, takes twenty to forty times the photons for the same error
    (in skin, under a disc of 10 mm radius, in cubes of 1 mm), and is there to compare with other programs. Whether
    unscattered light counts near the edge of a disc is a coin toss for each photon.

    Standard errors come from the spread of the batches. A batch follows its own stream of xoshiro256++,
    seeded by NumPy's ``SeedSequence``; angles of incidence are spread evenly over each batch.

    References
    ----------
    wang1995, henyey1941, blackman2021, west1979

    Examples
    --------
    >>> import numpy as np
    >>> slab = LayerStack(*(np.array([v]) for v in (0.2, 1.0, 9.0, 0.75)), refractive_index=1.0)
    >>> found = simulate_photons(slab, beam=None, depth=[0.1], photons=20_000, seed=1)
    >>> bool(abs(found.transmittance - 0.66096) < 4 * found.transmittance_error)
    True
    """
    depths, radii = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (depth, radius))
    _require_valid(stack, beam, diffuse_share, lobe_exponent, depths, radii, photons, seed, estimator, cell, threads)
    # Numba takes half a second to load; whoever does not follow photons need not wait for it.
    from nervelight.transport import photon_kernel as kernel

    layers = stack.thickness.size
    bottom = np.cumsum(stack.thickness)
    mu_t = stack.mu_a + stack.mu_s
    tissue = kernel.Tissue(
        bottom=bottom,
        mu_t=mu_t,
        albedo=stack.mu_s / np.where(mu_t > 0, mu_t, 1.0),
        g=np.array(stack.g),
        refractive_index=np.array([1.0, *stack.indices, 1.0]),
    )
    shape = kernel.PLANE_WAVE if beam is None else kernel.DISC if isinstance(beam, Disc) else kernel.GAUSSIAN
    light = kernel.Incidence(shape, 0.0 if beam is None else beam.radius, float(diffuse_share), float(lobe_exponent))
    order = np.argsort(depths, kind="stable")
    points = kernel.Points(
        # A plane counts what passes below it: that of the very bottom has to lie above.
        depth=np.minimum(depths[order], np.nextafter(bottom[-1], 0.0)),
        radius=radii if beam is not None else np.zeros(1),
        cell=float(cell) if estimator == "direct" else 0.0,
    )
    rates = (points.depth.size, points.radius.size)

    def batch(count: int, source: np.random.SeedSequence) -> NDArray[np.float64]:
        tally = kernel.Tally(np.zeros(3), np.zeros(layers), np.zeros(rates))
        state = np.asarray(source.generate_state(4, np.uint64), dtype=np.uint64)
        if not kernel.trace(count, state, tissue, light, points, tally, LONGEST_WALK):
            raise ValidityError(
                f"a photon had not left after {LONGEST_WALK:g} steps: the stack scatters too much, or absorbs too "
                "little, to be followed photon by photon"
            )
        return np.concatenate([tally.gone, tally.absorbed, tally.fluence_rate.ravel()]) / count

    # A share of the photons each, that differs by one at most.
    counts = np.diff(np.arange(BATCHES + 1) * photons // BATCHES).tolist()
    mean, error = _mean_and_error(batch, counts, np.random.SeedSequence(seed).spawn(BATCHES), threads, progress)

    back = np.argsort(order, kind="stable")
    fluence_rate, standard_error = (
        np.broadcast_to(values[3 + layers :].reshape(rates)[back], (depths.size, radii.size)).copy()
        for values in (mean, error)
    )
    standard_error[fluence_rate == 0] = math.inf
    return MonteCarloResult(
        specular_reflectance=float(mean[0]),
        specular_reflectance_error=float(error[0]),
        diffuse_reflectance=float(mean[1]),
        diffuse_reflectance_error=float(error[1]),
        transmittance=float(mean[2]),
        transmittance_error=float(error[2]),
        absorbed=mean[3 : 3 + layers],
        absorbed_error=error[3 : 3 + layers],
        fluence_rate=fluence_rate,
        standard_error=standard_error,
        photons=photons,
    )


def _mean_and_error(
    batch: Callable[[int, np.random.SeedSequence], NDArray[np.float64]],
    counts: list[int],
    sources: list[np.random.SeedSequence],
    threads: int | None,
    progress: Callable[[int, int], None] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean of all photons and its standard error, from the means of batches taken in their order."""
    done, mean, squares = 0, np.zeros(1), np.zeros(1)
    pool = ThreadPoolExecutor(threads or os.cpu_count() or 1)
    try:
        for count, found in zip(counts, pool.map(batch, counts, sources), strict=True):
            # Updated one by one: batches that agree to the last bit have no spread left by rounding.
            done += count
            difference = found - mean
            mean = mean + difference * (count / done)
            squares = squares + count * difference * (found - mean)
            if progress is not None:
                progress(done, sum(counts))
    finally:
        pool.shutdown(cancel_futures=True)
    return mean, np.sqrt(squares / ((len(counts) - 1) * done))


def _require_valid(
    stack: LayerStack,
    beam: object,
    diffuse_share: float,
    lobe_exponent: float,
    depths: NDArray[np.float64],
    radii: NDArray[np.float64],
    photons: int,
    seed: int,
    estimator: str,
    cell: float,
    threads: int | None,
) -> None:
    """Refuse what cannot be followed, naming all faults at once."""
    if estimator not in get_args(Estimator):
        raise UnknownName("estimator", estimator, get_args(Estimator))
    if stack.batch_shape:
        raise ValidityError(f"photons go through one stack at a time, got a batch of shape {stack.batch_shape}")
    rules = {
        f"beam must be a Disc, a Gaussian or None, got {type(beam).__name__}": beam is None
        or isinstance(beam, (Disc, Gaussian)),
        f"diffuse_share must lie between 0 and 1, got {diffuse_share:g}": 0 <= diffuse_share <= 1,
        f"lobe_exponent must be positive and finite, got {lobe_exponent:g}": 0 < lobe_exponent < math.inf,
        f"depth must be a number or a list, got an array of shape {depths.shape}": depths.ndim == 1,
        f"radius must be a number or a list, finite and not negative, got {radii} mm": radii.ndim == 1
        and bool(np.all(np.isfinite(radii) & (radii >= 0))),
        f"photons must be at least {BATCHES}, got {photons}": photons >= BATCHES,
        f"seed must not be negative, got {seed}": seed >= 0,
        f"cell must be positive and finite, got {cell:g} mm": 0 < cell < math.inf,
        f"threads must be at least 1, got {threads}": threads is None or threads >= 1,
        "the direct estimator needs a beam, and a plane wave has none": beam is not None or estimator != "direct",
    }
    broken = [text for text, holds in rules.items() if not holds]
    if broken:
        raise ValidityError("; ".join(broken))
    Depths.of(stack, depths)
