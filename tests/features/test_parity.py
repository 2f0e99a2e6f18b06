"""Indicators against the library `ta`, from bar 300 of a symbol on."""

import dataclasses

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.features.catalogue import CATALOGUE, FEATURES
from walkforge.features.compute import compute_features
from walkforge.features.parity import (
    EXCEPTIONS,
    TIES,
    TOLERANCE,
    check_parity,
    parity,
)
from walkforge.features.references import REFERENCES, UNSETTLED
from walkforge.features.sample import FROM_BAR, longest_segments
from walkforge.features.windows import ago, smoothed

PRICES = ("open", "high", "low", "close")


def _worst_gap(bars: pl.DataFrame, name: str) -> float:
    """The largest difference from the reference, in standard deviations of the column."""
    ours = compute_features(bars, [name])[name].to_numpy()
    reference = REFERENCES[name](bars.to_pandas()).to_numpy()
    gaps = np.abs(ours - reference)
    if name in UNSETTLED:
        gaps[UNSETTLED[name](bars.to_pandas()).to_numpy()] = 0.0
    return float(gaps[FROM_BAR:].max() / np.nanstd(ours))


def test_every_indicator_that_ta_has_is_compared_with_it():
    named = {name for name, indicator in CATALOGUE.items() if "`ta`" in indicator.source}
    assert named == set(REFERENCES)


@pytest.mark.parametrize("name", REFERENCES)
def test_sample_agrees_with_ta(sample_bars, make, name):
    for bars in sample_bars.partition_by("symbol"):
        assert _worst_gap(make.jittered(bars), name) < TOLERANCE


@pytest.mark.parametrize("name", REFERENCES)
def test_dow_members_agree_with_ta(dow_bars, make, name):
    for bars in dow_bars.partition_by("symbol")[::10]:
        assert _worst_gap(make.jittered(bars), name) < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("name", REFERENCES)
def test_all_dow_members_agree_with_ta(dow_bars, make, name):
    for bars in dow_bars.partition_by("symbol"):
        assert _worst_gap(make.jittered(bars), name) < TOLERANCE


def _frozen_rsi(bars):
    """RSI whose means stand still on an unchanged close."""
    move = bars.close - ago(bars.close, 1)
    rate = np.where(move == 0, 0.0, 1 / 14)
    up, down = (
        smoothed(np.maximum(side * move, 0.0), rate, start=14, seed=np.ones((1, 1)))
        for side in (1, -1)
    )
    return 100 * up / (up + down)


def test_a_special_case_that_moved_prices_hide_stops_the_run(sample_bars, monkeypatch):
    frozen = dataclasses.replace(FEATURES["rsi_14"], compute=_frozen_rsi)
    monkeypatch.setitem(FEATURES, "rsi_14", frozen)
    found = parity(sample_bars, ["rsi_14"], symbols=1)
    assert found["difference"].item() < TOLERANCE
    with pytest.raises(InputError, match=r"rsi_14 by \d.* on prices as they are: a formula"):
        check_parity(found)


@pytest.mark.slow
def test_bars_full_of_ties_and_halts_raise_no_false_alarm(make):
    stopped = [ROW.is_between(at, at + 14) for at in (350, 420, 600)]
    stopped.append(ROW.is_between(700, 1_100))
    last = pl.when(pl.any_horizontal(stopped)).then(None).otherwise("close").forward_fill()
    bars = make.random_walk(2, 1_200, tick=0.5).with_columns(
        pl.when(pl.any_horizontal(stopped)).then(last).otherwise(name).alias(name)
        for name in PRICES
    )
    found = check_parity(parity(bars, list(REFERENCES), symbols=1))
    assert found.filter(indicator="rsi_14")["as_is_over"].item() == 0


@pytest.mark.parametrize("size", [1e-4, 3e-6])
def test_a_wrong_formula_stops_the_run(sample_bars, monkeypatch, size):
    right = REFERENCES["rsi_14"]
    wrong = {**REFERENCES, "rsi_14": lambda bars: right(bars) * (1 + size)}
    monkeypatch.setattr("walkforge.features.parity.REFERENCES", wrong)
    with pytest.raises(InputError, match="PARITY: .*rsi_14 by"):
        check_parity(parity(sample_bars, ["rsi_14", "adx_14"], symbols=1))


ROW = pl.int_range(pl.len())
STRETCH = ROW.is_between(500, 560)
VOLUME = pl.col("volume")
# Columns in place of a walk's on which `ta` has no number or loses its digits.
DEGENERATE = {
    "no volume for a while": {"volume": pl.when(STRETCH).then(0.0).otherwise(VOLUME)},
    "no volume ever": {"volume": pl.lit(0.0)},
    "volume from bar 400 on": {"volume": pl.when(ROW < 400).then(0.0).otherwise(VOLUME)},
    "the same volume always": {"volume": pl.lit(5.0)},
    "one volume beyond belief": {"volume": pl.when(ROW == 450).then(1e18).otherwise(VOLUME)},
    "a fall to a hundred thousandth": {
        name: pl.when(ROW > 450).then(pl.col(name) / 1e5).otherwise(name) for name in PRICES
    },
    "a halt": {
        "volume": pl.when(STRETCH).then(0.0).otherwise(VOLUME),
        **{
            name: pl.when(STRETCH).then(pl.col("close").get(499)).otherwise(name) for name in PRICES
        },
    },
}


@pytest.mark.parametrize("kind", DEGENERATE)
def test_bars_on_which_ta_fails_are_left_out_and_counted(make, kind):
    found = check_parity(
        parity(
            make.random_walk(3, 900).with_columns(**DEGENERATE[kind]), list(REFERENCES), symbols=1
        )
    )
    assert found["lost"].max() > 0
    sound = found.filter(indicator="rsi_14").row(0, named=True)
    assert sound["bars"] >= 500
    assert sound["difference"] < TOLERANCE


def test_the_cross_check_compares_evenly_spaced_symbols_of_the_data(make, sample_bars):
    short = make.random_walk(1, 299, symbol="AAA")
    bars = pl.concat([short, sample_bars.filter(pl.col("date").dt.year() < 2005)])
    names = [longest_segments(bars, count)["symbol"].unique().sort() for count in (2, 9)]
    assert [each.to_list() for each in names] == [["AAPL", "MSFT"], ["AAPL", "IBM", "MSFT"]]
    found = check_parity(parity(bars, list(CATALOGUE), symbols=2))
    assert found["indicator"].to_list() == list(CATALOGUE)
    compared = found.filter(pl.col("difference").is_not_null())
    assert set(compared["indicator"]) == set(REFERENCES) - set(EXCEPTIONS)
    assert compared["difference"].max() < TOLERANCE
    assert set(compared["symbol"]) <= {"AAPL", "MSFT"}
    apart = found.filter(pl.col("as_is_over") > 0)
    assert {"adx_14", "aroon_up_25", "mfi_14", "obv_flow_20"} <= set(apart["indicator"])
    assert set(apart["indicator"]) <= set(TIES)
    assert (apart["as_is_over"] < 0.3 * apart["as_is_bars"]).all()


def test_the_longest_segment_is_compared(make):
    first = make.random_walk(1, 320)
    second = make.random_walk(2, 500)
    later = pl.col("date").dt.offset_by("1826d")
    second = second.with_columns(later, segment=pl.lit(1, dtype=pl.Int32))
    part = longest_segments(pl.concat([first, second]), 3)
    assert part.height == 500
    found = parity(pl.concat([first, second]), ["rsi_14"], symbols=1)
    assert found["bars"].to_list() == [200]


def test_young_symbols_leave_the_cross_check_without_a_figure(make):
    found = check_parity(parity(make.random_walk(1, 300), ["rsi_14"], symbols=3))
    assert found.row(0) == ("rsi_14", *[None] * (found.width - 1))


def test_a_difference_over_the_tolerance_stops_the_run(sample_bars):
    found = parity(sample_bars, ["rsi_14", "adx_14"], symbols=1)
    wrong = found.with_columns(difference=pl.Series([2e-6, 1e-9]))
    with pytest.raises(InputError, match=r"PARITY: .*: rsi_14 by 2e-06 \('AAPL' 20.*a formula is"):
        check_parity(wrong)


def test_the_trend_cycle_is_compared_on_most_bars(sample_bars):
    for bars in sample_bars.partition_by("symbol"):
        unsettled = UNSETTLED["stc_23_50_10"](bars.to_pandas())[FROM_BAR:]
        assert 0 < unsettled.mean() < 0.4
