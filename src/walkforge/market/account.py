"""What a policy and its action scheme see of a batch of accounts."""

from typing import NamedTuple

from torch import Tensor


class Factors(NamedTuple):
    """What fixed regimes go by, as of the close of t, each [B, K] float64.

    momentum: change of the close over 20 bars. volatility: deviation of 20 daily log returns.
    daily_value: mean traded value of 20 bars.
    """

    momentum: Tensor
    volatility: Tensor
    daily_value: Tensor


class Observation(NamedTuple):
    """What is known at the close of t, for B accounts; K is 1 where each trades one symbol.

    features: [B, K, F] float32, unscaled. weights: [B, K+1] float64, cash last.
    tradable: [B, K] bool. factors: where the scheme asks for them.
    """

    features: Tensor
    weights: Tensor
    tradable: Tensor
    factors: Factors | None = None
