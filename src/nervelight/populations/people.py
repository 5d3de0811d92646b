"""The people of a cohort: each from a seed of their own, so that nobody depends on how many others there are.

A person is a row of probabilities, one for each quantity that differs between people, tied together by a Gaussian
copula. What a probability comes to at a site is read from the site's interval, or from the file's own spread. The same
person has the same probability at every site: who has much fat at the ankle has much at the sole.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from nervelight.optics import melanosome_fraction_interval, site
from nervelight.optics.sites import PERSONAL_PARAMETERS
from nervelight.planning.case import CUTANEOUS_ENDINGS
from nervelight.populations.spec import PHOTOTYPES, QUANTITIES, CohortSpec, Protocol
from nervelight.uncertainty import Interval

__all__ = ["Persons", "draw_people", "site_intervals", "tissue_of"]

Array = NDArray[np.float64]
# Standard normal scores beyond these are cut: one in 10^15.
FARTHEST = 8.0


class Persons:
    """People by their probabilities.

    Parameters
    ----------
    spec : CohortSpec
    number : ndarray of int, shape (n,)
        Which persons of the cohort, from 0.
    probability : ndarray, shape (n, Q)
        Of each of `QUANTITIES`.
    """

    def __init__(self, spec: CohortSpec, number: NDArray[np.int64], probability: Array) -> None:
        self.spec, self.number, self.probability = spec, number, probability

    def u(self, quantity: str) -> Array:
        """Return the probabilities of one quantity, shape (n,)."""
        return self.probability[:, QUANTITIES.index(quantity)]

    @property
    def world(self) -> NDArray[np.int64]:
        """Which draw of what nobody knows well each person lives in, shape (n,)."""
        return self.number % self.spec.worlds

    @property
    def age(self) -> Array:
        """Age [years]."""
        return self.spec.people.age.interval.at(self.u("age"))

    @property
    def bmi(self) -> Array:
        """Body mass index [kg/m2]."""
        return self.spec.people.bmi.interval.at(self.u("bmi"))

    @property
    def neuropathy(self) -> NDArray[np.bool_]:
        """Whether the person has neuropathy."""
        # At the upper end, so that a positive correlation makes it more frequent.
        return np.asarray(self.u("neuropathy") > 1 - self.spec.people.neuropathy.share)

    @property
    def phototype(self) -> NDArray[np.int64]:
        """Phototype, 1 to 6; 0 where the file gives an angle instead."""
        if self.spec.people.phototype is None:
            return np.zeros(len(self.number), dtype=np.int64)
        shares = [self.spec.people.phototype.shares.get(name, 0.0) for name in PHOTOTYPES]
        ends = np.cumsum(shares) / np.sum(shares)
        # The last phototype that occurs takes what rounding leaves over.
        last = max(index for index, share in enumerate(shares) if share > 0)
        return np.asarray(np.minimum(np.searchsorted(ends, self.u("skin_tone"), side="right"), last) + 1)

    @property
    def ita(self) -> Array:
        """Individual typology angle in whole degrees; NaN where the file gives phototypes instead."""
        from scipy.special import ndtri

        spread = self.spec.people.ita
        if spread is None:
            return np.full(len(self.number), np.nan)
        # Skin tone runs from light to dark, the angle from dark to light.
        angle = spread.mean - spread.sd * ndtri(self.u("skin_tone"))
        return np.asarray(np.clip(np.round(angle), -90.0, 90.0))


def draw_people(spec: CohortSpec, first: int, count: int) -> Persons:
    """Return some persons of a cohort.

    Parameters
    ----------
    spec : CohortSpec
    first, count : int
        The persons first, first + 1, ...; more than the cohort has are allowed.

    Returns
    -------
    Persons
        The same for a person whatever `first` and `count` are, to the bit.
    """
    from scipy.special import ndtr, ndtri

    number = np.arange(first, first + count, dtype=np.int64)
    u = np.array([_uniforms(spec.seed, int(person)) for person in number]).reshape(count, len(QUANTITIES))
    factor = np.linalg.cholesky(spec.people.correlation_matrix)
    scores = np.clip(ndtri(u), -FARTHEST, FARTHEST)
    # One sum after the other: a matrix product may round a person otherwise among more or fewer people.
    tied = np.zeros_like(scores)
    for column in range(len(QUANTITIES)):
        tied += scores[:, column, None] * factor[:, column]
    return Persons(spec, number, ndtr(tied))


def _uniforms(seed: int, person: int) -> Array:
    """Return the probabilities of one person before the copula, in (0, 1)."""
    words = np.random.SeedSequence(seed, spawn_key=(person,)).generate_state(len(QUANTITIES), np.uint64)
    # The upper 52 bits, in the middle of their cell: never 0 and never 1.
    return np.asarray(((words >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52)


def tissue_of(persons: Persons, protocol: Protocol) -> dict[str, Array]:
    """Return the tissue of these people at the site of a protocol, by name as in ``PERSONAL_PARAMETERS``."""
    affected = persons.neuropathy
    found: dict[str, Array] = {}
    for name, plain in site_intervals(protocol, None).items():
        variant = site_intervals(protocol, persons.spec.condition)[name]
        u = persons.u(name)
        found[name] = np.where(affected, variant.at(u), plain.at(u)) if variant != plain else plain.at(u)
    found["melanosome_fraction"] = _melanin(persons, site(protocol.site).palmoplantar)
    return {name: found[name] for name in PERSONAL_PARAMETERS if name in found}


def site_intervals(protocol: Protocol, condition: str | None) -> Mapping[str, Interval]:
    """Return what is drawn for a person at the site of a protocol, with a condition or without."""
    place = site(protocol.site)
    nerve = protocol.target if protocol.target != CUTANEOUS_ENDINGS else next(iter(place.nerves), None)
    intervals = place.personal_intervals(phototype=None, ita=None, nerve=nerve, condition=condition)
    return {**intervals, **{str(name): spread.interval for name, spread in protocol.spreads.items()}}


def _melanin(persons: Persons, palmoplantar: bool) -> Array:
    u, drawn = persons.u("melanosome_fraction"), np.empty(len(persons.number))
    tones = persons.phototype.astype(float) if persons.spec.people.ita is None else persons.ita
    for tone in np.unique(tones):
        here = tones == tone
        drawn[here] = _melanin_interval(float(tone), persons.spec.people.ita is not None, palmoplantar).at(u[here])
    return drawn


@cache
def _melanin_interval(tone: float, angle: bool, palmoplantar: bool) -> Interval:
    if angle:
        return melanosome_fraction_interval(phototype=None, ita=tone, palmoplantar=palmoplantar)
    return melanosome_fraction_interval(phototype=PHOTOTYPES[int(tone) - 1], ita=None, palmoplantar=palmoplantar)
