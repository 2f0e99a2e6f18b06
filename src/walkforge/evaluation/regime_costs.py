"""What each of the fixed regimes costs: all of them rolled side by side through the windows."""

from collections.abc import Sequence

import polars as pl
import torch
from torch import Tensor

from walkforge.market.config import MarketConfig
from walkforge.market.daily_loop import Group, daily_loop, rows_of
from walkforge.market.environment_step import observe
from walkforge.market.execution_inputs import execution_table
from walkforge.market.market import Market
from walkforge.market.plan import PlannedDay, plan_days
from walkforge.market.regimes import REGIMES
from walkforge.market.schemes.regimes12 import Scheme
from walkforge.market.simulator import Accounts, CostParts, cost_parts, open_accounts
from walkforge.metrics.series import periods_per_year
from walkforge.splits.windows import Window


def regime_costs(
    market: Market, windows: Sequence[Window], *, config: MarketConfig, warm_in_days: int
) -> pl.DataFrame:
    """One row for each regime, held through all windows in one account.

    Args:
        market, windows, config: where, when, and on what terms.
        warm_in_days: sessions from the opening in cash to the first window; they do not count.

    Columns: regime, turnover (a year, in multiples of equity), the costs (commission, stamp_duty,
    spread, slippage, impact) and cost, their sum (each a year, as a share of equity), and
    net_return (annual).
    """
    planned = plan_days(market, windows, warm_in_days=warm_in_days)
    found = _rolled(market, planned, config)[[day.scored for day in planned]]
    dates = [market.dates[day.row] for day in planned if day.scored]
    yearly = found.sum(0) * (periods_per_year(dates) / len(dates))
    names = ["turnover", *CostParts._fields, "net_return"]
    columns = dict(zip(names, yearly.cpu().numpy(), strict=True))
    frame = pl.DataFrame({"regime": list(REGIMES), **columns})
    return frame.with_columns(
        cost=pl.sum_horizontal(CostParts._fields), net_return=pl.col("net_return").exp() - 1.0
    ).select("regime", "turnover", *CostParts._fields, "cost", "net_return")


def _rolled(market: Market, planned: Sequence[PlannedDay], config: MarketConfig) -> Tensor:
    """Of each day [R, 7, 12] turnover, five costs, and log return of every regime."""
    scheme = Scheme()
    action = torch.arange(len(REGIMES), device=market.device)
    opened = open_accounts(
        len(REGIMES), len(market.symbols), cash=config.initial_cash, device=market.device
    )
    group = Group(opened, None, execution_table(market, config), config)

    def order(place: int, held: Sequence[Accounts]) -> list[Tensor]:
        day = rows_of(held[0], planned[place].row - 1)
        return [scheme.targets(action, observe(market, held[0], day=day, factors=True))]

    days = []
    for (step,) in daily_loop(planned, [group], market, order):
        fills = step.traded.fills
        equity = step.before.equity
        value = (fills.quantity * fills.price).abs()
        parts = cost_parts(step.before, fills, step.inputs, config=config)
        paid = torch.stack([value, *parts])
        earned = torch.log(step.traded.accounts.equity / equity)
        days.append(torch.cat([paid.sum(-1) / equity, earned.unsqueeze(0)]))
    return torch.stack(days)
