"""The largest single day of a record, and what the record is without it."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from walkforge.evaluation.series import Daily, Key
from walkforge.metrics.performance import sharpe


def with_largest_days(
    strategies: pl.DataFrame, net: Mapping[Key, Daily], dates: Sequence[date], *, per_year: int
) -> pl.DataFrame:
    """The frame of strategies with what `largest_day` says of each.

    Args:
        strategies: see evidence.strategies_frame. net: daily net returns [T] by strategy.
        dates: [T], of the record. per_year: periods in a year.
    """
    by_name = {(key.kind, key.strategy): net[key] for key in net if key.seed in ("mean", "")}
    rows = [
        largest_day(by_name[kind, name], dates, per_year=per_year)
        for kind, name in strategies.select("kind", "strategy").rows()
    ]
    return strategies.hstack(pl.DataFrame(rows, schema_overrides={"largest_date": pl.Date}))


def largest_day(returns: Daily, dates: Sequence[date], *, per_year: int) -> dict[str, Any]:
    """The day that moved a record most, and the record with and without it.

    Keys: largest_date (the first of equals), largest_return, largest_share (of the sum of daily
    returns; nan where that is not on the same side of 0), total_return and total_without (growth
    less 1), sharpe_without (annual). Date None and numbers nan where every return is 0.
    """
    names = ("largest_return", "largest_share", "total_without", "sharpe_without")
    found: dict[str, Any] = {"largest_date": None, "total_return": _growth(returns)}
    if not returns.any():
        return found | dict.fromkeys(names, math.nan)
    place = int(np.abs(returns).argmax())
    day = float(returns[place])
    others = np.delete(returns, place)
    whole = float(returns.sum())
    share = day / whole if day * whole > 0.0 else math.nan
    without = sharpe(others, per_year) if len(others) > 1 else math.nan
    values = (day, share, _growth(others), without)
    return found | {"largest_date": dates[place]} | dict(zip(names, values, strict=True))


def _growth(returns: Daily) -> float:
    """Growth of 1 less 1."""
    return float(np.prod(1.0 + returns)) - 1.0
