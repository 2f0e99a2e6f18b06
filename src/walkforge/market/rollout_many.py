"""Roll many whole-universe accounts side by side, one record each: daily figures, no ledger."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.daily_loop import DailyStep, Group, daily_loop, rows_of, share
from walkforge.market.environment_step import observe
from walkforge.market.execution_inputs import execution_table
from walkforge.market.market import Market
from walkforge.market.plan import plan_days
from walkforge.market.rollout import Decide
from walkforge.market.simulator import Accounts, open_accounts
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
    """The daily figures of accounts rolled through windows, warm-ins included.

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
    group = Group(opened, None, execution_table(market, config), config)
    planned = plan_days(market, windows, warm_in_days=warm_in_days)

    def order(place: int, held: Sequence[Accounts]) -> list[Tensor]:
        return [decide(_seen(market, held[0], row=planned[place].row - 1))]

    days = [_figures(step) for (step,) in daily_loop(planned, [group], market, order)]
    return DailyMany(*(torch.stack(figure) for figure in zip(*days, strict=True)))


def _figures(step: DailyStep) -> DailyMany:
    """The figures of one day, each [B]."""
    before = step.before.equity
    after = step.traded.accounts.equity
    return DailyMany(
        net_return=share(after, before, nothing=1.0) - 1.0,
        turnover=share(step.traded_value(), before),
        cash_weight=share(step.traded.accounts.cash, after),
    )


def _seen(market: Market, accounts: Accounts, *, row: int) -> Observation:
    """What accounts see at the close of one row; they share its features, uncopied."""
    day = rows_of(accounts, row)
    seen = observe(market, accounts, day=day, factors=True, features=False)
    return seen._replace(features=market.features[row].expand(len(day), -1, -1))
