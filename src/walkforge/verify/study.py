"""What a folder of results must hold, by its own configuration: strategies, folds, prices."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.verify.claim import Unreadable
from walkforge.verify.folder import Folder
from walkforge.verify.page import Page

Numbers = NDArray[np.float64]
EQUAL_WEIGHT = "equal_weight"
BUY_AND_HOLD = "buy_and_hold"
MEAN = "mean"
CONSENSUS = "consensus"
PAGE = "evaluation/summary.html"
GONE_AFTER = 10  # dates without a bar at the end of the data
YEARS = ((4, 252), (20, 52), (366, 12))  # below so many days apart, dates without a bar before more


class Key(NamedTuple):
    """Whose record: seed is 'mean' for the mean over an agent's seeds, '' for a baseline.

    It is 'consensus' for the account of an agent's seeds together.
    """

    kind: str
    strategy: str
    seed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """Bars on a grid: T dates, K symbols.

    opening, close: [T, K], nan without a bar or where one is cut. last: [T, K] the last close.
    gone: [T, K] the first date after bars that end for good. cut: [T, K] the first bar after a
    step of price.
    """

    dates: list[date]
    symbols: list[str]
    opening: Numbers
    close: Numbers
    last: Numbers
    gone: NDArray[np.bool_]
    cut: NDArray[np.bool_]


class Study:
    """A folder of results, and what its configuration says of it; see Folder for what is raised."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration that was used."""
        if isinstance(self._config, Unreadable):
            raise self._config
        return self._config

    @cached_property
    def _config(self) -> Mapping[str, Any] | Unreadable:
        """The configuration, or why there is none: reading a damaged one takes long."""
        try:
            return self.folder.yaml("config.yaml")
        except Unreadable as error:
            return error

    @cached_property
    def verdict(self) -> Mapping[str, Any]:
        """The verdict."""
        return self.folder.json("evaluation/verdict.json")

    @cached_property
    def page(self) -> Page:
        """The summary page."""
        return Page(self.folder.text(PAGE))

    @cached_property
    def agents(self) -> list[str]:
        """The names of the agents."""
        return sorted(self.config["agents"])

    @cached_property
    def seeds(self) -> list[int]:
        """The seeds that every agent is trained with."""
        return list(self.config["seeds"])

    @cached_property
    def baselines(self) -> list[str]:
        """The names of the baselines; two always are."""
        return sorted({EQUAL_WEIGHT, BUY_AND_HOLD, *self.config["evaluation"]["baselines"]})

    @cached_property
    def folds(self) -> dict[str, tuple[date, date]]:
        """The test window of every fold, half-open, as the configuration's dates give it."""
        given = self.config["splits"]
        start, end = (date.fromisoformat(str(given[name])) for name in ("start", "end"))
        if given["scheme"] == "single":
            days = (end - start).days
            shares = given["shares"]
            cut = start + timedelta(days=round(days * (shares[0] + shares[1])))
            return {"fold_1": (cut, end)}
        lead = given["train_months"] + given["validation_months"]
        step = given["test_months"]
        count = 0
        while moved(end, -(lead + (count + 1) * step)) >= start:
            count += 1
        cuts = [moved(end, -back * step) for back in range(count, -1, -1)]
        return {f"fold_{i + 1}": (cuts[i], cuts[i + 1]) for i in range(count)}

    def warm_in(self, fold: str) -> int:
        """How many sessions before a fold its account opens: of the first alone."""
        return (
            int(self.config["evaluation"]["warm_in_days"]) if fold == next(iter(self.folds)) else 0
        )

    @cached_property
    def keys(self) -> dict[Key, str]:
        """The folder under evaluation/ of every record; {fold} stands for the fold."""
        agents = {
            Key("agent", agent, str(seed)): f"{agent}/{{fold}}/seed_{seed}"
            for agent in self.agents
            for seed in self.seeds
        }
        baselines = {
            Key("baseline", name, ""): f"baselines/{name}/{{fold}}" for name in self.baselines
        }
        return agents | baselines

    @cached_property
    def consensus(self) -> dict[Key, str]:
        """As keys, the consensus of each agent's seeds.

        There is none of one seed, nor in results that were made before any was rolled.
        """
        rolled = any(f"/{CONSENSUS}/" in path for path in self.folder.files)
        return {
            Key("agent", agent, CONSENSUS): f"{agent}/{{fold}}/{CONSENSUS}"
            for agent in self.agents
            if rolled and len(self.seeds) > 1
        }

    @cached_property
    def prices(self) -> Prices:
        """The bars on a grid."""
        columns = ("date", "symbol", "open", "close", "cut")
        bars = self.folder.frame("bars/bars.parquet", *columns).select(columns)
        if bars.is_empty() or bars.select("date", "symbol").is_duplicated().any():
            raise Unreadable("bars/bars.parquet: no bars, or two of one date and symbol")
        return prices_of(bars)


def prices_of(bars: pl.DataFrame) -> Prices:
    """Bars (date, symbol, open, close, cut) on a grid."""
    dates = bars["date"].unique().sort()
    symbols = bars["symbol"].unique().sort()
    row, column = (
        every.search_sorted(bars[name]).to_numpy()
        for name, every in (("date", dates), ("symbol", symbols))
    )
    opening, close = (np.full((len(dates), len(symbols)), np.nan) for _ in range(2))
    opening[row, column], close[row, column] = bars["open"].to_numpy(), bars["close"].to_numpy()
    known = ~np.isnan(close)
    cut = np.zeros(close.shape, dtype=np.bool_)
    cut[row, column] = bars["cut"].to_numpy()
    gone = _gone(known, reused_after=_year_of(dates.to_list()))
    opening[cut] = close[cut] = np.nan
    known &= ~cut
    newest = np.maximum.accumulate(np.where(known, np.arange(len(dates))[:, None], -1), axis=0)
    last = np.take_along_axis(close, np.maximum(newest, 0), axis=0)
    return Prices(
        dates=dates.to_list(), symbols=symbols.to_list(), opening=opening, close=close, last=last,
        gone=gone, cut=cut,
    )  # fmt: skip


def _year_of(dates: list[date]) -> int:
    """How many dates a year has, by their median spacing: of days, weeks or months."""
    apart = np.median(np.diff([day.toordinal() for day in dates])) if len(dates) > 1 else 1.0
    return next(year for most, year in YEARS if apart < most)


def _gone(known: NDArray[np.bool_], *, reused_after: int) -> NDArray[np.bool_]:
    """[T, K]: the first date after bars [T, K] that end for good."""
    gone = np.zeros_like(known)
    for column in range(known.shape[1]):
        rows = np.flatnonzero(known[:, column])
        missing = np.diff(np.append(rows, len(known))) - 1
        least = np.full(len(rows), reused_after)
        least[-1] = GONE_AFTER
        gone[rows[missing > least] + 1, column] = True
    return gone


def moved(day: date, months: int) -> date:
    """The same day some months later, at most the month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
