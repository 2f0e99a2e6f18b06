"""One simulated day for a batch of accounts: order, fill, cost, mark. Pure functions on tensors.

Shapes: B accounts, K symbols (1 where each account trades one symbol). Money is float64. Orders
are quantities fixed at the close of t; they fill where `execution` says, at the open of t+1 by
default, and the account is marked at the close of t+1. This is all the money arithmetic there is.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.config import BPS, LimitConfig, MarketConfig
from walkforge.market.execution_inputs import ExecutionInputs

# Orders worth less than this share of equity are rounding, not orders; equity below it is none.
DUST = 1e-9


class Accounts(NamedTuple):
    """State of B accounts.

    cash [B]; holdings [B, K] in units; equity [B] at the last close; entry [B, K] average price
    paid for what is held, 0 where nothing is; trades [B] orders filled so far.
    """

    cash: Tensor
    holdings: Tensor
    equity: Tensor
    entry: Tensor
    trades: Tensor


class Fills(NamedTuple):
    """Executed orders: quantity [B, K] (signed units), price [B, K], cost [B, K] in money."""

    quantity: Tensor
    price: Tensor
    cost: Tensor


class CostParts(NamedTuple):
    """The costs of fills [B, K] in money, one by one; their sum is Fills.cost."""

    commission: Tensor
    stamp_duty: Tensor
    spread: Tensor
    slippage: Tensor
    impact: Tensor


class Traded(NamedTuple):
    """One traded day.

    accounts: at the next close. fills: of orders. exits: forced, of delisted and cut symbols.
    realised: [B] profit of all that was sold, over what was paid for it, net of the sales' costs.
    """

    accounts: Accounts
    fills: Fills
    exits: Fills
    realised: Tensor


def open_accounts(count: int, symbols: int, *, cash: float, device: torch.device) -> Accounts:
    """Accounts that hold cash alone."""
    amount = torch.full((count,), cash, dtype=torch.float64, device=device)
    empty = torch.zeros((count, symbols), dtype=torch.float64, device=device)
    return Accounts(amount, empty, amount.clone(), empty.clone(), torch.zeros_like(amount))


def total(values: Tensor) -> Tensor:
    """The sum [B] over the symbols of [B, K]."""
    return values.squeeze(-1) if values.shape[-1] == 1 else values.sum(-1)


def account_weights(accounts: Accounts, close: Tensor) -> Tensor:
    """Weights [B, K+1] at these closes, cash last; they sum to 1."""
    values = torch.cat([accounts.holdings * close, accounts.cash.unsqueeze(-1)], dim=-1)
    return values / accounts.equity.clamp(min=DUST).unsqueeze(-1)


def trade_day(
    accounts: Accounts, weights: Tensor, now: ExecutionInputs, *, config: MarketConfig
) -> Traded:
    """Order target weights [B, K+1] at the close of t, fill, and mark at the close of t+1.

    What is held of symbols that are delisted or cut by the close of t+1 is closed out first; after
    the fills, where they happen at the close of t already.

    Args:
        accounts: at the close of t. weights: cash last.
        now: the execution inputs of the accounts' days.
        config: execution, costs and limits.
    """
    if config.limits.any:
        weights = limited_weights(accounts, weights, now.close, limits=config.limits)
    quantity = order_quantities(accounts, weights, now)
    if now.gone is None:
        after, fills, realised = fill_orders(accounts, quantity, now, config=config)
        nothing = torch.zeros_like(quantity)
        exits = Fills(nothing, now.mark, nothing)
        return Traded(marked(after, now.mark), fills, exits, realised)
    if config.execution == "same_close":
        filled, fills, sold = fill_orders(accounts, quantity, now, config=config)
        after, exits, lost = close_out(filled, now)
    else:
        left, exits, lost = close_out(accounts, now)
        after, fills, sold = fill_orders(left, quantity, now, config=config)
    return Traded(marked(after, now.mark), fills, exits, sold + lost)


def limited_weights(
    accounts: Accounts, weights: Tensor, close: Tensor, *, limits: LimitConfig
) -> Tensor:
    """Weights [B, K+1] within the limits at closes [B, K]; what they cut goes to cash."""
    symbols = weights[..., :-1]
    held = accounts.holdings > 0.0
    if limits.position_cap is not None:
        symbols = symbols.clamp(max=limits.position_cap)
    if limits.stop_loss is not None:
        stop = close <= accounts.entry * (1.0 - limits.stop_loss)
        symbols = torch.where(held & stop, 0.0, symbols)
    if limits.take_profit is not None:
        take = close >= accounts.entry * (1.0 + limits.take_profit)
        symbols = torch.where(held & take, 0.0, symbols)
    if limits.max_trades is not None:
        spent = (accounts.trades >= limits.max_trades).unsqueeze(-1)
        owned = account_weights(accounts, close)[..., :-1]
        symbols = torch.where(spent, torch.minimum(symbols, owned), symbols)
    return torch.cat([symbols, 1.0 - symbols.sum(-1, keepdim=True)], dim=-1)


def order_quantities(accounts: Accounts, weights: Tensor, now: ExecutionInputs) -> Tensor:
    """Signed units [B, K] that move the accounts to target weights [B, K+1] at the close.

    No order is sent for symbols that cannot be traded, nor for dust.
    """
    equity = accounts.equity.unsqueeze(-1)
    quantity = weights[..., :-1] * equity / now.close - accounts.holdings
    return quantity * (now.tradable & ((quantity * now.close).abs() > DUST * equity))


def close_out(accounts: Accounts, now: ExecutionInputs) -> tuple[Accounts, Fills, Tensor]:
    """Sell all that is held of symbols that are gone at their price of exit, free of cost.

    Such an exit is forced: it counts neither in turnover nor in cost. Equity is left as it was.
    The third value is the realised profit [B].
    """
    if now.gone is None:
        raise ValueError("no symbol of this market is ever delisted or cut")
    quantity = torch.where(now.gone, -accounts.holdings, 0.0)
    profit = total(quantity * (accounts.entry - now.exit))
    after = accounts._replace(
        cash=accounts.cash - total(quantity * now.exit),
        holdings=accounts.holdings + quantity,
        entry=torch.where(now.gone, 0.0, accounts.entry),
    )
    return after, Fills(quantity, now.exit, torch.zeros_like(now.exit)), profit


def fill_orders(
    accounts: Accounts, quantity: Tensor, now: ExecutionInputs, *, config: MarketConfig
) -> tuple[Accounts, Fills, Tensor]:
    """Execute signed units [B, K] at one price per symbol; equity is left as it was.

    Sales are capped by what is held. Purchases are scaled down together where cash and proceeds,
    less costs, do not pay for them: cash never turns negative beyond rounding. Orders that cannot
    be filled lapse. The third value is the realised profit [B].
    """
    quantity = torch.maximum(quantity, -accounts.holdings) * now.fillable
    buying = quantity > 0.0
    value = (quantity * now.fill).abs()
    linear = value * torch.where(buying, now.buy, now.sell)
    impact = _impact(value, accounts, now, config)
    # No cost is more than the value it is paid on.
    cost = torch.minimum(linear + impact, value)
    selling = ~buying
    funds = (accounts.cash + total((value - cost) * selling)).clamp(min=0.0)
    bill = total((value + cost) * buying)
    # A share of the purchases costs at most that share of their bill: impact grows faster.
    share = torch.where(bill > funds, funds / bill, 1.0)
    share = (share * (share > DUST)).unsqueeze(-1)
    share = torch.where(buying, share, 1.0)
    quantity = quantity * share
    value = value * share
    cost = torch.minimum(share * (linear + share.sqrt() * impact), value)
    moved = torch.where(buying, value, -value)
    profit = (value - cost + quantity * accounts.entry) * selling
    holdings = accounts.holdings + quantity
    spent = (accounts.holdings * accounts.entry + moved) / holdings
    entry = torch.where(quantity > 0.0, spent, accounts.entry)
    after = accounts._replace(
        cash=accounts.cash - total(moved + cost),
        holdings=holdings,
        entry=torch.where(holdings > 0.0, entry, 0.0),
        trades=accounts.trades + total(quantity != 0.0),
    )
    return after, Fills(quantity, now.fill, cost), total(profit)


def _impact(
    value: Tensor, accounts: Accounts, now: ExecutionInputs, config: MarketConfig
) -> Tensor:
    """The cost of impact [B, K] of traded values."""
    if config.costs.impact == "none":
        return torch.zeros_like(value)
    paid = value * now.impact * value.sqrt()
    if config.costs.impact == "square_root":
        return paid
    return paid / accounts.equity.clamp(min=DUST).sqrt().unsqueeze(-1)


def cost_parts(
    before: Accounts, fills: Fills, now: ExecutionInputs, *, config: MarketConfig
) -> CostParts:
    """The costs of fills one by one; `before` is the accounts that the orders came from."""
    costs = config.costs
    value = (fills.quantity * fills.price).abs()
    stamp = torch.where(fills.quantity > 0.0, value * (costs.stamp_duty_bps * BPS), 0.0)
    parts = CostParts(
        commission=value * (costs.commission_bps * BPS),
        stamp_duty=stamp,
        spread=value * (costs.spread_bps / 2.0 * BPS),
        slippage=value * now.slippage,
        impact=_impact(value, before, now, config),
    )
    # Where the costs would eat more than the value, all are cut alike.
    whole = torch.stack(parts).sum(0)
    share = torch.where(whole > fills.cost, fills.cost / whole, 1.0)
    return CostParts(*(part * share for part in parts))


def marked(accounts: Accounts, close: Tensor) -> Accounts:
    """The accounts with equity = cash + holdings x close."""
    return accounts._replace(equity=accounts.cash + total(accounts.holdings * close))
