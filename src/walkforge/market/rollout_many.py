"""Roll many whole-universe accounts through a window side by side: daily figures, no ledger."""

from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Decide, checked_weights, filled_rows
from walkforge.market.simulator import Accounts, open_accounts, total, trade_day
from walkforge.market.tape import tape_of
from walkforge.market.turn import observe
from walkforge.splits.windows import Window


class DailyMany(NamedTuple):
    """Each day's figures of B accounts, as in Rollout.daily, each [R, B] float64."""

    net_return: Tensor
    turnover: Tensor
    cash_weight: Tensor


def rollout_many(
    decide: Decide, market: Market, window: Window, *, config: MarketConfig, count: int
) -> DailyMany:
    """Return the daily figures of accounts rolled through a window; each opens in cash.

    Figures are those of `rollout` for one account that decides alike.

    Args:
        decide: gives weights to order of all accounts; asked once for each date, in order.
        market, window, config: where, when, and on what terms. count: B.

    Raises:
        InputError: see rollout.filled_rows.
    """
    accounts = open_accounts(
        count, len(market.symbols), cash=config.initial_cash, device=market.device
    )
    days, tape = [], tape_of(market, config)
    for row in filled_rows(market, window):
        seen, now = _seen(market, accounts, row=row - 1), tape.on(_repeated(row - 1, accounts))
        weights = checked_weights(decide(seen), market, row=row - 1)
        traded = trade_day(accounts, weights, now, config=config)
        before, after = accounts.equity, traded.accounts.equity
        value = total((traded.fills.quantity * traded.fills.price).abs())
        days.append(
            (
                share(after, before, nothing=1.0) - 1.0,
                share(value, before),
                share(traded.accounts.cash, after),
            )
        )
        accounts = traded.accounts
    return DailyMany(*(torch.stack(figure) for figure in zip(*days, strict=True)))


def _repeated(row: int, accounts: Accounts) -> Tensor:
    """Return the row [B] that all accounts are on."""
    return torch.full_like(accounts.cash, row, dtype=torch.int64)


def _seen(market: Market, accounts: Accounts, *, row: int) -> Observation:
    """Return what accounts see at the close of one row; they share its features, uncopied."""
    day = _repeated(row, accounts)
    seen = observe(market, accounts, day=day, factors=True, features=False)
    return seen._replace(features=market.features[row].expand(len(day), -1, -1))


def share(part: Tensor, whole: Tensor, *, nothing: float = 0.0) -> Tensor:
    """Return part / whole; after a total loss, where the whole is 0, what is given for nothing."""
    return torch.where(whole > 0.0, part / whole, nothing)
