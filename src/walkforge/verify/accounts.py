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
    joined,
    misplaced,
    part_of,
    prices_due,
    replayed,
    rows_within,
)
from walkforge.verify.study import MEAN, Key, Numbers, Study

ROUNDING = 1e-9
COPIED = "selection"  # taken from daily.parquet as it is
RECORD = ("net_return", "turnover", "exposure", "effective_names", COPIED, "bought", "sold")
RETURNS = "evaluation/returns.parquet"
WARM_IN = "warm_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account through a fold or its warm-in: its folder, its fills, what they make of it."""

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
        """The account of every record, by fold, the warm-in too; a text says why not."""
        found: dict[tuple[Key, str], Account | str] = {}
        for key, path in (self.study.keys | self.study.consensus).items():
            try:
                parts = list(self._continuous(f"evaluation/{path}"))
            except Unreadable as error:
                found |= {(key, fold): str(error) for fold in (WARM_IN, *self.study.folds)}
            else:
                found |= {(key, account.fold): account for account in parts}
        return found

    @cached_property
    def rows(self) -> dict[str, range]:
        """The rows of the warm-in and of every fold, which follow each other."""
        study = self.study
        prices = self.study.prices
        rows = {fold: rows_within(prices, window) for fold, window in study.folds.items()}
        name, first = next(iter(rows.items()))
        opening = first.start - study.warm_in(name)
        if opening < 1:
            raise Unreadable("bars/bars.parquet: too few dates before the first test window")
        return {WARM_IN: range(opening, first.start)} | rows

    def _continuous(self, path: str) -> Iterator[Account]:
        """Yield one account's parts: it opens in cash before the warm-in, and never again."""
        cash = float(self.study.config["market"]["initial_cash"])
        start = self.rows[WARM_IN].start
        places = {fold: path.format(fold=fold) for fold in self.rows}
        fills = {fold: self._fills(place, self.rows[fold]) for fold, place in places.items()}
        whole = joined([(fills[fold], rows.start - start) for fold, rows in self.rows.items()])
        rows = range(start, max(each.stop for each in self.rows.values()))
        replay = replayed(whole, self.study.prices, rows, cash=cash)
        warm = len(self.rows[WARM_IN])
        base = 1.0
        count = 0
        for fold, own in self.rows.items():
            if fold != WARM_IN and warm > 0:
                base = float(replay.daily["equity"][warm - 1])
            days = slice(own.start - start, own.stop - start)
            ours = slice(count, count + len(fills[fold].places))
            part = part_of(replay, days, ours, base=base)
            yield Account(place=places[fold], fold=fold, fills=fills[fold], replay=part)
            count = ours.stop

    def _fills(self, place: str, rows: range) -> Fills:
        """The fills of one ledger."""
        study = self.study
        at = f"{place}/ledger.parquet"
        ledger = study.folder.frame(at, *LEDGER)
        execution = study.config["market"]["execution"]
        try:
            fills = fills_of(ledger, study.prices, rows, execution=execution)
        except (ValueError, TypeError, pl.exceptions.PolarsError) as error:
            raise Unreadable(f"{at}: a column holds no numbers") from error
        wrong = misplaced(ledger, fills, len(rows))
        if wrong:
            raise Unreadable(f"{at}: {fills.places[wrong[0]]} is out of place")
        return fills

    def each(self, claim: Claim) -> Iterator[Account]:
        """Yield every account; note those that there are not."""
        for (_, fold), account in self.all.items():
            if not isinstance(account, str):
                yield account
            elif fold == WARM_IN:
                claim.wrong(account, found="no account", expected="ledgers of every fold")

    def record(self, key: Key, column: str) -> Numbers:
        """A column of a strategy's recomputed record [T], its folds in a row."""
        if key.seed == MEAN:
            seeds = [Key(key.kind, key.strategy, str(seed)) for seed in self.study.seeds]
            table = np.array([self.record(seed, column) for seed in seeds])
            return mean_of_seeds(table, column)
        parts = []
        for fold in self.study.folds:
            account = self.all[key, fold]
            if isinstance(account, str):
                raise Unreadable(account)
            if column == COPIED:
                at = f"{account.place}/daily.parquet"
                parts.append(self.study.folder.frame(at, COPIED)[COPIED].to_numpy())
            else:
                parts.append(_column(account, column))
        return np.concatenate(parts)

    def dates(self) -> list[object]:
        """The dates of the record."""
        prices = self.study.prices
        return [
            prices.dates[row]
            for window in self.study.folds.values()
            for row in rows_within(prices, window)
        ]

    @cached_property
    def year(self) -> int:
        """How many days a year of the record holds."""
        return periods([day for day in self.dates() if isinstance(day, date)])

    def headlines(self) -> list[Key]:
        """The means of the agents, then the baselines."""
        agents = [Key("agent", name, MEAN) for name in self.study.agents]
        return agents + [Key("baseline", name, "") for name in self.study.baselines]


def mean_of_seeds(table: Numbers, column: str) -> Numbers:
    """The mean [T] over seeds [S, T]; effective names are of seeds that hold anything."""
    if column != "effective_names":
        return np.asarray(table.mean(axis=0))
    holds = (table > 0.0).sum(axis=0)
    return np.asarray(np.where(holds > 0, table.sum(axis=0) / np.maximum(holds, 1), 0.0))


def _column(account: Account, column: str) -> Numbers:
    """One recomputed column of an account's record."""
    if column == "exposure":
        return 1.0 - account.replay.daily["cash_weight"]
    return account.replay.daily[column]


def check_fills(accounts: Accounts, claim: Claim) -> None:
    """Compare prices with the bars, values with quantities, and costs with their rates."""
    market = accounts.study.config["market"]
    prices = accounts.study.prices
    most = market["costs"]["slippage_bps"] * 1e-4
    for account in accounts.each(claim):
        fills = account.fills
        at = f"{account.place}/ledger.parquet"
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
    prices = accounts.study.prices
    cash = float(accounts.study.config["market"]["initial_cash"])
    for account in accounts.each(claim):
        fills = account.fills
        replay = account.replay
        at = f"{account.place}/ledger.parquet"
        place = fills.places.__getitem__
        claim.near(f"{at}, cash_after over initial_cash", found=fills.cash / cash,
                   expected=replay.cash / cash, place=place)  # fmt: skip
        scale = np.maximum(replay.largest[fills.column], 1e-300)
        claim.near(f"{at}, holding_after over the largest", found=fills.holding / scale,
                   expected=replay.holding / scale, place=place)  # fmt: skip
        below = (replay.cash < -ROUNDING * cash) | (replay.holding < -ROUNDING * scale)
        for row in np.flatnonzero(below).tolist():
            found = (float(replay.cash[row]), float(replay.holding[row]))
            claim.wrong(f"{at}, {place(row)}", found=found, expected="cash and holding from 0 on")
        rows = accounts.rows[account.fold]
        gone = prices.gone[rows.start : rows.stop] & (replay.held != 0.0)
        for day, column in np.argwhere(gone).tolist():
            claim.wrong(f"{at}, {replay.dates[day]} {prices.symbols[column]}",
                        found=float(replay.held[day, column]),
                        expected="nothing held after its last bar")  # fmt: skip


def check_equity(accounts: Accounts, claim: Claim) -> None:
    """Compare daily.parquet with cash + holdings x last close, and what follows from them."""
    for account in accounts.each(claim):
        at = f"{account.place}/daily.parquet"
        replay = account.replay
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
        at = f"{account.place}/weights.parquet"
        replay = account.replay
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
    dates = accounts.dates()
    folds = [name for name in rows for _ in rows[name]]
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
