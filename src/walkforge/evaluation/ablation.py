"""The ablation: what an agent's net Sharpe ratio is without some of its features.

Every variant is set against the agent that reads all, on the same dates, folds and seeds. The days
are resampled for all of them together, so that differences are paired. Several differences are
looked at at once: each interval holds the share that makes all of them hold together with the
confidence asked for (Bonferroni), and that many times more resamples are drawn, so that its ends
rest on as many of them. The days say nothing of how trainings differ by their seed: where
seeds of the two overlap, a difference does not count.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from walkforge.errors import InputError
from walkforge.evaluation.evidence import Bootstrap, common_block
from walkforge.evaluation.seeds import ratios_by_fold
from walkforge.evaluation.series import Daily, Key, agent, by_fold, columns_of, series_of
from walkforge.evaluation.stitch import MEAN
from walkforge.metrics.performance import sharpe
from walkforge.metrics.relative import hac_z
from walkforge.metrics.series import periods_per_year
from walkforge.metrics.uncertainty import bootstrap_sharpes, interval, probability_of_improvement

SCHEMA_VERSION = 1
LEAST_DAYS = 20  # of a record that intervals can be drawn from


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """What the ablation found.

    Attributes:
        frame: a row for each strategy's mean over seeds, and for each of its seeds (see
            `measure_ablation`).
        found: JSON: agent, days, first, last, folds, seeds, confidence, comparisons, replications,
            block_days, execution, and distinguishable, the names of the variants that are.
    """

    frame: pl.DataFrame
    found: dict[str, Any]


def measure_ablation(
    returns: pl.DataFrame,
    strategies: Sequence[Mapping[str, Any]],
    *,
    bootstrap: Bootstrap,
    execution: str,
) -> Ablation:
    """Every variant beside the agent that reads all.

    Columns: agent (the strategy's name), change (all, without, only, few), family, features (their
    names), seed ('mean': of the seeds' daily returns), sharpe (annual, net), difference (to the
    same of the agent that reads all), low and high (its interval, all variants at once), low_alone
    and high_alone (its interval by itself), improvement (probability that a seed's ratio in a fold
    is above that of a seed of the agent that reads all; 0.5: alike), turnover (in multiples of
    equity a year), selection_z (of what choosing symbols earned), distinguishable (the interval of
    all at once leaves out 0, and all seeds lie on that side of all of the other's). Null: not of a
    seed, or of the agent itself; nan: undefined.

    Args:
        returns: see evaluation.stitch.stitch; of the strategies alone.
        strategies: agent, change, family, features of each; the agent that reads all comes first.
        bootstrap: of the intervals. execution: where orders fill.

    Raises:
        InputError: the test windows hold too few days to draw from.
    """
    net = series_of(returns, "net_return")
    names = [each["agent"] for each in strategies]
    days = len(next(iter(net.values())))
    if days < LEAST_DAYS:
        raise InputError(
            f"the test windows hold {days} days, too few to judge anything by: enlarge "
            f"splits.test_months or splits.shares to {LEAST_DAYS} days at least"
        )
    per_year = periods_per_year(returns["date"])
    drawn = PairedDraws(
        columns_of(net, [agent(name) for name in names]), bootstrap, per_year=per_year
    )
    compared = [_compared(returns, net, names, place, drawn) for place in range(len(names))]
    rows = [
        {
            **_told(each),
            **_figures(returns, key, per_year),
            **paired,
            **(of_all if key.seed == MEAN else {}),
        }
        for each, of_all in zip(strategies, compared, strict=True)
        for key, paired in _differences(net, each["agent"], names[0], per_year=per_year).items()
    ]
    frame = pl.DataFrame(rows, schema=_SCHEMA, orient="row")
    return Ablation(frame=frame, found=_found(returns, frame, drawn) | {"execution": execution})


_SCHEMA: dict[str, Any] = {
    "agent": pl.String,
    "change": pl.String,
    "family": pl.String,
    "features": pl.List(pl.String),
    "seed": pl.String,
    "sharpe": pl.Float64,
    "difference": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "low_alone": pl.Float64,
    "high_alone": pl.Float64,
    "improvement": pl.Float64,
    "turnover": pl.Float64,
    "selection_z": pl.Float64,
    "distinguishable": pl.Boolean,
}


class PairedDraws:
    """Differences of annual Sharpe ratios to the first of some strategies, on resampled days.

    Attributes:
        comparisons: how many there are. replications: resamples drawn. per_year: days in a year.
            block: mean length in days of the blocks that are drawn, the longest that any
            strategy's returns ask for.
    """

    def __init__(self, net: Daily, bootstrap: Bootstrap, *, per_year: int) -> None:
        self.bootstrap = bootstrap
        self.per_year = per_year
        self.comparisons = net.shape[1] - 1
        self.block = common_block(list(net.T))
        self.replications = bootstrap.replications * max(self.comparisons, 1)
        draws = bootstrap_sharpes(
            net, per_year, replications=self.replications, seed=bootstrap.seed, block=self.block
        )
        self._differences = draws - draws[:, :1]

    def intervals(self, place: int) -> dict[str, float]:
        """The interval of one difference: low and high of all at once, and alone."""
        own = self.bootstrap.confidence
        draws = self._differences[:, place]
        joint = 1.0 - (1.0 - own) / max(self.comparisons, 1)
        low, high = interval(draws, confidence=joint)
        low_alone, high_alone = interval(draws, confidence=own)
        return {"low": low, "high": high, "low_alone": low_alone, "high_alone": high_alone}


def _told(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Which variant a row is of."""
    return {name: strategy[name] for name in ("agent", "change", "family", "features")}


def _seeds(net: Mapping[Key, Daily], name: str) -> list[Key]:
    """The keys of a strategy's seeds, in order of their numbers."""
    own = [key for key in net if key.strategy == name and key.seed != MEAN]
    return sorted(own, key=lambda key: int(key.seed))


def _differences(
    net: Mapping[Key, Daily], name: str, whole: str, *, per_year: int
) -> dict[Key, dict[str, float | None]]:
    """Ratio and difference of a strategy's mean and seeds, seed by seed."""
    keys = [agent(name), *_seeds(net, name)]
    found: dict[Key, dict[str, float | None]] = {}
    for key in keys:
        own = sharpe(net[key], per_year)
        other = sharpe(net[key._replace(strategy=whole)], per_year)
        found[key] = {"sharpe": own, "difference": None if name == whole else own - other}
    return found


def _figures(returns: pl.DataFrame, key: Key, per_year: int) -> dict[str, Any]:
    """Seed, turnover and selection of one series."""
    part = returns.filter(strategy=key.strategy, seed=key.seed).sort("date")
    turnover = float(part["turnover"].to_numpy().mean()) * per_year
    selection = hac_z(part["selection"].to_numpy())
    return {"seed": key.seed, "turnover": turnover, "selection_z": selection}


def _compared(
    returns: pl.DataFrame,
    net: Mapping[Key, Daily],
    names: Sequence[str],
    place: int,
    drawn: PairedDraws,
) -> dict[str, Any]:
    """What the comparison of one strategy with the first found; nothing of itself."""
    if place == 0:
        return {}
    ends = drawn.intervals(place)
    name = names[place]
    ours, theirs = (
        np.array([sharpe(net[key], drawn.per_year) for key in _seeds(net, who)])
        for who in (name, names[0])
    )
    above = ends["low"] > 0.0 and bool(ours.min() > theirs.max())
    below = ends["high"] < 0.0 and bool(ours.max() < theirs.min())
    improvement = _improvement(returns, name, names[0], per_year=drawn.per_year)
    return {**ends, "improvement": improvement, "distinguishable": above or below}


def _improvement(returns: pl.DataFrame, name: str, whole: str, *, per_year: int) -> float:
    """The probability that a seed of one is above a seed of the other in the same fold.

    Nan where a ratio is undefined.
    """
    parts = by_fold(returns.filter(pl.col("seed") != MEAN), "net_return")
    ours, theirs = (
        np.array([ratios_by_fold(x, per_year) for key, x in parts.items() if key.strategy == who])
        for who in (name, whole)
    )
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        return math.nan
    return float(np.mean([probability_of_improvement(ours, seed) for seed in theirs]))


def _found(returns: pl.DataFrame, frame: pl.DataFrame, drawn: PairedDraws) -> dict[str, Any]:
    """What is said of the ablation as a whole."""
    means = frame.filter(seed=MEAN)
    dates = returns["date"]
    return {
        "schema_version": SCHEMA_VERSION,
        "agent": means["agent"][0],
        "days": dates.n_unique(),
        "first": str(dates.min()),
        "last": str(dates.max()),
        "folds": returns["fold"].n_unique(),
        "seeds": frame.filter(agent=means["agent"][0]).height - 1,
        "confidence": drawn.bootstrap.confidence,
        "comparisons": drawn.comparisons,
        "replications": drawn.replications,
        "block_days": drawn.block,
        "periods_per_year": drawn.per_year,
        "distinguishable": means.filter("distinguishable")["agent"].to_list(),
    }
