"""Spikes, unit steps, splits, halts and gaps: found where planted, and known in time."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from bokeh_sampledata import stocks
from hypothesis import given, settings
from hypothesis import strategies as st

from bar_files import ingested, sessions, sound_bars
from walkforge.data.flags import gap_codes, halted, missing_sessions, segments, stale
from walkforge.data.jumps import spikes, suspect_splits, unit_steps

SOUND = sound_bars(["AAA"], 120).cast({"volume": pl.Float64})
PRICES = ("open", "high", "low", "close")


def scaled(bars: pl.DataFrame, rows: range, factor: float, columns=PRICES) -> pl.DataFrame:
    inside = pl.int_range(pl.len()).is_in(list(rows))
    return bars.with_columns(pl.when(inside).then(pl.col(c) * factor).otherwise(c) for c in columns)


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("factor", [10.0, 100.0, 1 / 3000, 6.0, 1 / 6])
@pytest.mark.parametrize("columns", [PRICES, ("high",), ("close", "high")])
def test_prices_that_jump_and_revert_are_spikes(length, factor, columns):
    columns = ("low",) if columns == ("high",) and factor < 1 else columns
    rows = range(60, 60 + length)
    assert spikes(scaled(SOUND, rows, factor, columns)).arg_true().to_list() == list(rows)


@pytest.mark.parametrize("factor", [0.1, 0.4, 3.0, 10.0, 100.0])
def test_prices_that_jump_for_good_are_no_spikes(factor):
    assert not spikes(scaled(SOUND, range(60, 120), factor)).any()
    assert not spikes(scaled(SOUND, range(119, 120), factor)).any()


def test_another_symbols_prices_are_no_neighbours():
    other = scaled(SOUND, range(120), 1e4).with_columns(symbol=pl.lit("BBB"))
    assert not spikes(pl.concat([SOUND, other])).any()


@pytest.mark.parametrize("factor", [100.0, 0.01, 90.0])
def test_a_lasting_step_by_100_is_a_unit_step_and_a_print_is_none(factor):
    steps = unit_steps(scaled(SOUND, range(60, 120), factor))
    assert steps.rows() == [("AAA", SOUND["date"][60])]
    assert unit_steps(scaled(SOUND, range(60, 61), factor)).is_empty()
    assert unit_steps(scaled(SOUND, range(119, 120), factor)).is_empty()
    assert unit_steps(scaled(SOUND, range(60, 120), factor / 3)).is_empty()


@pytest.mark.parametrize("split", [2, 3, 1.5, 10])
@pytest.mark.parametrize("back", [False, True])
def test_an_unadjusted_split_is_suspected_and_a_crash_is_not(split, back):
    factor = split if back else 1 / split
    quiet = scaled(SOUND, range(60, 120), factor).with_columns(
        volume=pl.when(pl.int_range(pl.len()) < 60).then(3e5).otherwise(3e5 / factor)
    )
    assert suspect_splits(quiet).arg_true().to_list() == [60]
    heavy = pl.when(pl.int_range(pl.len()) == 60).then(3e6 / factor).otherwise(3e5)
    assert not suspect_splits(quiet.with_columns(volume=heavy)).any()


def test_splits_of_the_sample_are_suspected_without_its_adj_close_and_the_crash_is_not():
    volume = pl.col("volume").cast(pl.Float64)
    aapl = pl.DataFrame(dict(stocks.AAPL)).drop("adj_close")
    aapl = aapl.with_columns(pl.col("date").str.to_date(), volume, symbol=pl.lit("AAPL"))
    found = aapl.filter(suspect_splits(aapl))["date"].to_list()
    assert found == [dt.date(2000, 6, 21), dt.date(2005, 2, 28)]
    assert not spikes(aapl).any()


def test_a_crash_that_lasts_stays_in_the_shared_data(shared_data):
    found = ingested("parquet", shared_data / "us_top100_2005_2017_asis.parquet",
                     columns={"symbol": "ticker"}, minimum_bars=60)  # fmt: skip
    assert found.quarantine.select("symbol", "date", "code").rows() == [
        ("NUE", dt.date(2007, 1, 16), "SPIKE")
    ]
    aig = found.bars.filter((pl.col("symbol") == "AIG") & (pl.col("date") == dt.date(2008, 9, 15)))
    assert aig["close"].item() == 89.251


def test_halts_and_stale_bars_by_hand():
    bars = pl.DataFrame(
        {"symbol": ["A"] * 8 + ["B"] * 6} | {c: [5.0] * 14 for c in (*PRICES, "volume")}
    )
    assert stale(bars).arg_true().to_list() == [4, 5, 6, 7, 12, 13]
    still = bars.with_columns(
        volume=pl.when(pl.int_range(pl.len()) == 3).then(0.0).otherwise("volume")
    )
    assert halted(still).select(pl.all().sum()).row(0) == (1, 1)
    assert stale(still).arg_true().to_list() == [12, 13]
    moving = still.with_columns(high=pl.col("high") + 1)
    assert halted(moving).select(pl.all().sum()).row(0) == (1, 0)


def test_gaps_are_counted_in_sessions_by_hand():
    days = sessions(400)
    kept = [days[0], days[1], days[3], days[14], days[25], days[399]]
    rows = pl.DataFrame({"symbol": "A", "date": kept})
    missing = missing_sessions(rows, pl.Series(days))
    assert missing.to_list() == [0, 0, 1, 10, 10, 373]
    assert gap_codes(missing, reused_after=252).to_list() == [
        None,
        None,
        "GAP",
        "GAP",
        "GAP",
        "REUSED",
    ]
    assert segments(rows, missing).to_list() == [0, 0, 0, 0, 0, 1]


@settings(max_examples=40, derandomize=True, deadline=None)
@given(
    cut=st.integers(2, 79),
    holes=st.lists(st.integers(0, 79), max_size=30),
    still=st.lists(st.integers(0, 79), max_size=40),
)
def test_masks_and_segments_know_nothing_of_later_bars(cut, holes, still):
    rows = sound_bars(["AAA"], 80).cast({"volume": pl.Float64})
    place = pl.int_range(pl.len())
    rows = rows.with_columns(
        pl.when(place.is_in(still)).then(7.0).otherwise(c).alias(c) for c in (*PRICES, "volume")
    )
    rows = rows.filter(~place.is_in(holes) | (place == 0))
    days = pl.Series(sessions(80))

    def masks(known: pl.DataFrame) -> pl.DataFrame:
        missing = missing_sessions(known, days)
        flat = halted(known)["flat_halt"]
        return pl.DataFrame([stale(known).alias("stale"), flat, segments(known, missing)])

    assert masks(rows.head(cut)).equals(masks(rows).head(cut))


def test_a_segment_is_long_after_ten_sessions(tmp_path):
    bars = sound_bars(["AAA"], 150)
    cut = pl.concat([bars[:50], bars[61:]])
    cut.write_csv(tmp_path / "a.csv")
    found = ingested("csv", tmp_path / "a.csv").bars
    np.testing.assert_array_equal(found["segment"], [0] * 50 + [1] * 89)
