"""Accounts replayed from their ledgers and the bars, fill by fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.verify.claim import Unreadable
from walkforge.verify.study import Numbers, Prices

COSTS = ("commission", "stamp_duty", "spread", "slippage", "impact")
LEDGER = ("date", "symbol", "side", "quantity", "price", "value", *COSTS, "cash_after",
          "holding_after")  # fmt: skip
FORCED = ("delisted", "cut")  # sides of fills that no order asked for
BPS = 1e-4
NOTABLE = 0.01  # of an equal share: what is more counts as bought or sold
NOTHING = 1e-12  # of the largest holding: what is left of adding and taking away


@dataclass(frozen=True, slots=True, kw_only=True)
class Fills:
    """The N rows of a ledger.

    row: of the grid of prices, -1 for an unknown date. column: of the symbol, -1 likewise.
    day: of the window [R], on which the fill counts. sign: +1 what is bought, else -1.
    quantity, price, value, cash, holding: [N]. costs: [N, 5].
    """

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    day: NDArray[np.int64]
    sign: Numbers
    forced: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    quantity: Numbers
    price: Numbers
    value: Numbers
    costs: Numbers
    cash: Numbers
    holding: Numbers
    places: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """What a ledger and the bars give: cash and holding after each fill [N], and days [R].

    daily: columns of the daily frame that follow from them. held: [R, K] units at each close.
    weights: [R, K] at each close. largest: [K] units that were ever held at a close.
    """

    dates: list[date]
    cash: Numbers
    holding: Numbers
    held: Numbers
    weights: Numbers
    largest: Numbers
    daily: Mapping[str, Numbers]


def rows_within(prices: Prices, window: tuple[date, date]) -> range:
    """The rows of the grid within a half-open window.

    Raises:
        Unreadable: there is none, or none before them.
    """
    inside = [row for row, day in enumerate(prices.dates) if window[0] <= day < window[1]]
    if not inside or inside[0] == 0:
        raise Unreadable(f"bars/bars.parquet: no date in or none before {window[0]} to {window[1]}")
    return range(inside[0], inside[-1] + 1)


def fills_of(ledger: pl.DataFrame, prices: Prices, rows: range, *, execution: str) -> Fills:
    """The fills of a ledger over these rows of the grid.

    Those at the close of a decision bear its date and count on the next.
    """
    row_of = {day: row for row, day in enumerate(prices.dates)}
    column_of = {symbol: column for column, symbol in enumerate(prices.symbols)}
    row, column = (
        np.array([known.get(each, -1) for each in ledger[name]], dtype=np.int64)
        for name, known in (("date", row_of), ("symbol", column_of))
    )
    side = ledger["side"].to_numpy()
    forced = np.isin(side, FORCED)
    at_once = (execution == "same_close") & ~forced
    quantity, price, value, cash, holding = (
        ledger[name].to_numpy().astype(np.float64)
        for name in ("quantity", "price", "value", "cash_after", "holding_after")
    )
    return Fills(
        row=row, column=column, day=row + at_once - rows.start,
        sign=np.where(side == "buy", 1.0, -1.0), forced=forced, cut=side == "cut",
        quantity=quantity, price=price, value=value,
        costs=ledger.select(COSTS).to_numpy().astype(np.float64), cash=cash, holding=holding,
        places=[f"row {i} ({d} {s})" for i, (d, s) in enumerate(ledger["date", "symbol"].rows())],
    )  # fmt: skip


def misplaced(ledger: pl.DataFrame, fills: Fills, days: int) -> list[int]:
    """The rows of a ledger without a known symbol, side or date of the window, in order."""
    known = ledger["side"].is_in(["buy", "sell", *FORCED]).to_numpy()
    sound = known & (fills.column >= 0) & (fills.row >= 0) & (fills.day >= 0) & (fills.day < days)
    sound[1:] &= np.diff(fills.day) >= 0
    return [int(place) for place in np.flatnonzero(~sound)]


def prices_due(fills: Fills, prices: Prices, *, market: Mapping[str, Any]) -> Numbers:
    """The price [N] at which each fill must have been, nan where there can have been none.

    Orders fill at the open or the close of their date, by market.execution; what is held of a
    symbol whose bars have ended is sold at its last close less market.delisting_haircut, and of one
    whose price has stepped at the close before the step.
    """
    at = fills.row, fills.column
    ordinary = (prices.opening if market["execution"] == "open" else prices.close)[at]
    last = prices.last[at]
    ended = np.where(prices.gone[at], last * (1.0 - market["delisting_haircut"]), np.nan)
    forced = np.where(fills.cut, np.where(prices.cut[at], last, np.nan), ended)
    return np.asarray(np.where(fills.forced, forced, ordinary))


def costs_due(fills: Fills, *, costs: Mapping[str, Any]) -> Numbers:
    """[N, 3]: commission, stamp duty, spread by their rates; nothing for a forced exit."""
    rates = np.array([costs["commission_bps"], costs["stamp_duty_bps"], costs["spread_bps"] / 2.0])
    paid = fills.value[:, None] * rates * BPS
    paid[:, 1] *= fills.sign > 0.0
    paid[fills.forced] = 0.0
    # Costs of more than the value are all cut alike, so that they are the value.
    cut = fills.costs.sum(axis=1) >= fills.value * (1.0 - 1e-9)
    share = fills.costs[:, 0] / np.where(paid[:, 0] > 0.0, paid[:, 0], 1.0)
    alike = np.where(paid[:, 0] > 0.0, share, 1.0)[:, None]
    return np.asarray(np.where(cut[:, None], paid * alike, paid))


def replayed(fills: Fills, prices: Prices, rows: range, *, cash: float) -> Replay:
    """What fills make of an account that opens with this cash.

    Args:
        fills: all well placed, see misplaced. rows: of the grid, the days of the window.
    """
    moved = fills.sign * fills.quantity
    paid = fills.costs.sum(axis=1)
    cash_after = cash - np.cumsum(moved * fills.price + paid)
    change = np.zeros((len(rows), len(prices.symbols)))
    np.add.at(change, (fills.day, fills.column), moved)
    held = np.cumsum(change, axis=0)
    held[np.abs(held) <= NOTHING * np.abs(held).max(axis=0, initial=0.0)] = 0.0
    spent = np.zeros(len(rows))
    np.add.at(spent, fills.day, moved * fills.price + paid)
    worth = np.where(held != 0.0, held * prices.last[rows.start : rows.stop], 0.0)
    left = cash - np.cumsum(spent)
    equity = left + worth.sum(axis=1)
    return Replay(
        dates=prices.dates[rows.start : rows.stop],
        cash=cash_after,
        holding=_running(fills, moved),
        held=held,
        weights=worth / np.where(equity > 0.0, equity, np.inf)[:, None],
        largest=np.abs(held).max(axis=0, initial=0.0),
        daily=_daily(fills, np.concatenate([[cash], equity]), left, worth),
    )


def joined(parts: Sequence[tuple[Fills, int]]) -> Fills:
    """Fills of windows in a row, each given with the day on which its window begins."""
    arrays = {
        name: np.concatenate([getattr(fills, name) for fills, _ in parts])
        for name in Fills.__dataclass_fields__
        if name not in ("day", "places")
    }
    day = np.concatenate([fills.day + first for fills, first in parts])
    return Fills(day=day, places=[place for fills, _ in parts for place in fills.places], **arrays)


def part_of(whole: Replay, days: slice, fills: slice, *, base: float) -> Replay:
    """Some days of a replay and the fills on them; equity is over the base."""
    daily = {name: values[days] for name, values in whole.daily.items()}
    return Replay(
        dates=whole.dates[days],
        cash=whole.cash[fills],
        holding=whole.holding[fills],
        held=whole.held[days],
        weights=whole.weights[days],
        largest=whole.largest,
        daily=daily | {"equity": daily["equity"] / base},
    )


def _running(fills: Fills, moved: Numbers) -> Numbers:
    """The units [N] of its symbol that are held after each fill."""
    holding = np.zeros(len(moved))
    for column in np.unique(fills.column):
        mine = fills.column == column
        holding[mine] = np.cumsum(moved[mine])
    return holding


def _daily(fills: Fills, equity: Numbers, left: Numbers, worth: Numbers) -> dict[str, Numbers]:
    """The daily figures [R], from equity [R + 1] with the opening, cash and values held."""
    days = len(left)
    ordered = ~fills.forced
    traded = np.zeros(days)
    cost = np.zeros(days)
    np.add.at(traded, fills.day[ordered], (fills.quantity * fills.price)[ordered])
    np.add.at(cost, fills.day[ordered], fills.costs.sum(axis=1)[ordered])
    signed = np.zeros_like(worth)
    value = fills.sign * fills.quantity * fills.price
    np.add.at(signed, (fills.day[ordered], fills.column[ordered]), value[ordered])
    before = equity[:-1]
    after = equity[1:]
    notable = _ratio(signed, before[:, None])
    return {
        "equity": after / equity[0],
        "net_return": _ratio(after, before, nothing=1.0) - 1.0,
        "gross_return": _ratio(after + cost, before, nothing=1.0) - 1.0,
        "turnover": _ratio(traded, before),
        "cost": _ratio(cost, before),
        "cash_weight": _ratio(left, after),
        "effective_names": _ratio(worth.sum(axis=1) ** 2, (worth**2).sum(axis=1)),
        "bought": (notable * notable.shape[1] > NOTABLE).mean(axis=1),
        "sold": (-notable * notable.shape[1] > NOTABLE).mean(axis=1),
    }


def _ratio(part: Numbers, whole: Numbers, *, nothing: float = 0.0) -> Numbers:
    """Part / whole, and what is given for nothing where the whole is 0."""
    filled = np.full(np.broadcast_shapes(part.shape, whole.shape), nothing)
    known = np.broadcast_to(whole > 0.0, filled.shape)
    return np.asarray(np.divide(part, whole, out=filled, where=known))
