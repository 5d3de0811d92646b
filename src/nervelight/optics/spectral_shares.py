"""How the light of a lamp divides among its wavelengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import Fault, InvalidInput
from nervelight.optics.lamps import Device

__all__ = ["SpectralShares", "spectral_shares"]

# Assumption: with this concentration a, 90 % of the draws of one share among four lie between about 0.10 and 0.44.
SHARE_CONCENTRATION = 4.0


@dataclass(frozen=True)
class SpectralShares:
    """How the radiant power divides among the wavelengths of a lamp.

    Parameters
    ----------
    wavelengths : tuple of float
        Peak wavelengths [nm].
    central : tuple of float
        Central share of each wavelength; they sum to 1.
    known : tuple of bool
        False for the shares that no source states.
    """

    wavelengths: tuple[float, ...]
    central: tuple[float, ...]
    known: tuple[bool, ...]

    @property
    def unknown(self) -> bool:
        """True when at least one share is an assumption."""
        return not all(self.known)

    def draw(self, u: ArrayLike) -> NDArray[np.float64]:
        """Return shares drawn for `u`.

        Parameters
        ----------
        u : array_like, shape (n, k)
            Probabilities in [0, 1], one column for each of the k wavelengths.

        Returns
        -------
        ndarray, shape (n, k)
            Shares; each row sums to 1. Known shares do not vary.

        Notes
        -----
        The unknown shares divide what the known ones leave over by a symmetric Dirichlet distribution: gamma
        quantiles of shape `SHARE_CONCENTRATION`, normalised. An assumption; no lamp maker prints tolerances.
        """
        from scipy.special import gammaincinv

        # The quantile at 1 is infinite, and a row of quantiles at 0 has no direction.
        inside = np.clip(np.asarray(u, dtype=float), 1e-9, 1.0 - 1e-9)
        if inside.ndim != 2 or inside.shape[1] != len(self.wavelengths):
            raise ValueError(f"u must have shape (n, {len(self.wavelengths)}), got {inside.shape}")
        free = ~np.asarray(self.known)
        shares = np.tile(self.central, (len(inside), 1))
        if free.any():
            weights = gammaincinv(SHARE_CONCENTRATION, inside[:, free])
            rest = np.sum(np.asarray(self.central)[free])
            shares[:, free] = rest * weights / weights.sum(axis=1, keepdims=True)
        return shares


def spectral_shares(device: Device) -> SpectralShares:
    """Return the share of the radiant power at each wavelength of `device`.

    Shares that a source states are fixed; what they leave over is split evenly among the rest.

    Raises
    ------
    InvalidInput
        If the wavelengths of the device are unknown.

    Examples
    --------
    >>> spectral_shares(device("bestqool_pro300")).central
    (0.25, 0.25, 0.25, 0.25)
    """
    if not device.wavelengths:
        fault = Fault("lamp.wavelengths", None, "the peak wavelengths of the lamp", "read them off its label or manual")
        raise InvalidInput(f"device {device.id}", [fault])
    stated = device.spectral_shares
    open_count = len(device.wavelengths) - len(stated)
    rest = (1.0 - sum(stated.values())) / open_count if open_count else 0.0
    return SpectralShares(
        wavelengths=device.wavelengths,
        central=tuple(stated.get(wavelength, rest) for wavelength in device.wavelengths),
        known=tuple(wavelength in stated for wavelength in device.wavelengths),
    )
