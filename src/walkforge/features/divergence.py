"""Divergence: price and strength that go different ways."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid
from walkforge.features.quantities import rsi
from walkforge.features.windows import TIE, TIE_PER_CENT, ago


def divergence(bars: Bars, *, length: int, strength: int, bullish: bool) -> Grid:
    """1 where the close fell and its RSI rose (bearish: the reverse), else 0."""
    index = rsi(bars, length=strength)
    price = bars.close - ago(bars.close, length)
    power = index - ago(index, length)
    if not bullish:
        price = -price
        power = -power
    diverged = (-price > TIE * bars.close) & (power > TIE_PER_CENT)
    return np.where(np.isnan(price) | np.isnan(power), np.nan, diverged)


_indicator = partial(Indicator, family="divergence", source="", kind="flag")

INDICATORS = (
    _indicator(
        name="bullish_divergence",
        warm_up=24,
        memory=130,
        formula="1 where C < C[-10] and rsi_14 > rsi_14[-10], else 0",
        compute=partial(divergence, length=10, strength=14, bullish=True),
    ),
    _indicator(
        name="bearish_divergence",
        warm_up=24,
        memory=130,
        formula="1 where C > C[-10] and rsi_14 < rsi_14[-10], else 0",
        compute=partial(divergence, length=10, strength=14, bullish=False),
    ),
)
