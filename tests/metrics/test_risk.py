"""Worst days, gains and losses, and what was held, against hand values, empyrical and laws."""

import math

import empyrical
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from walkforge.metrics.performance import equity_curve
from walkforge.metrics.risk import (
    expected_shortfall,
    hit_rate,
    max_drawdown_days,
    mean_effective_names,
    profit_factor,
    value_at_risk,
)

LAW = settings(derandomize=True, deadline=None, max_examples=40)
DAILY_RETURNS = arrays(
    np.float64, st.integers(1, 60), elements=st.floats(-0.2, 0.2).map(lambda r: round(r, 4))
)
# Twenty-one days in per cent, so that 5 % of the way through the sorted days is the second worst.
GOLDEN = np.array([1, -2, 0, 3, -1, 0.5, -4, 2, 1, 0, -0.5, 1.5, -3, 2.5, 0, 1, -1, 0.5, 2, -6, 4])


def test_figures_of_a_fixed_series_equal_hand_values():
    returns = GOLDEN / 100.0
    assert value_at_risk(returns) == pytest.approx(0.04)
    assert expected_shortfall(returns) == pytest.approx((0.06 + 0.04) / 2)
    assert hit_rate(returns) == pytest.approx(11 / 18)
    # Gains 1+3+0.5+2+1+1.5+2.5+1+0.5+2+4 = 19, losses 2+1+4+0.5+3+1+6 = 17.5.
    assert profit_factor(returns) == pytest.approx(19 / 17.5)
    # The peak of day 4, 1.0195, is first passed on day 19, at 1.0325: days 5 to 18 end below it.
    assert max_drawdown_days(equity_curve(returns)) == 14


def _longest(equity):
    """Count plainly, a day at a time."""
    peak = equity[0]
    run = 0
    longest = 0
    for value in equity:
        peak = max(peak, value)
        run = run + 1 if value < peak else 0
        longest = max(longest, run)
    return longest


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("days", [1, 20, 21, 250, 1500])
def test_tail_figures_equal_empyrical(seed, days):
    returns = np.random.default_rng(seed).standard_t(4, days) * 0.01
    assert value_at_risk(returns) == pytest.approx(-empyrical.value_at_risk(returns), rel=1e-12)
    shortfall = empyrical.conditional_value_at_risk(returns)
    assert expected_shortfall(returns) == pytest.approx(-shortfall, rel=1e-12)


@pytest.mark.parametrize(
    ("equity", "days"),
    [
        ([1.0, 1.1, 1.2], 0),
        ([1.0, 0.9, 1.0, 1.1], 1),
        ([1.0, 0.9, 0.95, 1.0, 0.8], 2),
        ([1.0, 0.9, 1.0, 0.8, 0.9, 0.7], 3),
        ([1.0, 1.0, 1.0], 0),
        ([1.0], 0),
    ],
    ids=repr,
)
def test_days_below_the_peak_by_hand(equity, days):
    assert max_drawdown_days(np.array(equity)) == days


def test_figures_without_losses_or_moves_are_undefined():
    assert math.isnan(profit_factor(np.array([0.01, 0.0])))
    assert math.isnan(hit_rate(np.zeros(3)))
    assert math.isnan(mean_effective_names(np.zeros(3)))
    assert profit_factor(np.array([-0.01, 0.0])) == 0.0
    assert hit_rate(np.array([0.0, 0.01])) == 1.0


def test_nothing_lost_is_written_without_a_sign():
    for figure in (value_at_risk, expected_shortfall):
        assert math.copysign(1.0, figure(np.zeros(5))) == 1.0


def test_effective_names_leave_out_days_with_nothing_held():
    assert mean_effective_names(np.array([0.0, 2.0, 5.0, 0.0])) == 3.5


@pytest.mark.parametrize("returns", [[], [[0.1, 0.2]], [0.1, math.nan], [math.inf, 0.1]], ids=repr)
def test_what_is_no_series_of_finite_numbers_is_refused(returns):
    figures = (value_at_risk, expected_shortfall, hit_rate, profit_factor, max_drawdown_days,
               mean_effective_names)  # fmt: skip
    for figure in figures:
        with pytest.raises(ValueError, match=r"shape is|is nan|is inf"):
            figure(np.array(returns))


@LAW
@given(DAILY_RETURNS)
def test_days_below_the_peak_equal_a_plain_count(returns):
    equity = equity_curve(returns)
    assert max_drawdown_days(equity) == _longest(equity)


@LAW
@given(DAILY_RETURNS)
def test_shortfall_is_at_least_value_at_risk_and_at_most_the_worst_day(returns):
    low = value_at_risk(returns)
    high = -returns.min()
    assert low - 1e-15 <= expected_shortfall(returns) <= high + 1e-15


@LAW
@given(DAILY_RETURNS, st.floats(0.01, 100.0))
def test_tail_figures_grow_with_leverage_and_ratios_ignore_it(returns, leverage):
    for figure in (value_at_risk, expected_shortfall):
        scaled = figure(leverage * returns)
        assert scaled == pytest.approx(leverage * figure(returns), rel=1e-9, abs=1e-15)
    for ratio in (hit_rate, profit_factor):
        assert ratio(leverage * returns) == pytest.approx(ratio(returns), rel=1e-9, nan_ok=True)


@LAW
@given(DAILY_RETURNS)
def test_turned_returns_turn_hits_and_invert_the_profit_factor(returns):
    assert hit_rate(-returns) == pytest.approx(1.0 - hit_rate(returns), nan_ok=True)
    if (returns > 0.0).any() and (returns < 0.0).any():
        assert profit_factor(-returns) == pytest.approx(1.0 / profit_factor(returns))
