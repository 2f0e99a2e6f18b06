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
from walkforge.data.jumps import held_bars, suspect_splits

SOUND = sound_bars(["AAA"], 120).cast({"volume": pl.Float64})
PRICES = ("open", "high", "low", "close")


def scaled(bars: pl.DataFrame, rows: range, factor: float, columns=PRICES) -> pl.DataFrame:
    inside = pl.int_range(pl.len()).is_in(list(rows))
    return bars.with_columns(pl.when(inside).then(pl.col(c) * factor).otherwise(c) for c in columns)


def codes_of(bars: pl.DataFrame, *, largest_move: float | None = 5.0) -> dict[int, str]:
    """The codes of bars that are held, by their place, and "cut" where a segment is cut."""
    fresh = bars.select((pl.col("symbol") != pl.col("symbol").shift(1)).fill_null(value=True))
    found = held_bars(bars, fresh.to_series(), largest_move=largest_move)
    held = {place: code for place, code in enumerate(found.code) if code is not None}
    return held | dict.fromkeys(found.cut.arg_true().to_list(), "cut")


@pytest.mark.parametrize("length", [1, 2, 4])
@pytest.mark.parametrize("factor", [10.0, 100.0, 1 / 3000, 6.0, 1 / 6])
@pytest.mark.parametrize("columns", [PRICES, ("high",), ("close", "high")])
def test_prices_that_jump_and_revert_are_spikes(length, factor, columns):
    columns = ("low",) if columns == ("high",) and factor < 1 else columns
    rows = range(60, 60 + length)
    assert codes_of(scaled(SOUND, rows, factor, columns)) == dict.fromkeys(rows, "SPIKE")


@pytest.mark.parametrize("factor", [7.0, 13.0, 60.0, 100.0, 171.0, 1 / 60, 1 / 3000])
@pytest.mark.parametrize("within", [(), ("open", "low"), ("open", "high"), ("open", "low", "high")])
@pytest.mark.parametrize("first", [1, 60, 115])
def test_a_step_that_lasts_is_held_until_its_fifth_bar_and_cut_there(factor, within, first):
    stepped = scaled(SOUND, range(first, 120), factor)
    stepped = scaled(stepped, range(first, first + 1), 1 / factor, within)
    held = dict.fromkeys(range(first, first + 4), "STEP")
    assert codes_of(stepped) == held | {first + 4: "cut"}
    assert codes_of(stepped, largest_move=None) == held
    assert codes_of(stepped.head(first + 4)) == dict.fromkeys(held, "UNCONFIRMED")


def test_bars_that_reach_back_to_the_old_level_do_not_confirm_the_new_one():
    torn = codes_of(scaled(SOUND, range(60, 120), 60.0, ("close", "high")))
    assert torn == {60: "UNCONFIRMED"} | dict.fromkeys(range(61, 120), "SPIKE")


def test_the_bound_is_the_configured_one():
    trebled = scaled(SOUND, range(60, 120), 3.0)
    assert codes_of(trebled) == {}
    assert codes_of(trebled, largest_move=2.5)[64] == "cut"
    tenfold = scaled(SOUND, range(60, 120), 10.0)
    assert "cut" not in codes_of(tenfold, largest_move=20.0).values()
    assert codes_of(tenfold, largest_move=9.0)[64] == "cut"


@pytest.mark.parametrize("factor", [0.21, 0.4, 2.5, 4.7])
def test_a_crash_or_a_rise_within_the_bound_is_a_bar_of_its_day(factor):
    assert codes_of(scaled(SOUND, range(60, 120), factor)) == {}
    assert codes_of(scaled(SOUND, range(60, 61), factor)) == {}


def test_a_panic_that_recovers_within_the_day_is_no_spike():
    day = {"open": 36.0, "high": 36.0, "low": 5.65, "close": 16.15, "volume": 9e7}
    place = pl.int_range(pl.len()) == 60
    before = SOUND.with_columns(pl.col(PRICES) * (36.80 / SOUND["close"][59]))
    after = scaled(before, range(61, 120), 16.15 / 36.80)
    panic = after.with_columns(pl.when(place).then(v).otherwise(c).alias(c) for c, v in day.items())
    assert codes_of(panic) == {}
    lower = panic.with_columns(low=pl.when(place).then(0.9).otherwise("low"))
    assert codes_of(lower) == {}
    quiet = lower.with_columns(volume=pl.when(place).then(5e5).otherwise("volume"))
    assert codes_of(quiet) == {60: "SPIKE"}


def test_two_steps_and_a_wrong_first_bar_are_cut_each():
    twice = scaled(scaled(SOUND, range(40, 120), 60.0), range(80, 120), 1 / 171)
    assert {at: code for at, code in codes_of(twice).items() if code == "cut"} == {
        44: "cut", 84: "cut"
    }  # fmt: skip
    first = scaled(SOUND, range(1), 100.0)
    assert codes_of(first) == dict.fromkeys(range(1, 5), "STEP") | {5: "cut"}


def test_another_symbols_prices_are_no_neighbours():
    other = scaled(SOUND, range(120), 1e4).with_columns(symbol=pl.lit("BBB"))
    assert codes_of(pl.concat([SOUND, other])) == {}


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
    assert codes_of(aapl) == {}


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
    rows = pl.DataFrame({"symbol": "A", "date": kept, "cut": False})
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
        known = known.with_columns(cut=pl.lit(value=False))
        return pl.DataFrame([stale(known).alias("stale"), flat, segments(known, missing)])

    assert masks(rows.head(cut)).equals(masks(rows).head(cut))


def test_a_segment_is_long_after_ten_sessions(tmp_path):
    bars = sound_bars(["AAA"], 150)
    cut = pl.concat([bars[:50], bars[61:]])
    cut.write_csv(tmp_path / "a.csv")
    found = ingested("csv", tmp_path / "a.csv").bars
    np.testing.assert_array_equal(found["segment"], [0] * 50 + [1] * 89)
