"""What a reward may use of one simulated day."""

from typing import NamedTuple

from torch import Tensor


class Day(NamedTuple):
    """One day of B accounts: equity [B] at both closes, equal-weight gross return [B]."""

    equity_before: Tensor
    equity_after: Tensor
    equal_weight_return: Tensor
