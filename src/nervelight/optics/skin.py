"""From drawn persons and a drawn tissue model to the pile of layers that light goes through.

Under the fat lies muscle, or tendon and fascia, without end. Bone and vessels are not in the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nervelight.errors import ValidityError
from nervelight.optics.sites import Beneath, Layer
from nervelight.optics.stack import LayerStack
from nervelight.optics.tissues import MODEL_PARAMETERS, tissue, tissue_optics

__all__ = ["LEAST_FAT", "cutaneous_ending_depth", "parameters_in_use", "place_nerve", "skin_stack"]

_FINITE_LAYERS = get_args(Layer)
# The tissue-specific arguments of tissue_optics, which carry the names of the person's parameters.
_FRACTION_OF = {"epidermis": "melanosome_fraction", "dermis": "dermal_blood_fraction"}

LEAST_FAT = 0.05
"""Thinnest fat [mm]: a layer of no thickness is no layer, and this much changes nothing."""


def skin_stack(
    person: Mapping[str, ArrayLike],
    model: Mapping[str, ArrayLike],
    wavelength: float,
    beneath: Beneath = "muscle",
) -> LayerStack:
    """Return the layers under the lamp at one wavelength.

    Parameters
    ----------
    person : mapping of str to array_like
        Thickness [mm] of stratum_corneum, epidermis, dermis and subcutaneous_fat, and melanosome_fraction and
        dermal_blood_fraction; scalars or draws of shape (n,).
    model : mapping of str to array_like
        Tissue model parameters, as in ``tissue_optics``; scalars or draws of shape (n,).
    wavelength : float
        Wavelength [nm], 600 to 1000.
    beneath : {"muscle", "tendon_fascia"}
        Tissue under the fat.

    Returns
    -------
    LayerStack
        Five layers, the last (`beneath`) without end; arrays of shape (n, 5), or (5,) for scalars.

    Raises
    ------
    ValidityError
        Outside the range of the spectra, or for a thickness or fraction that cannot be.

    Examples
    --------
    >>> from nervelight.optics.sites import site
    >>> from nervelight.optics.tissues import central_model
    >>> intervals = site("cheek").personal_intervals(phototype="II", ita=None, nerve=None, condition=None)
    >>> person = {name: interval.median for name, interval in intervals.items()}
    >>> skin_stack(person, central_model(), 850).names[-1]
    'muscle'
    """
    names = (*_FINITE_LAYERS, beneath)
    fractions = {layer: {key: person[key]} for layer, key in _FRACTION_OF.items()}
    optics = [tissue_optics(name, wavelength, model, **fractions.get(name, {})) for name in names]
    return LayerStack(
        thickness=_stacked([*(person[name] for name in _FINITE_LAYERS), np.inf]),
        mu_a=_stacked([layer.mu_a for layer in optics]),
        mu_s=_stacked([layer.mu_s for layer in optics]),
        g=_stacked([layer.g for layer in optics]),
        names=names,
    )


def parameters_in_use(beneath: Iterable[Beneath]) -> tuple[str, ...]:
    """Return the names of the model parameters that matter for skin over these tissues, in their usual order."""
    used: set[str | None] = set()
    for name in (*_FINITE_LAYERS, *beneath):
        used |= {tissue(name).absorption_parameter, tissue(name).scattering_parameter}
    return tuple(name for name in MODEL_PARAMETERS if name in used)


def cutaneous_ending_depth(person: Mapping[str, ArrayLike]) -> NDArray[np.float64]:
    """Return the depth [mm] of the border of epidermis and dermis, where nerve endings of the skin start."""
    layers = (person["stratum_corneum"], person["epidermis"])
    return np.asarray(sum(np.asarray(layer, dtype=float) for layer in layers))


def place_nerve(
    person: Mapping[str, ArrayLike], measured_depth: ArrayLike | None = None
) -> dict[str, NDArray[np.float64]]:
    """Return persons whose fat and nerve fit together.

    Layers and nerve depth are drawn apart from each other. Fat that would reach below the nerve ends at the
    nerve. A measured depth replaces the drawn one; fat then takes the same share of the path below the skin.

    Parameters
    ----------
    person : mapping of str to array_like
        Thickness of the layers and ``nerve_depth`` [mm]; scalars or draws of shape (n,).
    measured_depth : array_like, optional
        Depth of the upper edge of the nerve [mm], measured in this person; a scalar or draws of shape (n,).

    Returns
    -------
    dict of str to ndarray
        As `person`, with new ``subcutaneous_fat`` (at least ``LEAST_FAT``) and ``nerve_depth``.

    Raises
    ------
    ValidityError
        If a depth, drawn or measured, does not lie below the skin.
    """
    placed = {name: np.asarray(value, dtype=float) for name, value in person.items()}
    skin = cutaneous_ending_depth(placed) + placed["dermis"]
    path = _path_below(skin, placed["nerve_depth"])
    fat = np.minimum(placed["subcutaneous_fat"], path)
    if measured_depth is not None:
        placed["nerve_depth"] = np.asarray(measured_depth, dtype=float) + np.zeros_like(path)
        fat = fat * _path_below(skin, placed["nerve_depth"]) / path
    placed["subcutaneous_fat"] = np.maximum(fat, LEAST_FAT)
    return placed


def _path_below(skin: NDArray[np.float64], depth: NDArray[np.float64]) -> NDArray[np.float64]:
    path = depth - skin
    if np.any(path <= 0):
        worst = np.argmin(path)
        where = [float(np.broadcast_to(values, path.shape).flat[worst]) for values in (depth, skin)]
        raise ValidityError(
            f"a nerve lies below the skin: got nerve_depth {where[0]:.3g} mm under skin of {where[1]:.3g} mm"
        )
    return np.asarray(path)


def _stacked(values: list[ArrayLike]) -> NDArray[np.float64]:
    arrays = [np.asarray(value, dtype=float) for value in values]
    return np.stack(np.broadcast_arrays(*arrays), axis=-1)
