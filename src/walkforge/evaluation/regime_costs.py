"""What each of the fixed regimes costs: all of them rolled side by side through the windows."""

from collections.abc import Sequence

import polars as pl
import torch
from torch import Tensor

from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.regimes import REGIMES
from walkforge.market.schemes.regimes12 import Scheme
from walkforge.market.simulator import CostParts, cost_parts, open_accounts, trade_day
from walkforge.market.tape import tape_of
from walkforge.market.turn import observe
from walkforge.metrics.periods import periods_per_year
from walkforge.splits.windows import Window


def regime_costs(
    market: Market, windows: Sequence[Window], *, config: MarketConfig
) -> pl.DataFrame:
    """Return one row for each regime, held through all windows; each opens in cash.

    Columns: regime, turnover (a year, in multiples of equity), the costs (commission, stamp_duty,
    spread, slippage, impact) and cost, their sum (each a year, as a share of equity), and
    net_return (annual).
    """
    found = [_window(market, window, config) for window in windows]
    dates = [market.dates[row] for window in windows for row in market.rows(window)]
    yearly = torch.cat(found, dim=0).sum(0) * (periods_per_year(dates) / len(dates))
    names = ["turnover", *CostParts._fields, "net_return"]
    columns = dict(zip(names, yearly.cpu().numpy(), strict=True))
    frame = pl.DataFrame({"regime": list(REGIMES), **columns})
    return frame.with_columns(
        cost=pl.sum_horizontal(CostParts._fields), net_return=pl.col("net_return").exp() - 1.0
    ).select("regime", "turnover", *CostParts._fields, "cost", "net_return")


def _window(market: Market, window: Window, config: MarketConfig) -> Tensor:
    """Return [R, 7, 12]: of each day turnover, five costs, and log return of every regime."""
    count, scheme, tape = len(REGIMES), Scheme(), tape_of(market, config)
    accounts = open_accounts(
        count, len(market.symbols), cash=config.initial_cash, device=market.device
    )
    action, days = torch.arange(count, device=market.device), []
    for row in market.rows(window):
        day = torch.full_like(action, row - 1)
        seen = observe(market, accounts, day=day, factors=True)
        now = tape.on(day)
        traded = trade_day(accounts, scheme.targets(action, seen), now, config=config)
        value = (traded.fills.quantity * traded.fills.price).abs()
        paid = torch.stack([value, *cost_parts(accounts, traded.fills, now, config=config)])
        earned = torch.log(traded.accounts.equity / accounts.equity)
        days.append(torch.cat([paid.sum(-1) / accounts.equity, earned.unsqueeze(0)]))
        accounts = traded.accounts
    return torch.stack(days)
