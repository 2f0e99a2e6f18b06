"""Seeds x folds: what a training's seed changes, kept apart from what the market's path changes."""

import math
from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
import polars as pl

from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.series import EQUAL_WEIGHT, Daily, Key, baseline, by_fold
from walkforge.evaluation.stitch import MEAN
from walkforge.metrics.performance import sharpe
from walkforge.metrics.uncertainty import (
    interquartile_interval,
    interquartile_mean,
    probability_of_improvement,
)


def over_seeds(
    returns: pl.DataFrame, name: str, bootstrap: Bootstrap, *, per_year: int
) -> dict[str, Any]:
    """What an agent's seeds and folds say of the Sharpe ratio less equal weight's.

    Keys: seeds, folds, interquartile_mean, by_seed (its interval when seeds are drawn anew within
    each fold: the randomness of training), by_fold (when folds are drawn too: the market's path as
    well), probability_of_improvement (of a seed's ratio over equal weight's in the same fold).
    None where a ratio is undefined; an interval over one seed or one fold says nothing.
    """
    parts = by_fold(returns, "net_return")
    market = ratios_by_fold(parts[baseline(EQUAL_WEIGHT)], per_year)
    seeds = [who for who in sorted(parts) if _is_seed(who, name)]
    ours = np.array([ratios_by_fold(parts[who], per_year) for who in seeds])
    apart = ours - market
    found: dict[str, Any] = {"seeds": len(ours), "folds": len(market)}
    if not np.isfinite(apart).all():
        return found | dict.fromkeys(
            ["interquartile_mean", "by_seed", "by_fold", "probability_of_improvement"]
        )
    return found | {
        "interquartile_mean": interquartile_mean(apart),
        "by_seed": _interval(apart, bootstrap, over="seeds") if len(ours) > 1 else None,
        "by_fold": _interval(apart, bootstrap, over="seeds_and_folds") if len(market) > 1 else None,
        "probability_of_improvement": probability_of_improvement(ours, market),
    }


def _interval(
    apart: Daily, bootstrap: Bootstrap, *, over: Literal["seeds", "seeds_and_folds"]
) -> list[float]:
    """The interval of the interquartile mean of ratios [S, F]."""
    found = interquartile_interval(
        apart,
        replications=bootstrap.replications,
        seed=bootstrap.seed,
        confidence=bootstrap.confidence,
        over=over,
    )
    return list(found)


def _is_seed(who: Key, name: str) -> bool:
    """Whether a series is of one seed of an agent."""
    return who.kind == "agent" and who.strategy == name and who.seed != MEAN


def ratios_by_fold(parts: Mapping[str, Daily], per_year: int) -> Daily:
    """The Sharpe ratio of each fold, folds in the order of their names; nan: undefined."""
    return np.array([_ratio(parts[fold], per_year) for fold in sorted(parts, key=_place)])


def _ratio(returns: Daily, per_year: int) -> float:
    """The annual Sharpe ratio; nan of a single day."""
    return sharpe(returns, per_year) if len(returns) > 1 else math.nan


def _place(fold: str) -> tuple[int, str]:
    """What folds are sorted by: fold_10 comes after fold_9."""
    return len(fold), fold
