"""The paragraph says what the figures say, and no more."""

import math

import numpy as np
import polars as pl
import pytest
from scipy import stats

from walkforge.reporting.statement import CAVEAT, finding


@pytest.fixture
def say(make_returns, make_metrics):
    def say(series, *, days=60):
        returns = make_returns(series, days=days)
        return finding(returns, make_metrics(returns))

    return say


def annual_sharpe(values):
    return values.mean() / values.std(ddof=1) * math.sqrt(252)


def test_noise_is_not_distinguishable_from_equal_weight(say, make_series):
    text = say(make_series())
    assert "ppo is not distinguishable from equal weight." in text
    assert "sac is not distinguishable from equal weight." in text


def test_figures_in_the_text_equal_independent_ones(say, make_series):
    series = make_series(names=["ppo"])
    agent = series["agent", "ppo", "mean"]
    market = series["baseline", "equal_weight", ""]
    x = agent - market
    ratio = annual_sharpe(x) / math.sqrt(252)
    variance = (
        1 - stats.skew(x) * ratio + (stats.kurtosis(x, fisher=False) - 1) / 4 * ratio**2
    ) / (len(x) - 1)
    text = say(series)
    assert f"Equal weight has a Sharpe ratio of {annual_sharpe(market):.2f} (" in text
    assert f"The Sharpe ratio of ppo is {annual_sharpe(agent):.2f} (" in text
    assert f"a difference of {annual_sharpe(agent) - annual_sharpe(market):+.2f} from" in text
    seeds = [annual_sharpe(series["agent", "ppo", seed]) for seed in "012"]
    assert f"from {min(seeds):.2f} to {max(seeds):.2f}" in text
    assert f"average {x.mean() * 25200:+.1f} % a year" in text
    assert f"of {annual_sharpe(x):+.2f} (standard error {math.sqrt(252 * variance):.2f})" in text
    assert "60 trading days out of sample, from 2010-01-04 to 2010-03-26, in 2 test win" in text


def test_uncertainty_is_that_of_the_difference_not_of_either_ratio(say, make_series):
    # The two ratios are less than one of their own errors apart, yet the gain comes every day.
    days = 250
    series = make_series(days=days, names=[])
    market = series["baseline", "equal_weight", ""]
    gain = 0.0002 + np.random.default_rng(1).normal(0.0, 0.0003, days)
    series |= {("agent", "ppo", seed): market + gain for seed in ("0", "mean")}
    apart = annual_sharpe(market + gain) - annual_sharpe(market)
    assert apart < 0.5 * math.sqrt(252 / days)
    assert "ppo lies above equal weight by more than two standard errors." in say(series, days=days)


def test_steady_loss_to_equal_weight_is_said_plainly(say, make_series):
    text = say(make_series(edge=-0.002, names=["ppo"]))
    assert "ppo lies below equal weight by more than two standard errors." in text


def test_beating_equal_weight_is_not_called_skill(say, make_series):
    assert "skill" not in say(make_series(edge=0.002))
    assert "no verdict of skill" in CAVEAT


@pytest.mark.parametrize("rounding", [0.0, 1e-16])
def test_returns_of_equal_weight_are_named_so(say, make_series, rounding):
    series = make_series(names=[])
    same = series["baseline", "equal_weight", ""] + rounding
    series |= {("agent", "ppo", seed): same for seed in ("0", "mean")}
    assert "ppo has the returns of equal weight on every day." in say(series)


def test_one_day_is_too_short_to_compare(say):
    day = np.array([0.01])
    series = {
        ("baseline", "equal_weight", ""): day,
        ("agent", "ppo", "0"): 2 * day,
        ("agent", "ppo", "mean"): 2 * day,
    }
    text = say(series, days=1)
    assert "too short or too even to compare ppo with equal weight" in text
    assert "nan" not in text


def test_agent_in_cash_has_an_undefined_ratio(say, make_series):
    series = make_series(names=[])
    series |= {("agent", "ppo", seed): np.zeros(60) for seed in ("0", "mean")}
    text = say(series)
    assert "The Sharpe ratio of ppo is an undefined value" in text
    assert "nan" not in text


def test_missing_equal_weight_is_said(say, make_series):
    series = make_series()
    del series["baseline", "equal_weight", ""]
    text = say(series)
    assert "no agent can be judged against it" in text
    assert "distinguishable" not in text


def test_study_without_agents_is_said(say, make_series):
    assert say(make_series(names=[])).endswith("No agent was evaluated.")


def test_metrics_without_an_agent_of_the_returns_are_refused(returns, metrics):
    with pytest.raises(ValueError, match="no row for agent 'sac', seed 'mean'"):
        finding(returns, metrics.filter(pl.col("strategy") != "sac"))
