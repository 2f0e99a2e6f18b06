"""The chain that is audited: from bars to a market, and from there to what a policy does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from torch import Tensor

from walkforge.evaluation.leaks import Difference, Finding, added, difference
from walkforge.evaluation.policies import Watch
from walkforge.features.audit import Compute
from walkforge.market.account import Observation
from walkforge.market.config import Execution
from walkforge.market.market import Market
from walkforge.market.plan import filled_rows
from walkforge.market.rollout import Decide, Rollout
from walkforge.splits.windows import Window

Lay = Callable[[pl.DataFrame, pl.DataFrame], Market]  # bars and their features -> a market
Roll = Callable[[Market, Window, Watch], Rollout]  # a policy through a window, looked on

PRICES = ("open", "high", "low", "close")
NUMBERS = ("features", "open", "close", "daily_value", "volatility", "momentum")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What turns bars into what policies see, and where orders fill.

    Attributes:
        features: bars -> feature frame. market: bars and features -> market.
        execution: where orders are said to fill.
        history: sessions before a window without which its features are not complete.
    """

    features: Compute
    market: Lay
    execution: Execution
    history: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What one window is audited on: bars around it, their features, and their market."""

    bars: pl.DataFrame
    features: pl.DataFrame
    market: Market
    rows: range


class Run(NamedTuple):
    """A frozen policy of an agent and a fold, and the test window that it is rolled through."""

    agent: str
    fold: str
    window: Window
    roll: Roll

    def finding(self, stage: str, check: str, found: Difference) -> Finding:
        """What a check of this run found."""
        return Finding(self.agent, self.fold, stage, check, found)


class Recorded(NamedTuple):
    """A roll-out that was looked on: D decisions, taken at the rows before `rows`.

    seen: parts of the observations, each [D, B, ...]. orders: [D, B, K+1].
    """

    market: Market
    rows: range
    seen: Mapping[str, Tensor]
    orders: Tensor
    rolled: Rollout

    def place(self, index: tuple[int, ...]) -> tuple[date, str]:
        """Date and symbol of an entry of what was seen or ordered."""
        names = self.market.symbols
        day, account, *rest = index
        sleeves = self.orders.shape[1:] == (len(names), 2)
        entry = account if sleeves else rest[0]
        return self.market.dates[self.rows[day] - 1], [*names, "cash"][entry]


def record(roll: Roll, market: Market, window: Window) -> Recorded:
    """A roll-out with all that was seen and ordered."""
    kept: list[tuple[Observation, Tensor]] = []

    def watch(decide: Decide) -> Decide:
        def watched(seen: Observation) -> Tensor:
            order = decide(seen)
            kept.append((seen, order))
            return order

        return watched

    rolled = roll(market, window, watch)
    parts = [_parts(seen) for seen, _ in kept]
    seen = {name: torch.stack([each[name] for each in parts]) for name in parts[0]}
    orders = torch.stack([order for _, order in kept])
    return Recorded(market, filled_rows(market, window), seen, orders, rolled)


def _parts(seen: Observation) -> dict[str, Tensor]:
    """The tensors of an observation, by name."""
    named = seen._asdict()
    factors = named.pop("factors")
    return named | ({} if factors is None else factors._asdict())


def differences(base: Recorded, again: Recorded, *, decisions: int) -> dict[str, Difference]:
    """Return, by stage, how a roll-out differs over the first decisions and the days before.

    Of so many decisions all but the last have filled and been marked by the same date.
    """
    known = slice(decisions)
    stages = {
        "observation": added(
            difference(base.seen[name][known], again.seen[name][known], locate=base.place)
            for name in base.seen
        ),
        "order": difference(base.orders[known], again.orders[known], locate=base.place),
    }
    first, second = (_daily(each, max(decisions - 1, 0)) for each in (base, again))
    figures = [name for name in base.rolled.daily.columns if name != "date"]
    stages["equity"] = difference(
        first,
        second,
        locate=lambda index: (base.market.dates[base.rows[index[0]]], figures[index[1]]),
    )
    return stages


def _daily(recorded: Recorded, days: int) -> Tensor:
    """The daily figures [days, figures]."""
    return torch.from_numpy(recorded.rolled.daily.drop("date").head(days).to_numpy())


def settled(base: Market, again: Market, *, row: int, grace: int) -> int:
    """The last row up to which two markets close out the same symbols.

    That bars have ended for good is known some dates later, and then holds from the first without
    one: what accounts are told of the newest dates may still change.
    """
    known = slice(max(row + 1 - grace, 0), row + 1)
    differ = (base.delisted[known] != again.delisted[known]).any(dim=1).nonzero()
    return row if len(differ) == 0 else known.start + int(differ[0]) - 1


def cut_bars(bars: pl.DataFrame, cut: date, *, following: date) -> pl.DataFrame:
    """Bars that end with a date, and a made-up session after it for orders to fill in."""
    known = bars.filter(pl.col("date") <= cut)
    last = known.filter(pl.col("date") == cut)
    factor = pl.Series(np.linspace(1.07, 0.93, last.height))
    made = last.with_columns(
        pl.lit(following).alias("date"),
        *(pl.col(name) * factor for name in PRICES),
        pl.col("volume") * 1.5,
        pl.lit(value=False).alias("cut"),
    )
    return pl.concat([known, made]).sort("symbol", "date")


def changed_bars(bars: pl.DataFrame, cut: date) -> pl.DataFrame:
    """Bars whose prices and volumes after a date are others, each bar still sound."""
    generator = np.random.default_rng(0)
    drawn = [pl.Series(generator.uniform(0.0, 1.0, bars.height)) for _ in range(4)]
    width = pl.col("high") - pl.col("low")
    factor = 0.4 + 2.0 * drawn[2]
    others = {
        "open": (pl.col("low") + drawn[0] * width) * factor,
        "high": pl.col("high") * factor,
        "low": pl.col("low") * factor,
        "close": (pl.col("low") + drawn[1] * width) * factor,
        "volume": pl.col("volume") * (0.2 + drawn[3]),
    }
    later = pl.col("date") > cut
    return bars.with_columns(
        pl.when(later).then(value).otherwise(pl.col(name)).alias(name)
        for name, value in others.items()
    )


def opened_bars(bars: pl.DataFrame, day: date, symbol: str) -> pl.DataFrame:
    """Bars of which one symbol opens higher on one date; the high holds it."""
    there = (pl.col("date") == day) & (pl.col("symbol") == symbol)
    opened = pl.when(there).then(pl.col("open") * 1.05).otherwise(pl.col("open"))
    return bars.with_columns(open=opened).with_columns(high=pl.max_horizontal("high", "open"))


def closed_bars(bars: pl.DataFrame, day: date) -> pl.DataFrame:
    """Bars that open on one date as they did and then move the other way, each still sound.

    What rose from open to close falls by as much; high and low lie farther out, volume is a tenth.
    """
    turned = pl.col("open") ** 2 / pl.col("close")
    still = pl.col("open") == pl.col("close")
    close = pl.when(still).then(1.02 * pl.col("open")).otherwise(turned)
    others = {
        "close": close,
        "high": 1.05 * pl.max_horizontal(pl.col("high"), close),
        "low": pl.min_horizontal(pl.col("low"), close) / 1.05,
        "volume": pl.col("volume") / 10.0,
    }
    there = pl.col("date") == day
    return bars.with_columns(
        pl.when(there).then(value).otherwise(pl.col(name)).alias(name)
        for name, value in others.items()
    )


def changed_market(market: Market, row: int) -> Market:
    """A market of which every row after one is another; of every second the mask, too."""
    later = slice(row + 1, None)
    second = slice(row + 1, None, 2)
    others = {name: getattr(market, name).clone() for name in NUMBERS}
    for values in others.values():
        values[later] = values[later].flip(1) * 1.7 + 0.3
    tradable, delisted, cut = (
        getattr(market, name).clone() for name in ("tradable", "delisted", "cut")
    )
    tradable[second] = ~tradable[second]
    delisted[later] = False
    cut[later] = False
    return replace(market, **others, tradable=tradable, delisted=delisted, cut=cut)


def span(market: Market, first: int, last: int) -> Window:
    """The window of the rows from `first` up to and with `last`."""
    return Window(market.dates[first], market.dates[last] + timedelta(days=1))
