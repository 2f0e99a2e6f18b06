"""Wilder's directional system and its kin: which way the bars reach, and when that turned."""

import numpy as np
from numpy.typing import NDArray

from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import true_range
from walkforge.features.windows import (
    TIE,
    TIE_PER_CENT,
    ago,
    bars_since_highest,
    quotient,
    total,
    wilder,
)


@shared
def directional_index(bars: Bars, *, length: int, upward: bool) -> Grid:
    """The smoothed reach beyond the bar before, per cent of the true range."""
    tie = TIE * bars.close
    up = bars.high - ago(bars.high, 1)
    down = ago(bars.low, 1) - bars.low
    reach, other = (up, down) if upward else (down, up)
    beyond = (reach - other > tie) & (reach > tie)
    moves = np.where(beyond, reach, np.where(np.isnan(reach), np.nan, 0.0))
    span = wilder(true_range(bars), length)
    return 100 * quotient(wilder(moves, length), span, flat=0.0, tie=tie)


def adx(bars: Bars, *, length: int) -> Grid:
    """The smoothed difference of the two directional indices, per cent of their sum."""
    plus = directional_index(bars, length=length, upward=True)
    minus = directional_index(bars, length=length, upward=False)
    apart = quotient(np.abs(plus - minus), plus + minus, flat=0.0, tie=TIE_PER_CENT)
    return wilder(100 * apart, length)


def vortex_difference(bars: Bars, *, length: int) -> Grid:
    """The upward less the downward vortex movement, over the true range."""
    upward = np.abs(bars.high - ago(bars.low, 1))
    downward = np.abs(bars.low - ago(bars.high, 1))
    span = total(true_range(bars), length)
    return quotient(total(upward - downward, length), span, flat=0.0, tie=TIE * bars.close)


def aroon(bars: Bars, *, length: int, upward: bool) -> Grid:
    """How recent the highest high (lowest low) of the last bars is, 0 to 100."""
    series = bars.high if upward else -bars.low
    since = bars_since_highest(series, length + 1, tie=TIE * bars.close)
    return 100 * (length - since) / length


def psar_distance(bars: Bars, *, step: float, most: float) -> Grid:
    """The log distance of the close from the parabolic stop.

    Args:
        bars: of K symbols. step: by which the acceleration grows. most: the acceleration's limit.
    """
    stops = np.full_like(bars.close, np.nan)
    state = _Stop(bars, step=step, most=most)
    for t in range(2, len(stops)):
        stops[t] = state.advance(t)
    return np.log(bars.close / stops)


class _Stop:
    """Parabolic stops of K symbols, bar by bar.

    Attributes:
        stop: [K] today's. rising: [K] whether the position is long. extreme: [K] the highest
            high of a long, the lowest low of a short. rate: [K] the acceleration.
    """

    def __init__(self, bars: Bars, *, step: float, most: float) -> None:
        count = bars.close.shape[1]
        self.bars = bars
        self.step = step
        self.most = most
        self.stop = bars.close[1].copy() if len(bars.close) > 1 else np.empty(count)
        self.rising = np.ones(count, dtype=bool)
        self.extreme = bars.high[0].copy() if len(bars.high) else np.empty(count)
        self.rate = np.full(count, step)

    def advance(self, t: int) -> NDArray[np.float64]:
        """The stops of row t, which must follow the row before."""
        sign = np.where(self.rising, 1.0, -1.0)
        tie = TIE * self.bars.close[t]
        # Of a short all prices are mirrored, so that both sides follow one rule.
        ahead = np.where(self.rising, self.bars.high[t], -self.bars.low[t])
        behind = np.where(self.rising, self.bars.low[t], -self.bars.high[t])
        extreme = sign * self.extreme
        stop = sign * self.stop
        stop = stop + self.rate * (extreme - stop)
        turned = stop - behind > tie
        further = ~turned & (ahead - extreme > tie)
        rate = np.where(further, np.minimum(self.rate + self.step, self.most), self.rate)
        held = self._clamped(stop, t, tie)
        reached = np.where(further, ahead, extreme)
        self.stop = sign * np.where(turned, extreme, held)
        self.extreme = sign * np.where(turned, behind, reached)
        self.rate = np.where(turned, self.step, rate)
        self.rising = self.rising ^ turned
        return self.stop

    def _clamped(self, stop: NDArray[np.float64], t: int, tie: NDArray[np.float64]) -> Grid:
        """Mirrored stops, moved out of the reach of the two bars before."""
        near, far = (
            np.where(self.rising, self.bars.low[t - i], -self.bars.high[t - i]) for i in (1, 2)
        )
        inside = np.where(stop - near > tie, near, stop)
        return np.where(stop - far > tie, far, inside)
