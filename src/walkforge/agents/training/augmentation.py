"""Training windows varied a little from roll-out to roll-out, so that less is learned by heart.

Features alone are varied, after scaling and on train rows; prices, masks and rewards stay, and
flags come late at most. Source:
T. T. Um and others, Data augmentation of wearable sensor data, 2017 (jitter, magnitude warping).
"""

from dataclasses import dataclass
from typing import Annotated

import torch
from torch import Tensor

from walkforge.market.market import Market
from walkforge.settings import Bounds

KNOT_ROWS = 60  # between two knots of a warping curve


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentationConfig:
    """How train windows are varied, anew for each roll-out; all 0 leaves them as they are."""

    noise: Annotated[
        float,
        Bounds(at_least=0, at_most=10),
        "standard deviation of noise that is added to every feature, in its own on train",
    ]
    time_shift: Annotated[
        int,
        Bounds(at_least=0, at_most=250),
        "bars by which a symbol's features may come late; they never come early",
    ]
    magnitude_warp: Annotated[
        float,
        Bounds(at_least=0, at_most=1),
        "standard deviation of the smooth curve that every feature of a symbol is multiplied by",
    ]


class Augmentation:
    """Varies the features of a market in place, the same for the same roll-out.

    Args:
        market: scaled; its features [T, K, F] are written to.
        rows: that may be varied: of the train window, but for what is left out of it.
        config: how. seed: of the training.
    """

    def __init__(
        self, market: Market, rows: list[range], *, config: AugmentationConfig, seed: int
    ) -> None:
        self.market = market
        self.rows = rows
        self.config = config
        self.seed = seed
        self._plain = market.features.clone()
        numbers = [kind != "flag" for kind in market.kinds]
        self._numbers = torch.tensor(numbers, device=market.device)

    def vary(self, steps: int) -> None:
        """Vary the features for the roll-out that begins after so many environment steps.

        What is drawn depends on seed and steps alone: a training that was ended goes on with it.
        """
        generator = torch.Generator().manual_seed(_mixed(self.seed, steps))
        for rows in self.rows:
            part = self._plain[rows.start : rows.stop]
            present = self.market.tradable[rows.start : rows.stop].unsqueeze(-1)
            shifted = self._shifted(part, present, generator)
            varied = shifted * self._curves(part, generator)
            if self.config.noise > 0.0:
                noise = torch.randn(part.shape, generator=generator).to(part)
                varied = varied + self.config.noise * noise
            varied = torch.where(self._numbers, varied, shifted)
            self.market.features[rows.start : rows.stop] = torch.where(present, varied, part)

    def _shifted(self, part: Tensor, present: Tensor, generator: torch.Generator) -> Tensor:
        """Features [T, K, F] of up to so many bars before, where the symbol was there then."""
        most = self.config.time_shift
        count, symbols, _ = part.shape
        late = torch.randint(0, most + 1, (symbols,), generator=generator).to(part.device)
        if most == 0:
            return part
        source = torch.arange(count, device=part.device).unsqueeze(-1) - late
        index = source.clamp(min=0).unsqueeze(-1)
        known = (source >= 0).unsqueeze(-1) & present.gather(0, index)
        return torch.where(known, part.gather(0, index.expand_as(part)), part)

    def _curves(self, part: Tensor, generator: torch.Generator) -> Tensor:
        """Smooth curves [T, K, 1] around 1, through a random knot every KNOT_ROWS rows."""
        count, symbols, _ = part.shape
        knots = count // KNOT_ROWS + 2
        drawn = torch.randn(symbols, 1, knots, generator=generator).to(part)
        heights = 1.0 + self.config.magnitude_warp * drawn
        lines = torch.nn.functional.interpolate(
            heights, size=count, mode="linear", align_corners=True
        )
        return lines.permute(2, 0, 1)


def _mixed(seed: int, steps: int) -> int:
    """A seed of its own for each seed and number of steps (a SplitMix64 step)."""
    mixed = (seed * 0x9E3779B97F4A7C15 + steps + 1) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return (mixed ^ (mixed >> 27)) & 0x7FFFFFFFFFFFFFFF
