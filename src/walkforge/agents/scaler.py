"""The fold's scaler: mean and scale of train rows, the first layer of every policy."""

from dataclasses import replace

import torch
from torch import Tensor, nn

from walkforge.market.market import Market

CLIP = 10.0  # training standard deviations


class Scaler(nn.Module):
    """(x - mean) / scale, clipped to 10; flags pass unchanged, untradable symbols give 0.

    Buffers mean, scale: [F] float32, saved with the policy.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features
        self.register_buffer("mean", torch.zeros(features))
        self.register_buffer("scale", torch.ones(features))

    def forward(self, features: Tensor, tradable: Tensor) -> Tensor:
        """Scaled features [B, K, F] from raw ones and the mask [B, K]."""
        scaled = ((features - self.mean) / self.scale).clamp(-CLIP, CLIP)
        return scaled * tradable.unsqueeze(-1)


class Scaled(nn.Module):
    """In place of a scaler where the features are scaled already."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.features = features

    def forward(self, features: Tensor, tradable: Tensor) -> Tensor:
        """The features unchanged."""
        return features


def scaled_market(market: Market, scaler: Scaler, *, rows: range) -> Market:
    """The market up to the last of these rows, its features scaled once for all."""
    short = market.until(market.dates[rows.stop - 1])
    return replace(short, features=scaler(short.features, short.tradable))


def fit_scaler(market: Market, rows: range) -> Scaler:
    """The scaler of these rows: mean and population std over tradable symbols and dates.

    A column that is constant there keeps scale 1.

    Raises:
        ValueError: no symbol is tradable in the rows.
    """
    chosen = slice(rows.start, rows.stop)
    values = market.features[chosen][market.tradable[chosen]].double()
    if len(values) == 0:
        raise ValueError(f"no tradable symbol in rows {rows.start} to {rows.stop}")
    mean = values.mean(dim=0)
    scale = values.std(dim=0, correction=0)
    flags = torch.tensor([kind == "flag" for kind in market.kinds], device=values.device)
    constant = scale <= 1e-12 * (1.0 + mean.abs())
    scaler = Scaler(values.shape[1]).to(market.device)
    scaler.mean.copy_(torch.where(flags, 0.0, mean))
    scaler.scale.copy_(torch.where(flags | constant, 1.0, scale))
    return scaler
