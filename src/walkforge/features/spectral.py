"""Wavelets and Fourier: at which rhythm the returns of a trailing window move."""

from collections.abc import Callable
from functools import partial

import numpy as np
import pywt

from walkforge.features.definition import Indicator
from walkforge.features.grid import Bars, Grid, shared
from walkforge.features.quantities import log_return
from walkforge.features.windows import CACHED_VALUES, TIE, log_of_at_least, quotient

WINDOW = 64  # returns; a power of two, so that every level of the wavelet halves evenly
LEVELS = 4
_LEAST_SHARE = 1e-4


def over_windows(series: Grid, give: Callable[[Grid], Grid], *, bars: int) -> Grid:
    """What `give` makes of each full window, a few rows of them at a time.

    Args:
        series: [T, K]. give: takes windows [R, K, bars], oldest value first, and gives [R, K].
        bars: length of the window.
    """
    result = np.full_like(series, np.nan)
    if len(series) < bars:
        return result
    windows = np.lib.stride_tricks.sliding_window_view(series, bars, axis=0)
    rows = max(CACHED_VALUES // (bars * max(series.shape[1], 1)), 1)
    for start in range(0, len(windows), rows):
        # A copy: the transforms give the same bits whatever lies around a window.
        piece = np.ascontiguousarray(windows[start : start + rows])
        result[start + bars - 1 : start + bars - 1 + len(piece)] = give(piece)
    return result


@shared
def return_energy(bars: Bars) -> Grid:
    """The sum of squared log returns of the window."""
    returns = log_return(bars, length=1)
    return over_windows(returns, lambda piece: (piece * piece).sum(axis=-1), bars=WINDOW)


def wavelet_energy(bars: Bars, *, level: int) -> Grid:
    """The log of the share of a level's Haar details in the energy of the returns.

    Source: A. Haar (1910); S. G. Mallat, A theory for multiresolution signal decomposition (1989).
    """

    def detail(piece: Grid) -> Grid:
        parts = pywt.wavedec(piece, "haar", mode="periodization", level=level, axis=-1)
        return np.asarray((parts[1] * parts[1]).sum(axis=-1))

    energy = over_windows(log_return(bars, length=1), detail, bars=WINDOW)
    share = quotient(energy, return_energy(bars), flat=0.0, tie=WINDOW * TIE**2)
    return log_of_at_least(share, _LEAST_SHARE)


def _powers(piece: Grid) -> Grid:
    """The power of every frequency but the mean's: [..., bars // 2]."""
    spectrum = np.fft.rfft(piece, axis=-1)[..., 1:]
    powers = spectrum.real**2 + spectrum.imag**2
    powers[..., :-1] *= 2.0  # all but the last stand for a frequency and its mirror image
    return powers


def _dominant(powers: Grid) -> Grid:
    """The place of the greatest power, the lowest frequency of equals."""
    least = powers.max(axis=-1, keepdims=True) * (1 - TIE)
    return np.asarray((powers >= least).argmax(axis=-1), dtype=np.float64)


def dominant_period(bars: Bars) -> Grid:
    """The log of the period, in bars, at which the returns move most; the longest if flat.

    Source: the periodogram, A. Schuster (1898).
    """

    def period(piece: Grid) -> Grid:
        powers = _powers(piece)
        found = np.log(WINDOW / (1 + _dominant(powers)))
        flat = powers.sum(axis=-1) <= (WINDOW * TIE) ** 2
        return np.where(np.isnan(piece).any(axis=-1), np.nan, np.where(flat, np.log(WINDOW), found))

    return over_windows(log_return(bars, length=1), period, bars=WINDOW)


def dominant_strength(bars: Bars) -> Grid:
    """The share of the dominant period in the variance of the returns; 0 when flat."""

    def strength(piece: Grid) -> Grid:
        powers = _powers(piece)
        tie = (WINDOW * TIE) ** 2
        return quotient(powers.max(axis=-1), powers.sum(axis=-1), flat=0.0, tie=tie)

    return over_windows(log_return(bars, length=1), strength, bars=WINDOW)


INDICATORS = (
    *(
        Indicator(
            name=f"wavelet_energy_{level}_{WINDOW}",
            family="wavelet",
            warm_up=WINDOW,
            formula=f"ln(max(e / E, 1e-4)), e the energy of the Haar details of level {level} "
            f"(swings of {2**level} bars) and E that of all, of the last {WINDOW} log returns; "
            "e / E is 0 when flat",
            source="Mallat 1989, by PyWavelets",
            compute=partial(wavelet_energy, level=level),
        )
        for level in range(1, LEVELS + 1)
    ),
    Indicator(
        name=f"dominant_period_{WINDOW}",
        family="fourier",
        warm_up=WINDOW,
        formula=f"ln of the period, in bars, of the greatest power in the last {WINDOW} log "
        f"returns, their mean left out; ln {WINDOW} when flat",
        source="Schuster 1898",
        compute=dominant_period,
    ),
    Indicator(
        name=f"dominant_strength_{WINDOW}",
        family="fourier",
        warm_up=WINDOW,
        formula="share of that power in the power of all periods; 0 when flat",
        source="Schuster 1898",
        compute=dominant_strength,
    ),
)
