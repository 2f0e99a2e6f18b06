"""What a policy and its action scheme see of a batch of accounts."""

from typing import NamedTuple

from torch import Tensor


class Observation(NamedTuple):
    """What is known at the close of t, for B accounts.

    features: [B, K, F] float32, unscaled. weights: [B, K+1] float64, cash last.
    tradable: [B, K] bool.
    """

    features: Tensor
    weights: Tensor
    tradable: Tensor
