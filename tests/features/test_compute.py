"""Selection of indicators, and the frame they come in."""

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.features.catalogue import CATALOGUE, FAMILIES, FEATURES
from walkforge.features.compute import compute_features, kinds, select_names


def test_families_and_names_come_in_the_catalogues_order_each_once():
    picked = select_names(["drawdown_252", "volatility", "atr_pct_14", "rsi_14", "rsi_14"])
    assert picked == ("rsi_14", *FAMILIES["volatility"], "drawdown_252")
    assert select_names(tuple(FAMILIES)) == tuple(FEATURES)


@pytest.mark.parametrize(
    ("select", "said"),
    [
        (["momentum", "rsi14"], r"features.select\[1\] is 'rsi14'.*nearest is 'rsi_14'"),
        (["Volatilty"], r"features.select\[0\] is 'Volatilty'.*nearest is 'volatility'"),
        ([3], r"features.select\[0\] is 3"),
        ([["rsi_14"]], r"features.select\[0\] is \['rsi_14'\]"),
        ([None], r"features.select\[0\] is None"),
        ([], r"features.select is \[\]: write a list of families \(momentum, trend, volatility, "),
        ("momentum", "features.select is 'momentum': write a list"),
        (None, "features.select is None: write a list"),
    ],
)
def test_a_wrong_selection_is_refused_with_the_nearest_name(select, said):
    with pytest.raises(InputError, match=said):
        select_names(select)


def test_a_selection_is_kept_as_configured():
    assert len(select_names(["volatility", "rsi_14"])) == len(FAMILIES["volatility"]) + 1


def test_kinds_tell_flags_from_numbers():
    names = ("bollinger_squeeze_20_50", "rsi_14")
    assert kinds(names) == ("flag", "number")
    with pytest.raises(InputError, match="'rsi_15'.*nearest is 'rsi_14'"):
        kinds(["rsi_15"])


def test_only_what_is_asked_comes_in_the_order_asked(make):
    bars = make.random_walk(0, 30)
    features = compute_features(bars, ["zscore_50", "log_return_1"])
    assert features.columns == ["date", "symbol", "zscore_50", "log_return_1"]
    assert features.select("date", "symbol").equals(bars.select("date", "symbol"))
    assert compute_features(bars, []).columns == ["date", "symbol"]


def test_a_column_does_not_depend_on_what_else_is_asked(make):
    bars = make.random_walk(0, 300)
    together = compute_features(bars, list(CATALOGUE))
    for name in CATALOGUE:
        alone = compute_features(bars, [name])
        np.testing.assert_array_equal(
            make.bits(alone), make.bits(together.select("date", "symbol", name))
        )


def test_an_unknown_column_is_refused(make):
    with pytest.raises(InputError, match="feature is 'momentum', neither|nearest"):
        compute_features(make.random_walk(0, 3), ["momentum"])


def test_no_bars_give_no_rows(make):
    features = compute_features(make.random_walk(0, 5).head(0), list(CATALOGUE))
    assert features.height == 0
    assert features.columns == ["date", "symbol", *CATALOGUE]
    assert set(features.dtypes[2:]) == {pl.Float64}


def test_bars_are_left_as_they_were(make):
    bars = make.random_walk(0, 300)
    copy = bars.clone()
    compute_features(bars, list(CATALOGUE))
    assert bars.equals(copy)


def test_rows_out_of_order_are_refused(make):
    bars = pl.concat([make.random_walk(i, 9, symbol=symbol) for i, symbol in enumerate("AB")])
    with pytest.raises(ValueError, match="lie apart: sort the bars"):
        compute_features(bars.sort("date", "symbol"), ["rsi_14"])
    with pytest.raises(ValueError, match="do not increase: sort the bars"):
        compute_features(bars.reverse(), ["rsi_14"])
    with pytest.raises(ValueError, match="do not increase: sort the bars"):
        compute_features(pl.concat([bars.head(1), bars]), ["rsi_14"])


def test_prices_too_extreme_to_compute_with_are_refused(make):
    closes = np.full(30, 1e-200)
    closes[20:] = 1e200
    with pytest.raises(InputError, match="log_return_1 of 'AAA' on 2000-01-23 is not a finite"):
        compute_features(make.of_closes(closes), ["log_return_1"])


@pytest.mark.parametrize("threads", [2, 5])
def test_the_number_of_threads_changes_no_bit(make, sample_bars, threads):
    alone = compute_features(sample_bars, list(CATALOGUE))
    together = compute_features(sample_bars, list(CATALOGUE), threads=threads)
    np.testing.assert_array_equal(make.bits(together), make.bits(alone))
