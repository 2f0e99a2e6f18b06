"""Random slippage: a hash of seed, date and symbol, so no batch, order or resume changes it."""

import hashlib
from collections.abc import Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

# S. Vigna, SplitMix64: https://prng.di.unimi.it/splitmix64.c (public domain).
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def slippage_draws(seed: int, dates: Sequence[date], symbols: Sequence[str]) -> NDArray[np.float64]:
    """Return [T, K] uniform draws in [0, 1), each of its own date and symbol alone."""
    days = np.array([day.toordinal() for day in dates], dtype=np.uint64)
    names = np.array([_word(symbol) for symbol in symbols], dtype=np.uint64)
    start = _mixed(np.uint64(seed % 2**64))
    words = _mixed(_mixed(start ^ days)[:, None] ^ names[None, :])
    return (words >> np.uint64(11)).astype(np.float64) * 2.0**-53


def _word(symbol: str) -> int:
    """Return the first eight bytes of a symbol's SHA-256 as a number."""
    return int.from_bytes(hashlib.sha256(symbol.encode()).digest()[:8], "little")


def _mixed(words: NDArray[np.uint64] | np.uint64) -> NDArray[np.uint64]:
    """Return the words after one step of SplitMix64."""
    with np.errstate(over="ignore"):
        word = np.asarray(words + _STEP)
        for shift, factor in zip(_SHIFTS, _MIX, strict=False):
            word = (word ^ (word >> shift)) * factor
    return np.asarray(word ^ (word >> _SHIFTS[-1]))
