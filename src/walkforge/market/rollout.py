"""Roll any policy through any window, once, and write down every day and every fill."""

from collections.abc import Callable
from typing import NamedTuple

import polars as pl
import torch
from torch import Tensor

from walkforge.errors import InputError
from walkforge.market.account import Observation
from walkforge.market.environment import observe, trade_day
from walkforge.market.market import Market
from walkforge.market.simulator import Accounts, Fills, MarketConfig, open_accounts
from walkforge.splits.windows import Window

Decide = Callable[[Observation], Tensor]  # weights to order [1, K+1], from what one account sees


class Rollout(NamedTuple):
    """One account's way through a window.

    daily: date, equity (1.0 at the close before the window), net_return, gross_return, turnover
        (sum of absolute weight changes), cost (fraction of equity), cash_weight. Forced exits
        from delisted symbols move equity alone: they are neither turnover nor cost.
    weights: date, symbol, weight at the close; rows with weight 0 are left out.
    ledger: date, symbol, side (buy, sell, delisted), quantity, price, value, commission,
        cash_after, holding_after.
    """

    daily: pl.DataFrame
    weights: pl.DataFrame
    ledger: pl.DataFrame


class _Record(NamedTuple):
    """One day of a rollout."""

    row: int
    before: Accounts
    after: Accounts
    fills: Fills
    exits: Fills


def rollout(decide: Decide, market: Market, window: Window, *, config: MarketConfig) -> Rollout:
    """Return one account's rollout; it opens in cash and first trades at the window's first open.

    The first decision is taken at the close before the window, so every date of the window has a
    return.

    Raises:
        InputError: the window has no row, or no row before it.
    """
    rows = market.rows(window)
    if len(rows) == 0 or rows.start == 0:
        raise InputError(
            f"window {window.start} to {window.end} needs a date before it and dates in it: "
            f"the data run from {market.dates[0]} to {market.dates[-1]}"
        )
    accounts = open_accounts(1, len(market.symbols), cash=config.initial_cash, device=market.device)
    records = []
    for row in rows:
        day = torch.tensor([row - 1], device=market.device)
        weights = decide(observe(market, accounts, day=day))
        traded = trade_day(market, accounts, weights, day=day, config=config)
        records.append(_Record(row, accounts, *traded))
        accounts = traded.accounts
    return Rollout(
        _daily(records, market, config), _weights(records, market), _ledger(records, market)
    )


def _daily(records: list[_Record], market: Market, config: MarketConfig) -> pl.DataFrame:
    """Return the daily frame of a rollout."""
    before = torch.cat([record.before.equity for record in records])
    after = torch.cat([record.after.equity for record in records])
    cash = torch.cat([record.after.cash for record in records])
    cost = torch.cat([record.fills.commission.sum(-1) for record in records])
    traded = torch.cat(
        [(record.fills.quantity * record.fills.price).abs().sum(-1) for record in records]
    )
    columns = {
        "equity": after / config.initial_cash,
        "net_return": after / before - 1.0,
        "gross_return": (after + cost) / before - 1.0,
        "turnover": traded / before,
        "cost": cost / before,
        "cash_weight": cash / after,
    }
    dates = [market.dates[record.row] for record in records]
    values = {name: column.cpu().numpy() for name, column in columns.items()}
    return pl.DataFrame({"date": dates, **values}, schema_overrides={"date": pl.Date})


def _weights(records: list[_Record], market: Market) -> pl.DataFrame:
    """Return the weights held at each close, long."""
    rows = torch.tensor([record.row for record in records], device=market.device)
    holdings = torch.cat([record.after.holdings for record in records])
    equity = torch.cat([record.after.equity for record in records]).unsqueeze(-1)
    weights = (holdings * market.close[rows] / equity).cpu()
    day, symbol = weights.nonzero(as_tuple=True)
    return pl.DataFrame(
        {
            "date": [market.dates[records[i].row] for i in day.tolist()],
            "symbol": [market.symbols[k] for k in symbol.tolist()],
            "weight": weights[day, symbol].numpy(),
        },
        schema={"date": pl.Date, "symbol": pl.String, "weight": pl.Float64},
    )


def _ledger(records: list[_Record], market: Market) -> pl.DataFrame:
    """Return every fill; of one day's, forced exits come first, then sales; cash runs along."""
    frames = [_day_ledger(record, market) for record in records]
    return pl.concat(frames)


def _day_ledger(record: _Record, market: Market) -> pl.DataFrame:
    """Return the fills of one day."""
    count = len(market.symbols)
    quantity, price, paid = (
        torch.cat([exited[0], filled[0]]).cpu()
        for exited, filled in zip(record.exits, record.fills, strict=True)
    )
    sides = ["delisted"] * count + ["buy" if bought else "sell" for bought in quantity[count:] > 0]
    chosen = sorted(quantity.nonzero().flatten().tolist(), key=lambda i: _SIDES.index(sides[i]))
    held = record.after.holdings[0].cpu()[[i % count for i in chosen]]
    value = (quantity * price)[chosen]
    cash = float(record.before.cash[0]) - torch.cumsum(value + paid[chosen], dim=0)
    return pl.DataFrame(
        {
            "date": [market.dates[record.row]] * len(chosen),
            "symbol": [market.symbols[i % count] for i in chosen],
            "side": [sides[i] for i in chosen],
            "quantity": quantity[chosen].abs().numpy(),
            "price": price[chosen].numpy(),
            "value": value.abs().numpy(),
            "commission": paid[chosen].numpy(),
            "cash_after": cash.numpy(),
            "holding_after": held.numpy(),
        },
        schema=_LEDGER_SCHEMA,
    )


_SIDES = ("delisted", "sell", "buy")  # in the order of a day's fills
_LEDGER_SCHEMA = {
    "date": pl.Date,
    "symbol": pl.String,
    "side": pl.String,
    "quantity": pl.Float64,
    "price": pl.Float64,
    "value": pl.Float64,
    "commission": pl.Float64,
    "cash_after": pl.Float64,
    "holding_after": pl.Float64,
}
