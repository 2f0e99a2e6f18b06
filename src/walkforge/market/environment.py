"""B accounts stepped side by side through one market, each in an episode of its own."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from walkforge.compiler import check_compiler
from walkforge.market.account import Observation
from walkforge.market.config import MarketConfig
from walkforge.market.environment_step import (
    FaultError,
    Faults,
    State,
    StepParams,
    StepResult,
    gathered,
    observe_accounts,
    restarted,
    step,
    step_with_reset,
)
from walkforge.market.execution_inputs import execution_table
from walkforge.market.market import Market
from walkforge.market.rewards.day import Reward
from walkforge.market.schemes.scheme import Scheme
from walkforge.market.simulator import Accounts, open_accounts
from walkforge.splits.combinatorial import without

# By the fields of Faults.
PROBLEMS = (
    "is past its episode's end: restart it",
    "acts outside its space",
    "has a reward that is not a number",
)


class AccountBatch:
    """B accounts over the whole universe, or over one symbol each, as the scheme says.

    Args:
        market: where the accounts trade.
        scheme: maps actions to weights.
        reward: pays each day.
        config: cash, execution, costs, limits and ruin.
        rows: rows an episode may see; the last mark is at rows.stop - 1.
        left_out: rows inside these that no episode sees. Episodes are then at most half as long as
            the shortest stretch between, so that none goes untaught.
        count: B. episode_days: longest episode. generator: draws starts and symbols, on its device.
        compiled: fuse each step with torch.compile: some 20 s at the first, less from then on;
            needs a C++ compiler.

    Raises:
        InputError: a price is no price, or compiled is asked for without a compiler.
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
        left_out: Sequence[range] = (),
        compiled: bool = False,
    ) -> None:
        if len(rows) < 2 or rows.start < 0 or rows.stop > len(market.dates):
            raise ValueError(f"{rows} of {len(market.dates)} rows holds no day to trade")
        if episode_days < 1 or count < 1:
            raise ValueError(f"{count} accounts and {episode_days} days: give at least 1 of each")
        self.market = market
        self.scheme = scheme
        self.config = config
        self.rows = rows
        self.count = count
        self.generator = generator
        stretches = without(rows, left_out)
        longest = len(rows) - 1 if len(stretches) == 1 else min(map(len, stretches)) // 2
        if longest < 1:
            raise ValueError(f"{left_out} leaves a single row of {rows}: leave out more or less")
        self.episode_days = min(episode_days, longest)
        self._fitting = self._fitting_days(stretches)
        self._params = StepParams(
            market=market,
            scheme=scheme,
            reward=reward,
            config=config,
            table=execution_table(market, config),
            equal_weight=market.equal_weight_returns(),
        )
        kind = market.device.type
        self._step = _fused(partial(step, self._params), kind, compiled=compiled)
        self._step_with_reset = _fused(
            partial(step_with_reset, self._params), kind, compiled=compiled
        )
        self._starts = self._possible_starts() if scheme.single_symbol else None
        width = 1 if scheme.single_symbol else len(market.symbols)
        self._seen: Observation | None = None
        self._histories: dict[int, tuple[Tensor, int]] = {}
        self._opened = open_accounts(count, width, cash=config.initial_cash, device=market.device)
        initial = torch.tensor(reward.initial, dtype=torch.float64, device=market.device)
        self._initial = initial.expand(count, -1).contiguous()
        self.reset()

    @property
    def symbols(self) -> int:
        """K, the number of symbols that an account trades."""
        return self._opened.holdings.shape[1]

    @property
    def accounts(self) -> Accounts:
        """The accounts as they are now."""
        return self.state.accounts

    @property
    def day(self) -> Tensor:
        """The row of each account's last close, [B]."""
        return self.state.day

    @property
    def symbol(self) -> Tensor | None:
        """Each account's column, where it trades one symbol, [B]."""
        return self.state.symbol

    def reset(self) -> Observation:
        """Start every account anew and return what they see."""
        self.enter(self._fresh(*self._draw_starts()))
        return self.observation()

    def start_at(self, day: Tensor, symbol: Tensor | None = None) -> Observation:
        """Start every account anew on given rows [B], of given columns [B] under a single symbol.

        Raises:
            ValueError: an episode would leave the rows, or symbols are given or missing wrongly.
        """
        if (symbol is not None) != self.scheme.single_symbol:
            raise ValueError("give columns for a scheme of a single symbol, and for no other")
        latest = self.rows.stop - 1 - self.episode_days
        fits = self.rows.start <= int(day.min()) and int(day.max()) <= latest
        if not fits or not bool(torch.isin(day, self._fitting).all()):
            raise ValueError(f"episodes start on rows {self.rows.start} to {latest}")
        columns = len(self.market.symbols)
        if symbol is not None and not bool(((symbol >= 0) & (symbol < columns)).all()):
            raise ValueError(f"columns are from 0 to {columns - 1}")
        self.enter(self._fresh(day, symbol))
        return self.observation()

    def restart(self, done: Tensor) -> Observation:
        """Start the accounts marked in `done` [B] anew and return what all of them see."""
        self.enter(restarted(self.state, self._fresh(*self._draw_starts()), done))
        return self.observation()

    def observation(self) -> Observation:
        """What the accounts see now; gathered once until something changes."""
        seen = self._seen
        if seen is None:
            features = gathered(self.market.features, self.day, self.symbol)
            seen = self._seen = self._known()._replace(features=features)
        return seen

    def windows(self, bars: int, out: Tensor | None = None) -> Tensor:
        """Features [B, bars, K x F] of the last bars, oldest first; 0 before the data.

        Args:
            bars: length of the windows.
            out: [B, bars x K x F] float32 to write to: without it the memory is new every time,
                which costs several times the copying.
        """
        if bars not in self._histories:
            self._histories[bars] = _histories(
                self.market.features, bars, single=self.symbol is not None
            )
        history, stride = self._histories[bars]
        place = self.day if self.symbol is None else self.symbol * stride + self.day
        windows = torch.index_select(history, 0, place, out=out)
        return windows.reshape(self.count, bars, -1)

    def step(self, action: Tensor) -> StepResult:
        """Trade one day.

        Raises:
            FaultError: an action or a reward is not finite, or an account is at its episode's end
                and was not restarted; names the account, its day and its symbol.
        """
        self._check_shape(action)
        given: tuple[State, StepResult, Faults] = self._step(self.state, action, self._known())
        state, result, faults = given
        self._check(faults, action)
        self.enter(state)
        return result

    def step_with_reset(self, action: Tensor) -> StepResult:
        """Trade one day, then restart the accounts whose episode ended.

        Raises:
            FaultError: an action or a reward is not finite; names the account, day and symbol.
        """
        self._check_shape(action)
        fresh = self._fresh(*self._draw_starts())
        given: tuple[State, StepResult, Faults, Observation]
        given = self._step_with_reset(self.state, action, self._known(), fresh)
        state, result, faults, known = given
        self._check(faults, action)
        self.enter(state, known)
        return result

    def _fresh(self, day: Tensor, symbol: Tensor | None) -> State:
        """The state of accounts that open on given rows and columns [B]."""
        return State(self._opened, self._initial, day, day + self.episode_days, symbol)

    def enter(self, state: State, partly_seen: Observation | None = None) -> None:
        """Be in a state, of which may be known what is seen but for the features."""
        self.state = state
        self._partly_seen = partly_seen
        self._seen = None

    def _known(self) -> Observation:
        """What the accounts see but for the features."""
        known = self._partly_seen
        if known is None:
            known = self._partly_seen = observe_accounts(self._params, self.state)
        return known

    def _check_shape(self, action: Tensor) -> None:
        """Raise unless actions have the shape and kind of the scheme's space."""
        space = self.scheme.space(self.symbols)
        needed = (self.count,) if space.kind == "discrete" else (self.count, space.size)
        kind = "numbers" if space.kind == "box" else "whole numbers"
        whole = not action.is_floating_point()
        if tuple(action.shape) != needed or (space.kind != "box" and not whole):
            given = f"{str(action.dtype)[6:]} {list(action.shape)}"
            raise ValueError(f"actions are {given}: {kind} {list(needed)} are needed")

    def _check(self, faults: Faults, action: Tensor) -> None:
        """Raise if any account is wrong, naming the first, its step, its date and its symbol."""
        if not bool((faults.ended | faults.action | faults.reward).any()):
            return
        for wrong, problem in zip(faults, PROBLEMS, strict=True):
            if bool(wrong.any()):
                account = int(wrong.nonzero()[0])
                entry = self._wrong_entry(action[account]) if wrong is faults.action else ""
                where = self._place(account, later=int(wrong is faults.reward))
                raise FaultError(f"account {account} {problem} ({where}{entry})")

    def _wrong_entry(self, action: Tensor) -> str:
        """The symbol of the first entry of an account's action that is no number."""
        wrong = (~torch.isfinite(action.reshape(-1).double())).nonzero()
        names = [*self.market.symbols, "cash"]
        if self.symbol is not None or len(wrong) == 0 or int(wrong[0]) >= len(names):
            return ""
        return f", {names[int(wrong[0])]!r}"

    def _place(self, account: int, *, later: int) -> str:
        """An account's step in its episode, date and symbol, so many days later."""
        row = int(self.day[account]) + later
        step = row - int(self.state.last[account]) + self.episode_days
        of = "" if self.symbol is None else f", {self.market.symbols[int(self.symbol[account])]!r}"
        return f"step {step}, {self.market.dates[min(row, len(self.market.dates) - 1)]}{of}"

    def _fitting_days(self, stretches: Sequence[range]) -> Tensor:
        """The days on which a whole episode may start, [N]."""
        days = [day for rows in stretches for day in rows[: len(rows) - self.episode_days]]
        return torch.tensor(days, device=self.market.device)

    def _possible_starts(self) -> tuple[Tensor, Tensor]:
        """Days and symbols, [N] each, on which an episode of one symbol may start."""
        starts = self.market.tradable[self._fitting].nonzero()
        if len(starts) == 0:
            latest = self.rows.stop - 1 - self.episode_days
            raise ValueError(f"no tradable symbol in rows {self.rows.start} to {latest + 1}")
        return self._fitting[starts[:, 0]], starts[:, 1].contiguous()

    def _draw_starts(self) -> tuple[Tensor, Tensor | None]:
        """B first days such that a whole episode fits in the rows, and B symbols."""
        if self._starts is not None:
            place = self._draw(0, len(self._starts[0]))
            day, symbol = self._starts
            return day.index_select(0, place), symbol.index_select(0, place)
        return self._fitting.index_select(0, self._draw(0, len(self._fitting))), None

    def _draw(self, low: int, high: int) -> Tensor:
        """B whole numbers from low to high - 1."""
        drawn = torch.randint(
            low, high, (self.count,), generator=self.generator, device=self.generator.device
        )
        return drawn.to(self.market.device)


def _fused(function: Callable[..., Any], device: str, *, compiled: bool) -> Callable[..., Any]:
    """A function, fused into few kernels if asked to."""
    if not compiled:
        return function
    check_compiler(device)
    return torch.compile(function, dynamic=False, fullgraph=True)


def _histories(features: Tensor, bars: int, *, single: bool) -> tuple[Tensor, int]:
    """Every window of so many bars as a row of one overlapping view, and rows per symbol.

    Args:
        features: [T, K, F]. bars: length of a window. single: whether a window is of one symbol.
    """
    rows = features.transpose(0, 1) if single else features.flatten(1).unsqueeze(0)
    padded = torch.nn.functional.pad(rows, (0, 0, bars - 1, 0)).contiguous()
    symbols, length, width = padded.shape
    size = (symbols * length - bars + 1, bars * width)
    return padded.as_strided(size, (width, 1)), length
