"""Series by strategy and seed, all on the same dates."""

import datetime as dt

import numpy as np
import polars as pl
import pytest

from walkforge.evaluation.series import (
    Key,
    agent,
    agents_of,
    baseline,
    by_fold,
    columns_of,
    headlines,
    random_returns_of,
    series_of,
)

DAYS = [dt.date(2020, 1, day) for day in (1, 2, 3)]


def frame(kind, strategy, seed, values, days=DAYS):
    return pl.DataFrame(
        {"date": days, "fold": ["fold_1", "fold_1", "fold_2"][: len(days)], "kind": kind,
         "strategy": strategy, "seed": seed, "net_return": values}
    )  # fmt: skip


@pytest.fixture
def returns():
    parts = [
        frame("agent", "b", "0", [1.0, 2.0, 3.0]),
        frame("agent", "b", "mean", [4.0, 5.0, 6.0]),
        frame("baseline", "cash", "", [0.0, 0.0, 0.0]),
    ]
    return pl.concat(parts).sort("net_return", descending=True)  # any order of rows


def test_series_are_in_the_order_of_dates(returns):
    found = series_of(returns, "net_return")
    assert list(found) == [Key("agent", "b", "0"), agent("b"), baseline("cash")]
    assert found[Key("agent", "b", "0")].tolist() == [1.0, 2.0, 3.0]
    assert agents_of(found) == ["b"]
    assert headlines(found) == [agent("b"), baseline("cash")]
    assert columns_of(found, headlines(found)).tolist() == [[4.0, 0.0], [5.0, 0.0], [6.0, 0.0]]


def test_folds_are_kept_apart(returns):
    found = by_fold(returns, "net_return")[agent("b")]
    assert {fold: each.tolist() for fold, each in found.items()} == {
        "fold_1": [4.0, 5.0], "fold_2": [6.0],
    }  # fmt: skip


def test_other_dates_are_refused(returns):
    shorter = frame("baseline", "x", "", [1.0, 2.0], days=DAYS[:2])
    with pytest.raises(ValueError, match="other dates"):
        series_of(pl.concat([returns, shorter]), "net_return")


def test_random_policies_are_stitched_by_agent():
    late = pl.DataFrame(
        {"date": DAYS[2:], "turnover": [0.3], "random_000": [3.0], "random_001": [30.0]}
    )
    early = pl.DataFrame(
        {"date": DAYS[:2], "turnover": [0.1, 0.2], "random_000": [1.0, 2.0],
         "random_001": [10.0, 20.0]}
    )  # fmt: skip
    found = random_returns_of([("b", late), ("b", early), ("a", late)])
    assert found["b"].returns.tolist() == [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0]]
    assert found["b"].turnover.tolist() == [0.1, 0.2, 0.3]
    assert np.shape(found["a"].returns) == (1, 2)
