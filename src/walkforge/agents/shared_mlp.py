"""Network `shared_mlp`: one encoder for all symbols, so the order of symbols cannot matter."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from walkforge.agents.scaler import Scaler
from walkforge.market.account import Observation
from walkforge.market.schemes.scheme import Heads


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Widths of the encoder's layers, gain of the score head, initial std of the actions."""

    hidden: tuple[int, ...]
    score_gain: float
    initial_std: float


class Network(nn.Module):
    """What a scheme asks for each symbol and for the whole, and the value of the state.

    A symbol's input is its scaled features, its weight and the cash weight. What is asked for the
    whole, such as the score of cash, comes from the mean embedding of the tradable symbols, as
    does the value. One scalar log_std serves all numbers of a box, so that it does not depend on
    the number of symbols.
    """

    def __init__(self, config: Config, scaler: Scaler, heads: Heads) -> None:
        super().__init__()
        self.scaler, self.pooled_first = scaler, heads.pooled_first
        width, layers = scaler.mean.shape[0] + 2, []
        for size in config.hidden:
            layers += [_linear(width, size, gain=2.0**0.5), nn.Tanh()]
            width = size
        self.encoder = nn.Sequential(*layers)
        self.symbol_head = _head(width, heads.symbol, gain=config.score_gain)
        self.pooled_head = _head(width, heads.pooled, gain=config.score_gain)
        self.value_head = _linear(width, 1, gain=1.0)
        self.log_std = nn.Parameter(torch.tensor([config.initial_std]).log())

    def forward(self, seen: Observation) -> tuple[Tensor, Tensor]:
        """Return the output [B, A] that the scheme's heads ask for, and the value [B]."""
        embedding, pooled = self._embed(seen)
        parts = []
        if self.symbol_head is not None:
            parts.append(self.symbol_head(embedding).flatten(1))
        if self.pooled_head is not None:
            parts.append(self.pooled_head(pooled))
        output = torch.cat(parts[::-1] if self.pooled_first else parts, dim=-1)
        return output, self.value_head(pooled).squeeze(-1)

    def value(self, seen: Observation) -> Tensor:
        """Return the value [B] alone."""
        value: Tensor = self.value_head(self._embed(seen)[1]).squeeze(-1)
        return value

    def _embed(self, seen: Observation) -> tuple[Tensor, Tensor]:
        """Return symbol embeddings [B, K, H] and their mean over tradable symbols [B, H]."""
        weights = seen.weights.float()
        own, cash = weights[:, :-1], weights[:, -1:]
        account = torch.stack([own, cash.expand_as(own)], dim=-1)
        scaled = self.scaler(seen.features, seen.tradable)
        embedding = self.encoder(torch.cat([scaled, account], dim=-1))
        mask = seen.tradable.unsqueeze(-1).to(embedding.dtype)
        pooled = (embedding * mask).sum(1) / mask.sum(1).clamp(min=1.0)
        return embedding, pooled


def _head(inputs: int, outputs: int, *, gain: float) -> nn.Linear | None:
    """Return a layer of so many outputs, or nothing where none are asked for."""
    return _linear(inputs, outputs, gain=gain) if outputs else None


def _linear(inputs: int, outputs: int, *, gain: float) -> nn.Linear:
    """Return a linear layer with orthogonal weights of this gain and zero bias."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
