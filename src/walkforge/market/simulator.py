"""One simulated day for a batch of accounts: order, fill, cost, mark. Pure functions on tensors.

Shapes: B accounts, K symbols. Money is float64. Orders are quantities fixed at the close of t;
they fill at the open of t+1 and the account is marked at the close of t+1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

BPS = 1e-4
DUST = 1e-9  # orders worth less than this share of equity are rounding, not orders


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketConfig:
    """Money settings of section `market`: currency units, basis points, shares of what is named.

    ruin_fraction is a share of initial cash, delisting_haircut of a symbol's last close.
    """

    initial_cash: float
    commission_bps: float
    ruin_fraction: float
    delisting_haircut: float


class Accounts(NamedTuple):
    """State of B accounts: cash [B], holdings [B, K] in units, equity [B] at the last close."""

    cash: Tensor
    holdings: Tensor
    equity: Tensor


class Fills(NamedTuple):
    """Executed orders: quantity [B, K] (signed units), price [B, K], commission [B, K]."""

    quantity: Tensor
    price: Tensor
    commission: Tensor


def open_accounts(count: int, symbols: int, *, cash: float, device: torch.device) -> Accounts:
    """Return accounts that hold cash alone."""
    amount = torch.full((count,), cash, dtype=torch.float64, device=device)
    empty = torch.zeros((count, symbols), dtype=torch.float64, device=device)
    return Accounts(amount, empty, amount.clone())


def account_weights(accounts: Accounts, close: Tensor) -> Tensor:
    """Return weights [B, K+1] at these closes, cash last; they sum to 1."""
    values = torch.cat([accounts.holdings * close, accounts.cash.unsqueeze(-1)], dim=-1)
    return values / accounts.equity.unsqueeze(-1)


def order_quantities(
    accounts: Accounts, targets: Tensor, *, close: Tensor, tradable: Tensor
) -> Tensor:
    """Return signed units [B, K] that move the accounts to target weights at these closes.

    Args:
        accounts: state at the close of t.
        targets: [B, K+1] weights, cash last.
        close: [B, K] prices at the close of t.
        tradable: [B, K]; no order is sent for other symbols, nor for dust.
    """
    equity = accounts.equity.unsqueeze(-1)
    quantity = targets[..., :-1] * equity / close - accounts.holdings
    meant = tradable & ((quantity * close).abs() > DUST * equity)
    return torch.where(meant, quantity, 0.0)


def close_delisted(
    accounts: Accounts, price: Tensor, *, delisted: Tensor, haircut: float
) -> tuple[Accounts, Fills]:
    """Sell all that is held of delisted symbols, free of commission; equity is left as it was.

    Such an exit is forced: it counts neither in turnover nor in cost.

    Args:
        accounts: state before the exits.
        price: [B, K] last closes.
        delisted: [B, K].
        haircut: share of the last close that is lost.
    """
    quantity = torch.where(delisted, -accounts.holdings, 0.0)
    paid = price * (1.0 - haircut)
    after = accounts._replace(
        cash=accounts.cash - (quantity * paid).sum(-1), holdings=accounts.holdings + quantity
    )
    return after, Fills(quantity, paid, torch.zeros_like(paid))


def fill_orders(
    accounts: Accounts, quantity: Tensor, *, price: Tensor, fillable: Tensor, commission: float
) -> tuple[Accounts, Fills]:
    """Execute orders at one price per symbol; equity is left as it was.

    Sales are capped by what is held. Purchases are scaled down together where cash and proceeds,
    less commission, do not pay for them: cash never turns negative beyond rounding.

    Args:
        accounts: state before the orders.
        quantity: [B, K] signed units.
        price: [B, K] fill prices.
        fillable: [B, K]; orders elsewhere lapse.
        commission: fraction of each traded value.
    """
    quantity = torch.where(fillable, torch.maximum(quantity, -accounts.holdings), 0.0)
    value = quantity * price
    proceeds = value.clamp(max=0.0).sum(-1).neg() * (1.0 - commission)
    bill = value.clamp(min=0.0).sum(-1) * (1.0 + commission)
    funds = (accounts.cash + proceeds).clamp(min=0.0)
    affordable = torch.where(bill > funds, funds / bill, 1.0).unsqueeze(-1)
    quantity = torch.where(quantity > 0.0, quantity * affordable, quantity)
    value = quantity * price
    paid = value.abs() * commission
    after = accounts._replace(
        cash=accounts.cash - (value + paid).sum(-1), holdings=accounts.holdings + quantity
    )
    return after, Fills(quantity, price, paid)


def mark(accounts: Accounts, close: Tensor) -> Accounts:
    """Return the accounts with equity = cash + holdings x close."""
    return accounts._replace(equity=accounts.cash + (accounts.holdings * close).sum(-1))
