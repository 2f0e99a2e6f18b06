"""Performance figures against hand values, empyrical, pandas, scipy and laws."""

import math

import empyrical
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from walkforge.metrics.performance import (
    annual_return,
    annual_volatility,
    calmar,
    drawdown_curve,
    equity_curve,
    max_drawdown,
    performance,
    rolling_sharpe,
    sharpe,
    sharpe_standard_error,
    sortino,
)

YEAR = 252
LAW = settings(derandomize=True, deadline=None, max_examples=40)
DAILY_RETURNS = arrays(
    np.float64, st.integers(3, 40), elements=st.floats(-0.2, 0.2).map(lambda r: round(r, 4))
)


def student_returns(seed=0, days=1500):
    return np.random.default_rng(seed).standard_t(4, days) * 0.008 + 0.0003


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (annual_return, empyrical.annual_return),
        (annual_volatility, empyrical.annual_volatility),
        (sharpe, empyrical.sharpe_ratio),
        (sortino, empyrical.sortino_ratio),
        (calmar, empyrical.calmar_ratio),
        (lambda r, _: -max_drawdown(equity_curve(r)), empyrical.max_drawdown),
    ],
    ids=["annual_return", "annual_volatility", "sharpe", "sortino", "calmar", "max_drawdown"],
)
def test_figure_equals_empyrical(ours, theirs, seed):
    returns = student_returns(seed)
    assert ours(returns, YEAR) == pytest.approx(theirs(returns), rel=1e-10)


def test_figures_of_four_days_equal_hand_values():
    returns = np.array([0.1, -0.1, 0.2, -0.05])
    figures = performance(
        returns,
        YEAR,
        turnover=np.array([1.0, 0.0, 0.5, 0.5]),
        exposure=np.array([1.0, 0.0, 0.5, 0.7]),
        effective_names=np.array([4.0, 0.0, 2.0, 3.0]),
    )
    assert figures.days == 4
    assert equity_curve(returns) == pytest.approx([1.0, 1.1, 0.99, 1.188, 1.1286])
    assert figures.annual_return == pytest.approx(1.1286**63 - 1.0)
    # Deviations from the mean 0.0375: 0.0625, -0.1375, 0.1625, -0.0875; squares sum to 0.056875.
    assert figures.annual_volatility == pytest.approx(math.sqrt(0.056875 / 3 * 252))
    assert figures.sharpe == pytest.approx(0.0375 / math.sqrt(0.056875 / 3) * math.sqrt(252))
    assert figures.sortino == pytest.approx(0.0375 / math.sqrt(0.0125 / 4) * math.sqrt(252))
    assert figures.max_drawdown == pytest.approx(0.1)
    assert figures.calmar == pytest.approx((1.1286**63 - 1.0) / 0.1)
    assert figures.max_drawdown_days == 1
    # A quantile at place 0.15 between the two worst days; the shortfall is the worst day.
    assert figures.value_at_risk == pytest.approx(0.1 - 0.15 * 0.05)
    assert figures.expected_shortfall == pytest.approx(0.1)
    assert figures.hit_rate == 0.5
    assert figures.profit_factor == pytest.approx(2.0)
    assert figures.exposure == pytest.approx(0.55)
    assert figures.effective_names == pytest.approx(3.0)
    assert figures.annual_turnover == pytest.approx(126.0)


def test_standard_error_equals_formula_with_moments_of_scipy():
    returns = student_returns(3)
    ratio = returns.mean() / returns.std(ddof=1)
    skew = stats.skew(returns)
    kurtosis = stats.kurtosis(returns, fisher=False)
    variance = (1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2) / (len(returns) - 1)
    assert sharpe_standard_error(returns, YEAR) == pytest.approx(
        math.sqrt(252 * variance), rel=1e-12
    )


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_standard_error_is_the_spread_of_sharpe_over_skewed_samples(sign):
    # At half a deviation a day the skew term alone moves the error by half: a wrong sign shows.
    generator = np.random.default_rng(0)
    samples = 0.005 + sign * 0.01 * (generator.exponential(size=(700, 250)) - 1.0)
    spread = np.std([sharpe(sample, YEAR) for sample in samples])
    typical = np.mean([sharpe_standard_error(sample, YEAR) for sample in samples])
    assert typical == pytest.approx(spread, rel=0.08)


def test_a_fall_on_the_first_day_counts_as_drawdown():
    assert max_drawdown(equity_curve(np.array([-0.3, 0.1]))) == pytest.approx(0.3)


def test_drawdown_curve_is_the_fall_from_the_running_peak():
    curve = drawdown_curve(np.array([1.0, 2.0, 1.0, 1.5, 4.0, 3.0]))
    assert curve == pytest.approx([0.0, 0.0, 0.5, 0.25, 0.0, 0.25])


def test_ruin_is_a_drawdown_of_one_and_a_return_of_minus_one():
    returns = np.array([0.1, -1.0, 0.0])
    assert max_drawdown(equity_curve(returns)) == 1.0
    assert annual_return(returns, YEAR) == -1.0
    assert calmar(returns, YEAR) == -1.0


@pytest.mark.parametrize("daily", [0.0, 0.1 / 3, -0.001])
def test_ratios_without_volatility_are_undefined(daily):
    returns = np.full(11, daily)
    assert annual_volatility(returns, YEAR) == 0.0
    assert math.isnan(sharpe(returns, YEAR))
    assert math.isnan(sharpe_standard_error(returns, YEAR))


def test_ratios_without_a_loss_are_undefined():
    returns = np.array([0.01, 0.0, 0.02])
    assert math.isnan(sortino(returns, YEAR))
    assert math.isnan(calmar(returns, YEAR))


def test_one_day_has_a_return_and_no_volatility():
    half = np.array([0.5])
    figures = performance(
        np.array([0.001]), YEAR, turnover=half, exposure=half, effective_names=np.array([0.0])
    )
    assert figures.annual_return == pytest.approx(1.001**252 - 1.0)
    assert math.isnan(figures.annual_volatility)
    assert math.isnan(figures.sharpe)
    assert math.isnan(figures.sharpe_standard_error)
    assert math.isnan(figures.effective_names)


@pytest.mark.parametrize("returns", [[], [[0.1, 0.2]], [0.1, math.nan], [math.inf, 0.1]], ids=repr)
def test_what_is_no_series_of_finite_numbers_is_refused(returns):
    for figure in (sharpe, sortino, annual_volatility):
        with pytest.raises(ValueError, match=r"shape is|is nan|is inf"):
            figure(np.array(returns), YEAR)
    for curve in (equity_curve, drawdown_curve):
        with pytest.raises(ValueError, match=r"shape is|is nan|is inf"):
            curve(np.array(returns))


def test_loss_of_more_than_everything_is_refused():
    with pytest.raises(ValueError, match=r"-1\.5"):
        equity_curve(np.array([0.1, -1.5]))


def test_negative_equity_is_refused():
    with pytest.raises(ValueError, match="never be negative"):
        drawdown_curve(np.array([1.0, -0.1]))


@pytest.mark.parametrize("name", ["turnover", "exposure", "effective_names"])
def test_daily_figures_of_other_length_are_refused(name):
    days = dict.fromkeys(["turnover", "exposure", "effective_names"], np.array([0.1, 0.2]))
    with pytest.raises(ValueError, match=f"one {name} for each day"):
        performance(np.array([0.1, 0.2]), YEAR, **days | {name: np.array([0.1])})


@LAW
@given(DAILY_RETURNS)
def test_sharpe_changes_sign_with_returns(returns):
    assert sharpe(-returns, YEAR) == pytest.approx(-sharpe(returns, YEAR), rel=1e-9, nan_ok=True)


@LAW
@given(DAILY_RETURNS, st.floats(0.01, 100.0))
def test_sharpe_and_its_error_ignore_leverage(returns, leverage):
    if np.ptp(returns) > 0.0:
        assert sharpe(leverage * returns, YEAR) == pytest.approx(sharpe(returns, YEAR), rel=1e-6)
        error = sharpe_standard_error(returns, YEAR)
        assert sharpe_standard_error(leverage * returns, YEAR) == pytest.approx(error, rel=1e-6)


@LAW
@given(DAILY_RETURNS, st.floats(1e-3, 1e9))
def test_drawdown_ignores_the_scale_of_equity(returns, capital):
    equity = equity_curve(returns)
    assert max_drawdown(capital * equity) == pytest.approx(max_drawdown(equity), abs=1e-12)


@LAW
@given(DAILY_RETURNS)
def test_drawdown_lies_between_nothing_and_everything(returns):
    curve = drawdown_curve(equity_curve(returns))
    assert curve[0] == 0.0
    assert ((curve >= 0.0) & (curve <= 1.0)).all()


@LAW
@given(DAILY_RETURNS)
def test_volatility_and_sharpe_ignore_the_order_of_days(returns):
    assert annual_volatility(returns[::-1], YEAR) == pytest.approx(
        annual_volatility(returns, YEAR), rel=1e-9
    )
    assert sharpe(returns[::-1], YEAR) == pytest.approx(
        sharpe(returns, YEAR), rel=1e-6, nan_ok=True
    )


@LAW
@given(DAILY_RETURNS)
def test_annual_return_held_for_the_record_gives_the_final_equity(returns):
    annual = annual_return(returns, YEAR)
    assume(annual > -0.99999)  # nearer to -1 the float itself has lost the digits
    grown = (1.0 + annual) ** (len(returns) / 252)
    assert grown == pytest.approx(equity_curve(returns)[-1], rel=1e-9)


def test_every_window_has_the_rolling_ratio_that_pandas_gives():
    returns = np.random.default_rng(3).normal(0.0005, 0.01, 400)
    window = pd.Series(returns).rolling(252)
    expected = window.mean() / window.std(ddof=1) * np.sqrt(252.0)
    found = rolling_sharpe(returns, 252, days=252)
    np.testing.assert_allclose(found, expected.to_numpy(), rtol=1e-9)
    assert np.isnan(found[:251]).all()
    assert np.isfinite(found[251:]).all()


def test_a_window_of_two_days_by_hand():
    found = rolling_sharpe(np.array([0.01, 0.03, 0.03]), 252, days=2)
    assert found[1] == pytest.approx(0.02 / np.sqrt(0.0002) * np.sqrt(252.0))
    assert np.isnan(found[[0, 2]]).all()  # no day before, and no volatility


@pytest.mark.parametrize("value", [0.0, 0.001, -0.1])
def test_windows_of_equal_returns_have_no_ratio(value):
    assert np.isnan(rolling_sharpe(np.full(300, value), 252, days=252)).all()


def test_a_record_shorter_than_the_window_has_none():
    assert np.isnan(rolling_sharpe(np.linspace(-0.01, 0.01, 100), 252, days=252)).all()


def test_a_window_of_one_day_is_refused():
    with pytest.raises(ValueError, match="give at least 2"):
        rolling_sharpe(np.zeros(3), 252, days=1)
