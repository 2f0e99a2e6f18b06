"""What agents earn along the paths of cross-validation: a spread, never the headline.

Source of the paths: M. Lopez de Prado, Advances in Financial Machine Learning, 2018, chapter 12.
"""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl

from walkforge.evaluation.series import EQUAL_WEIGHT, Daily, agent, baseline, series_of
from walkforge.evaluation.stitch import MEAN, Record
from walkforge.metrics.performance import sharpe
from walkforge.metrics.series import periods_per_year
from walkforge.splits.combinatorial import RobustnessConfig, paths_of, split_names

SCHEMA_VERSION = 1
FIGURES = ("sharpe", "sharpe_beyond", "annual_difference")
ALL = "all"
RECORD = "walk_forward"  # which days figures are of: all, or those of the record


class Terms(NamedTuple):
    """On what terms the paths were made.

    config: of the splits. purge_days: sessions left out on either side of a test block. execution:
    where orders fill. warm_in_days: unscored sessions before each block. unscored: sessions of the
    first group that its warm-in takes, for want of earlier ones.
    """

    config: RobustnessConfig
    purge_days: int
    execution: str
    warm_in_days: int
    unscored: int


class Robustness(NamedTuple):
    """Figures of every path, and what is said of them.

    paths: a row for each agent, path (from 1), seed (`mean`: of the seeds' daily returns) and
        dates (`all`, or `walk_forward`: those of the record alone), with days, sharpe (annual,
        net), sharpe_beyond (of net returns less equal weight's) and annual_difference (mean of
        those in a year); nan where undefined.
    figures: the spread of each over paths, over paths and seeds, and over paths on the record's
        dates; the walk-forward figures.
    """

    paths: pl.DataFrame
    figures: dict[str, Any]


def measure_robustness(
    records: Sequence[Record],
    always_on: pl.DataFrame,
    returns: pl.DataFrame,
    terms: Terms,
) -> Robustness:
    """The figures of all paths.

    Args:
        records: of every agent, split and seed, days as evaluation.blocks.roll_blocks gives them.
        always_on: days of the baselines, as evaluation.blocks.roll_always_on gives them.
        returns: the stitched walk-forward record.
        terms: of the splits and of trading.

    Raises:
        ValueError: a path lacks days of a group.
    """
    config = terms.config
    market = {name: _series(part) for (name,), part in always_on.group_by("strategy")}
    per_year = periods_per_year(returns["date"])
    daily = path_returns(records, config)
    equal = always_on.filter(strategy=EQUAL_WEIGHT).select("date", "net_return").sort("date")
    same = pl.col("date").is_in(returns["date"].unique().to_list())
    paths = pl.concat(
        [
            paths_frame(daily, equal, per_year, dates=ALL),
            paths_frame(daily.filter(same), equal.filter(same), per_year, dates=RECORD),
        ]
    )
    said = {
        "schema_version": SCHEMA_VERSION,
        "groups": config.n_folds,
        "test_groups": config.n_test_folds,
        "purge_days": terms.purge_days,
        "embargo_days": config.embargo_days,
        "execution": terms.execution,
        "warm_in_days": terms.warm_in_days,
        "unscored": terms.unscored,
        "splits": len(split_names(config)),
        "paths": len(paths_of(config)),
        "dates": _span(equal["date"]),
        "walk_forward_dates": _span(returns["date"]),
        "baselines": {name: _known(sharpe(market[name], per_year)) for name in sorted(market)},
        "periods_per_year": per_year,
        "agents": _agents(paths, returns, per_year),
    }
    return Robustness(paths, said)


def path_returns(records: Sequence[Record], config: RobustnessConfig) -> pl.DataFrame:
    """Strategy, path, seed, date, net_return: the groups of each path in a row.

    Sorted by strategy, path, seed, date; the seed `mean` holds the mean of the seeds' returns.
    """
    names = split_names(config)
    chosen = pl.DataFrame(
        [
            {"path": path, "group": group, "fold": names[split]}
            for path, splits in enumerate(paths_of(config), start=1)
            for group, split in enumerate(splits, start=1)
        ]
    )
    days = pl.concat(
        [
            each.daily.select(
                pl.lit(each.strategy).alias("strategy"),
                pl.lit(each.fold).alias("fold"),
                pl.lit(each.seed).alias("seed"),
                "group",
                "date",
                "net_return",
            )
            for each in records
        ]
    )
    key = ["strategy", "path", "seed", "date"]
    whole = days.join(chosen, on=["group", "fold"]).select(*key, "net_return").sort(key)
    mean = whole.group_by("strategy", "path", "date", maintain_order=True).agg(
        pl.lit(MEAN).alias("seed"), pl.col("net_return").mean()
    )
    return pl.concat([whole, mean.select(whole.columns)]).sort(key)


def paths_frame(
    daily: pl.DataFrame, market: pl.DataFrame, per_year: int, *, dates: str
) -> pl.DataFrame:
    """The figures of every agent, path and seed; see Robustness.paths.

    Args:
        daily: as path_returns gives it. market: date and net_return of equal weight.
        per_year: days in a year. dates: which they are.

    Raises:
        ValueError: a path lacks a day, or has one twice.
    """
    rows = []
    parts = daily.partition_by("strategy", "path", "seed", as_dict=True, maintain_order=True)
    for (name, path, seed), part in parts.items():
        if not part["date"].equals(market["date"]):
            raise ValueError(f"path {path} of {name}, seed {seed}, has other dates than its groups")
        figures = figures_of(
            part["net_return"].to_numpy(), market["net_return"].to_numpy(), per_year
        )
        place = {"agent": name, "path": path, "seed": seed, "dates": dates, "days": part.height}
        rows.append(place | figures)
    return pl.DataFrame(rows)


def figures_of(returns: Daily, market: Daily, per_year: int) -> dict[str, float]:
    """FIGURES of net returns [T] beside equal weight's [T]; nan where undefined."""
    apart = returns - market
    difference = float(apart.mean()) * per_year
    return dict(
        zip(FIGURES, (sharpe(returns, per_year), sharpe(apart, per_year), difference), strict=True)
    )


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Count, least, quartiles, most and share above 0 of the values that are defined."""
    known = np.array([each for each in values if math.isfinite(each)])
    names = ("least", "lower_quartile", "median", "upper_quartile", "most")
    if len(known) == 0:
        return {"count": 0, **dict.fromkeys(names), "above_zero": None}
    quantiles = map(float, np.quantile(known, (0.0, 0.25, 0.5, 0.75, 1.0)))
    found = dict(zip(names, quantiles, strict=True))
    return {"count": len(known), **found, "above_zero": float(np.mean(known > 0.0))}


def _agents(paths: pl.DataFrame, returns: pl.DataFrame, per_year: int) -> dict[str, Any]:
    """What is said of each agent."""
    record = series_of(returns, "net_return")
    market = record[baseline(EQUAL_WEIGHT)]
    found = {}
    for name in sorted(set(paths["agent"])):
        own = paths.filter(agent=name)
        means = own.filter(seed=MEAN)
        seeds = own.filter(pl.col("seed") != MEAN, dates=ALL)
        headline = figures_of(record[agent(name)], market, per_year)
        found[name] = {
            "seeds": seeds["seed"].n_unique(),
            "walk_forward": {key: _known(value) for key, value in headline.items()},
            "over_paths": _spreads(means.filter(dates=ALL)),
            "over_paths_on_the_same_dates": _spreads(means.filter(dates=RECORD)),
            "over_paths_and_seeds": _spreads(seeds),
        }
    return found


def _spreads(paths: pl.DataFrame) -> dict[str, Any]:
    """The spread of each figure."""
    return {name: spread(paths[name].to_list()) for name in FIGURES}


def _series(part: pl.DataFrame) -> Daily:
    """The net returns [T] of a baseline in the order of dates."""
    return part.sort("date")["net_return"].to_numpy()


def _span(dates: pl.Series) -> list[str]:
    """The first and the last of some dates."""
    return [str(dates.min()), str(dates.max())]


def _known(value: float) -> float | None:
    """A number, None where it is none."""
    return value if math.isfinite(value) else None
