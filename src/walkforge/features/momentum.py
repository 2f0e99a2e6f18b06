"""Momentum: how far, how fast and how steadily the price has moved."""

from functools import partial

import numpy as np

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import (
    highest_high,
    log_return,
    lowest_low,
    rsi,
    true_low,
    true_range,
)
from walkforge.features.windows import (
    TIE,
    TIE_PER_CENT,
    ago,
    ema,
    highest,
    lowest,
    mean,
    quotient,
    smoothed,
    total,
)


def delayed_return(bars: Bars, *, newest: int, oldest: int) -> Grid:
    """The log return from `oldest` to `newest` bars ago."""
    return np.log(ago(bars.close, newest) / ago(bars.close, oldest))


def acceleration(bars: Bars, *, length: int) -> Grid:
    """Today's rate of change less yesterday's."""
    change = bars.close / ago(bars.close, length) - 1
    return change - ago(change, 1)


def stochastic_rsi(bars: Bars, *, length: int) -> Grid:
    """Where the RSI stands in its own range, 0 to 1."""
    strength = rsi(bars, length=length)
    least = lowest(strength, length)
    span = highest(strength, length) - least
    return quotient(strength - least, span, flat=0.5, tie=TIE_PER_CENT)


@shared
def stochastic(bars: Bars, *, length: int) -> Grid:
    """Where the close stands in the range of the last bars, per cent."""
    least = lowest_low(bars, length=length)
    span = highest_high(bars, length=length) - least
    return 100 * quotient(bars.close - least, span, flat=0.5, tie=TIE * bars.close)


def smoothed_stochastic(bars: Bars, *, length: int, smoothing: int) -> Grid:
    """The simple mean of the stochastic, per cent."""
    return mean(stochastic(bars, length=length), smoothing)


def ultimate_oscillator(bars: Bars, *, short: int, middle: int, long: int) -> Grid:
    """The weighted shares of buying pressure in the true range, per cent."""
    pressure = bars.close - true_low(bars)
    span = true_range(bars)
    tie = TIE * bars.close
    shares = [
        quotient(total(pressure, length), total(span, length), flat=0.5, tie=tie)
        for length in (short, middle, long)
    ]
    return 100 * (4 * shares[0] + 2 * shares[1] + shares[2]) / 7


def true_strength(bars: Bars, *, slow: int, fast: int) -> Grid:
    """The double-smoothed move over the double-smoothed absolute move, per cent."""
    move = bars.close - ago(bars.close, 1)
    smooth, size = (ema(ema(series, slow), fast) for series in (move, np.abs(move)))
    return 100 * quotient(smooth, size, flat=0.0, tie=TIE * bars.close)


def kama_distance(bars: Bars, *, length: int, fast: int, slow: int) -> Grid:
    """The close over Kaufman's adaptive mean, less 1.

    The mean stands at the first close until `length` moves are known.
    """
    path = total(np.abs(bars.close - ago(bars.close, 1)), length)
    change = np.abs(bars.close - ago(bars.close, length))
    efficiency = quotient(change, path, flat=0.0, tie=TIE * bars.close)
    slowest = 2 / (slow + 1)
    fastest = 2 / (fast + 1)
    rate = (efficiency * (fastest - slowest) + slowest) ** 2
    kama = smoothed(bars.close, rate, start=length - 1, seed=bars.close[:1])
    kama[:length] = np.nan
    return bars.close / kama - 1


def awesome_oscillator(bars: Bars, *, fast: int, slow: int) -> Grid:
    """The fast over the slow mean of the middle of the bar, less 1."""
    middle = (bars.high + bars.low) / 2
    return mean(middle, fast) / mean(middle, slow) - 1


_indicator = partial(Indicator, family="momentum")

INDICATORS = (
    *(
        _indicator(
            name=f"log_return_{length}",
            warm_up=length,
            formula=f"ln(C / C[-{length}])",
            source="",
            compute=partial(log_return, length=length),
        )
        for length in (1, 5, 20, 60)
    ),
    _indicator(
        name="momentum_252_21",
        warm_up=252,
        formula="ln(C[-21] / C[-252])",
        source="Jegadeesh and Titman 1993: 12-1 month momentum",
        compute=partial(delayed_return, newest=21, oldest=252),
    ),
    _indicator(
        name="acceleration_10",
        warm_up=11,
        formula="roc_10 - roc_10[-1], roc_10 = C / C[-10] - 1",
        source="`ta` ROCIndicator",
        compute=partial(acceleration, length=10),
    ),
    _indicator(
        name="rsi_14",
        warm_up=14,
        memory=190,
        formula="100 U / (U + D), U and D the Wilder(14) of the rises and of the falls of C, to "
        "which an unchanged close adds 0; 50 before any change, and once both have vanished",
        source="Wilder 1978; `ta` RSIIndicator",
        compute=partial(rsi, length=14),
    ),
    _indicator(
        name="stoch_rsi_14",
        warm_up=27,
        memory=190,
        formula="(rsi_14 - min rsi_14) / (max rsi_14 - min rsi_14) over 14 bars; 0.5 when flat",
        source="Chande and Kroll 1994; `ta` StochRSIIndicator",
        compute=partial(stochastic_rsi, length=14),
    ),
    _indicator(
        name="stoch_k_14",
        warm_up=13,
        formula="100 (C - min L) / (max H - min L) over 14 bars; 50 when flat",
        source="Lane 1984; `ta` StochasticOscillator",
        compute=partial(stochastic, length=14),
    ),
    _indicator(
        name="stoch_d_14_3",
        warm_up=15,
        formula="SMA(3) of stoch_k_14",
        source="Lane 1984; `ta` StochasticOscillator",
        compute=partial(smoothed_stochastic, length=14, smoothing=3),
    ),
    _indicator(
        name="ultimate_oscillator_7_14_28",
        warm_up=28,
        formula="100 (4 r7 + 2 r14 + r28) / 7, r_n = sum of (C - true low) / sum of TR over n "
        "bars; each r_n 0.5 where its TR sum is 0",
        source="Williams 1985; `ta` UltimateOscillator",
        compute=partial(ultimate_oscillator, short=7, middle=14, long=28),
    ),
    _indicator(
        name="tsi_25_13",
        warm_up=37,
        memory=170,
        formula="100 EMA13(EMA25(m)) / EMA13(EMA25(abs(m))), m = C - C[-1]; 0 when flat",
        source="Blau 1991; `ta` TSIIndicator",
        compute=partial(true_strength, slow=25, fast=13),
    ),
    _indicator(
        name="kama_distance_10_2_30",
        warm_up=10,
        memory=190,
        formula="C / KAMA - 1, KAMA = KAMA[-1] + (e (2/3 - 2/31) + 2/31)^2 (C - KAMA[-1]), e = "
        "abs(C - C[-10]) / sum of abs(C - C[-1]) over 10 bars (0 when flat); KAMA is a symbol's "
        "first close until e is known",
        source="Kaufman 1995; `ta` KAMAIndicator",
        compute=partial(kama_distance, length=10, fast=2, slow=30),
    ),
    _indicator(
        name="awesome_oscillator_5_34",
        warm_up=33,
        formula="SMA5(M) / SMA34(M) - 1, M = (H + L) / 2",
        source="Williams 1998; `ta` AwesomeOscillatorIndicator",
        compute=partial(awesome_oscillator, fast=5, slow=34),
    ),
)
