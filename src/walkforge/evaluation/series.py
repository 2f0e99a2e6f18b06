"""Daily series of a stitched record, by strategy and seed, all on the same dates."""

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.evaluation.stitch import MEAN

Daily = NDArray[np.float64]
# Two ways of adding the same returns differ by about this; what they differ by is no series.
ROUNDING = 1e-12
RANDOM_LEAST = 0.95  # share of its random policies that an agent with skill lies above
ALPHA_LEAST = NormalDist().inv_cdf(RANDOM_LEAST)  # z of its alpha, where there is nothing to choose
MATCHED = 0.05  # by which the random policies' turnover may miss the agent's, as a share of it
HOW = ("date", "turnover", "kappa", "concentration")  # columns before those of policies
EQUAL_WEIGHT = "equal_weight"
BUY_AND_HOLD = "buy_and_hold"


class Key(NamedTuple):
    """Whose series: seed is 'mean' for the mean of an agent's seeds, '' for a baseline."""

    kind: str
    strategy: str
    seed: str


def series_of(returns: pl.DataFrame, column: str) -> dict[Key, Daily]:
    """One column of a stitched frame as [T] per strategy and seed, in the order of dates.

    Raises:
        ValueError: two strategies differ in their dates.
    """
    ordered = returns.sort("kind", "strategy", "seed", "date")
    parts = ordered.partition_by("kind", "strategy", "seed", as_dict=True, maintain_order=True)
    dates = next(iter(parts.values()))["date"]
    for key, part in parts.items():
        if not part["date"].equals(dates):
            raise ValueError(f"{key} has other dates than {next(iter(parts))}")
    return {Key(*map(str, key)): part[column].to_numpy() for key, part in parts.items()}


def agents_of(series: Mapping[Key, Daily]) -> list[str]:
    """The names of the agents, in order."""
    return sorted({key.strategy for key in series if key.kind == "agent"})


def agent(name: str) -> Key:
    """The key of the mean over an agent's seeds."""
    return Key("agent", name, MEAN)


def baseline(name: str) -> Key:
    """The key of a baseline."""
    return Key("baseline", name, "")


def headlines(series: Mapping[Key, Daily]) -> list[Key]:
    """The keys of the agents' means, then those of the baselines."""
    return [key for key in series if key.seed in ("", MEAN)]


def columns_of(series: Mapping[Key, Daily], keys: Sequence[Key]) -> Daily:
    """The series of these keys side by side [T, N]."""
    return np.column_stack([series[key] for key in keys])


def by_fold(returns: pl.DataFrame, column: str) -> dict[Key, dict[str, Daily]]:
    """One column as [T of the fold], per strategy and seed and then per fold."""
    found: dict[Key, dict[str, Daily]] = {}
    ordered = returns.sort("kind", "strategy", "seed", "date")
    key_columns = ["kind", "strategy", "seed", "fold"]
    for key, part in ordered.partition_by(key_columns, as_dict=True, maintain_order=True).items():
        *who, fold = map(str, key)
        found.setdefault(Key(*who), {})[fold] = part[column].to_numpy()
    return found


class RandomReturns(NamedTuple):
    """Random policies matched to an agent: net returns [T, N], mean turnover [T]."""

    returns: Daily
    turnover: Daily


def random_returns_of(parts: Sequence[tuple[str, pl.DataFrame]]) -> dict[str, RandomReturns]:
    """The random policies of each agent, folds in a row.

    Args:
        parts: agent, and a frame of one fold: date, turnover, and random_000 and so on, one for
            each policy.
    """
    frames: dict[str, list[pl.DataFrame]] = {}
    for name, frame in parts:
        frames.setdefault(name, []).append(frame)
    whole = {name: pl.concat(each).sort("date") for name, each in frames.items()}
    return {
        name: RandomReturns(frame.drop(HOW, strict=False).to_numpy(), frame["turnover"].to_numpy())
        for name, frame in whole.items()
    }


def is_matched(turnover_ratio: float | None) -> bool:
    """Whether random policies trade about as much as their agent, so that they compare."""
    return turnover_ratio is not None and abs(turnover_ratio - 1.0) <= MATCHED
