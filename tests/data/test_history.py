"""From sound rows to bars: adjusted, flagged, and nothing known before its day."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bar_files import sessions, sound_bars
from walkforge.data.history import history_of

DAYS = pl.Series(sessions(80))


def rows_of(bars: pl.DataFrame) -> pl.DataFrame:
    """Bars as the contract leaves them."""
    placed = bars.cast({"volume": pl.Float64}).with_row_index("row")
    return placed.with_columns(part=pl.lit(0), line=pl.col("row") + 2)


def test_a_gap_is_flagged_at_the_bar_after_it_and_nothing_is_filled():
    bars = pl.concat([sound_bars(["AAA"], 80)[:30], sound_bars(["AAA"], 80)[33:]])
    found = history_of(rows_of(bars), DAYS, largest_move=5.0)
    assert found.rows["date"].equals(bars["date"])
    assert found.rows["missing"].to_list() == [0] * 30 + [3] + [0] * 46
    assert found.flags.rows() == [(30, "GAP", f"last bar {DAYS[29]}", "3 sessions missing")]


def test_a_late_and_an_early_end_are_no_gaps():
    bars = pl.concat([sound_bars(["AAA"], 80)[20:], sound_bars(["BBB"], 80)[:40]])
    found = history_of(rows_of(bars), DAYS, largest_move=5.0)
    assert found.flags.is_empty()
    assert found.rows["missing"].sum() == 0
    assert found.rows["tradable"].all()


def test_without_adj_close_prices_stay_and_with_it_the_first_bar_does():
    bars = sound_bars(["AAA"], 80)
    plain = history_of(rows_of(bars), DAYS, largest_move=5.0).rows
    assert plain.select(bars.columns).equals(bars.cast({"volume": pl.Float64}))
    half = pl.when(pl.int_range(pl.len()) < 40).then(0.5).otherwise(1.0)
    halved = rows_of(bars.with_columns(adj_close=pl.col("close") * half))
    adjusted = history_of(halved, DAYS, largest_move=5.0).rows
    assert adjusted["close"][:40].to_list() == pytest.approx(bars["close"][:40].to_list())
    assert adjusted["close"][40:].to_list() == pytest.approx((bars["close"][40:] * 2).to_list())
    assert adjusted["volume"][40:].to_list() == pytest.approx((bars["volume"][40:] / 2).to_list())


@settings(max_examples=30, derandomize=True, deadline=None)
@given(
    cut=st.integers(2, 79),
    still=st.lists(st.integers(0, 79), max_size=40),
    halts=st.lists(st.integers(0, 79), max_size=10),
    holes=st.lists(st.integers(1, 79), max_size=30),
)
def test_bars_known_at_a_day_do_not_depend_on_later_ones(cut, still, halts, holes):
    place = pl.int_range(pl.len())
    bars = sound_bars(["AAA"], 80).cast({"volume": pl.Float64})
    flat = [pl.when(place.is_in(still + halts)).then(7.0).otherwise(c).alias(c)
            for c in ("open", "high", "low", "close", "volume")]  # fmt: skip
    bars = bars.with_columns(flat).with_columns(
        volume=pl.when(place.is_in(halts)).then(0.0).otherwise("volume")
    )
    rows = rows_of(bars.with_columns(adj_close=pl.col("close") * 0.7).filter(~place.is_in(holes)))
    known = history_of(rows.head(cut), DAYS, largest_move=5.0).rows
    whole = history_of(rows, DAYS, largest_move=5.0).rows
    assert known.equals(whole.filter(pl.col("date") <= rows["date"][min(cut, rows.height) - 1]))
