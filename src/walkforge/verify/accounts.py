"""Claims on every account: its fills, its cash and holdings, its equity, the record of all."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import polars as pl

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.figures import periods
from walkforge.verify.replay import (
    COSTS,
    LEDGER,
    Fills,
    Replay,
    costs_due,
    fills_of,
    misplaced,
    prices_due,
    replayed,
    rows_within,
)
from walkforge.verify.study import MEAN, Key, Numbers, Study

ROUNDING = 1e-9
RECORD = ("net_return", "turnover", "exposure", "effective_names", "bought", "sold")
RETURNS = "evaluation/returns.parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account through one fold: its folder, its fills, and what they make of it."""

    place: str
    fold: str
    fills: Fills
    replay: Replay


class Accounts:
    """All accounts of a study, replayed once, and the faults that kept one from it."""

    def __init__(self, study: Study) -> None:
        self.study = study

    @cached_property
    def all(self) -> dict[tuple[Key, str], Account | str]:
        """Return the account of every record and fold; a text says why there is none."""
        found: dict[tuple[Key, str], Account | str] = {}
        for key, path in self.study.keys.items():
            for fold in self.study.folds:
                place = f"evaluation/{path.format(fold=fold)}"
                try:
                    found[key, fold] = self._account(place, fold)
                except Unreadable as error:
                    found[key, fold] = str(error)
        return found

    def _account(self, place: str, fold: str) -> Account:
        """Return one account."""
        study, at = self.study, f"{place}/ledger.parquet"
        market, ledger = study.config["market"], study.folder.frame(at, *LEDGER)
        rows = rows_within(study.prices, study.folds[fold])
        try:
            fills = fills_of(ledger, study.prices, rows, execution=market["execution"])
        except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
            raise Unreadable(f"{at}: a column holds no numbers") from error
        wrong = misplaced(ledger, fills, len(rows))
        if wrong:
            raise Unreadable(f"{at}: {fills.places[wrong[0]]} is out of place")
        replay = replayed(fills, study.prices, rows, cash=float(market["initial_cash"]))
        return Account(place=place, fold=fold, fills=fills, replay=replay)

    def each(self, claim: Claim) -> Iterator[Account]:
        """Yield every account; note those that there are not."""
        for (_, fold), account in self.all.items():
            if isinstance(account, str):
                claim.wrong(account, found="no account", expected=f"a ledger through {fold}")
            else:
                yield account

    def record(self, key: Key, column: str) -> Numbers:
        """Return a column of a strategy's recomputed record [T], its folds in a row."""
        if key.seed == MEAN:
            seeds = [Key(key.kind, key.strategy, str(seed)) for seed in self.study.seeds]
            table = np.array([self.record(seed, column) for seed in seeds])
            return mean_of_seeds(table, column)
        parts = []
        for fold in self.study.folds:
            account = self.all[key, fold]
            if isinstance(account, str):
                raise Unreadable(account)
            parts.append(_column(account, column))
        return np.concatenate(parts)

    def dates(self) -> list[object]:
        """Return the dates of the record."""
        prices = self.study.prices
        return [
            prices.dates[row]
            for window in self.study.folds.values()
            for row in rows_within(prices, window)
        ]

    @cached_property
    def year(self) -> int:
        """Return how many days a year of the record holds."""
        return periods([day for day in self.dates() if isinstance(day, date)])

    def headlines(self) -> list[Key]:
        """Return the means of the agents, then the baselines."""
        agents = [Key("agent", name, MEAN) for name in self.study.agents]
        return agents + [Key("baseline", name, "") for name in self.study.baselines]


def mean_of_seeds(table: Numbers, column: str) -> Numbers:
    """Return the mean [T] over seeds [S, T]; effective names are of seeds that hold anything."""
    if column != "effective_names":
        return np.asarray(table.mean(axis=0))
    holds = (table > 0.0).sum(axis=0)
    return np.asarray(np.where(holds > 0, table.sum(axis=0) / np.maximum(holds, 1), 0.0))


def _column(account: Account, column: str) -> Numbers:
    """Return one recomputed column of an account's record."""
    if column == "exposure":
        return 1.0 - account.replay.daily["cash_weight"]
    return account.replay.daily[column]


def check_fills(accounts: Accounts, claim: Claim) -> None:
    """Compare prices with the bars, values with quantities, and costs with their rates."""
    market, prices = accounts.study.config["market"], accounts.study.prices
    most = market["costs"]["slippage_bps"] * 1e-4
    for account in accounts.each(claim):
        fills, at = account.fills, f"{account.place}/ledger.parquet"
        place = fills.places.__getitem__
        claim.near(f"{at}, price", found=fills.price, place=place,
                   expected=prices_due(fills, prices, market=market))  # fmt: skip
        scale = np.maximum(fills.value, 1.0)
        claim.near(f"{at}, value over price x quantity", found=fills.value / scale, place=place,
                   expected=fills.quantity * fills.price / scale)  # fmt: skip
        due = costs_due(fills, costs=market["costs"])
        for index, name in enumerate(COSTS[:3]):
            claim.near(f"{at}, {name}", found=fills.costs[:, index], expected=due[:, index],
                       place=place)  # fmt: skip
        allowed = (fills.quantity > 0.0) & (fills.costs >= 0.0).all(axis=1)
        allowed &= fills.costs.sum(axis=1) <= np.where(fills.forced, 0.0, fills.value) + ROUNDING
        allowed &= fills.costs[:, 3] <= most * fills.value + ROUNDING
        for row in np.flatnonzero(~allowed).tolist():
            claim.wrong(f"{at}, {place(row)}", found=fills.costs[row].tolist(),
                        expected="a quantity above 0, costs of 0 to its value")  # fmt: skip


def check_cash(accounts: Accounts, claim: Claim) -> None:
    """Replay cash and holdings: what the ledger says, never below 0, nothing held past the end."""
    prices, cash = accounts.study.prices, float(accounts.study.config["market"]["initial_cash"])
    for account in accounts.each(claim):
        fills, replay, at = account.fills, account.replay, f"{account.place}/ledger.parquet"
        place = fills.places.__getitem__
        claim.near(f"{at}, cash_after over initial_cash", found=fills.cash / cash,
                   expected=replay.cash / cash, place=place)  # fmt: skip
        scale = np.maximum(np.abs(replay.held).max(axis=0, initial=0.0)[fills.column], 1e-300)
        claim.near(f"{at}, holding_after over the largest", found=fills.holding / scale,
                   expected=replay.holding / scale, place=place)  # fmt: skip
        below = (replay.cash < -ROUNDING * cash) | (replay.holding < -ROUNDING * scale)
        for row in np.flatnonzero(below).tolist():
            found = (float(replay.cash[row]), float(replay.holding[row]))
            claim.wrong(f"{at}, {place(row)}", found=found, expected="cash and holding from 0 on")
        first = prices.dates.index(replay.dates[0])
        gone = prices.gone[first : first + len(replay.dates)] & (replay.held != 0.0)
        for day, column in np.argwhere(gone).tolist():
            claim.wrong(f"{at}, {replay.dates[day]} {prices.symbols[column]}",
                        found=float(replay.held[day, column]),
                        expected="nothing held after its last bar")  # fmt: skip


def check_equity(accounts: Accounts, claim: Claim) -> None:
    """Compare daily.parquet with cash + holdings x last close, and what follows from them."""
    for account in accounts.each(claim):
        at, replay = f"{account.place}/daily.parquet", account.replay
        try:
            daily = accounts.study.folder.frame(at, "date", *replay.daily)
        except Unreadable as error:
            claim.wrong(str(error), found="no daily figures", expected="those of the ledger")
            continue
        claim.same(f"{at}, dates", found=daily["date"].to_list(), expected=replay.dates)
        days = [*map(str, replay.dates)]
        for name, values in replay.daily.items():
            claim.near(f"{at}, {name}", found=daily[name].to_numpy(), expected=values,
                       place=days.__getitem__)  # fmt: skip


def check_weights(accounts: Accounts, claim: Claim) -> None:
    """Compare weights.parquet with holdings x last close over equity."""
    symbols = accounts.study.prices.symbols
    for account in accounts.each(claim):
        at, replay = f"{account.place}/weights.parquet", account.replay
        days, columns = np.nonzero(replay.weights)
        expected = [(replay.dates[d], symbols[k]) for d, k in zip(days, columns, strict=True)]
        try:
            said = accounts.study.folder.frame(at, "date", "symbol", "weight")
        except Unreadable as error:
            claim.wrong(str(error), found="no weights", expected="those of the ledger")
            continue
        places = said.select("date", "symbol").rows()
        claim.same(f"{at}, dates and symbols", found=places, expected=expected)
        if places == expected:
            claim.near(f"{at}, weight", found=said["weight"].to_numpy(),
                       expected=replay.weights[days, columns])  # fmt: skip


def check_returns(accounts: Accounts, claim: Claim) -> None:
    """Compare returns.parquet with the recomputed record, and what it adds: the mean over seeds."""
    study = accounts.study
    returns = study.folder.frame(RETURNS, "date", "fold", "kind", "strategy", "seed", *RECORD)
    rows = {name: rows_within(study.prices, window) for name, window in study.folds.items()}
    dates, folds = accounts.dates(), [name for name in rows for _ in rows[name]]
    keys = [*study.keys, *(Key("agent", name, MEAN) for name in study.agents)]
    parts = returns.sort("date").partition_by("kind", "strategy", "seed", as_dict=True)
    claim.same(f"{RETURNS}, strategies", found=sorted(parts), expected=sorted(map(tuple, keys)))
    for key in keys:
        at = f"{RETURNS}, {' '.join(key)}"
        part = parts.get(tuple(key), returns.clear())
        claim.same(f"{at}, dates", found=part["date"].to_list(), expected=dates)
        claim.same(f"{at}, folds", found=part["fold"].to_list(), expected=folds)
        for name in RECORD:
            try:
                values = accounts.record(key, name)
            except Unreadable as error:
                claim.wrong(f"{at}, {name}", found=str(error), expected="a ledger to compare with")
                break
            claim.near(f"{at}, {name}", found=part[name].to_numpy(), expected=values,
                       place=lambda row: str(dates[row]))  # fmt: skip
