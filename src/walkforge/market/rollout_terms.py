"""Roll policies through windows on many terms side by side: daily figures, no ledger."""

from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Factors, Observation
from walkforge.market.config import BPS, MarketConfig
from walkforge.market.daily_loop import Group, daily_loop, rows_of, share
from walkforge.market.environment_step import gathered
from walkforge.market.execution_inputs import execution_table
from walkforge.market.market import Market
from walkforge.market.plan import plan_days
from walkforge.market.rollout import Decide
from walkforge.market.simulator import Accounts, account_weights, open_accounts
from walkforge.splits.windows import Window


class Terms(NamedTuple):
    """On what terms N accounts are rolled, and in what they differ.

    Attributes:
        config: money settings of all; its initial_cash is not read.
        cash: N, currency units that each opens with.
        commission_bps: N, of each traded value, on top of the configured costs.
        delay: sessions by which orders go out late: what is ordered at the close of t is decided
            on the market of so many sessions earlier, for what is held by then; so many first
            sessions order nothing.
    """

    config: MarketConfig
    cash: tuple[float, ...]
    commission_bps: tuple[float, ...]
    delay: int = 0


class Deciding(NamedTuple):
    """A window, who decides in it for S strategies, and the market as these policies read it."""

    window: Window
    decides: Sequence[Decide]
    market: Market


class DailyTerms(NamedTuple):
    """Each day's figures as in Rollout.daily, of S policies on N terms, each [R, S, N] float64."""

    net_return: Tensor
    turnover: Tensor


class _Kind(NamedTuple):
    """Accounts [S x N x sleeves] on one kind of terms, a policy's side by side."""

    terms: Terms
    group: Group


def rollout_terms(
    stretches: Sequence[Deciding],
    *,
    terms: Sequence[Terms],
    warm_in_days: int,
    single_symbol: bool = False,
) -> list[DailyTerms]:
    """Daily figures of S strategies through windows, for each kind of terms, one account each.

    Figures are those of `roll_record` for each strategy on each of the terms. A policy is asked
    once for each date, in order, for its accounts on all terms; what goes out late over a border
    is still decided by the policy before it, which is then asked for those accounts alone.

    Args:
        stretches: in order of time, contiguous or not; all share dates, symbols and prices.
        terms: on what terms. warm_in_days: see `roll_record`.
        single_symbol: each symbol is a sleeve of 1 / K of the capital, see `roll_record`.

    Raises:
        InputError: see plan.plan_days.
    """
    market = stretches[0].market
    policies = len(stretches[0].decides)
    windows = [stretch.window for stretch in stretches]
    planned = plan_days(market, windows, warm_in_days=warm_in_days)
    kinds = [_opened(each, market, policies, single_symbol=single_symbol) for each in terms]
    openings = list(
        accumulate((place if day.opens else 0 for place, day in enumerate(planned)), max)
    )  # of each day, the place of the day on which its accounts opened

    def order(place: int, accounts: Sequence[Accounts]) -> list[Tensor]:
        row = planned[place].row - 1
        opening = openings[place]
        held = [
            _held(kind, own, market, policies, row=row)
            for kind, own in zip(kinds, accounts, strict=True)
        ]
        charged = [planned[max(place - kind.terms.delay, opening)].window for kind in kinds]
        orders = _orders(kinds, held, [stretches[each] for each in charged], row=row)
        return [
            (own if place - opening < kind.terms.delay else ordered).flatten(0, 1)
            for kind, own, ordered in zip(kinds, held, orders, strict=True)
        ]

    days: list[list[Tensor]] = [[] for _ in terms]
    steps = daily_loop(planned, [kind.group for kind in kinds], market, order)
    for day, traded in zip(planned, steps, strict=True):
        if day.scored:
            for own, kind, step in zip(days, kinds, traded, strict=True):
                figures = torch.stack(
                    [step.before.equity, step.traded.accounts.equity, step.traded_value()]
                )
                own.append(figures.reshape(3, policies, len(kind.terms.cash), -1).sum(-1))
    return [_daily(torch.stack(each, dim=1)) for each in days]


def _orders(
    kinds: Sequence[_Kind], held: Sequence[Tensor], charged: Sequence[Deciding], *, row: int
) -> list[Tensor]:
    """Orders [S, B, K+1] of each kind, decided by who is in charge of it.

    Kinds whose policies are the same are asked for together.
    """
    orders: dict[int, Tensor] = {}
    while len(orders) < len(kinds):
        decider = next(who for at, who in enumerate(charged) if at not in orders)
        places = [at for at, who in enumerate(charged) if who.decides == decider.decides]
        own = [held[at] for at in places]
        seen = _seen([kinds[at] for at in places], own, decider.market, row=row)
        decided = torch.stack(
            [
                decide(seen._replace(weights=weights))
                for decide, weights in zip(decider.decides, seen.weights, strict=True)
            ]
        )
        parts = torch.split(decided, [each.shape[1] for each in own], dim=1)
        orders |= dict(zip(places, parts, strict=True))
    return [orders[at] for at in range(len(kinds))]


def _opened(terms: Terms, market: Market, policies: int, *, single_symbol: bool) -> _Kind:
    """One kind of accounts, in cash."""
    count = len(market.symbols)
    device = market.device
    sleeves, symbols = (count, 1) if single_symbol else (1, count)

    def of_each(values: Sequence[float]) -> Tensor:
        own = torch.tensor(values, dtype=torch.float64, device=device)
        return own.repeat_interleave(sleeves).repeat(policies)

    cash = of_each(terms.cash) / sleeves
    added = of_each(terms.commission_bps) * BPS
    accounts = open_accounts(len(cash), symbols, cash=0.0, device=device)
    group = Group(
        accounts._replace(cash=cash, equity=cash.clone()),
        torch.arange(count, device=device).repeat(len(cash) // count) if single_symbol else None,
        execution_table(market, terms.config),
        terms.config,
        added.unsqueeze(-1),
    )
    return _Kind(terms, group)


def _held(kind: _Kind, accounts: Accounts, market: Market, policies: int, *, row: int) -> Tensor:
    """The weights [S, B, K+1] of each policy's accounts of a kind at the close of a row."""
    close = gathered(market.close, rows_of(accounts, row), kind.group.symbol)
    weights = account_weights(accounts, close)
    return weights.reshape(policies, -1, weights.shape[-1])


def _seen(
    kinds: Sequence[_Kind], held: Sequence[Tensor], market: Market, *, row: int
) -> Observation:
    """What one policy's accounts of all kinds see, with the weights of all policies.

    Policies see the same market: features [B, K, F], tradable and factors [B, K] are for each of
    them, the weights are [S, B, K+1].
    """

    def at(values: Tensor) -> Tensor:
        return torch.cat([_known(kind, values, own.shape[1], row=row)
                          for kind, own in zip(kinds, held, strict=True)])  # fmt: skip

    factors = Factors(at(market.momentum), at(market.volatility), at(market.daily_value))
    return Observation(at(market.features), torch.cat(list(held), 1), at(market.tradable), factors)


def _known(kind: _Kind, values: Tensor, count: int, *, row: int) -> Tensor:
    """Values [count, K, ...] of [T, K, ...]: what is known at a row to late or timely accounts."""
    known = values[max(row - kind.terms.delay, 0)]
    if kind.group.symbol is None:
        return known.expand(count, *known.shape)
    return known.index_select(0, kind.group.symbol[:count]).unsqueeze(1)


def _daily(figures: Tensor) -> DailyTerms:
    """Daily figures from equity before and after and value traded, [3, R, S, N]."""
    before, after, value = figures
    return DailyTerms(share(after, before, nothing=1.0) - 1.0, share(value, before))
