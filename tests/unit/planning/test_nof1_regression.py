"""Regression with errors that resemble those of the day before, against computations of other kinds."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from nervelight.planning.nof1.regression import CORRELATIONS, ROUNDING, day_correlation, fit_effect

DAYS = np.array([0, 1, 2, 5, 6, 7, 12, 13, 14, 16, 17, 20])
BLOCK = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1])
ON = np.array([0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0])
TERMS = np.column_stack([BLOCK == 0, BLOCK == 1, ON]).astype(float)
SCORES = np.array([6.3, 7.1, 6.4, 4.2, 5.5, 4.9, 4.0, 3.6, 4.4, 6.1, 5.2, 5.9])


def dense(correlation):
    """Return log restricted likelihood, effect and its variance by inverting the covariance of all days."""
    R = correlation ** np.abs(DAYS[:, None] - DAYS[None, :]).astype(float)
    inverse = np.linalg.inv(R)
    information = TERMS.T @ inverse @ TERMS
    beta = np.linalg.solve(information, TERMS.T @ inverse @ SCORES)
    rest = SCORES - TERMS @ beta
    freedom = len(DAYS) - TERMS.shape[1]
    squares = rest @ inverse @ rest
    log = -(np.linalg.slogdet(R)[1] + np.linalg.slogdet(information)[1] + freedom * math.log(squares)) / 2
    return log, beta[-1], squares / freedom * np.linalg.inv(information)[-1, -1]


def test_effect_and_error_at_each_correlation_are_those_of_generalised_least_squares():
    fit = fit_effect(DAYS, TERMS, SCORES[None])
    for index, correlation in enumerate(CORRELATIONS):
        _, effect, variance = dense(correlation)
        assert fit.effect[index, 0] == pytest.approx(effect, rel=1e-9)
        assert fit.error[index, 0] == pytest.approx(math.sqrt(variance), rel=1e-9)


def test_weights_are_the_restricted_likelihood():
    logs = np.array([dense(correlation)[0] for correlation in CORRELATIONS])
    weight = np.exp(logs - logs.max())
    assert fit_effect(DAYS, TERMS, SCORES[None]).weight[:, 0] == pytest.approx(weight / weight.sum(), rel=1e-8)


def test_the_likelihood_is_the_normal_density_integrated_over_level_and_effect():
    # One level, one correlation against another, σ known to be integrated out by the same power: by quadrature over the
    # level on a grid and over σ, of the density that SciPy gives.
    day, scores = np.array([0, 1, 3, 4]), np.array([5.2, 6.1, 4.8, 5.9])
    sigma, levels = np.exp(np.linspace(-4, 4, 161)), np.linspace(-20, 31, 1021)

    def by_quadrature(correlation):
        R = correlation ** np.abs(day[:, None] - day[None, :]).astype(float)
        rest = scores[None, :] - levels[:, None]
        return sum(stats.multivariate_normal(np.zeros(4), s**2 * R).pdf(rest).sum() for s in sigma)

    pair = (0.1, 0.7)
    fit = fit_effect(day, np.ones((4, 1)), scores[None], pair)
    assert fit.weight[0, 0] / fit.weight[1, 0] == pytest.approx(by_quadrature(0.1) / by_quadrature(0.7), rel=1e-3)


def test_without_correlation_it_is_ordinary_least_squares_with_its_t_interval():
    fit = fit_effect(DAYS, TERMS, SCORES[None], (0.0,))
    inverse = np.linalg.inv(TERMS.T @ TERMS)
    beta = inverse @ TERMS.T @ SCORES
    rest = SCORES - TERMS @ beta
    error = math.sqrt(rest @ rest / 9 * inverse[-1, -1])
    for probability in (0.025, 0.5, 0.975):
        wanted = stats.t.ppf(probability, 9, loc=beta[-1], scale=error)
        assert fit.quantile(probability) == pytest.approx(wanted, rel=1e-6)


def test_a_hand_made_case():
    # Two days a side, next to each other, ρ = 0: means 7 and 4, variance (0.5 + 0.5) / 2 of each day.
    fit = fit_effect([0, 1, 2, 3], [[1, 0], [1, 0], [1, 1], [1, 1]], [[7.5, 6.5, 4.5, 3.5]], (0.0,))
    assert fit.effect.item() == pytest.approx(-3.0)
    assert fit.error.item() == pytest.approx(math.sqrt(0.5))


def test_quantile_and_probability_are_inverse_and_the_same_as_of_draws():
    fit = fit_effect(DAYS, TERMS, SCORES[None])
    for probability in (0.025, 0.3, 0.9):
        assert fit.below(fit.quantile(probability)).item() == pytest.approx(probability, abs=1e-7)
    rng = np.random.default_rng(1)
    drawn = rng.choice(len(CORRELATIONS), 200_000, p=fit.weight[:, 0])
    values = fit.effect[drawn, 0] + fit.error[drawn, 0] * rng.standard_t(fit.freedom, len(drawn))
    share = np.mean(values < fit.quantile(0.1))
    assert abs(share - 0.1) < 4 * math.sqrt(0.09 / len(drawn))


def test_series_do_not_mix():
    both = fit_effect(DAYS, TERMS, [SCORES, SCORES[::-1]])
    for index, scores in enumerate((SCORES, SCORES[::-1])):
        alone = fit_effect(DAYS, TERMS, scores[None])
        assert both.below(-1.0)[index] == pytest.approx(alone.below(-1.0).item(), rel=1e-12)


def test_a_term_of_its_own_for_each_series_is_that_term_alone():
    turned = np.where(BLOCK == 1, 1 - ON, ON)
    both = fit_effect(DAYS, TERMS[:, :2], [SCORES, SCORES[::-1]], last=[ON, turned])
    for index, (scores, term) in enumerate(((SCORES, ON), (SCORES[::-1], turned))):
        alone = fit_effect(DAYS, np.column_stack([TERMS[:, :2], term]), scores[None])
        for name in ("weight", "effect", "error", "scatter"):
            assert getattr(both, name)[:, index] == pytest.approx(getattr(alone, name)[:, 0], rel=1e-9)
        assert both.freedom == alone.freedom


@given(st.floats(-3, 3), st.floats(0.2, 5))
def test_a_shift_moves_the_effect_and_a_factor_scales_it(shift, factor):
    fit = fit_effect(DAYS, TERMS, SCORES[None])
    moved = fit_effect(DAYS, TERMS, (factor * (SCORES + shift * ON) + 3.0)[None])
    assert moved.quantile(0.9) == pytest.approx(factor * (fit.quantile(0.9) + shift), abs=1e-6)


def test_only_gaps_count():
    fit, later = (fit_effect(days, TERMS, SCORES[None]) for days in (DAYS, DAYS + 1000))
    assert later.effect == pytest.approx(fit.effect)
    spread = fit_effect(7 * DAYS, TERMS, SCORES[None], (0.5,))
    assert spread.effect == pytest.approx(fit_effect(DAYS, TERMS, SCORES[None], (0.5**7,)).effect)
    assert day_correlation([3, 4, 7], [-0.5]).tolist() == [[-0.5, -0.125]]


def test_whole_numbers_that_do_not_vary_have_the_scatter_of_rounding():
    still = fit_effect(DAYS, TERMS, np.where(ON == 1, 4.0, 6.0)[None])
    assert still.scatter == pytest.approx(ROUNDING)
    assert still.quantile(0.5) == pytest.approx(-2.0)
    assert still.quantile(0.025) < -2.05
