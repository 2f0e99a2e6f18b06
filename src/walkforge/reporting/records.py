"""The out-of-sample record of each strategy, and how it compares with equal weight."""

import math
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.metrics.performance import sharpe, sharpe_standard_error
from walkforge.metrics.series import Series, periods_per_year

Dates = NDArray[np.datetime64]
EQUAL_WEIGHT = "equal_weight"
SEED_MEAN = "mean"
CONSENSUS = "consensus"  # of metrics alone: what ranks, which is not judged
DISTINGUISHABLE_STANDARD_ERRORS = 2.0

_COLUMNS = ("date", "fold", "strategy", "kind", "seed", "net_return")
_KEY = ("kind", "strategy", "seed", "date")
# Two ways of adding the same returns differ by about this; their ratio would be meaningless.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The daily net returns of one strategy; an agent's are the mean of its seeds'."""

    strategy: str
    kind: str
    dates: Dates
    net_return: Series
    seeds: dict[str, Series]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """An agent against equal weight on the same days; nan where a ratio is undefined.

    `difference` is the daily series agent less equal weight: its annual arithmetic mean, the
    annual Sharpe ratio of it, and that ratio's standard error.
    """

    strategy: str
    same_returns: bool
    annual_difference: float
    difference_sharpe: float
    difference_standard_error: float

    @property
    def verdict(self) -> str:
        """'same', 'undefined', 'above', 'below' or 'not distinguishable'."""
        if self.same_returns:
            return "same"
        if math.isnan(self.difference_sharpe) or math.isnan(self.difference_standard_error):
            return "undefined"
        limit = DISTINGUISHABLE_STANDARD_ERRORS * self.difference_standard_error
        if abs(self.difference_sharpe) <= limit:
            return "not distinguishable"
        return "above" if self.difference_sharpe > 0.0 else "below"


def read_records(returns: pl.DataFrame) -> list[Record]:
    """One record per strategy, agents first, then equal weight, then other baselines.

    `returns` holds date, fold, strategy, kind ('agent' or 'baseline'), seed and net_return. Raises
    ValueError when a day is missing, doubled or not finite, when strategies have different days,
    or when an agent has no rows with seed 'mean' (a baseline none with seed '').
    """
    _check(returns)
    groups = returns.sort(_KEY).partition_by("kind", "strategy", as_dict=True, maintain_order=True)
    records = [_read_record(str(kind), str(name), rows) for (kind, name), rows in groups.items()]
    for record in records:
        _check_dates(record.strategy, record.dates, records[0].dates)
    return sorted(records, key=_place)


def fold_starts(returns: pl.DataFrame) -> Dates:
    """The first date of each fold's test window, in order."""
    starts = returns.group_by("fold").agg(pl.col("date").min())["date"].sort()
    return starts.to_numpy().astype("datetime64[D]")


def fold_names(returns: pl.DataFrame) -> NDArray[np.str_]:
    """[T] the fold that each date of the record belongs to, in the order of dates."""
    folds = returns.select("date", "fold").unique().sort("date")["fold"].to_list()
    return np.array(folds, dtype=np.str_)


def label(record: Record) -> str:
    """How a legend names a record: an agent with the number of its seeds."""
    if record.kind == "baseline":
        return record.strategy
    count = len(record.seeds)
    return f"{record.strategy} ({'one seed' if count == 1 else f'mean of {count} seeds'})"


def compare_with_equal_weight(records: list[Record]) -> list[Comparison]:
    """One comparison per agent; none when no record is equal weight's."""
    baselines = [r for r in records if r.kind == "baseline" and r.strategy == EQUAL_WEIGHT]
    return [_compare(r, baseline) for baseline in baselines for r in records if r.kind == "agent"]


def _compare(agent: Record, baseline: Record) -> Comparison:
    difference = agent.net_return - baseline.net_return
    per_year = periods_per_year(agent.dates)
    return Comparison(
        strategy=agent.strategy,
        same_returns=bool(np.abs(difference).max() <= _ROUNDING),
        annual_difference=float(difference.mean()) * per_year,
        difference_sharpe=sharpe(difference, per_year),
        difference_standard_error=sharpe_standard_error(difference, per_year),
    )


def _read_record(kind: str, strategy: str, rows: pl.DataFrame) -> Record:
    by_seed = {str(seed): part for (seed,), part in rows.partition_by("seed", as_dict=True).items()}
    headline = by_seed.pop(SEED_MEAN if kind == "agent" else "", None)
    if headline is None or (kind == "baseline" and by_seed):
        wanted = f"rows with seed '{SEED_MEAN}'" if kind == "agent" else "seed '' alone"
        raise ValueError(f"{kind} {strategy!r} has seeds {sorted(by_seed)}: give it {wanted}")
    dates = _dates(headline)
    for part in by_seed.values():
        _check_dates(strategy, _dates(part), dates)
    return Record(
        strategy=strategy,
        kind=kind,
        dates=dates,
        net_return=headline["net_return"].to_numpy(),
        seeds={seed: by_seed[seed]["net_return"].to_numpy() for seed in sorted(by_seed, key=_seed)},
    )


def _check(returns: pl.DataFrame) -> None:
    missing = [name for name in _COLUMNS if name not in returns.columns]
    if missing or returns.is_empty():
        raise ValueError(
            f"returns have {returns.height} rows and lack columns {missing}: "
            f"give at least one day with {', '.join(_COLUMNS)}"
        )
    kinds = sorted(set(returns["kind"].drop_nulls()) - {"agent", "baseline"})
    bad = returns.filter(~pl.col("net_return").is_finite().fill_null(value=False))
    if kinds or not bad.is_empty() or any(returns.select(_COLUMNS).null_count().row(0)):
        raise ValueError(
            f"returns hold kinds {kinds} and {bad.height} returns that are not finite: "
            "give agent or baseline, and a finite number in every row"
        )
    doubled = returns.filter(returns.select(_KEY).is_duplicated())
    if not doubled.is_empty():
        row = doubled.sort(_KEY).row(0, named=True)
        raise ValueError(
            f"{row['strategy']!r}, seed {row['seed']!r}, has {row['date']} more than once: "
            "test windows must not overlap"
        )


def _check_dates(strategy: str, dates: Dates, expected: Dates) -> None:
    if not np.array_equal(dates, expected):
        odd = np.setxor1d(dates, expected)
        raise ValueError(
            f"{strategy!r} and another strategy or seed differ in {len(odd)} days, first {odd[0]}: "
            "compare on the same dates only"
        )


def _dates(rows: pl.DataFrame) -> Dates:
    return rows["date"].to_numpy().astype("datetime64[D]")


def _seed(seed: str) -> tuple[int, str]:
    return len(seed), seed


def _place(record: Record) -> tuple[bool, bool, str]:
    return record.kind != "agent", record.strategy != EQUAL_WEIGHT, record.strategy
