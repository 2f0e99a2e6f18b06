"""Alpha, beta and HAC errors against numpy written out, hand values and what was planted."""

import math

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.tsa.stattools import acovf

from walkforge.metrics.relative import alpha_beta, hac_z, newey_west_lags

LAW = settings(derandomize=True, deadline=None, max_examples=25)


def autoregressive(seed, *, phi, days=1000, mean=0.0):
    generator = np.random.default_rng(seed)
    values = generator.normal(0.0, 0.01, days + 50)
    for t in range(1, len(values)):
        values[t] += phi * values[t - 1]
    return values[50:] + mean


def sandwich(returns, market, lags):
    """Coefficients and HAC errors from sums over pairs of days, by the textbook."""
    design = np.column_stack([np.ones_like(market), market])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ design.T @ returns
    scores = design * (returns - design @ coefficients)[:, None]
    days = len(returns)
    gap = np.abs(np.subtract.outer(np.arange(days), np.arange(days)))
    meat = scores.T @ np.clip(1.0 - gap / (lags + 1.0), 0.0, None) @ scores
    covariance = inverse @ meat @ inverse * days / (days - 2)
    return coefficients, np.sqrt(np.diag(covariance))


@pytest.mark.parametrize("phi", [0.0, 0.4, -0.3])
def test_alpha_beta_and_errors_equal_the_textbook_in_numpy(phi):
    market = autoregressive(1, phi=0.0, days=400)
    returns = 0.0004 + 0.8 * market + autoregressive(2, phi=phi, days=400)
    found = alpha_beta(returns, market, per_year=252)
    residuals = returns - np.polyval(np.polyfit(market, returns, 1), market)
    lags = max(newey_west_lags(residuals), newey_west_lags(residuals * (market - market.mean())))
    coefficients, errors = sandwich(returns, market, lags)
    assert found.alpha == pytest.approx(252 * coefficients[0], rel=1e-9)
    assert found.alpha_standard_error == pytest.approx(252 * errors[0], rel=1e-9)
    assert found.beta == pytest.approx(coefficients[1], rel=1e-9)
    assert found.beta_standard_error == pytest.approx(errors[1], rel=1e-9)
    assert found.correlation == pytest.approx(np.corrcoef(returns, market)[0, 1], rel=1e-12)


def test_alpha_and_beta_equal_empyrical():
    market = autoregressive(3, phi=0.0)
    returns = 0.0002 + 1.2 * market + autoregressive(4, phi=0.0)
    alpha, beta = empyrical.alpha_beta(returns, market)
    found = alpha_beta(returns, market, per_year=252)
    assert found.beta == pytest.approx(beta, rel=1e-9)
    # empyrical compounds a day's alpha to a year's.
    assert (1.0 + found.alpha / 252) ** 252 - 1.0 == pytest.approx(alpha, rel=1e-9)


def test_alpha_and_beta_of_four_days_equal_hand_values():
    # Returns are 0.001 + 2 x market without a residual.
    market = np.array([0.01, -0.02, 0.03, 0.0])
    found = alpha_beta(0.001 + 2.0 * market, market, per_year=252)
    assert found.alpha == pytest.approx(0.252)
    assert (found.beta, found.correlation) == pytest.approx((2.0, 1.0))
    assert (found.alpha_standard_error, found.beta_standard_error) == pytest.approx((0.0, 0.0))


def test_cash_has_no_alpha_no_beta_and_no_correlation():
    found = alpha_beta(np.zeros(50), autoregressive(1, phi=0.0, days=50), per_year=252)
    assert found[:4] == (0.0, 0.0, 0.0, 0.0)
    assert math.isnan(found.correlation)


def test_a_market_that_never_moves_leaves_all_undefined():
    assert all(
        math.isnan(x)
        for x in alpha_beta(autoregressive(1, phi=0.0), np.full(1000, 0.01), per_year=252)
    )


@pytest.mark.parametrize(("days", "other"), [(5, 4), (2, 2)])
def test_other_lengths_and_too_few_days_are_refused(days, other):
    with pytest.raises(ValueError, match=f"{days} returns and {other} of the market"):
        alpha_beta(np.arange(days) / 100.0, np.arange(other) / 50.0, per_year=252)


def test_the_z_of_a_mean_equals_sums_over_pairs_of_days():
    values = autoregressive(5, phi=0.0, days=300, mean=0.0005)
    lags = newey_west_lags(values)
    gap = np.abs(np.subtract.outer(np.arange(300), np.arange(300)))
    centred = values - values.mean()
    long_run = centred @ np.clip(1.0 - gap / (lags + 1.0), 0.0, None) @ centred / 299
    assert hac_z(values) == pytest.approx(values.mean() / math.sqrt(long_run / 300), rel=1e-9)


@pytest.mark.parametrize("phi", [-0.3, 0.0, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("days", [60, 250, 1500])
def test_lags_follow_the_rule_of_newey_and_west(phi, days):
    values = autoregressive(days, phi=phi, days=days)
    pilot = math.floor(4 * (days / 100) ** (2 / 9))
    gamma = acovf(values, fft=False, nlag=pilot)
    s0 = gamma[0] + 2 * gamma[1:].sum()
    s1 = 2 * sum(j * gamma[j] for j in range(1, pilot + 1))
    rule = math.floor(1.1447 * ((s1 / s0) ** 2) ** (1 / 3) * days ** (1 / 3))
    assert newey_west_lags(values) == min(rule, math.floor(math.sqrt(days)))


def test_z_is_standard_normal_for_independent_days_and_allows_for_memory():
    for phi, most in ((0.0, 1.15), (0.4, 1.25)):
        scores = [hac_z(autoregressive(seed, phi=phi, days=500)) for seed in range(250)]
        assert 0.85 < np.std(scores) < most
    series = [autoregressive(seed, phi=0.4, days=500) for seed in range(250)]
    plain = [values.mean() / values.std() * math.sqrt(500) for values in series]
    assert np.std(plain) > 1.4


def test_z_is_undefined_where_nothing_changes_or_days_are_few():
    assert math.isnan(hac_z(np.full(20, 0.1 / 3)))
    assert math.isnan(hac_z(np.array([0.1, 0.2])))
    assert newey_west_lags(np.zeros(20)) == 0


@LAW
@given(st.integers(0, 1000), st.floats(0.01, 100.0), st.floats(-0.01, 0.01))
def test_scale_and_level_move_alpha_and_leave_z_and_lags(seed, scale, level):
    market = autoregressive(seed, phi=0.0, days=80)
    returns = autoregressive(seed + 1, phi=0.2, days=80) + market
    one = alpha_beta(returns, market, per_year=252)
    other = alpha_beta(scale * returns + level, market, per_year=252)
    assert other.alpha == pytest.approx(scale * one.alpha + 252 * level, rel=1e-6, abs=1e-9)
    assert other.beta == pytest.approx(scale * one.beta, rel=1e-6)
    assert other.beta_standard_error == pytest.approx(scale * one.beta_standard_error, rel=1e-5)
    assert hac_z(scale * returns) == pytest.approx(hac_z(returns), rel=1e-6)
    assert hac_z(-returns) == pytest.approx(-hac_z(returns), rel=1e-6)


def test_the_same_input_gives_the_same_bits():
    market = autoregressive(1, phi=0.0)
    returns = autoregressive(2, phi=0.1)
    assert alpha_beta(returns, market, per_year=252) == alpha_beta(returns, market, per_year=252)
