"""What each strategy's record is worth, and how agents stand against baselines on the same days."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from walkforge.errors import InputError
from walkforge.evaluation.series import (
    EQUAL_WEIGHT,
    ROUNDING,
    Daily,
    Key,
    agent,
    agents_of,
    baseline,
    columns_of,
    headlines,
)
from walkforge.metrics.performance import sharpe
from walkforge.metrics.relative import alpha_beta, hac_z
from walkforge.metrics.significance import least_track_record, moments, probabilistic_sharpe
from walkforge.metrics.uncertainty import Interval, block_length, bootstrap_sharpes, interval

LEAST_DAYS = 20  # of a record that intervals can be drawn from
LONGEST_BLOCK = 0.1  # of the record: longer blocks leave too few to draw from


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrap:
    """Draws of the stationary bootstrap, the share that an interval holds, and the seed."""

    replications: int
    confidence: float
    seed: int


class Drawn:
    """Annual Sharpe ratios of all strategies, drawn on the same days, so differences are paired.

    Attributes:
        per_year: days in a year.
        block: mean length in days of the blocks that are drawn: the longest that any strategy's
            returns ask for. Each agent's returns less equal weight's are drawn in blocks of their
            own length, so that no other strategy moves its verdict.
        longest: of the blocks that agents' returns less equal weight's ask for.
    """

    def __init__(self, net: Mapping[Key, Daily], bootstrap: Bootstrap, *, per_year: int) -> None:
        self.keys = headlines(net)
        self.bootstrap = bootstrap
        self.per_year = per_year
        market = net[baseline(EQUAL_WEIGHT)]
        self.differences = {name: net[agent(name)] - market for name in agents_of(net)}
        self.block = common_block([net[key] for key in self.keys])
        self.longest = common_block([*self.differences.values()])
        draws = self._draws(columns_of(net, self.keys), self.block)
        self._of_key = dict(zip(self.keys, draws.T, strict=True))

    def ratio(self, key: Key) -> Interval:
        """The interval of a strategy's Sharpe ratio."""
        return self._interval(self._of_key[key])

    def difference(self, ours: Key, theirs: Key) -> Interval:
        """The interval of the difference of two Sharpe ratios."""
        return self._interval(self._of_key[ours] - self._of_key[theirs])

    def beyond(self, name: str) -> Interval:
        """The interval of the ratio of an agent's returns less equal weight's."""
        apart = self.differences[name]
        return self._interval(self._draws(apart[:, None], common_block([apart]))[:, 0])

    def _draws(self, returns: Daily, block: float) -> Daily:
        """Ratios [R, N] of returns [T, N] drawn in blocks of this mean length."""
        own = self.bootstrap
        return bootstrap_sharpes(
            returns, self.per_year, replications=own.replications, seed=own.seed, block=block
        )

    def _interval(self, draws: Daily) -> Interval:
        """The interval of draws."""
        return interval(draws, confidence=self.bootstrap.confidence)


def check_days(days: int) -> None:
    """Raise unless a record has days enough to draw from.

    Raises:
        InputError: it has not.
    """
    if days < LEAST_DAYS:
        raise InputError(
            f"the test windows hold {days} days, too few to judge anything by: enlarge "
            f"splits.test_months or splits.shares to {LEAST_DAYS} days at least"
        )


def common_block(series: Sequence[Daily]) -> float:
    """The longest block length that any moving series [T] asks for, at most a tenth of T."""
    lengths = [block_length(each) for each in series if np.ptp(each) > ROUNDING]
    return min(max(lengths, default=1.0), max(LONGEST_BLOCK * len(series[0]), 1.0))


def strategies_frame(
    net: Mapping[Key, Daily],
    selection: Mapping[Key, Daily],
    random_means: Mapping[str, Daily],
    *,
    drawn: Drawn,
) -> pl.DataFrame:
    """A row for each agent's mean and each baseline.

    Columns: kind, strategy, sharpe, low, high (its interval), probabilistic_sharpe (above 0),
    years_needed (to tell it from 0; inf: never), alpha and beta to equal weight with standard
    errors and correlation, selection (annual mean) and selection_z, above_random (share of the
    random policies below an agent's ratio) and random_sharpe (their mean ratio); annual; nan
    where undefined.

    Args:
        net, selection: daily net returns and gross returns of selection.
        random_means: [T, N] net returns of means of as many random policies as an agent has seeds.
        drawn: the bootstrap of `net`.
    """
    market = net[baseline(EQUAL_WEIGHT)]
    per_year = drawn.per_year
    rows = []
    for key in drawn.keys:
        low, high = drawn.ratio(key)
        rows.append(
            {"kind": key.kind, "strategy": key.strategy, "sharpe": sharpe(net[key], per_year)}
            | {"low": low, "high": high}
            | _probability(net[key], per_year)
            | alpha_beta(net[key], market, per_year=per_year)._asdict()
            | _selection(selection[key], per_year)
            | _luck(key, net[key], random_means, per_year=per_year)
        )
    return pl.DataFrame(rows)


def against_frame(net: Mapping[Key, Daily], drawn: Drawn) -> pl.DataFrame:
    """A row for each agent against each baseline, on the same days.

    Columns: agent, baseline, annual_difference (of mean returns), z (of the daily difference, HAC),
    sharpe_difference, low, high (its interval).
    """
    rows = []
    per_year = drawn.per_year
    for ours in map(agent, agents_of(net)):
        for theirs in (key for key in drawn.keys if key.kind == "baseline"):
            low, high = drawn.difference(ours, theirs)
            apart = net[ours] - net[theirs]
            rows.append(
                {
                    "agent": ours.strategy,
                    "baseline": theirs.strategy,
                    "annual_difference": float(apart.mean()) * per_year,
                    "z": hac_z(apart),
                    "sharpe_difference": sharpe(net[ours], per_year)
                    - sharpe(net[theirs], per_year),
                    "low": low,
                    "high": high,
                }
            )
    return pl.DataFrame(rows)


def _probability(returns: Daily, per_year: int) -> dict[str, float]:
    """The probability of a ratio above 0, and the years that would show it."""
    if len(returns) < 2 or np.ptp(returns) == 0.0:
        return {"probabilistic_sharpe": math.nan, "years_needed": math.inf}
    record = moments(returns)
    years = least_track_record(record) / per_year
    return {"probabilistic_sharpe": probabilistic_sharpe(record), "years_needed": years}


def _selection(earned: Daily, per_year: int) -> dict[str, float]:
    """What choosing symbols earned a year, and its z: one may be tiny, the other large."""
    return {
        "selection": float(earned.mean()) * per_year,
        # Where there is nothing to choose, rounding alone would have a z.
        "selection_z": hac_z(earned) if np.abs(earned).max() > ROUNDING else math.nan,
    }


def _luck(
    key: Key, returns: Daily, random_means: Mapping[str, Daily], *, per_year: int
) -> dict[str, Any]:
    """Where an agent's ratio lies among those of its random policies; nan where all are one."""
    own = sharpe(returns, per_year)
    rolled = random_means[key.strategy].T if key.kind == "agent" else ()
    if len(rolled) > 1 and np.ptp(rolled, axis=0).max() <= ROUNDING:
        rolled = ()
    ratios = [sharpe(each, per_year) for each in rolled]
    known = np.array([each for each in ratios if math.isfinite(each)])
    if not len(known) or not math.isfinite(own):
        return {"above_random": math.nan, "random_sharpe": math.nan}
    return {"above_random": float(np.mean(known < own)), "random_sharpe": float(known.mean())}
