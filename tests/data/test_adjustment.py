"""Total-return adjustment: hand values, and history that later rows cannot change."""

import datetime as dt
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.data.history import total_return_bars
from walkforge.data.reading import read_parts
from walkforge.data.sources import sample
from walkforge.errors import InputError


def raw_rows_of(closes: list[float], adj_closes: list[float], symbol: str = "A") -> pl.DataFrame:
    """Raw rows with the given closes, one a day, and flat days."""
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(len(closes))]
    close = pl.Series(closes, dtype=pl.Float64)
    return pl.DataFrame(
        {"date": days, "symbol": symbol, "open": close, "high": close, "low": close}
        | {"close": close, "volume": 100.0, "adj_close": pl.Series(adj_closes, dtype=pl.Float64)}
    )


def test_a_split_and_a_dividend_by_hand():
    # 2-for-1 split before the second day, 10 % dividend before the third: f = 0.45, 0.9, 1.
    bars = total_return_bars(raw_rows_of([100.0, 50.0, 45.0], [45.0, 45.0, 45.0]))
    assert bars["close"].to_list() == pytest.approx([100.0, 100.0, 100.0], rel=1e-9)
    assert bars["volume"].to_list() == pytest.approx([100.0, 50.0, 45.0], rel=1e-9)
    assert bars["adjusted"].to_list() == [True] * 3
    assert "adj_close" not in bars.columns


def test_without_adj_close_prices_stay_as_given():
    raw = raw_rows_of([100.0, 50.0], [50.0, 50.0]).drop("adj_close")
    bars = total_return_bars(raw)
    assert bars.drop("adjusted").equals(raw)
    assert bars["adjusted"].to_list() == [False, False]


def test_each_symbol_starts_at_its_own_first_bar():
    raw = pl.concat([raw_rows_of([10.0, 10.0], [5.0, 10.0]), raw_rows_of([8.0], [2.0], symbol="B")])
    assert total_return_bars(raw)["close"].to_list() == [10.0, 20.0, 8.0]


@pytest.mark.parametrize("adj_close", [0.0, -1.0, float("nan"), float("inf"), None])
def test_a_factor_that_is_none_is_refused(adj_close):
    with pytest.raises(InputError, match=r"'A' 2020-01-02: adj_close .* over close 11\.0"):
        total_return_bars(raw_rows_of([10.0, 11.0], [10.0, adj_close]))


prices = st.floats(0.01, 1e5, allow_subnormal=False)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(pairs=st.lists(st.tuples(prices, prices), min_size=2, max_size=20))
def test_a_later_row_leaves_earlier_bars_bit_identical(pairs):
    closes, adj_closes = (list(column) for column in zip(*pairs, strict=True))
    whole = total_return_bars(raw_rows_of(closes, adj_closes))
    for known in range(1, len(closes)):
        cut = total_return_bars(raw_rows_of(closes[:known], adj_closes[:known]))
        assert cut.equals(whole.head(known))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(pairs=st.lists(st.tuples(prices, prices), min_size=2, max_size=20))
def test_returns_equal_those_of_adj_close(pairs):
    closes, adj_closes = (list(column) for column in zip(*pairs, strict=True))
    bars = total_return_bars(raw_rows_of(closes, adj_closes))
    ratios = [later / earlier for earlier, later in pairwise(adj_closes)]
    loaded = bars["close"].to_list()
    found = [later / earlier for earlier, later in pairwise(loaded)]
    assert found == pytest.approx(ratios, rel=2e-9)


@pytest.mark.parametrize("paid", [0.0123, 0.004, 0.0371])
def test_a_new_dividend_leaves_the_samples_history_bit_identical(configured, paid):
    reading = read_parts(sample.read(configured()), configured(), zone="UTC")
    raw = reading.rows.sort("symbol", "date").drop("code")
    rescaled = raw.with_columns(pl.col("adj_close") * (1 - paid))
    assert not rescaled["adj_close"].equals(raw["adj_close"])
    assert total_return_bars(rescaled).equals(total_return_bars(raw))
