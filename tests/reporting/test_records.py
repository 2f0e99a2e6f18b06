"""Reading the returns frame: order, and what is refused."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from walkforge.reporting.records import compare_with_equal_weight, fold_starts, read_records


def test_agents_come_first_then_equal_weight_then_other_baselines(returns):
    names = [record.strategy for record in read_records(returns)]
    assert names == ["ppo", "sac", "equal_weight", "buy_and_hold", "cash"]


def test_record_of_an_agent_is_its_seed_mean_with_its_seeds(make_returns, make_series):
    series = make_series()
    record = read_records(make_returns(series))[1]
    assert record.net_return == pytest.approx(series["agent", "sac", "mean"])
    assert list(record.seeds) == ["0", "1", "2"]
    assert record.seeds["1"] == pytest.approx(series["agent", "sac", "1"])


def test_seeds_are_in_the_order_of_their_numbers(make_returns):
    seeds = {("agent", "ppo", seed): np.zeros(4) for seed in ("10", "9", "mean", "2")}
    assert list(read_records(make_returns(seeds, days=4))[0].seeds) == ["2", "9", "10"]


def test_order_of_rows_does_not_matter(returns):
    for one, two in zip(
        read_records(returns),
        read_records(returns.sample(fraction=1, shuffle=True, seed=3)),
        strict=True,
    ):
        assert one.strategy == two.strategy
        np.testing.assert_array_equal(one.dates, two.dates)
        np.testing.assert_array_equal(one.net_return, two.net_return)


def test_fold_starts_are_the_first_dates_of_test_windows(returns):
    dates = returns["date"].unique().sort()
    assert fold_starts(returns).tolist() == [dates[0], dates[30]]


def test_nothing_to_compare_without_equal_weight(returns):
    others = returns.filter(pl.col("strategy") != "equal_weight")
    assert compare_with_equal_weight(read_records(others)) == []


def spoil(frame, column, value, *, row=5):
    return (
        frame.with_row_index("row")
        .with_columns(
            pl.when(pl.col("row") == row)
            .then(pl.lit(value))
            .otherwise(pl.col(column))
            .alias(column)
        )
        .drop("row")
    )


@pytest.mark.parametrize(
    ("spoiled", "message"),
    [
        (lambda f: f.clear(), "0 rows"),
        (lambda f: f.drop("fold"), "fold"),
        (lambda f: spoil(f, "net_return", float("nan")), "1 returns that are not finite"),
        (lambda f: spoil(f, "net_return", None), "1 returns that are not finite"),
        (lambda f: spoil(f, "fold", None), "every row"),
        (lambda f: spoil(f, "kind", "agnet"), "agnet"),
        (lambda f: spoil(f, "date", dt.date(2010, 1, 4)), "2010-01-04 more than once"),
        (lambda f: spoil(f, "date", dt.date(2020, 1, 6)), "differ in 2 days"),
        (lambda f: pl.concat([f, f.tail(1)]), "more than once"),
        (lambda f: f.filter(pl.col("seed") != "mean"), "rows with seed 'mean'"),
        (lambda f: f.with_columns(pl.col("seed").replace("", "0")), "seed '' alone"),
        (lambda f: f.head(-1), "differ in 1 days"),
    ],
)
def test_frame_that_would_mislead_is_refused(returns, spoiled, message):
    with pytest.raises(ValueError, match=message):
        read_records(spoiled(returns))
