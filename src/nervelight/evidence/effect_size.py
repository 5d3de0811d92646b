"""Effect sizes and the conversions that lead to them: one function, one published formula.

Estimates come with their sampling variance, so that they can be pooled. Chapter and section numbers are those of the
Cochrane Handbook, version 6 (Higgins, Li & Deeks), chapter 6.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from nervelight.errors import ValidityError

__all__ = [
    "NORMAL_975",
    "Estimate",
    "Group",
    "bias_correction",
    "combined_group",
    "events_of_percentages",
    "group_of_quartiles",
    "hedges_g",
    "log_risk_ratio",
    "mean_difference",
    "sd_of_change",
    "sd_of_interval",
    "sd_of_standard_error",
    "se_of_interval",
    "se_of_p_value",
    "standardised_from_d",
    "standardised_from_p",
]

NORMAL_975 = NormalDist().inv_cdf(0.975)
# Half of an event in each cell, where one of them is empty (Handbook 10.4.4.1).
CONTINUITY = 0.5


@dataclass(frozen=True)
class Estimate:
    """An effect and the variance of its sampling error.

    Parameters
    ----------
    value : float
        In the unit of the effect; a ratio as its natural logarithm.
    variance : float
        Of its sampling error, in the square of that unit.
    """

    value: float
    variance: float

    @property
    def se(self) -> float:
        """Standard error."""
        return math.sqrt(self.variance)


@dataclass(frozen=True)
class Group:
    """What one arm printed, or what follows from it.

    Parameters
    ----------
    n : int
        People.
    mean, sd : float
        In the unit of the scale.
    """

    n: int
    mean: float
    sd: float


def mean_difference(light: Group, comparator: Group) -> Estimate:
    """Return light minus comparator (Handbook 6.5.1.1).

    Examples
    --------
    >>> mean_difference(Group(20, 31.82, 19.6), Group(17, 39.09, 17.68)).value
    -7.27
    """
    variance = light.sd**2 / light.n + comparator.sd**2 / comparator.n
    return Estimate(round(light.mean - comparator.mean, 12), variance)


def bias_correction(df: float) -> float:
    """Return the factor J that takes the small-sample bias out of a standardised difference (Hedges 1981, exact)."""
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def hedges_g(light: Group, comparator: Group) -> Estimate:
    """Return Hedges' g, light minus comparator, with the large-sample variance (Hedges 1981).

    Raises
    ------
    ValidityError
        If both standard deviations are zero: then there is nothing to measure the difference by.
    """
    df = light.n + comparator.n - 2
    pooled = math.sqrt(((light.n - 1) * light.sd**2 + (comparator.n - 1) * comparator.sd**2) / df)
    if pooled == 0:
        raise ValidityError("a standardised difference needs people who differ: both standard deviations are 0")
    return standardised_from_d((light.mean - comparator.mean) / pooled, light.n, comparator.n)


def standardised_from_d(d: float, n_light: int, n_comparator: int) -> Estimate:
    """Return Hedges' g from Cohen's d, positive where light is higher (Hedges 1981)."""
    g = bias_correction(n_light + n_comparator - 2) * d
    return Estimate(g, 1 / n_light + 1 / n_comparator + g**2 / (2 * (n_light + n_comparator)))


def standardised_from_p(p: float, sign: int, n_light: int, n_comparator: int) -> Estimate:
    """Return Hedges' g from an exact two-sided P value of a t test (Borenstein 2009, chapter 4; Handbook 6.5.2.3).

    Parameters
    ----------
    p : float
        Between 0 and 1, exclusive.
    sign : {-1, 1}
        Whether light is lower or higher.
    n_light, n_comparator : int
        People.
    """
    t = _t_quantile(1 - p / 2, n_light + n_comparator - 2)
    return standardised_from_d(sign * t * math.sqrt(1 / n_light + 1 / n_comparator), n_light, n_comparator)


def log_risk_ratio(events_light: int, n_light: int, events_comparator: int, n_comparator: int) -> Estimate:
    """Return the logarithm of the risk ratio, light over comparator (Handbook 6.4.1.1).

    An empty cell gets half an event, and so do the other three (Handbook 10.4.4.1).
    """
    cells = [events_light, n_light - events_light, events_comparator, n_comparator - events_comparator]
    a, b, c, d = (cell + CONTINUITY * (0 in cells) for cell in cells)
    return Estimate(math.log(a / (a + b)) - math.log(c / (c + d)), 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d))


def sd_of_standard_error(se: float, n: int) -> float:
    """Return the standard deviation behind the standard error of the mean of `n` people (Handbook 6.5.2.2)."""
    return se * math.sqrt(n)


def sd_of_interval(low: float, high: float, n: int) -> float:
    """Return the standard deviation behind the 95 % interval of a mean, by the t distribution (Handbook 6.5.2.2)."""
    return math.sqrt(n) * (high - low) / (2 * _t_quantile(0.975, n - 1))


def se_of_interval(low: float, high: float, df: int | None = None) -> float:
    """Return the standard error behind the 95 % interval of a difference (Handbook 6.5.2.3).

    Parameters
    ----------
    low, high : float
        Ends of the interval.
    df : int, optional
        Degrees of freedom of the t distribution behind it; the normal one when absent. The handbook asks for t where
        an arm has fewer than 60 people.
    """
    return (high - low) / (2 * (NORMAL_975 if df is None else _t_quantile(0.975, df)))


def se_of_p_value(difference: float, p: float, n_light: int, n_comparator: int) -> float:
    """Return the standard error of a mean difference from its exact two-sided P value (Handbook 6.5.2.3)."""
    return abs(difference) / _t_quantile(1 - p / 2, n_light + n_comparator - 2)


def sd_of_change(sd_start: float, sd_end: float, correlation: float) -> float:
    """Return the standard deviation of the change of a person (Handbook 6.5.2.8)."""
    return math.sqrt(sd_start**2 + sd_end**2 - 2 * correlation * sd_start * sd_end)


def group_of_quartiles(n: int, lower: float, median: float, upper: float) -> Group:
    """Return mean and standard deviation from a median and its quartiles (Wan et al. 2014, scenario C3).

    Holds for values that are not far from normal, and for two people or more.
    """
    width = 2 * NormalDist().inv_cdf((0.75 * n - 0.125) / (n + 0.25))
    return Group(n, (lower + median + upper) / 3, (upper - lower) / width)


def combined_group(groups: Sequence[Group]) -> Group:
    """Return one group from several that share a comparator (Handbook 6.5.2.10, table 6.5.a)."""
    first, *rest = groups
    for other in rest:
        n = first.n + other.n
        mean = (first.n * first.mean + other.n * other.mean) / n
        between = first.n * other.n / n * (first.mean - other.mean) ** 2
        squares = (first.n - 1) * first.sd**2 + (other.n - 1) * other.sd**2 + between
        first = Group(n, mean, math.sqrt(squares / (n - 1)))
    return first


def events_of_percentages(percentages: Sequence[str], n: int) -> tuple[int, ...] | None:
    """Return the events behind printed percentages of one group of `n` people.

    None where no count gives one of them, or more than one count does.

    Examples
    --------
    >>> events_of_percentages(["48", "45"], 29)
    (14, 13)
    >>> events_of_percentages(["48"], 15) is None, events_of_percentages(["48"], 300) is None
    (True, True)
    """
    found = []
    for printed in percentages:
        decimals = len(printed.partition(".")[2])
        nearest = round(float(printed) * n / 100)
        near = range(max(nearest - 1, 0), min(nearest + 1, n) + 1)
        fits = [events for events in near if f"{100 * events / n:.{decimals}f}" == printed]
        if len(fits) != 1:
            return None
        found += fits
    return tuple(found)


def _t_quantile(probability: float, df: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(df, probability))
