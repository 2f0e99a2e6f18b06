"""The day that moved a record most, and what is left without it."""

import datetime as dt
import math

import numpy as np
import polars as pl
import pytest

from walkforge.evaluation.largest_day import largest_day, with_largest_days
from walkforge.evaluation.series import Key
from walkforge.metrics.performance import sharpe

DAYS = [dt.date(2020, 1, day) for day in range(1, 6)]


def test_one_day_carries_the_record_by_hand():
    returns = np.array([0.01, -0.02, 1.5, 0.01, -0.01])
    found = largest_day(returns, DAYS, per_year=252)
    assert found["largest_date"] == DAYS[2]
    assert found["largest_return"] == 1.5
    assert found["largest_share"] == pytest.approx(1.5 / 1.49)
    assert found["total_return"] == pytest.approx(1.01 * 0.98 * 2.5 * 1.01 * 0.99 - 1.0)
    assert found["total_without"] == pytest.approx(1.01 * 0.98 * 1.01 * 0.99 - 1.0)
    assert found["sharpe_without"] == pytest.approx(sharpe(np.delete(returns, 2), 252))


def test_a_loss_counts_by_its_size_the_first_of_equals_and_against_a_gain_has_no_share():
    found = largest_day(np.array([0.1, -0.3, 0.25, -0.3, 0.28]), DAYS, per_year=12)
    assert found["largest_date"] == DAYS[1]
    assert found["largest_return"] == -0.3
    assert math.isnan(found["largest_share"])


def test_a_record_that_never_moves_has_no_day():
    found = largest_day(np.zeros(5), DAYS, per_year=252)
    assert found.pop("largest_date") is None
    assert found.pop("total_return") == 0.0
    assert all(map(math.isnan, found.values()))


def test_each_strategy_has_its_own_day_and_an_agent_that_of_the_mean_of_its_seeds():
    net = {
        Key("agent", "ppo", "0"): np.array([0.9, 0.0, 0.0, 0.0, 0.0]),
        Key("agent", "ppo", "mean"): np.array([0.0, 0.0, 0.0, 0.4, 0.1]),
        Key("baseline", "cash", ""): np.zeros(5),
    }
    rows = pl.DataFrame({"kind": ["agent", "baseline"], "strategy": ["ppo", "cash"]})
    found = with_largest_days(rows, net, DAYS, per_year=252)
    assert found["largest_date"].to_list() == [DAYS[3], None]
    assert found["total_return"].to_list() == pytest.approx([1.4 * 1.1 - 1.0, 0.0])
