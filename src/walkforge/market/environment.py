"""B portfolio accounts stepped side by side through one market."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.rewards.day import Day
from walkforge.market.simulator import (
    BPS,
    Accounts,
    Fills,
    MarketConfig,
    account_weights,
    close_delisted,
    fill_orders,
    mark,
    open_accounts,
    order_quantities,
)


class Scheme(Protocol):
    """What the environment asks of an action scheme."""

    @property
    def action_bound(self) -> float:
        """Return the largest absolute value of an action's entries."""

    def action_size(self, symbols: int) -> int:
        """Return the length of an action."""

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Return target weights [B, K+1]."""

    def adjusted(self, targets: Tensor, account: Observation) -> Tensor:
        """Return the weights to order [B, K+1]."""

    def score(self, targets: Tensor, account: Observation) -> Tensor:
        """Return scores [B, K]."""


class Step(NamedTuple):
    """What one day gave: reward [B], terminated [B] (ruin), truncated [B] (end), order fills."""

    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    fills: Fills


def observe(market: Market, accounts: Accounts, *, day: Tensor) -> Observation:
    """Return what B accounts see at the close of their days [B]."""
    weights = account_weights(accounts, market.close[day])
    return Observation(market.features[day], weights, market.tradable[day])


class Traded(NamedTuple):
    """One traded day: accounts at the next close, fills of orders, forced exits before them."""

    accounts: Accounts
    fills: Fills
    exits: Fills


def trade_day(
    market: Market, accounts: Accounts, weights: Tensor, *, day: Tensor, config: MarketConfig
) -> Traded:
    """Order at the close of `day` [B], fill at the next open, mark at the next close.

    What is held of symbols that are delisted by the next open is closed out there first.
    """
    quantity = order_quantities(
        accounts, weights, close=market.close[day], tradable=market.tradable[day]
    )
    remaining, exits = close_delisted(
        accounts,
        market.close[day + 1],
        delisted=market.delisted[day + 1],
        haircut=config.delisting_haircut,
    )
    after, fills = fill_orders(
        remaining,
        quantity,
        price=market.open[day + 1],
        fillable=market.tradable[day + 1] & ~market.delisted[day + 1],
        commission=config.commission_bps * BPS,
    )
    return Traded(mark(after, market.close[day + 1]), fills, exits)


class PortfolioBatch:
    """B accounts, each in an episode of its own inside a range of rows.

    Args:
        market: where the accounts trade.
        scheme: maps actions to weights.
        reward: pays each day.
        config: cash, cost and ruin.
        rows: rows an episode may see; the last mark is at rows.stop - 1.
        count: B. episode_days: longest episode. generator: draws starts, on the CPU.

    Raises:
        ValueError: fewer than two rows.
    """

    def __init__(  # noqa: PLR0913
        self,
        market: Market,
        *,
        scheme: Scheme,
        reward: Callable[[Day], Tensor],
        config: MarketConfig,
        rows: range,
        count: int,
        episode_days: int,
        generator: torch.Generator,
    ) -> None:
        if len(rows) < 2:
            raise ValueError(f"rows {rows} hold no day to trade: at least two are needed")
        self.market, self.scheme, self.reward, self.config = market, scheme, reward, config
        self.rows, self.count, self.generator = rows, count, generator
        self.episode_days = min(episode_days, len(rows) - 1)
        self._equal_weight = market.equal_weight_returns()
        self._fresh = open_accounts(
            count, len(market.symbols), cash=config.initial_cash, device=market.device
        )
        self.reset()

    def reset(self) -> Observation:
        """Start every account anew and return what they see."""
        self.accounts = self._fresh
        self.day = self._draw_starts()
        self.last = self.day + self.episode_days
        return self.observation()

    def restart(self, done: Tensor) -> Observation:
        """Start the accounts marked in `done` [B] anew and return what all of them see."""
        starts = self._draw_starts()
        self.day = torch.where(done, starts, self.day)
        self.last = torch.where(done, starts + self.episode_days, self.last)
        chosen = done.unsqueeze(-1)
        self.accounts = Accounts(
            torch.where(done, self._fresh.cash, self.accounts.cash),
            torch.where(chosen, self._fresh.holdings, self.accounts.holdings),
            torch.where(done, self._fresh.equity, self.accounts.equity),
        )
        return self.observation()

    def observation(self) -> Observation:
        """Return what the accounts see now."""
        return observe(self.market, self.accounts, day=self.day)

    def step(self, action: Tensor) -> Step:
        """Trade one day.

        Raises:
            ValueError: an action is not finite, or an account is at its episode's end and was not
                restarted; names the account.
        """
        over = self.day >= self.last
        if bool(over.any()):
            account = int(over.nonzero()[0])
            raise ValueError(f"account {account} is at the end of its episode: restart it")
        if not bool(torch.isfinite(action).all()):
            bad = int((~torch.isfinite(action)).any(-1).nonzero()[0])
            raise ValueError(f"action of account {bad} is not finite: {action[bad].tolist()}")
        seen = self.observation()
        weights = self.scheme.adjusted(self.scheme.targets(action, seen), seen)
        before = self.accounts.equity
        self.accounts, fills, _ = trade_day(
            self.market, self.accounts, weights, day=self.day, config=self.config
        )
        self.day = self.day + 1
        paid = self.reward(Day(before, self.accounts.equity, self._equal_weight[self.day]))
        ruined = self.accounts.equity < self.config.ruin_fraction * self.config.initial_cash
        ended = (self.day >= self.last) & ~ruined
        return Step(paid.float(), ruined, ended, fills)

    def _draw_starts(self) -> Tensor:
        """Return B first days such that a whole episode fits in the rows."""
        latest = self.rows.stop - 1 - self.episode_days
        starts = torch.randint(self.rows.start, latest + 1, (self.count,), generator=self.generator)
        return starts.to(self.market.device)
