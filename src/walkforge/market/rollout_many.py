"""Roll many whole-universe accounts side by side, one record each: daily figures, no ledger."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.environment_step import observe
from walkforge.market.execution_inputs import execution_table
from walkforge.market.market import Market
from walkforge.market.plan import plan_days
from walkforge.market.rollout import Decide, checked_weights
from walkforge.market.simulator import Accounts, open_accounts, total, trade_day
from walkforge.splits.windows import Window


class DailyMany(NamedTuple):
    """Figures of B accounts on each planned day, as in Rollout.daily, each [R, B] float64."""

    net_return: Tensor
    turnover: Tensor
    cash_weight: Tensor


def rollout_many(  # noqa: PLR0913
    decide: Decide,
    market: Market,
    windows: Sequence[Window],
    *,
    config: MarketConfig,
    count: int,
    warm_in_days: int,
) -> DailyMany:
    """Return the daily figures of accounts rolled through windows, warm-ins included.

    Figures are those of `roll_record` for one account that decides alike, on the days of
    plan_days.

    Args:
        decide: gives weights to order of all accounts; asked once for each date, in order.
        market, windows, config: where, when, and on what terms. count: B.
        warm_in_days: sessions from each opening in cash to the first window.

    Raises:
        InputError: see plan_days.
    """
    opened = open_accounts(
        count, len(market.symbols), cash=config.initial_cash, device=market.device
    )
    accounts, days, table = opened, [], execution_table(market, config)
    for row, _, opens, _ in plan_days(market, windows, warm_in_days=warm_in_days):
        accounts = opened if opens else accounts
        seen, now = _seen(market, accounts, row=row - 1), table.on(_repeated(row - 1, accounts))
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
