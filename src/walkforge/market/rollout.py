"""Roll policies through windows in one account, and write down every day and every fill."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import polars as pl
import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.daily_loop import Group, daily_loop, rows_of
from walkforge.market.environment_step import observe
from walkforge.market.execution_inputs import execution_table
from walkforge.market.ledger import Record, daily_frame, ledger_frame, stacked, weights_frame
from walkforge.market.market import Market
from walkforge.market.plan import PlannedDay, plan_days
from walkforge.market.simulator import Accounts, cost_parts, open_accounts
from walkforge.splits.windows import Window

Decide = Callable[[Observation], Tensor]  # weights to order [B, K+1], from what B accounts see


class Stretch(NamedTuple):
    """A window, who decides in it, and the market as that policy reads it.

    All stretches of a record share dates, symbols and prices; features may be others.
    """

    window: Window
    decide: Decide
    market: Market


class Rollout(NamedTuple):
    """One capital's way through a window: of one account, or of a sleeve for each symbol.

    daily: date, equity (1.0 at the close before the first scored window since the account opened;
        in a warm-in, at the opening), net_return, gross_return, turnover (sum of absolute weight
        changes), cost (fraction of equity), cash_weight, effective_names (1 / sum of squared
        shares of what is held at the close, 0 with nothing held), selection (what choosing symbols
        earned, gross and matched in exposure, as a share of equity at the close before), bought
        and sold (share of symbols of which over a hundredth of an equal share of equity was
        traded). Forced exits from delisted symbols move equity and selection alone: they are
        neither turnover nor cost.
    weights: date, symbol, weight at the close; rows with weight 0 are left out.
    ledger: date, symbol, side (buy, sell, delisted, cut), quantity, price, value, the costs
        (commission, stamp_duty, spread, slippage, impact), cash_after, holding_after.
    """

    daily: pl.DataFrame
    weights: pl.DataFrame
    ledger: pl.DataFrame


class Rolled(NamedTuple):
    """A record in one account.

    warm_ins: unscored, one for each time the account opens: one where windows are contiguous.
    windows: one for each stretch. closing: the accounts at the close of the last date, [1, K], or
    [K, 1] where each symbol is a sleeve.
    """

    warm_ins: list[Rollout]
    windows: list[Rollout]
    closing: Accounts


def roll_record(
    stretches: Sequence[Stretch],
    *,
    config: MarketConfig,
    warm_in_days: int,
    single_symbol: bool = False,
    accounts: Accounts | None = None,
) -> Rolled:
    """The record of policies, window after window, in one account.

    Before the first window, and before the first one after a gap, the account opens in cash
    `warm_in_days` sessions earlier and is rolled by that window's policy, unscored. Between
    windows without a session in between the policy changes and the holdings stay. The first
    decision on a window is taken at the close before it, so every date of it has a return.

    Args:
        stretches: in order of time. Each `decide` gives weights to order; asked once for each
            date, in order.
        config: on what terms. warm_in_days: sessions.
        single_symbol: each symbol is a sleeve of 1 / K of the capital with an account of its own,
            all decided at once; nothing moves between them.
        accounts: what is held at the close before the first window, which then has no warm-in.

    Raises:
        InputError: see plan_days.
    """
    planned = _planned(stretches, warm_in_days=warm_in_days, accounts=accounts)
    records = _days(
        planned, stretches, config=config, single_symbol=single_symbol, accounts=accounts
    )
    warm_ins: list[Rollout] = []
    windows: list[Rollout] = []
    base = 0.0
    for place, stretch in enumerate(stretches):
        own = [day for day in planned if day.window == place]
        before, scored = ([day for day in own if day.scored == of] for of in (False, True))
        if before:
            warm = list(islice(records, len(before)))
            opening = float(warm[0].before.equity.sum())
            warm_ins.append(_frames(warm, stretch.market, before, config=config, base=opening))
        rolled = list(islice(records, len(scored)))
        if own[0].opens or place == 0:
            base = float(rolled[0].before.equity.sum())
        windows.append(_frames(rolled, stretch.market, scored, config=config, base=base))
        if own[0].opens and not before:
            warm_ins.append(Rollout(*(frame.clear() for frame in windows[-1])))
    return Rolled(warm_ins, windows, rolled[-1].traded.accounts)


def rollout(
    decide: Decide,
    market: Market,
    window: Window,
    *,
    config: MarketConfig,
    single_symbol: bool = False,
) -> Rollout:
    """The rollout of one window in an account that opens in cash, without a warm-in.

    Raises:
        InputError: see plan_days.
    """
    stretch = Stretch(window, decide, market)
    rolled = roll_record([stretch], config=config, warm_in_days=0, single_symbol=single_symbol)
    return rolled.windows[0]


def rolled_accounts(
    stretches: Sequence[Stretch],
    *,
    config: MarketConfig,
    warm_in_days: int,
    single_symbol: bool = False,
    accounts: Accounts | None = None,
) -> Accounts:
    """The accounts at the close of a record's last date, see roll_record."""
    planned = _planned(stretches, warm_in_days=warm_in_days, accounts=accounts)
    days = _days(planned, stretches, config=config, single_symbol=single_symbol, accounts=accounts)
    *_, last = (record.traded.accounts for record in days)
    return last


def _planned(
    stretches: Sequence[Stretch], *, warm_in_days: int, accounts: Accounts | None
) -> list[PlannedDay]:
    """The days of a record's stretches."""
    windows = [stretch.window for stretch in stretches]
    market = stretches[0].market
    carried = accounts is not None
    return plan_days(market, windows, warm_in_days=warm_in_days, carried=carried)


def _days(
    planned: Sequence[PlannedDay],
    stretches: Sequence[Stretch],
    *,
    config: MarketConfig,
    single_symbol: bool,
    accounts: Accounts | None,
) -> Iterator[Record]:
    """The record of each day: decided at the close before it, marked at its own."""
    market = stretches[0].market
    opened, symbol = opened_accounts(market, config, single_symbol=single_symbol)
    group = Group(opened, symbol, execution_table(market, config), config)

    def order(place: int, held: Sequence[Accounts]) -> list[Tensor]:
        row, window, *_ = planned[place]
        day = rows_of(held[0], row - 1)
        known = stretches[window].market
        seen = observe(known, held[0], day=day, symbol=symbol, factors=True)
        return [stretches[window].decide(seen)]

    before = None if accounts is None else [accounts]
    for (step,) in daily_loop(planned, [group], market, order, held=before):
        parts = cost_parts(step.before, step.traded.fills, step.inputs, config=config)
        yield Record(step.before, step.traded, torch.stack(parts))


def _frames(
    records: Sequence[Record],
    market: Market,
    planned: Sequence[PlannedDay],
    *,
    config: MarketConfig,
    base: float,
) -> Rollout:
    """The frames of days in a row; equity is relative to a base."""
    days = stacked(records)
    rows = range(planned[0].row, planned[-1].row + 1)
    return Rollout(
        daily_frame(days, market, rows, config=config, base=base),
        weights_frame(days, market, rows),
        ledger_frame(days, market, rows, config=config),
    )


def opened_accounts(
    market: Market, config: MarketConfig, *, single_symbol: bool
) -> tuple[Accounts, Tensor | None]:
    """The accounts that share the capital in cash, and the symbol of each if it has one."""
    count = len(market.symbols)
    if single_symbol:
        cash = config.initial_cash / count
        sleeves = open_accounts(count, 1, cash=cash, device=market.device)
        return sleeves, torch.arange(count, device=market.device)
    return open_accounts(1, count, cash=config.initial_cash, device=market.device), None
