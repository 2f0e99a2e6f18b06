"""Candles: the shape of a bar and of the one before it."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid, Mask, shared
from walkforge.features.windows import TIE, ago, log_of_at_least, quotient

_LONG_WICK = 2.0
_SHORT_WICK = 0.5  # bodies
_DOJI_BODY = 0.001


@shared
def body(bars: Bars) -> Grid:
    """The close less the open."""
    return bars.close - bars.open


@shared
def upper_part(bars: Bars) -> Grid:
    """The high less the greater of open and close."""
    return bars.high - np.maximum(bars.open, bars.close)


@shared
def lower_part(bars: Bars) -> Grid:
    """The lesser of open and close less the low."""
    return np.minimum(bars.open, bars.close) - bars.low


def body_share(bars: Bars) -> Grid:
    """The body over the open."""
    return body(bars) / bars.open


def range_share(bars: Bars) -> Grid:
    """The log of the range over the close."""
    return log_of_at_least((bars.high - bars.low) / bars.close, 1e-4)


def upper_wick(bars: Bars) -> Grid:
    """The upper wick over the range."""
    return quotient(upper_part(bars), bars.high - bars.low, flat=0.0, tie=TIE * bars.close)


def lower_wick(bars: Bars) -> Grid:
    """The lower wick over the range."""
    return quotient(lower_part(bars), bars.high - bars.low, flat=0.0, tie=TIE * bars.close)


def gap(bars: Bars) -> Grid:
    """The open over the close before, less 1."""
    return bars.open / ago(bars.close, 1) - 1


def hammer(bars: Bars) -> Grid:
    """1 where a rising bar has a long lower and a short upper wick, else 0."""
    return _wicked(bars, lower_part(bars), upper_part(bars), rising=True)


def shooting_star(bars: Bars) -> Grid:
    """1 where a falling bar has a long upper and a short lower wick, else 0."""
    return _wicked(bars, upper_part(bars), lower_part(bars), rising=False)


def _wicked(bars: Bars, long: Grid, short: Grid, *, rising: bool) -> Grid:
    """1 where one wick is long, the other short, and the body goes the given way."""
    tie = TIE * bars.close
    size = np.abs(body(bars))
    moved = body(bars) > tie if rising else -body(bars) > tie
    shaped = (long - _LONG_WICK * size > tie) & (_SHORT_WICK * size - short > tie)
    return _flag(moved & shaped, bars.close)


def doji(bars: Bars) -> Grid:
    """1 where open and close are about the same, else 0."""
    return _flag(_DOJI_BODY - np.abs(body(bars)) / bars.open > TIE, bars.close)


def engulfing(bars: Bars) -> Grid:
    """1 where a rising body holds the falling one before, -1 mirrored, else 0."""
    tie = TIE * bars.close
    opened = ago(bars.open, 1)
    closed = ago(bars.close, 1)
    before = closed - opened
    below = ~(bars.open - closed > tie)
    beyond = ~(opened - bars.close > tie)
    bullish = (body(bars) > tie) & (-before > tie) & below & beyond
    above = ~(closed - bars.open > tie)
    under = ~(bars.close - opened > tie)
    bearish = (-body(bars) > tie) & (before > tie) & above & under
    return np.where(np.isnan(before), np.nan, bullish.astype(np.float64) - bearish)


def _flag(raised: Mask, known: Grid) -> Grid:
    """1 where raised, 0 elsewhere, NaN where nothing is known."""
    return np.where(np.isnan(known), np.nan, raised)


_indicator = partial(Indicator, family="candles", source="")

INDICATORS = (
    _indicator(name="body_pct", warm_up=0, formula="(C - O) / O", compute=body_share),
    _indicator(
        name="range_pct",
        warm_up=0,
        formula="ln(max((H - L) / C, 1e-4))",
        compute=range_share,
    ),
    _indicator(
        name="upper_wick",
        warm_up=0,
        formula="(H - max(O, C)) / (H - L); 0 when H = L",
        compute=upper_wick,
    ),
    _indicator(
        name="lower_wick",
        warm_up=0,
        formula="(min(O, C) - L) / (H - L); 0 when H = L",
        compute=lower_wick,
    ),
    _indicator(name="gap_pct", warm_up=1, formula="O / C[-1] - 1", compute=gap),
    _indicator(
        name="hammer",
        warm_up=0,
        formula="1 where the lower wick > 2 bodies, the upper wick < 0.5 body and C > O, else 0",
        compute=hammer,
        kind="flag",
    ),
    _indicator(
        name="shooting_star",
        warm_up=0,
        formula="1 where the upper wick > 2 bodies, the lower wick < 0.5 body and C < O, else 0",
        compute=shooting_star,
        kind="flag",
    ),
    _indicator(
        name="doji",
        warm_up=0,
        formula="1 where abs(C - O) / O < 0.001, else 0",
        compute=doji,
        kind="flag",
    ),
    _indicator(
        name="engulfing",
        warm_up=1,
        formula="1 where C > O, C[-1] < O[-1], O <= C[-1] and C >= O[-1]; -1 mirrored; else 0",
        compute=engulfing,
        kind="flag",
    ),
)
