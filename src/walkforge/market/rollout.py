"""Roll any policy through any window, once, and write down every day and every fill."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import polars as pl
import torch
from torch import Tensor

from walkforge.errors import InputError
from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.ledger import Record, daily_frame, ledger_frame, stacked, weights_frame
from walkforge.market.market import Market
from walkforge.market.simulator import (
    Accounts,
    cost_parts,
    open_accounts,
    trade_day,
)
from walkforge.market.tape import tape_of
from walkforge.market.turn import observe
from walkforge.splits.windows import Window

Decide = Callable[[Observation], Tensor]  # weights to order [B, K+1], from what B accounts see


class Rollout(NamedTuple):
    """One capital's way through a window: of one account, or of a sleeve for each symbol.

    daily: date, equity (1.0 at the close before the window), net_return, gross_return, turnover
        (sum of absolute weight changes), cost (fraction of equity), cash_weight, effective_names
        (1 / sum of squared shares of what is held at the close, 0 with nothing held), selection
        (what choosing symbols earned, gross and matched in exposure, as a share of equity at the
        close before), bought and sold (share of symbols of which over a hundredth of an equal
        share of equity was traded). Forced exits from delisted symbols move equity and selection
        alone: they are neither turnover nor cost.
    weights: date, symbol, weight at the close; rows with weight 0 are left out.
    ledger: date, symbol, side (buy, sell, delisted, cut), quantity, price, value, the costs
        (commission, stamp_duty, spread, slippage, impact), cash_after, holding_after.
    """

    daily: pl.DataFrame
    weights: pl.DataFrame
    ledger: pl.DataFrame


def rollout(
    decide: Decide,
    market: Market,
    window: Window,
    *,
    config: MarketConfig,
    single_symbol: bool = False,
) -> Rollout:
    """Return the rollout of a window; it opens in cash and first trades at the window's first open.

    The first decision is taken at the close before the window, so every date of the window has a
    return.

    Args:
        decide: gives weights to order; asked once for each date, in order.
        market, window, config: where, when, and on what terms.
        single_symbol: each symbol is a sleeve of 1 / K of the capital with an account of its own,
            all decided at once; nothing moves between them.

    Raises:
        InputError: see filled_rows.
    """
    rows = filled_rows(market, window)
    days = stacked(list(_days(decide, market, rows, config=config, single_symbol=single_symbol)))
    return Rollout(
        daily_frame(days, market, rows, config=config),
        weights_frame(days, market, rows),
        ledger_frame(days, market, rows, config=config),
    )


def rolled_accounts(
    decide: Decide,
    market: Market,
    window: Window,
    *,
    config: MarketConfig,
    single_symbol: bool = False,
) -> Accounts:
    """Return the accounts of a rollout at the close of the window's last date: see rollout.

    They are [1, K], or [K, 1] where each symbol is a sleeve.
    """
    rows = filled_rows(market, window)
    days = _days(decide, market, rows, config=config, single_symbol=single_symbol)
    *_, last = (record.traded.accounts for record in days)
    return last


def _days(
    decide: Decide, market: Market, rows: range, *, config: MarketConfig, single_symbol: bool
) -> Iterator[Record]:
    """Yield the record of each row: decided at the close before it, marked at its own."""
    accounts, symbol = opened_accounts(market, config, single_symbol=single_symbol)
    tape = tape_of(market, config)
    for row in rows:
        day = torch.full_like(accounts.cash, row - 1, dtype=torch.int64)
        seen = observe(market, accounts, day=day, symbol=symbol, factors=True)
        now = tape.on(day, symbol)
        weights = checked_weights(decide(seen), market, row=row - 1)
        traded = trade_day(accounts, weights, now, config=config)
        parts = cost_parts(accounts, traded.fills, now, config=config)
        yield Record(accounts, traded, torch.stack(parts))
        accounts = traded.accounts


def filled_rows(market: Market, window: Window) -> range:
    """Return the rows of a window's dates; each is decided at the close of the row before it.

    Raises:
        InputError: the window has no row, or no row before it.
    """
    rows = market.rows(window)
    if len(rows) == 0 or rows.start == 0:
        raise InputError(
            f"window {window.start} to {window.end} needs a date before it and dates in it: "
            f"the data run from {market.dates[0]} to {market.dates[-1]}"
        )
    return rows


def checked_weights(weights: Tensor, market: Market, *, row: int) -> Tensor:
    """Return target weights [B, K+1] as they are.

    Raises:
        ValueError: one is no number; names date and symbol.
    """
    wrong = ~torch.isfinite(weights)
    if bool(wrong.any()):
        account, entry = wrong.nonzero()[0].tolist()
        single = weights.shape[1] == 2 and len(weights) == len(market.symbols)
        name = [*market.symbols, "cash"][account if single else entry]
        raise ValueError(
            f"a weight of {float(weights[account, entry])} was decided for {name!r} at the close "
            f"of {market.dates[row]}"
        )
    return weights


def opened_accounts(
    market: Market, config: MarketConfig, *, single_symbol: bool
) -> tuple[Accounts, Tensor | None]:
    """Return the accounts that share the capital in cash, and the symbol of each if it has one."""
    count = len(market.symbols)
    if single_symbol:
        cash = config.initial_cash / count
        sleeves = open_accounts(count, 1, cash=cash, device=market.device)
        return sleeves, torch.arange(count, device=market.device)
    return open_accounts(1, count, cash=config.initial_cash, device=market.device), None
