"""The ratio of a moving window, against pandas and by hand."""

import numpy as np
import pandas as pd
import pytest

from walkforge.metrics.rolling import rolling_sharpe


def test_every_window_has_the_ratio_that_pandas_gives():
    returns = np.random.default_rng(3).normal(0.0005, 0.01, 400)
    window = pd.Series(returns).rolling(252)
    expected = window.mean() / window.std(ddof=1) * np.sqrt(252.0)
    found = rolling_sharpe(returns, 252, days=252)
    np.testing.assert_allclose(found, expected.to_numpy(), rtol=1e-9)
    assert np.isnan(found[:251]).all()
    assert np.isfinite(found[251:]).all()


def test_two_days_by_hand():
    found = rolling_sharpe(np.array([0.01, 0.03, 0.03]), 252, days=2)
    assert found[1] == pytest.approx(0.02 / np.sqrt(0.0002) * np.sqrt(252.0))
    assert np.isnan(found[[0, 2]]).all()  # no day before, and no volatility


@pytest.mark.parametrize("value", [0.0, 0.001, -0.1])
def test_equal_returns_have_no_ratio(value):
    assert np.isnan(rolling_sharpe(np.full(300, value), 252, days=252)).all()


def test_a_record_shorter_than_the_window_has_none():
    assert np.isnan(rolling_sharpe(np.linspace(-0.01, 0.01, 100), 252, days=252)).all()


def test_a_window_of_one_day_is_refused():
    with pytest.raises(ValueError, match="give at least 2"):
        rolling_sharpe(np.zeros(3), 252, days=1)
