"""Network `shared_mlp`: one encoder for all symbols, so the order of symbols cannot matter."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from walkforge.agents.scaler import Scaler
from walkforge.market.account import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Widths of the encoder's layers, gain of the score head, initial std of the actions."""

    hidden: tuple[int, ...]
    score_gain: float
    initial_std: float


class Network(nn.Module):
    """Score of each symbol and of cash, and the value of the state.

    A symbol's input is its scaled features, its weight and the cash weight. Cash is scored from
    the mean embedding of the tradable symbols, as is the value. One scalar log_std serves all
    actions, so that it does not depend on the number of symbols.
    """

    def __init__(self, config: Config, scaler: Scaler) -> None:
        super().__init__()
        self.scaler = scaler
        width, layers = scaler.mean.shape[0] + 2, []
        for size in config.hidden:
            layers += [_linear(width, size, gain=2.0**0.5), nn.Tanh()]
            width = size
        self.encoder = nn.Sequential(*layers)
        self.score_head = _linear(width, 1, gain=config.score_gain)
        self.cash_head = _linear(width, 1, gain=config.score_gain)
        self.value_head = _linear(width, 1, gain=1.0)
        self.log_std = nn.Parameter(torch.tensor([config.initial_std]).log())

    def forward(self, seen: Observation) -> tuple[Tensor, Tensor]:
        """Return mean action [B, K+1] and value [B]."""
        embedding, pooled = self._embed(seen)
        scores = self.score_head(embedding).squeeze(-1)
        mean = torch.cat([scores, self.cash_head(pooled)], dim=-1)
        return mean, self.value_head(pooled).squeeze(-1)

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


def _linear(inputs: int, outputs: int, *, gain: float) -> nn.Linear:
    """Return a linear layer with orthogonal weights of this gain and zero bias."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, gain)
    nn.init.zeros_(layer.bias)
    return layer
