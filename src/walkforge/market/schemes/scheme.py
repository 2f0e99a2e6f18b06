"""What every action scheme offers, and what most of them share."""

from typing import Literal, NamedTuple, Protocol

import torch
from torch import Tensor

from walkforge.market.account import Observation


class ActionSpace(NamedTuple):
    """The actions of one account.

    kind: box (size numbers within -bound and bound), discrete (one of `choices`), or
    multi_discrete (one of `choices` for each of `size` entries).
    """

    kind: Literal["box", "discrete", "multi_discrete"]
    size: int
    choices: int
    bound: float


class Heads(NamedTuple):
    """What a network must give: numbers for each symbol, and for the market as a whole.

    Its output [B, A] is the symbols' numbers, symbol after symbol, then the pooled ones; where
    pooled_first, the pooled ones come first. Box: the mean action. Discrete: logits.
    """

    symbol: int
    pooled: int
    pooled_first: bool = False


class Scheme(Protocol):
    """Maps actions to target weights; frozen, without state."""

    @property
    def single_symbol(self) -> bool:
        """Whether each account trades one symbol."""

    @property
    def uses_factors(self) -> bool:
        """Whether targets need Observation.factors."""

    @property
    def heads(self) -> Heads:
        """What a network must give."""

    def space(self, symbols: int) -> ActionSpace:
        """The actions of an account over so many symbols."""

    def targets(self, action: Tensor, account: Observation) -> Tensor:
        """Target weights [B, K+1], cash last: none negative, each row sums to 1."""

    def adjusted(self, targets: Tensor, account: Observation) -> Tensor:
        """The weights to order [B, K+1]."""

    def sides(self, action: Tensor) -> Tensor | None:
        """1 where actions buy a symbol, -1 where they sell it, 0 where they hold, [B, K].

        None where actions name portfolios alone.
        """

    def score(self, expected: Tensor, account: Observation) -> Tensor:
        """[B, K]: how much a distribution of actions is for each symbol.

        Args:
            expected: of numbers the mean [B, A]; of choices their probabilities in float64,
                [B, choices], or [B, K, choices] where each symbol has its own.
            account: that acts.
        """


class Portfolio:
    """What most schemes share: an account holds the whole universe, and actions name portfolios."""

    __slots__ = ()

    @property
    def single_symbol(self) -> bool:
        """False: an account holds the whole universe."""
        return False

    @property
    def uses_factors(self) -> bool:
        """Targets need no factors."""
        return False

    def adjusted(self, targets: Tensor, account: Observation) -> Tensor:
        """The targets: orders go all the way."""
        return targets

    def sides(self, action: Tensor) -> Tensor | None:
        """Nothing: actions name portfolios."""
        return None


class Sleeve(Portfolio):
    """What schemes of one symbol share: each symbol is a sleeve with an account of its own."""

    __slots__ = ()

    @property
    def single_symbol(self) -> bool:
        """True: each symbol is a sleeve of its own."""
        return True


def free_share(account: Observation) -> tuple[Tensor, Tensor]:
    """Weights [B, K] stuck in symbols that cannot be traded, and what is left [B, 1]."""
    stuck = torch.where(account.tradable, 0.0, account.weights[..., :-1]).clamp(min=0.0)
    return stuck, (1.0 - stuck.sum(-1, keepdim=True)).clamp(min=0.0)


def with_cash(symbols: Tensor) -> Tensor:
    """Weights [B, K+1]: those of the symbols [B, K], and cash for the rest."""
    cash = (1.0 - symbols.sum(-1, keepdim=True)).clamp(min=0.0)
    return torch.cat([symbols, cash], dim=-1)
