"""Moves that history does not make plausible are told; bars known at a day never change."""

import datetime as dt
import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bar_files import configure, ingested, sound_bars
from walkforge.data.ingest import bars_of, raw_bars
from walkforge.data.outcome import Ingested
from walkforge.data.quality import quality_of

NAMES = [f"S{i}" for i in range(6)]
SOUND = sound_bars(NAMES, 90).cast({"volume": pl.Float64})
PRICES = ("open", "high", "low", "close")
CONFIG = configure(calendar="observed")


def stepped(
    factor: float, *, symbols=("S0",), first: int = 50, volume: float = 1.0, columns=PRICES
) -> pl.DataFrame:
    """The bars with prices multiplied from a bar on, and volumes with them."""
    place = pl.int_range(pl.len()).over("symbol")
    there = pl.col("symbol").is_in(symbols) & (place >= first)
    moved = SOUND.with_columns(
        pl.when(there).then(pl.col(name) * factor).otherwise(name).alias(name) for name in columns
    )
    return moved.with_columns(volume=pl.when(there).then(pl.col("volume") * volume)
                              .otherwise("volume"))  # fmt: skip


def found_in(tmp_path, bars: pl.DataFrame, **changes) -> Ingested:
    bars.write_csv(tmp_path / "bars.csv")
    return ingested("csv", tmp_path / "bars.csv", **changes)


@pytest.mark.parametrize(
    ("factor", "volume", "code", "cause"),
    [
        (60.0, 1 / 60, "STEP", "a reverse split, 1 for (59|60|61)"),
        (171.0, 1.0, "STEP", "a reverse split, 1 for 17[0-3]"),
        (1 / 13, 1.0, "STEP", "a split, 13 for 1"),
        (100.0, 1.0, "STEP", "a change of unit by 100"),
        (1 / 7, 900.0, "STEP", "a genuine move"),
        (1 / 13, 13.0, "SUSPECT_SPLIT", "a split, 13 for 1"),
        (1 / 3, 3.0, "SUSPECT_SPLIT", "a split, 3 for 1, or a spin-off"),
        (3.0, 3.0, "JUMP", "a genuine move"),
        (3.0, 1.0, "JUMP", "a reverse split, 1 for 3, or a genuine move"),
        (4.9, 1.0, "JUMP", "a reverse split, 1 for 5, or a genuine move"),
        (2.5, 1.0, "JUMP", "a genuine move"),
        (0.7, 1.0, "JUMP", "a spin-off, or another distribution"),
        (0.7, 20.0, "JUMP", "a genuine move"),
    ],
)
def test_a_move_is_told_with_date_ratio_and_likeliest_cause(tmp_path, factor, volume, code, cause):
    found = found_in(tmp_path, stepped(factor, volume=volume))
    told = found.moves.filter(pl.col("code") == code).row(0, named=True)
    day = SOUND["date"][50]
    assert (told["symbol"], told["date"]) == ("S0", day)
    assert re.fullmatch(cause, told["cause"])
    own = SOUND["close"][50] / SOUND["close"][49]
    assert told["ratio"] == pytest.approx(own * factor, rel=1e-4)
    assert told["equal_weight"] == pytest.approx((told["ratio"] - 1) / 6)
    flag = found.issues.filter(pl.col("code") == code).row(0, named=True)
    assert (flag["action"], flag["symbol"], flag["date"]) == ("FLAG", "S0", day)
    assert told["cause"] in flag["after"]


def test_two_steps_soon_after_each_other_are_not_said_to_go_back(tmp_path):
    place = pl.int_range(pl.len()).over("symbol")
    first = (pl.col("symbol") == "S0") & place.is_between(50, 51)
    later = stepped(72.0, first=50)
    bars = later.with_columns(pl.when(first).then(pl.col(PRICES) / 9).otherwise(pl.col(PRICES)))
    told = found_in(tmp_path, bars).moves.filter(pl.col("code") == "SPIKE")
    assert told["date"].to_list() == [SOUND["date"][50]]
    assert told["cause"][0].startswith("one of several steps, or a bad print: prices left")
    back = stepped(8.0).filter(first).vstack(SOUND.filter(~first)).sort("symbol", "date")
    cause = found_in(tmp_path, back).moves["cause"]
    assert cause.to_list() == ["a bad print: prices went back"]


def test_a_step_of_all_symbols_on_one_day_is_no_crash_of_the_market(tmp_path):
    cut = found_in(tmp_path, stepped(60.0, symbols=NAMES))
    assert cut.bars.filter("cut")["symbol"].to_list() == NAMES
    kept = found_in(tmp_path, stepped(3.0, symbols=NAMES))
    assert kept.moves["symbol"].to_list() == NAMES
    crash = found_in(tmp_path, stepped(0.8, symbols=NAMES))
    assert crash.moves.is_empty()
    alone = found_in(tmp_path, stepped(0.75))
    assert alone.moves["symbol"].to_list() == ["S0"]


def test_sound_bars_tell_of_nothing(tmp_path):
    assert found_in(tmp_path, SOUND).moves.is_empty()


def test_no_return_goes_across_a_step_and_the_score_and_segments_say_so(tmp_path):
    found = found_in(tmp_path, stepped(60.0, first=30, volume=1 / 60))
    own = found.bars.filter(pl.col("symbol") == "S0")
    moves = own.with_columns(
        ratio=pl.col("close") / pl.col("close").shift(1).over("segment")
    )["ratio"]  # fmt: skip
    assert moves.max() < 1.1
    quality = quality_of(found)
    assert quality["score"] < quality_of(found_in(tmp_path, SOUND))["score"]
    days = SOUND["date"]
    first, second = quality["segments"]
    assert (first["first"], first["last"], first["reason"]) == (
        str(days[0]), str(days[29]), "its first bar"
    )  # fmt: skip
    assert (second["first"], second["last"]) == (str(days[34]), str(days[89]))
    assert second["reason"].startswith(f"a step on {days[30]}, x59.09: a reverse")
    assert [each["code"] for each in quality["moves"]] == ["STEP", "SUSPECT_SPLIT"]


def test_a_step_across_a_gap_is_cut_and_another_company_is_no_step(tmp_path):
    place = pl.int_range(pl.len()).over("symbol")
    gap = (pl.col("symbol") == "S0") & place.is_between(40, 55)
    found = found_in(tmp_path, stepped(60.0, first=56).filter(~gap))
    own = found.bars.filter(pl.col("symbol") == "S0")
    assert own["segment"].to_list() == [0] * 40 + [1] * 30
    assert own["cut"].arg_true().to_list() == [40]
    long = sound_bars(["OLD", "OTHER"], 400).cast({"volume": pl.Float64})
    there = (pl.col("symbol") == "OLD") & place.is_between(60, 320)
    reused = long.filter(~there).with_columns(
        pl.when((pl.col("symbol") == "OLD") & (pl.col("date") > dt.date(2021, 1, 1)))
        .then(pl.col(name) * 60).otherwise(name).alias(name) for name in PRICES
    )  # fmt: skip
    found = found_in(tmp_path, reused)
    assert found.quarantine.is_empty()
    assert not found.bars["cut"].any()
    assert "REUSED" in found.issues["code"].to_list()


def test_strict_splits_drop_a_symbol_that_steps_by_a_split(tmp_path):
    found = found_in(tmp_path, stepped(1 / 10, volume=10.0), strict_splits=True)
    assert found.issues.filter(pl.col("action") == "DROP")["code"].to_list() == ["SUSPECT_SPLIT"]
    assert "S0" not in found.bars["symbol"]


faults = st.lists(
    st.tuples(
        st.sampled_from(["print", "step", "close", "wick", "halt", "still", "gap", "crash", "all"]),
        st.integers(0, 2),
        st.integers(0, 89),
        st.sampled_from([0.2, 1 / 3, 3.0, 5.5, 10.0, 60.0, 171.0, 1 / 60, 1 / 3000]),
        st.integers(1, 14),
    ),
    min_size=1,
    max_size=8,
)


def spoiled(edits) -> pl.DataFrame:
    """Three symbols' bars with faults planted."""
    bars = SOUND.filter(pl.col("symbol").is_in(NAMES[:3]))
    place = pl.int_range(pl.len()).over("symbol")
    for kind, symbol, first, factor, length in edits:
        there = (pl.col("symbol") == NAMES[symbol]) & (place >= first)
        if kind == "all":
            there = place >= first
        if kind not in {"step", "close", "crash", "all"}:
            there = there & (place < first + length)
        if kind == "gap":
            bars = bars.filter(~there)
            continue
        columns = {"close": ("close", "high"), "wick": ("high",)}.get(kind, PRICES)
        value = {name: pl.col(name) * (0.3 if kind == "crash" else factor) for name in columns}
        if kind in {"halt", "still"}:
            value = {name: pl.lit(50.0) for name in PRICES}
            value["volume"] = pl.lit(0.0 if kind == "halt" else 7.0)
        bars = bars.with_columns(
            pl.when(there).then(new).otherwise(name).alias(name) for name, new in value.items()
        )
        high = pl.max_horizontal(PRICES)
        low = pl.min_horizontal(PRICES)
        bars = bars.with_columns(high=high, low=low)
    return bars


@settings(max_examples=30, derandomize=True, deadline=None)
@given(edits=faults, largest=st.sampled_from([5.0, None, 2.0, 20.0]), adjusted=st.booleans())
def test_bars_of_a_prefix_are_a_prefix_of_the_bars(edits, largest, adjusted):
    config = configure(largest_move=largest, calendar="observed")
    raw = spoiled(edits)
    if adjusted:
        raw = raw.with_columns(adj_close=pl.col("close") * (0.5 + pl.col("close") % 1))
    whole = bars_of(raw, config)
    days = raw["date"].unique().sort()
    for cut in np.linspace(3, len(days) - 1, 6).astype(int).tolist():
        known = bars_of(raw.filter(pl.col("date") <= days[cut]), config)
        assert known.equals(whole.filter(pl.col("date") <= days[cut]))


def test_bars_in_memory_are_those_of_the_file(tmp_path):
    bars = stepped(60.0, first=30)
    whole = found_in(tmp_path, bars).bars
    assert bars_of(bars, CONFIG).equals(whole)
    raw = raw_bars(configure("csv", tmp_path / "bars.csv"), today=dt.date(2026, 1, 2))
    assert bars_of(raw, CONFIG).equals(whole)


def test_a_reverse_split_left_in_the_prices_earns_nobody_anything(shared_data):
    folder = shared_data / "faults" / "reverse_split_60"
    found = ingested("csv", folder / "bars.csv")
    assert found.bars["cut"].sum() == 1
    step = found.moves.filter(pl.col("code") == "STEP").row(0, named=True)
    assert step["date"] == dt.date(2021, 12, 1)
    assert step["cause"].startswith("a reverse split, 1 for ")
    assert quality_of(found)["score"] < 1.0
    returns = found.bars.with_columns(
        pl.col("close") / pl.col("close").shift(1).over("symbol", "segment")
    )
    assert returns["close"].max() < 2.0


@pytest.mark.slow
def test_few_moves_of_real_stocks_are_told_and_crashes_are_kept(shared_data):
    found = ingested("parquet", shared_data / "us_top500_2005_2017.parquet",
                     columns={"symbol": "ticker"}, minimum_bars=60)  # fmt: skip
    assert found.moves.height < 150
    steps = found.moves.filter(pl.col("code") == "STEP").select("symbol", "date").rows()
    assert steps == [("SANM", dt.date(2009, 9, 14))]
    assert set(found.quarantine["code"]) == {"SPIKE", "STEP"}
