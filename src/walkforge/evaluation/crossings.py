"""Where a figure that falls with costs or with capital reaches 0, and between which bounds."""

from typing import NamedTuple

import numpy as np

from walkforge.metrics.series import Series, Table
from walkforge.metrics.uncertainty import interval


class Crossing(NamedTuple):
    """Where a figure reaches 0, within the places it was simulated at.

    Attributes:
        value: the place; None where there is none, which `reason` then tells.
        low, high: its interval; at the first or last place it reaches at least so far. None where
            nothing can be drawn.
        reason: empty where there is a value.
    """

    value: float | None
    low: float | None
    high: float | None
    reason: str


class Fall(NamedTuple):
    """A figure at G ascending places: [G], and [R, G] of resampled days."""

    figure: Series
    draws: Table


def first_zeros(curves: Table, places: Series) -> Series:
    """Return where each of curves [R, G] first falls to 0, on straight lines between places [G].

    The first place where it starts at 0 or below; inf where it never falls so far.
    """
    below = curves <= 0.0
    first = below.argmax(axis=1)
    right = np.maximum(first, 1)
    rows = np.arange(len(curves))
    before, after = curves[rows, right - 1], curves[rows, right]
    apart = np.where(before > after, before - after, 1.0)
    found = places[right - 1] + before / apart * (places[right] - places[right - 1])
    fallen = np.where(first == 0, places[0], found)
    return np.where(below.any(axis=1), fallen, np.inf)


def crossing(
    fall: Fall, places: Series, *, confidence: float, never: str, already: str
) -> Crossing:
    """Return where a figure falls to 0.

    Args:
        fall: the figure and its draws. places: [G], ascending. confidence: that the interval holds.
        never, already: reasons where it stays above 0, and where it starts at 0 or below.
    """
    (found,) = first_zeros(fall.figure[None, :], places)
    known = fall.draws[np.isfinite(fall.draws).all(axis=1)]
    low = high = None
    if len(known):
        drawn = np.minimum(first_zeros(known, places), places[-1])
        low, high = interval(drawn, confidence=confidence)
    if fall.figure[0] <= 0.0:
        return Crossing(None, low, high, already)
    if not np.isfinite(found):
        return Crossing(None, low, high, never)
    return Crossing(float(found), low, high, "")


def nowhere(reason: str) -> Crossing:
    """Return that there is no place and nothing to draw, and why."""
    return Crossing(None, None, None, reason)
