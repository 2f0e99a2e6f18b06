"""The audit finds every planted leak, and nothing in what is clean."""

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.features.audit import AuditConfig, audit, check_audit, cuts_of
from walkforge.features.catalogue import CATALOGUE, FAMILIES
from walkforge.features.compute import compute_features
from walkforge.features.sample import some_symbols

CONFIG = AuditConfig(symbols=3, cuts=12, last_rows=260, compared_symbols=3)
CLOSE = pl.col("close")


@pytest.fixture(scope="module")
def bars(make) -> pl.DataFrame:
    """Three symbols of 700 bars, one of them with holes, the last listed late."""
    first, second, third = (make.random_walk(i, 700, symbol=s) for i, s in enumerate("ABC"))
    hole = ~pl.int_range(pl.len()).is_between(300, 305)
    return pl.concat([first, second.filter(hole), third.slice(200)])


def own(column: pl.Expr) -> pl.Expr:
    return column.over("symbol")


def missing_often() -> pl.Expr:
    return pl.when(pl.int_range(pl.len()) % 3 != 0).then(CLOSE)


def resampled_left(bars: pl.DataFrame) -> pl.Series:
    """The mean of the week that the row lies in: known only when the week is over."""
    week = CLOSE.mean().over("symbol", pl.col("date").dt.truncate("1w"))
    return bars.select(x=week).to_series()


def fitted_on_test(bars: pl.DataFrame) -> pl.Series:
    """The close scaled by the mean and deviation of the second half."""
    place = pl.int_range(pl.len()).over("symbol")
    later = pl.when(place > pl.len().over("symbol") // 2).then(CLOSE)
    return bars.select(x=(CLOSE - own(later.mean())) / own(later.std())).to_series()


def expression(of: pl.Expr):
    return lambda bars: bars.select(x=of).to_series()


RETURN = CLOSE / CLOSE.shift(1) - 1
LEAKS = {
    "filled backwards": expression(own(missing_often().backward_fill())),
    "interpolated": expression(own(missing_often().interpolate())),
    "a centred window": expression(own(CLOSE.rolling_mean(5, center=True))),
    "scaled by the whole sample": expression(own((CLOSE - CLOSE.mean()) / CLOSE.std())),
    "clipped at quantiles of the whole": expression(
        own(RETURN.clip(RETURN.quantile(0.05), RETURN.quantile(0.95)))
    ),
    "filled with the mean": expression(own(missing_often().fill_null(missing_often().mean()))),
    "rolled round": lambda bars: pl.Series("x", np.roll(bars["close"].to_numpy(), 5)),
    "shifted the wrong way": expression(own(CLOSE.shift(-1))),
    "one row in 250": expression(
        own(pl.when(pl.int_range(pl.len()) % 250 == 7).then(CLOSE.shift(-1)).otherwise(CLOSE))
    ),
    "a label among the features": expression(own(CLOSE.shift(-5) / CLOSE - 1)),
    "resampled, labelled left": resampled_left,
    "filled across symbols": lambda bars: bars.select(
        x=pl.when(pl.int_range(pl.len()).over("symbol") >= 3).then(CLOSE).forward_fill()
    ).to_series(),
    "the maximum of the whole": expression(CLOSE / own(CLOSE.max())),
    "scaled by the test window": fitted_on_test,
    "ranked within all of history": expression(own(CLOSE.rank())),
    "the first day of a month, years ago": expression(
        own(
            pl.when((pl.col("date").dt.day() == 1) & (pl.int_range(pl.len()).over("symbol") < 400))
            .then(CLOSE.shift(-1))
            .otherwise(CLOSE)
        )
    ),
    "missing until the future is known": expression(own(CLOSE.shift(-3))),
    "whether a day is the last but ten": expression(
        own(pl.int_range(pl.len()) > pl.len() - 10).cast(pl.Float64)
    ),
    "differenced ahead at the month's end": expression(
        own(pl.when(pl.col("date").dt.day() == 28).then(CLOSE.shift(-2)).otherwise(CLOSE))
    ),
}
CLEAN = {
    "a trailing mean": expression(own(CLOSE.rolling_mean(20))),
    "the highest so far": expression(own(CLOSE / CLOSE.cum_max())),
    "yesterday's return": expression(own((CLOSE / CLOSE.shift(1) - 1).shift(1))),
}


def column(of):
    return lambda bars: bars.select("date", "symbol").with_columns(
        of(bars).cast(pl.Float64).alias("planted")
    )


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_found_and_stops_the_run(bars, name):
    found = audit(bars, column(LEAKS[name]), config=CONFIG)
    assert found["leaks"].sum() > 0
    with pytest.raises(InputError, match=r"LEAK: 1 features use bars .*planted \(\w.* at \d{4}-"):
        check_audit(found)


@pytest.mark.parametrize("name", CLEAN)
def test_a_clean_feature_passes(bars, name):
    found = check_audit(audit(bars, column(CLEAN[name]), config=CONFIG))
    assert found["check"].to_list() == ["prefix", "changed future", "last row"]
    assert (found["compared"] > 500).all()


def test_the_whole_catalogue_passes_on_real_bars(sample_bars):
    config = AuditConfig(symbols=2, cuts=4, last_rows=10, compared_symbols=3)
    names = list(CATALOGUE)
    found = check_audit(audit(sample_bars, lambda b: compute_features(b, names), config=config))
    assert found["feature"].unique(maintain_order=True).to_list() == names
    assert found["leaks"].sum() == 0


def test_a_value_that_is_missing_on_one_side_is_told_so(bars):
    found = audit(bars, column(LEAKS["shifted the wrong way"]), config=CONFIG)
    with pytest.raises(InputError, match="missing or infinite on one side"):
        check_audit(found)


def test_no_bars_have_no_leak(bars):
    assert audit(bars.clear(), column(CLEAN["a trailing mean"]), config=CONFIG).is_empty()


def test_rows_that_are_lost_are_an_error(bars):
    with pytest.raises(ValueError, match="compute must keep them"):
        audit(bars, lambda b: column(CLEAN["a trailing mean"])(b.head(50)), config=CONFIG)


def test_symbols_and_cuts_are_spread(bars):
    assert some_symbols(bars, 2)["symbol"].unique().sort().to_list() == ["A", "C"]
    assert some_symbols(bars, 9).equals(bars)
    days = bars["date"].unique().sort()
    cuts = cuts_of(days, 12)
    assert len(cuts) == 12
    assert (cuts[0], cuts[-1]) == (days[5], days[-2])


@pytest.mark.parametrize("name", [*LEAKS, *CLEAN])
def test_histories_side_by_side_are_found_out_like_one_by_one(bars, name):
    compute = column({**LEAKS, **CLEAN}[name])
    one, many = (audit(bars, compute, config=CONFIG, copies=count) for count in (1, 63))
    assert one.select("feature", "check", "compared").equals(
        many.select("feature", "check", "compared")
    )
    if name in CLEAN:
        assert many["leaks"].sum() == 0
    else:
        assert (one["leaks"].sum() > 0) == (many["leaks"].sum() > 0)


def test_eras_keep_the_calendar_and_the_other_symbols_apart(sample_bars):
    config = AuditConfig(symbols=3, cuts=2, last_rows=40, compared_symbols=1)
    names = [*FAMILIES["calendar"], *FAMILIES["cross_asset"], "stc_23_50_10"]
    compute = lambda b: compute_features(b, names)  # noqa: E731
    found = check_audit(audit(sample_bars, compute, config=config, copies=63))
    assert found["leaks"].sum() == 0
