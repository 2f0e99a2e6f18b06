"""The daily loop: every roll-out goes through it, and a training's environment through its step."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.config import MarketConfig
from walkforge.market.execution_inputs import ExecutionInputs, ExecutionTable
from walkforge.market.market import Market
from walkforge.market.plan import PlannedDay
from walkforge.market.simulator import Accounts, Traded, total, trade_day


class DailyStep(NamedTuple):
    """One day of B accounts: at the close before, what they met, and what they traded."""

    before: Accounts
    inputs: ExecutionInputs
    traded: Traded

    def traded_value(self) -> Tensor:
        """Money [B] for which orders were filled, bought and sold alike."""
        fills = self.traded.fills
        return total((fills.quantity * fills.price).abs())


class Group(NamedTuple):
    """Accounts that are rolled side by side on the same terms.

    opened: in cash. symbol: [B] the column of each where it trades one symbol, else None.
    added: [B, 1] commission on top of the configured costs, as a share of the value.
    """

    opened: Accounts
    symbol: Tensor | None
    table: ExecutionTable
    config: MarketConfig
    added: Tensor | None = None


# Weights to order [B, K+1] for each group, from the place of a planned day and what is held.
Order = Callable[[int, Sequence[Accounts]], Sequence[Tensor]]


def daily_step(  # noqa: PLR0913
    accounts: Accounts,
    weights: Tensor,
    table: ExecutionTable,
    *,
    day: Tensor,
    symbol: Tensor | None,
    config: MarketConfig,
    added: Tensor | None = None,
) -> DailyStep:
    """Order weights [B, K+1] at the closes of rows [B], fill, and mark at the closes after them.

    Args:
        accounts: at those closes. table: of the market and config.
        day: rows. symbol, config, added: see Group.
    """
    inputs = table.on(day, symbol)
    if added is not None:
        inputs = inputs._replace(buy=inputs.buy + added, sell=inputs.sell + added)
    return DailyStep(accounts, inputs, trade_day(accounts, weights, inputs, config=config))


def daily_loop(
    planned: Sequence[PlannedDay],
    groups: Sequence[Group],
    market: Market,
    order: Order,
    *,
    held: Sequence[Accounts] | None = None,
) -> Iterator[list[DailyStep]]:
    """Roll groups of accounts through planned days; gives a step of each group for every day.

    Args:
        planned: in order; where a day opens, all accounts begin in cash.
        groups, market: who, and where. order: decides; asked once for each day, in order.
        held: what the groups hold before the first day, where that opens nothing.

    Raises:
        ValueError: a weight is not finite; names date and symbol.
    """
    accounts = [group.opened for group in groups] if held is None else list(held)
    for place, (row, _, opens, _) in enumerate(planned):
        if opens:
            accounts = [group.opened for group in groups]
        steps = [
            daily_step(
                own,
                checked_weights(weights, market, row=row - 1, symbol=group.symbol),
                group.table,
                day=rows_of(own, row - 1),
                symbol=group.symbol,
                config=group.config,
                added=group.added,
            )
            for group, own, weights in zip(groups, accounts, order(place, accounts), strict=True)
        ]
        yield steps
        accounts = [step.traded.accounts for step in steps]


def rows_of(accounts: Accounts, row: int) -> Tensor:
    """One row, for each of B accounts: [B]."""
    return torch.full_like(accounts.cash, row, dtype=torch.int64)


def checked_weights(
    weights: Tensor, market: Market, *, row: int, symbol: Tensor | None = None
) -> Tensor:
    """Target weights [B, K+1] as they are.

    Raises:
        ValueError: one is not finite; names date and symbol.
    """
    wrong = ~torch.isfinite(weights)
    if bool(wrong.any()):
        account, entry = wrong.nonzero()[0].tolist()
        column = entry if symbol is None else int(symbol[account])
        name = [*market.symbols, "cash"][column]
        raise ValueError(
            f"a weight of {float(weights[account, entry])} was decided for {name!r} at the close "
            f"of {market.dates[row]}"
        )
    return weights


def share(part: Tensor, whole: Tensor, *, nothing: float = 0.0) -> Tensor:
    """A part over the whole; after a total loss, where that is 0, what is given for nothing."""
    return torch.where(whole > 0.0, part / whole, nothing)
