"""How warm light makes tissue: the bioheat equation in plane layers, under a wide beam or a narrow one.

Blood carries heat in and out in proportion to its flow, air takes heat from the surface, and absorbed light is the
source. A pattern of light that varies over the skin as the Bessel function ``J0(q r)`` warms tissue in the same
pattern, because the layers are plane: for each frequency ``q`` there is one problem in depth, to whose losses lateral
conduction adds ``k q**2``. A wide beam is the single frequency 0; a narrow one is a sum over Q frequencies.

==================  ===========================================================  ==================
what                                                                             shape
==================  ===========================================================  ==================
layers                                                                           (B, J)
cells in depth, their faces, what joins neighbours                               (B, N), (B, N + 1), (B, N - 1)
heat put into each cell, rise of temperature                                     (B, Q, N)
what is read: Z depths, R distances from the axis, T times                       (B, Z, R, T)
==================  ===========================================================  ==================
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.beams import Beam
from nervelight.transport.heat_cells import Columns, Readout, columns_of, readout_of
from nervelight.transport.heat_frequencies import hankel_weights
from nervelight.transport.heat_steps import rise_history, time_steps
from nervelight.transport.thermal import ThermalLayers
from nervelight.transport.thermal_exposure import cem43

__all__ = ["AbsorbedDensity", "Warming", "warm"]

Held = TypeVar("Held", Columns, Readout)

# Cells of all frequencies that are stepped together, so that they stay in the cache of a processor.
CELLS_AT_ONCE = 2**15
# Sums of thicknesses are rounded: a depth at the very bottom may come out this much deeper, relative to it.
ROUNDING = 1e-9


class AbsorbedDensity(Protocol):
    """Light that tissue absorbs, as a function of frequency and depth."""

    def __call__(self, frequency: NDArray[np.float64], depth: NDArray[np.float64], /) -> NDArray[np.float64]:
        """Return the absorbed power for each volume, for each unit of incident irradiance.

        Parameters
        ----------
        frequency : ndarray, shape (Q,)
            Spatial frequencies of the pattern ``J0(q r)`` on the skin [rad/mm]; 0 is a wide, even beam.
        depth : ndarray, shape (B, Z)
            Depths below the surface [mm].

        Returns
        -------
        ndarray, broadcast to (B, Q, Z)
            Absorption coefficient times fluence rate [1/mm].
        """


@dataclass(frozen=True)
class Warming:
    """Temperatures while the light is on, and after.

    Parameters
    ----------
    times : ndarray, shape (T,)
        Seconds since the light was switched on, from 0 to the end [s].
    depth : ndarray, shape (B, Z)
        Depths [mm].
    radius : ndarray, shape (R,)
        Distances from the axis of the beam [mm].
    temperature : ndarray, shape (B, Z, R, T)
        Temperature [degC].
    start : ndarray, shape (B, Z)
        Steady temperature without the light [degC].
    surface : ndarray, shape (B, T)
        Temperature of the skin surface at the warmest of the distances [degC].
    surface_start : ndarray, shape (B,)
        Steady temperature of the surface without the light [degC].
    """

    times: NDArray[np.float64]
    depth: NDArray[np.float64]
    radius: NDArray[np.float64]
    temperature: NDArray[np.float64]
    start: NDArray[np.float64]
    surface: NDArray[np.float64]
    surface_start: NDArray[np.float64]

    @property
    def peak(self) -> NDArray[np.float64]:
        """Highest temperature of each depth, over times and distances [degC], shape (B, Z)."""
        return np.asarray(self.temperature.max(axis=(-2, -1)))

    @property
    def cem43(self) -> NDArray[np.float64]:
        """Cumulative equivalent minutes at 43 degC of each depth, at the warmest distance [min], shape (B, Z)."""
        return np.asarray(cem43(self.temperature, self.times).max(axis=-1))


def warm(
    layers: ThermalLayers,
    absorbed: AbsorbedDensity,
    *,
    exposure_time: float,
    depth: ArrayLike,
    irradiance: ArrayLike | None = None,
    power: ArrayLike | None = None,
    beam: Beam | None = None,
    radius: ArrayLike = (0.0,),
    after: float = 0.0,
) -> Warming:
    """Return how warm light makes tissue.

    Parameters
    ----------
    layers : ThermalLayers
        Tissue of B persons.
    absorbed : AbsorbedDensity
        Where the light is absorbed.
    exposure_time : float
        How long the light is on [s].
    depth : array_like, shape (Z,) or (B, Z)
        Depths wanted [mm].
    irradiance : array_like, broadcast to (B,)
        Irradiance of a wide, even beam [W/mm2]. Either this or `power` and `beam`.
    power : array_like, broadcast to (B,)
        Radiant power of a beam [W].
    beam : Beam
        Shape of the beam on the skin.
    radius : array_like, shape (R,)
        Distances from the axis of the beam wanted [mm].
    after : float
        How long to follow the tissue after the light is off [s].

    Returns
    -------
    Warming

    Raises
    ------
    ValidityError
        If a value is out of range, shapes do not fit, or neither or both kinds of light are given.

    Notes
    -----
    Before the light, tissue is in its steady state under the same surface coefficient: under a pad that does not take
    up heat it starts warm. Blood flow is constant; that warmth raises it is left out, which is on the warm side above
    arterial temperature. So is evaporation. Metabolic heat falls with blood flow below rest, and does not rise above
    it. A lamp that is itself warm is not in the model.

    `absorbed` is asked for frequencies up to ``50 / a``, where ``pi a**2`` is the area of the beam. What a light solver
    leaves out above a lower limit is missing at the surface of small spots.

    Finite volumes in depth, and in time TR-BDF2 with steps that double. From the second quarter of the exposure on, the
    rise of the surface is within 0.2 % of closed forms for light that is absorbed in 0.05 mm or more, and within 0.5 %
    for heat in the surface itself. At 5 mm it is within 2 % soon after the start and 0.3 % after minutes. With less
    than a quarter of the blood flow at rest the temperature before the light depends on how deep the core is taken to
    be; the rise does not. All persons share the number of cells: among others a person's temperature moves by 0.01 K.

    References
    ----------
    pennes1948, bank1985, carslaw_jaeger1959

    Examples
    --------
    >>> leg = ThermalLayers([1.5, 5.0, np.inf], ("skin", "fat", "muscle"), 1.0, 8e-6, 25.0)
    >>> def light(frequency, depth):
    ...     return 0.2 * np.exp(-0.4 * depth)[:, None]
    >>> warming = warm(leg, light, irradiance=5e-4, exposure_time=600.0, depth=[0.0, 3.0])
    >>> warming.start.round(1).tolist(), warming.peak.round(1).tolist()
    ([[34.9, 35.5]], [[38.7, 38.9]])
    """
    columns = columns_of(layers)
    depths = _checked_depths(depth, columns)
    radii = np.atleast_1d(np.asarray(radius, dtype=float))
    light, frequency, hankel = _light(irradiance, power, beam, radii)
    rules = {
        "exposure time must be positive": 0 < exposure_time < np.inf,
        "the time after the exposure must not be negative": 0 <= after < np.inf,
        "irradiance or power must be single or one for each person, and not negative": light.shape
        in {(1,), (layers.batch,)}
        and bool(np.all(np.isfinite(light) & (light >= 0))),
    }
    broken = [text for text, holds in rules.items() if not holds]
    if broken:
        raise ValidityError("; ".join(broken))

    source = np.asarray(absorbed(frequency, columns.centre), dtype=float)
    shape = (layers.batch, len(frequency), columns.size.shape[-1])
    try:
        source = np.broadcast_to(source, shape) * columns.size[:, None]
    except ValueError:
        raise ValidityError(f"absorbed must return the shape {shape}, got {source.shape}") from None
    if not np.all(np.isfinite(source)):
        raise ValidityError("absorbed must return finite values")

    # The surface is always followed, whatever depths are wanted.
    read = readout_of(columns, np.concatenate([np.zeros((layers.batch, 1)), depths], axis=-1))
    start = np.asarray(layers.arterial_temperature)[:, None] + read.steady(columns)
    ends = np.cumsum(time_steps())
    phases = [exposure_time * ends, exposure_time + after * ends] if after else [exposure_time * ends]
    times = np.concatenate([[0.0], *phases])
    rises = np.zeros((*start.shape, len(radii), len(times)))
    at_once = 1 + CELLS_AT_ONCE // source[0].size
    for part in (slice(first, first + at_once) for first in range(0, layers.batch, at_once)):
        history = rise_history(_rows(columns, part), frequency, source[part], exposure_time, after)
        rises[part, ..., 1:] = np.stack([_rows(read, part)(rise) @ hankel.T for rise in history], axis=-1)
    temperature = start[..., None, None] + light[:, None, None, None] * rises
    return Warming(
        times=times,
        depth=depths,
        radius=radii,
        temperature=temperature[:, 1:],
        start=start[:, 1:],
        surface=temperature[:, 0].max(axis=1),
        surface_start=start[:, 0],
    )


def _rows(of: Held, part: slice) -> Held:
    """Return the columns or the readout of some of the persons."""
    return type(of)(*(getattr(of, field.name)[part] for field in fields(of)))


def _checked_depths(depth: ArrayLike, columns: Columns) -> NDArray[np.float64]:
    depths = np.atleast_1d(np.asarray(depth, dtype=float))
    batch = len(columns.faces)
    if depths.ndim > 2 or depths.shape[:-1] not in {(), (1,), (batch,)}:
        raise ValidityError(f"depth must have the shape (Z,) or ({batch}, Z), got {depths.shape}")
    depths = np.broadcast_to(depths, (batch, depths.shape[-1]))
    bottom = columns.faces[:, -1:]
    outside = ~((depths >= 0) & (depths <= bottom * (1 + ROUNDING)))
    if outside.any():
        raise ValidityError(f"depth must lie between 0 and {bottom.min():g} mm, got {depths[outside][0]} mm")
    return np.asarray(np.minimum(depths, bottom))


def _light(
    irradiance: ArrayLike | None, power: ArrayLike | None, beam: Beam | None, radius: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the irradiance or power (B,), the frequencies (Q,), and the weight of each at each distance (R, Q)."""
    if radius.ndim != 1 or not np.all(np.isfinite(radius) & (radius >= 0)):
        raise ValidityError("distances from the axis must be a row of finite numbers, not negative")
    if irradiance is not None and power is None and beam is None:
        if radius.any():
            raise ValidityError("a wide beam has no axis: a distance from it needs power and beam")
        return np.atleast_1d(np.asarray(irradiance, dtype=float)), np.zeros(1), np.ones((len(radius), 1))
    if irradiance is None and power is not None and beam is not None:
        return np.atleast_1d(np.asarray(power, dtype=float)), *hankel_weights(beam, radius)
    raise ValidityError("light needs either irradiance, or power and beam")
