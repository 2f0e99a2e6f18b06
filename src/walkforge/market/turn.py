"""One turn of B accounts, each in an episode of its own: pure functions from state to state."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Factors, Observation
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rewards.day import Day, Reward
from walkforge.market.schemes.scheme import Scheme
from walkforge.market.simulator import DUST, Accounts, Fills, account_weights, total, trade_day
from walkforge.market.tape import Tape


class State(NamedTuple):
    """Where B accounts are.

    accounts; memory [B, S] of the reward; day [B], the row of the last close; last [B], the row on
    which the episode ends; symbol [B], the column where each account trades one, else None.
    """

    accounts: Accounts
    memory: Tensor
    day: Tensor
    last: Tensor
    symbol: Tensor | None


class Step(NamedTuple):
    """What one day gave, each [B].

    reward; terminated (ruin); truncated (end of the episode); turnover, traded value over equity;
    fills of orders; weights [B, K+1] after the day, before any restart.
    """

    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    turnover: Tensor
    fills: Fills
    weights: Tensor


class FaultError(ValueError):
    """An account cannot go on: it is past its end, acts outside its space or is paid no number."""


class Faults(NamedTuple):
    """What is wrong with which account, each [B] bool."""

    ended: Tensor
    action: Tensor
    reward: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What accounts meet: market, scheme, reward, terms, and equal_weight, [T] returns."""

    market: Market
    scheme: Scheme
    reward: Reward
    config: MarketConfig
    tape: Tape
    equal_weight: Tensor


def advanced(
    world: World, state: State, action: Tensor, seen: Observation
) -> tuple[State, Step, Faults]:
    """Return the state after one day, and what the day gave; the state is to be used if no fault.

    Args:
        world, state: of B accounts.
        action: [B], [B, A]: of the scheme's space.
        seen: what the accounts see in this state; its features are not read.
    """
    poor = world.config.ruin_fraction * world.config.initial_cash
    ended = (state.day >= state.last) | (state.accounts.equity <= poor)
    day = torch.minimum(state.day, state.last - 1)
    outside = _outside(action, world.scheme.space(seen.tradable.shape[1]).choices)
    sound = torch.where(outside.reshape(-1, *[1] * (action.dim() - 1)), 0, action)
    weights = world.scheme.adjusted(world.scheme.targets(sound, seen), seen)
    now = world.tape.on(day, state.symbol)
    traded = trade_day(state.accounts, weights, now, config=world.config)
    before, after = state.accounts.equity, traded.accounts.equity
    turnover = total((traded.fills.quantity * traded.fills.price).abs()) / before
    paid, memory = world.reward(
        Day(
            equity_before=before,
            equity_after=after.clamp(min=DUST * world.config.initial_cash),
            equal_weight_return=world.equal_weight.index_select(0, day + 1),
            realised=traded.realised,
            cost=total(traded.fills.cost),
            turnover=turnover,
        ),
        state.memory,
    )
    ruined = after <= poor
    next_state = State(traded.accounts, memory, day + 1, state.last, state.symbol)
    truncated = (next_state.day >= state.last) & ~ruined
    held = account_weights(traded.accounts, now.mark)
    step = Step(paid.float(), ruined, truncated, turnover, traded.fills, held)
    return next_state, step, Faults(ended, outside, ~torch.isfinite(paid))


def restarted(state: State, fresh: State, done: Tensor) -> State:
    """Return the fresh state of the accounts marked in `done` [B], and the state of the others."""
    accounts = zip(fresh.accounts, state.accounts, strict=True)
    symbol = state.symbol
    if fresh.symbol is not None and symbol is not None:
        symbol = torch.where(done, fresh.symbol, symbol)
    return State(
        Accounts(*(_chosen(done, new, old) for new, old in accounts)),
        _chosen(done, fresh.memory, state.memory),
        torch.where(done, fresh.day, state.day),
        torch.where(done, fresh.last, state.last),
        symbol,
    )


def cycled(
    world: World, state: State, action: Tensor, seen: Observation, fresh: State
) -> tuple[State, Step, Faults, Observation]:
    """Return what `advanced` does, the accounts whose episode ended restarted, and what is seen."""
    moved, step, faults = advanced(world, state, action, seen)
    following = restarted(moved, fresh, step.terminated | step.truncated)
    return following, step, faults, observe_accounts(world, following)


def observe_accounts(world: World, state: State) -> Observation:
    """Return what accounts see but for the features, which are left empty."""
    return observe(
        world.market,
        state.accounts,
        day=state.day,
        symbol=state.symbol,
        factors=world.scheme.uses_factors,
        features=False,
    )


def observe(  # noqa: PLR0913
    market: Market,
    accounts: Accounts,
    *,
    day: Tensor,
    symbol: Tensor | None = None,
    factors: bool = False,
    features: bool = True,
) -> Observation:
    """Return what B accounts see at the close of their days [B].

    Args:
        market, accounts: where and what they are. day: [B] rows.
        symbol: [B] columns, where each account trades one symbol; K is then 1.
        factors: whether the scheme needs the regimes' factors.
        features: whether to gather the features; else they are empty.
    """

    def at(values: Tensor) -> Tensor:
        return gathered(values, day, symbol)

    weights = account_weights(accounts, at(market.close))
    known = None
    if factors:
        known = Factors(at(market.momentum), at(market.volatility), at(market.daily_value))
    rows = at(market.features) if features else market.features[:0]
    return Observation(rows, weights, at(market.tradable), known)


def gathered(values: Tensor, day: Tensor, symbol: Tensor | None) -> Tensor:
    """Return [B, K, ...] of [T, K, ...] on rows `day`; [B, 1, ...] of one column each."""
    if symbol is None:
        return values.index_select(0, day)
    place = day * values.shape[1] + symbol
    return values.flatten(0, 1).index_select(0, place).unsqueeze(1)


def _outside(action: Tensor, choices: int) -> Tensor:
    """Return [B]: whether an action holds anything but numbers, or numbers that are no choice."""
    entries = action.reshape(len(action), -1)
    if action.is_floating_point():
        return ~torch.isfinite(entries).all(-1)
    return ((entries < 0) | (entries >= choices)).any(-1)


def _chosen(done: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Return rows of `new` where done [B], of `old` elsewhere."""
    return torch.where(done.reshape(-1, *[1] * (new.dim() - 1)), new, old)
