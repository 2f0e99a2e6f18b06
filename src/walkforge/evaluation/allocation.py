"""Allocations from past returns alone, made anew every so many sessions and held in between."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from walkforge.console import log_line
from walkforge.evaluation.baseline_context import Baseline, BaselineContext
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.rollout import Decide
from walkforge.market.schemes.scheme import free_share, with_cash

Array = NDArray[np.float64]
# Shares [N], none negative, that sum to 1, from daily returns [L, N] of symbols in order of names;
# ArithmeticError where none can be found.
Allocate = Callable[[Array], Array]

# Least share of the closes looked back on at which a symbol must have been tradable, besides the
# first and the last: a halt of some days is no reason to sell.
LEAST_KNOWN = 0.95


def best_half(values: Array) -> Array:
    """Equal shares [N] of the larger half of values [N], with what equals its last."""
    least = np.sort(values)[len(values) // 2]
    chosen = (values >= least).astype(np.float64)
    return np.asarray(chosen / chosen.sum())


def allocation(allocate: Allocate) -> Baseline:
    """The baseline of an allocation of the configured lookback."""
    return Baseline(
        lambda context: rebalanced(allocate, context, days=context.config.lookback_days)
    )


def rebalanced(allocate: Allocate, context: BaselineContext, *, days: int) -> Decide:
    """A policy for one rollout: the allocation of the last `days` returns, then no order.

    It allocates at the first decision and every rebalance_days sessions from there.
    """
    every = context.config.rebalance_days
    rows = context.decisions[::every]
    shares = torch.stack(
        [allocated(allocate, context.market, row, days=days, order=context.by_name) for row in rows]
    )
    passed = iter(range(len(context.decisions)))

    def decide(seen: Observation) -> Tensor:
        day = next(passed)
        return seen.weights if day % every else invested(shares[day // every], seen)

    return decide


def invested(shares: Tensor, seen: Observation) -> Tensor:
    """Weights [B, K+1] that hold these shares [K] or [B, K] of all that can be traded.

    Symbols that are not tradable keep what they have.
    """
    stuck, free = free_share(seen)
    return with_cash(shares * free + stuck)


def allocated(
    allocate: Allocate, market: Market, row: int, *, days: int, order: list[int]
) -> Tensor:
    """Shares [K] as of the close of a row; equal ones where there is nothing to go by.

    Only symbols that are tradable now and were a whole lookback ago, with hardly a gap between,
    and whose price moves, take part; the others get nothing. Equal shares of all tradable symbols
    are given, and the log says why, while there are fewer than two or the allocation fails.

    Args:
        allocate: makes it. market: rows after `row` are not read. days: returns it is made from.
        order: columns in the order in which the allocation is to see them.
    """
    known = complete(market, row, days=days)
    columns = [column for column in order if known[column]]
    shares = torch.zeros(len(market.symbols), dtype=torch.float64)
    try:
        if len(columns) < 2:
            raise ArithmeticError(f"{len(columns)} symbols have {days} days of history")
        closes = market.close[row - days : row + 1, columns].cpu().numpy()
        shares[columns] = torch.from_numpy(allocate(closes[1:] / closes[:-1] - 1.0))
    except ArithmeticError as error:
        log_line(f"{allocate.__name__}, {market.dates[row]}: equal weight, since {error}")
        tradable = market.tradable[row].cpu().double()
        shares = tradable / tradable.sum().clamp(min=1.0)
    return shares.to(market.device)


def complete(market: Market, row: int, *, days: int) -> NDArray[np.bool_]:
    """Which symbols have so many returns up to a row, and a price that moves, [K].

    None of them may go across a step of price.
    """
    if row < days:
        return np.zeros(len(market.symbols), dtype=np.bool_)
    rows = slice(row - days, row + 1)
    tradable = market.tradable[rows].cpu().numpy()
    close = market.close[rows].cpu().numpy()
    moves = (close != close[0]).any(axis=0)
    often = tradable.mean(axis=0) >= LEAST_KNOWN
    whole = ~market.cut[rows].cpu().numpy().any(axis=0)
    return np.asarray(tradable[0] & tradable[-1] & often & moves & whole)
