"""Several policies as one: the consensus of seeds, rolled and scored as any other policy is."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from walkforge.agents.api import Policy
from walkforge.errors import InputError
from walkforge.market.account import Observation
from walkforge.market.schemes.scheme import Scheme


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsemblePolicy:
    """The mean of what its members want of one account; each member weighs the same.

    Raises:
        InputError: there is no member, or they act in different schemes or read other features.
    """

    members: tuple[Policy, ...]

    def __post_init__(self) -> None:
        kinds = {(repr(each.scheme), each.feature_names) for each in self.members}
        if len(kinds) != 1:
            raise InputError(
                f"an ensemble of {len(self.members)} policies with {len(kinds)} different schemes "
                "or lists of features: give at least one, all of one agent and fold"
            )

    @property
    def scheme(self) -> Scheme:
        """That of every member."""
        return self.members[0].scheme

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What every member reads."""
        return self.members[0].feature_names

    def targets(self, seen: Observation) -> Tensor:
        """Mean target weights [B, K+1]: a portfolio too, since each member's is one."""
        return self.mean([member.targets(seen) for member in self.members])

    def orders(self, seen: Observation) -> Tensor:
        """Mean weights to order [B, K+1]."""
        return self.mean([member.orders(seen) for member in self.members])

    def scores(self, seen: Observation) -> Tensor:
        """[B, K]: how much the members are for each symbol, on average."""
        return self.mean([member.scores(seen) for member in self.members])

    def mean(self, said: Sequence[Tensor]) -> Tensor:
        """The mean of what members say, one tensor each of one shape, added up in their order.

        Also where each was asked about an account of its own, as rankings ask.
        """
        first, *others = said
        if len(said) != len(self.members):
            raise ValueError(f"{len(said)} say something, of {len(self.members)} members")
        total = first
        for each in others:
            total = total + each
        return total / len(said)
