"""Network `shared_mlp`: one encoder for all symbols, so the order of symbols cannot matter."""

import math
from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor, nn

from walkforge.agents.account_scaler import account_state
from walkforge.agents.api import Output
from walkforge.agents.scaler import Scaled, Scaler
from walkforge.market.account import Observation
from walkforge.market.schemes.scheme import Heads
from walkforge.settings import Bounds, Size

VALUE_GAIN = 0.01  # of the value head's initial weights


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """One encoder shared by all symbols, one score head, cash from the pooled embedding."""

    hidden: Annotated[
        tuple[Annotated[int, Bounds(at_least=1, at_most=65_536)], ...],
        Size(1, 32),
        "widths of the encoder's layers",
    ]
    separate_critic: Annotated[bool, "whether the value has an encoder of its own"]
    score_gain: Annotated[
        float, Bounds(above=0, at_most=1_000), "gain of the score head's initial weights"
    ]
    initial_std: Annotated[
        float, Bounds(above=0, at_most=100), "standard deviation of the actions at the start"
    ]


class Network(nn.Module):
    """What a scheme asks for each symbol and for the whole, and the value of the state.

    A symbol's input is its scaled features, its weight and the cash weight. What is asked for the
    whole, such as the score of cash, comes from the mean embedding of the tradable symbols, as
    does the value. One scalar log_std serves all numbers of a box, so that it does not depend on
    the number of symbols. The embedding of a symbol's day is its scaled features alone: the first
    layer takes them together with the account's state.
    """

    lookback = 1

    def __init__(self, config: Config, scaler: Scaler | Scaled, heads: Heads) -> None:
        super().__init__()
        self.scaler = scaler
        self.pooled_first = heads.pooled_first
        self.account: nn.Module = nn.Identity()  # an AccountScaler where it is normalised
        inputs = scaler.features + 2
        width = config.hidden[-1]
        self.encoder = _encoder(inputs, config.hidden)
        self.symbol_head = _head(width, heads.symbol, gain=config.score_gain)
        self.pooled_head = _head(width, heads.pooled, gain=config.score_gain)
        # Daily rewards are small: values of their size are learned, larger ones would drown them.
        self.value_head = _linear(width, 1, gain=VALUE_GAIN)
        own = config.separate_critic
        self.critic_encoder = _encoder(inputs, config.hidden) if own else None
        # math: the logarithm of a tensor without memory would import all of torch's compiler.
        self.log_std = nn.Parameter(torch.tensor([math.log(config.initial_std)]))

    def forward(self, seen: Observation) -> Output:
        """What accounts do, and the values [B] of what they see."""
        return self.decide(self.encode(seen.features, seen.tradable), seen)

    def encode(self, features: Tensor, tradable: Tensor) -> Tensor:
        """Scaled features [B, K, F] of raw ones."""
        scaled: Tensor = self.scaler(features, tradable)
        return scaled

    def decide(self, embedding: Tensor, account: Observation) -> Output:
        """What accounts do at scaled features [B, K, F], and the values [B] of their states."""
        inputs = torch.cat([embedding, self.account(account_state(account))], dim=-1)
        hidden = self.encoder(inputs)
        pooled = _pooled(hidden, account)
        parts = []
        if self.symbol_head is not None:
            parts.append(self.symbol_head(hidden).flatten(1))
        if self.pooled_head is not None:
            parts.append(self.pooled_head(pooled))
        numbers = torch.cat(parts[::-1] if self.pooled_first else parts, dim=-1)
        if self.critic_encoder is not None:
            pooled = _pooled(self.critic_encoder(inputs), account)
        return Output(numbers, self.log_std, self.value_head(pooled).squeeze(-1))


def _pooled(embedding: Tensor, seen: Observation) -> Tensor:
    """The mean [B, H] of embeddings [B, K, H] over tradable symbols."""
    mask = seen.tradable.unsqueeze(-1).to(embedding.dtype)
    return (embedding * mask).sum(1) / mask.sum(1).clamp(min=1.0)


def _encoder(inputs: int, hidden: tuple[int, ...]) -> nn.Sequential:
    """Layers of these widths, each followed by tanh."""
    layers: list[nn.Module] = []
    for size in hidden:
        layers += [_linear(inputs, size, gain=2.0**0.5), nn.Tanh()]
        inputs = size
    return nn.Sequential(*layers)


def _head(inputs: int, outputs: int, *, gain: float) -> nn.Linear | None:
    """A layer of so many outputs, or nothing where none are asked for."""
    return _linear(inputs, outputs, gain=gain) if outputs else None


def _linear(inputs: int, outputs: int, *, gain: float) -> nn.Linear:
    """A linear layer with orthogonal weights of this gain and zero bias."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
