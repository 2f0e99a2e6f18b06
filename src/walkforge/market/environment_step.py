"""One environment step of B accounts, each in an episode of its own: from state to state."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Factors, Observation
from walkforge.market.config import MarketConfig
from walkforge.market.daily_loop import daily_step
from walkforge.market.execution_inputs import ExecutionTable
from walkforge.market.market import Market
from walkforge.market.rewards.day import Day, Reward
from walkforge.market.schemes.scheme import Scheme
from walkforge.market.simulator import DUST, Accounts, Fills, account_weights, total


class State(NamedTuple):
    """Where B accounts are.

    accounts; reward_state [B, S], what the reward keeps of the episode; day [B], the row of the
    last close; last [B], the row on which the episode ends; symbol [B], the column where each
    account trades one, else None.
    """

    accounts: Accounts
    reward_state: Tensor
    day: Tensor
    last: Tensor
    symbol: Tensor | None


class StepResult(NamedTuple):
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
    """An account is past its end, acts outside its space, or is paid what is not a number."""


class Faults(NamedTuple):
    """What is wrong with which account, each [B] bool."""

    ended: Tensor
    action: Tensor
    reward: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class StepParams:
    """What no step changes: market, scheme, reward, money, and equal_weight, [T] returns."""

    market: Market
    scheme: Scheme
    reward: Reward
    config: MarketConfig
    table: ExecutionTable
    equal_weight: Tensor


def step(
    params: StepParams, state: State, action: Tensor, seen: Observation
) -> tuple[State, StepResult, Faults]:
    """The state after one day, and what the day gave; none to go on from where there are faults.

    Args:
        params, state: of B accounts.
        action: [B], [B, A]: of the scheme's space.
        seen: what the accounts see in this state; its features are not read.
    """
    poor = params.config.ruin_fraction * params.config.initial_cash
    ended = (state.day >= state.last) | (state.accounts.equity <= poor)
    day = torch.minimum(state.day, state.last - 1)
    outside = _outside(action, params.scheme.space(seen.tradable.shape[1]).choices)
    sound = torch.where(outside.reshape(-1, *[1] * (action.dim() - 1)), 0, action)
    weights = params.scheme.adjusted(params.scheme.targets(sound, seen), seen)
    traded_day = daily_step(
        state.accounts, weights, params.table, day=day, symbol=state.symbol, config=params.config
    )
    traded = traded_day.traded
    before = state.accounts.equity
    after = traded.accounts.equity
    turnover = traded_day.traded_value() / before
    paid, reward_state = params.reward(
        Day(
            equity_before=before,
            equity_after=after.clamp(min=DUST * params.config.initial_cash),
            equal_weight_return=params.equal_weight.index_select(0, day + 1),
            realised=traded.realised,
            cost=total(traded.fills.cost),
            turnover=turnover,
        ),
        state.reward_state,
    )
    ruined = after <= poor
    next_state = State(traded.accounts, reward_state, day + 1, state.last, state.symbol)
    truncated = (next_state.day >= state.last) & ~ruined
    held = account_weights(traded.accounts, traded_day.inputs.mark)
    result = StepResult(paid.float(), ruined, truncated, turnover, traded.fills, held)
    return next_state, result, Faults(ended, outside, ~torch.isfinite(paid))


def restarted(state: State, fresh: State, done: Tensor) -> State:
    """The fresh state of the accounts marked in `done` [B], the state as it was of the others."""
    accounts = zip(fresh.accounts, state.accounts, strict=True)
    symbol = state.symbol
    if fresh.symbol is not None and symbol is not None:
        symbol = torch.where(done, fresh.symbol, symbol)
    return State(
        Accounts(*(_chosen(done, new, old) for new, old in accounts)),
        _chosen(done, fresh.reward_state, state.reward_state),
        torch.where(done, fresh.day, state.day),
        torch.where(done, fresh.last, state.last),
        symbol,
    )


def step_with_reset(
    params: StepParams, state: State, action: Tensor, seen: Observation, fresh: State
) -> tuple[State, StepResult, Faults, Observation]:
    """What `step` gives, accounts whose episode ended restarted, and what all of them then see."""
    moved, result, faults = step(params, state, action, seen)
    following = restarted(moved, fresh, result.terminated | result.truncated)
    return following, result, faults, observe_accounts(params, following)


def observe_accounts(params: StepParams, state: State) -> Observation:
    """What accounts see but for the features, which are left empty."""
    return observe(
        params.market,
        state.accounts,
        day=state.day,
        symbol=state.symbol,
        factors=params.scheme.uses_factors,
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
    """What B accounts see at the close of their days [B].

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
    """Values [B, K, ...] of [T, K, ...] on rows `day`; [B, 1, ...] of one column each."""
    if symbol is None:
        return values.index_select(0, day)
    place = day * values.shape[1] + symbol
    return values.flatten(0, 1).index_select(0, place).unsqueeze(1)


def _outside(action: Tensor, choices: int) -> Tensor:
    """Whether each action [B] holds anything but numbers, or numbers that are no choice."""
    entries = action.reshape(len(action), -1)
    if action.is_floating_point():
        return ~torch.isfinite(entries).all(-1)
    return ((entries < 0) | (entries >= choices)).any(-1)


def _chosen(done: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Rows of `new` where done [B], of `old` elsewhere."""
    return torch.where(done.reshape(-1, *[1] * (new.dim() - 1)), new, old)
