"""Out-of-sample records: test windows stitched, per seed and for the mean over seeds."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Literal, NamedTuple

import polars as pl

from walkforge.metrics.performance import performance
from walkforge.metrics.series import periods_per_year

MEAN = "mean"
CONSENSUS = "consensus"  # of an agent's seeds: one account by the policy that ranks


_KEY = ("kind", "strategy", "seed", "date")


class Record(NamedTuple):
    """One strategy's daily frame on one fold's test window.

    seed: '' for a baseline, 'consensus' for that of an agent's seeds.
    """

    strategy: str
    kind: Literal["agent", "baseline"]
    seed: str
    fold: str
    daily: pl.DataFrame


def record_of(path: Path, daily: pl.DataFrame) -> Record:
    """The record that a daily frame's path names.

    Args:
        path: .../AGENT/FOLD/seed_SEED/daily.parquet, .../AGENT/FOLD/consensus/daily.parquet, or
            .../BASELINE/FOLD/daily.parquet.
        daily: what the file holds.
    """
    folders = path.parts[:-1]
    if is_agents(folders[-1]):
        strategy, fold, seed = folders[-3:]
        return Record(strategy, "agent", seed.removeprefix("seed_"), fold, daily)
    return Record(folders[-2], "baseline", "", folders[-1], daily)


def is_agents(folder: str) -> bool:
    """Whether a folder in a fold's is of an agent's seed, or of their consensus."""
    return folder.startswith("seed_") or folder == CONSENSUS


def stitch(records: Sequence[Record]) -> pl.DataFrame:
    """All records as one frame, and for each agent the mean over its seeds.

    Columns: date, fold, strategy, kind, seed, net_return, turnover, exposure (share of equity
    invested at the close), effective_names, selection, bought, sold; sorted by kind, strategy,
    seed, date. The mean is that of the seeds' daily figures: equal capital for each seed; effective
    names are those of the seeds that hold anything.

    Raises:
        ValueError: two records of one strategy and seed share a date.
    """
    whole = _in_a_row(records)
    return pl.concat([whole, _mean_over_seeds(whole)]).sort(_KEY)


def _in_a_row(records: Sequence[Record]) -> pl.DataFrame:
    """All records as one frame, in the columns of stitch.

    Raises:
        ValueError: two records of one strategy and seed share a date.
    """
    frames = [
        record.daily.select(
            "date",
            pl.lit(record.fold).alias("fold"),
            pl.lit(record.strategy).alias("strategy"),
            pl.lit(record.kind).alias("kind"),
            pl.lit(record.seed).alias("seed"),
            "net_return",
            "turnover",
            (1.0 - pl.col("cash_weight")).alias("exposure"),
            "effective_names",
            "selection",
            "bought",
            "sold",
        )
        for record in records
    ]
    whole = pl.concat(frames)
    if whole.select(_KEY).is_duplicated().any():
        raise ValueError("test windows overlap: a date is scored twice")
    return whole


def _mean_over_seeds(whole: pl.DataFrame) -> pl.DataFrame:
    """Each agent's mean over seeds per date, in the columns of the whole."""
    names = pl.col("effective_names")
    agents = whole.filter(pl.col("kind") == "agent").sort("strategy", "date", "seed")
    mean = agents.group_by("strategy", "date", maintain_order=True).agg(
        pl.col("fold").first(),
        pl.col("kind").first(),
        pl.lit(MEAN).alias("seed"),
        pl.col("net_return", "turnover", "exposure", "selection", "bought", "sold").mean(),
        names.filter(names > 0.0).mean().fill_null(0.0),
    )
    return mean.select(whole.columns)


def metrics_of(returns: pl.DataFrame, consensus: Sequence[Record] = ()) -> pl.DataFrame:
    """The performance of every strategy and seed of a stitched frame, a row each.

    Columns: strategy, kind, seed, then the fields of Performance; agents first, the mean of
    seeds before their consensus, then its seeds.

    Args:
        returns: see stitch. consensus: records of agents' consensuses on the same dates, which are
            shown, and no part of what is judged.
    """
    rows = []
    per_year = periods_per_year(returns["date"])
    whole = pl.concat([returns, *([_in_a_row(consensus)] if consensus else [])])
    for (kind, strategy, seed), part in whole.group_by(
        "kind", "strategy", "seed", maintain_order=True
    ):
        figures = performance(
            part["net_return"].to_numpy(),
            per_year,
            turnover=part["turnover"].to_numpy(),
            exposure=part["exposure"].to_numpy(),
            effective_names=part["effective_names"].to_numpy(),
        )
        rows.append({"strategy": strategy, "kind": kind, "seed": seed, **asdict(figures)})
    together_first = (pl.col("seed") != each for each in (MEAN, CONSENSUS))
    return pl.DataFrame(rows).sort("kind", "strategy", *together_first, "seed")
