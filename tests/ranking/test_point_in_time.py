"""What was known at a date is what there is when the data end there."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.data.spacing import SEGMENT_AFTER_SESSIONS
from walkforge.errors import InputError
from walkforge.features.panel import Panel, build_panel
from walkforge.ranking.point_in_time import Data
from worlds import weekdays

DATES = weekdays(60)
ARRAYS = ("features", "open", "close", "daily_value", "volatility", "momentum", "tradable",
          "delisted", "cut")  # fmt: skip


def bars_of(spans: list[list[tuple[int, int]]], seed: int = 0) -> pl.DataFrame:
    """Bars of symbols that are listed on these spans of rows."""
    generator = np.random.default_rng(seed)
    frames = []
    for place, listed in enumerate(spans):
        rows = sorted({row for first, last in listed for row in range(first, last)})
        if not rows:
            continue
        gap = np.diff(rows, prepend=rows[0]) > SEGMENT_AFTER_SESSIONS + 1
        price = 50.0 * np.exp(np.cumsum(generator.normal(0.0, 0.02, len(rows))))
        frames.append(
            pl.DataFrame(
                {
                    "date": [DATES[row] for row in rows],
                    "symbol": [f"S{place}"] * len(rows),
                    "open": price, "close": price * 1.01, "volume": np.full(len(rows), 1e6),
                    "tradable": [True] * len(rows), "segment": np.cumsum(gap).astype(np.int32),
                    "cut": [False] * len(rows),
                }
            )
        )  # fmt: skip
    return pl.concat(frames).sort("symbol", "date")


def panel_of(bars: pl.DataFrame) -> Panel:
    features = bars.select("date", "symbol", x0=pl.col("close") * 2.0)
    return build_panel(bars, features, kinds=("number",))


def data_of(bars: pl.DataFrame, minimum_bars: int) -> Data:
    return Data(panel_of(bars), bars, minimum_bars)


SPAN = st.tuples(st.integers(0, 55), st.integers(1, 30)).map(
    lambda span: (span[0], min(sum(span), 60))
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(SPAN, max_size=3), max_size=3), st.integers(6, 59))
def test_it_is_the_panel_of_the_bars_up_to_the_date(
    spans: list[list[tuple[int, int]]], row: int
) -> None:
    bars = bars_of([[(0, 60)], *spans])
    least = 5
    earlier = bars.filter(pl.col("date") <= DATES[row])
    long = earlier.filter(pl.len().over("symbol") >= least)
    known = data_of(bars, least).at(DATES[row])
    expected = panel_of(long)
    assert (known.panel.dates, known.panel.symbols) == (expected.dates, expected.symbols)
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(known.panel, name), getattr(expected, name), name)
    assert known.digest() == data_of(earlier, least).at(DATES[row]).digest()
    last = long.group_by("symbol").agg(pl.col("date").max()).sort("symbol")["date"].to_list()
    assert list(known.last_bars) == last
    assert known.stale_sessions == [row - DATES.index(day) for day in last]


@pytest.mark.parametrize(
    ("day", "told"),
    [
        (date(2009, 1, 1), "the first session is 2010-01-04"),
        (
            date(2010, 1, 9),
            "the last session before it is 2010-01-08, the next after it 2010-01-11",
        ),
        (date(2030, 1, 1), "the last session before it is 2010-03-26"),
    ],
)
def test_a_date_without_bars_is_told(day: date, told: str) -> None:
    with pytest.raises(InputError, match=f"no bars on {day}: {told}"):
        data_of(bars_of([[(0, 60)]]), 1).at(day)
