"""B accounts stepped side by side through one market, each in an episode of its own."""

from typing import NamedTuple

import torch
from torch import Tensor

from walkforge.market.account import Factors, Observation
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rewards.day import Day, Reward
from walkforge.market.schemes.scheme import Scheme
from walkforge.market.simulator import (
    Accounts,
    Fills,
    account_weights,
    open_accounts,
    trade_day,
)
from walkforge.market.tape import tape_of


class Step(NamedTuple):
    """What one day gave, each [B].

    reward; terminated (ruin); truncated (end of the episode); turnover, traded value over equity;
    fills of orders.
    """

    reward: Tensor
    terminated: Tensor
    truncated: Tensor
    turnover: Tensor
    fills: Fills


def observe(
    market: Market,
    accounts: Accounts,
    *,
    day: Tensor,
    symbol: Tensor | None = None,
    factors: bool = False,
) -> Observation:
    """Return what B accounts see at the close of their days [B].

    Args:
        market, accounts: where and what they are. day: [B] rows.
        symbol: [B] columns, where each account trades one symbol; K is then 1.
        factors: whether the scheme needs the regimes' factors.
    """

    place = day if symbol is None else day * len(market.symbols) + symbol

    def at(values: Tensor) -> Tensor:
        if symbol is None:
            return values.index_select(0, place)
        return values.flatten(0, 1).index_select(0, place).unsqueeze(1)

    weights = account_weights(accounts, at(market.close))
    known = None
    if factors:
        known = Factors(at(market.momentum), at(market.volatility), at(market.daily_value))
    return Observation(at(market.features), weights, at(market.tradable), known)


class AccountBatch:
    """B accounts over the whole universe, or over one symbol each, as the scheme says.

    Args:
        market: where the accounts trade.
        scheme: maps actions to weights.
        reward: pays each day.
        config: cash, execution, costs, limits and ruin.
        rows: rows an episode may see; the last mark is at rows.stop - 1.
        count: B. episode_days: longest episode. generator: draws starts and symbols, on the CPU.

    Raises:
        InputError: a price is no price.
        ValueError: fewer than two rows, or none on which any symbol can be traded.
    """

    def __init__(  # noqa: PLR0913
        self,
        market: Market,
        *,
        scheme: Scheme,
        reward: Reward,
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
        self.tape = tape_of(market, config)
        self.symbol: Tensor | None = None
        self._seen: Observation | None = None
        self._starts = self._possible_starts() if scheme.single_symbol else None
        self._equal_weight = market.equal_weight_returns()
        width = 1 if scheme.single_symbol else len(market.symbols)
        self._fresh = open_accounts(count, width, cash=config.initial_cash, device=market.device)
        initial = torch.tensor(reward.initial, dtype=torch.float64, device=market.device)
        self._initial = initial.expand(count, -1)
        self.reset()

    @property
    def symbols(self) -> int:
        """Return K, the number of symbols that an account trades."""
        return self._fresh.holdings.shape[1]

    def reset(self) -> Observation:
        """Start every account anew and return what they see."""
        self.accounts, self.state, self._seen = self._fresh, self._initial, None
        self.day, self.symbol = self._draw_starts()
        self.last = self.day + self.episode_days
        return self.observation()

    def start_at(self, day: Tensor, symbol: Tensor | None = None) -> Observation:
        """Start every account anew on given rows [B], of given columns [B] under a single symbol.

        Raises:
            ValueError: an episode would leave the rows, or symbols are given or missing wrongly.
        """
        if (symbol is not None) != self.scheme.single_symbol:
            raise ValueError("give columns for a scheme of a single symbol, and for no other")
        latest = self.rows.stop - 1 - self.episode_days
        if int(day.min()) < self.rows.start or int(day.max()) > latest:
            raise ValueError(f"episodes start on rows {self.rows.start} to {latest}")
        self.reset()
        self.day, self.last, self.symbol = day, day + self.episode_days, symbol
        self._seen = None
        return self.observation()

    def restart(self, done: Tensor) -> Observation:
        """Start the accounts marked in `done` [B] anew and return what all of them see."""
        starts, symbol = self._draw_starts()
        self.day = torch.where(done, starts, self.day)
        self.last = torch.where(done, starts + self.episode_days, self.last)
        if self.symbol is not None and symbol is not None:
            self.symbol = torch.where(done, symbol, self.symbol)
        self.accounts = Accounts(
            *(_chosen(done, new, old) for new, old in zip(self._fresh, self.accounts, strict=True))
        )
        self.state, self._seen = _chosen(done, self._initial, self.state), None
        return self.observation()

    def observation(self) -> Observation:
        """Return what the accounts see now; computed once until something changes."""
        if self._seen is None:
            self._seen = observe(
                self.market,
                self.accounts,
                day=self.day,
                symbol=self.symbol,
                factors=self.scheme.uses_factors,
            )
        return self._seen

    def windows(self, bars: int) -> Tensor:
        """Return features [B, bars, K x F] of the last bars, oldest first; 0 before the data."""
        back = torch.arange(1 - bars, 1, device=self.day.device)
        rows = self.day.unsqueeze(1) + back
        known = (rows >= 0).unsqueeze(-1)
        rows = rows.clamp(min=0)
        if self.symbol is None:
            features = self.market.features[rows].flatten(2)
        else:
            features = self.market.features[rows, self.symbol.unsqueeze(1)]
        return torch.where(known, features, 0.0)

    def step(self, action: Tensor) -> Step:
        """Trade one day.

        Raises:
            ValueError: an action or a reward is not finite, or an account is at its episode's end
                and was not restarted; names the account, its day and its symbol.
        """
        self._check(self.day >= self.last, "is at the end of its episode: restart it")
        if action.is_floating_point():
            numbers = torch.isfinite(action).reshape(self.count, -1).all(-1)
            self._check(~numbers, "acts on no number")
        seen = self.observation()
        weights = self.scheme.adjusted(self.scheme.targets(action, seen), seen)
        before = self.accounts.equity
        now = self.tape.on(self.day, self.symbol)
        traded = trade_day(self.accounts, weights, now, config=self.config)
        turnover = (traded.fills.quantity * traded.fills.price).abs().sum(-1) / before
        self.accounts, self.day, self._seen = traded.accounts, self.day + 1, None
        paid, self.state = self.reward(
            Day(
                equity_before=before,
                equity_after=traded.accounts.equity,
                equal_weight_return=self._equal_weight[self.day],
                realised=traded.realised,
                cost=traded.fills.cost.sum(-1),
                turnover=turnover,
            ),
            self.state,
        )
        self._check(~torch.isfinite(paid), "is paid no number")
        ruined = self.accounts.equity < self.config.ruin_fraction * self.config.initial_cash
        ended = (self.day >= self.last) & ~ruined
        return Step(paid.float(), ruined, ended, turnover, traded.fills)

    def _check(self, wrong: Tensor, problem: str) -> None:
        """Raise if any account is wrong, naming the first, its date and its symbol."""
        if bool(wrong.any()):
            account = int(wrong.nonzero()[0])
            day = self.market.dates[min(int(self.day[account]), len(self.market.dates) - 1)]
            of = "" if self.symbol is None else self.market.symbols[int(self.symbol[account])]
            raise ValueError(f"account {account} {problem} ({day}{of and f', {of!r}'})")

    def _possible_starts(self) -> Tensor:
        """Return [N, 2]: days and symbols on which an episode of one symbol may start."""
        latest = self.rows.stop - 1 - self.episode_days
        starts = self.market.tradable[self.rows.start : latest + 1].nonzero().cpu()
        if len(starts) == 0:
            raise ValueError(f"no tradable symbol in rows {self.rows.start} to {latest + 1}")
        starts[:, 0] += self.rows.start
        return starts

    def _draw_starts(self) -> tuple[Tensor, Tensor | None]:
        """Return B first days such that a whole episode fits in the rows, and B symbols."""
        device = self.market.device
        if self._starts is not None:
            place = torch.randint(len(self._starts), (self.count,), generator=self.generator)
            day, symbol = self._starts[place].unbind(-1)
            return day.to(device), symbol.to(device)
        latest = self.rows.stop - 1 - self.episode_days
        starts = torch.randint(self.rows.start, latest + 1, (self.count,), generator=self.generator)
        return starts.to(device), None


def _chosen(done: Tensor, new: Tensor, old: Tensor) -> Tensor:
    """Return rows of `new` where done [B], of `old` elsewhere."""
    return torch.where(done.reshape(-1, *[1] * (new.dim() - 1)), new, old)
