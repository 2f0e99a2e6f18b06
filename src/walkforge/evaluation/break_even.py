"""Break-even crossings: the costs and the capital at which figures of the grid reach 0."""

from typing import Any, NamedTuple

import numpy as np

from walkforge.evaluation.sensitivity_record import Figures, SensitivityRecord
from walkforge.evaluation.series import EQUAL_WEIGHT, ROUNDING, baseline
from walkforge.metrics.series import Series, Table
from walkforge.metrics.uncertainty import interval

BPS = 1e-4


class BreakEvenCrossing(NamedTuple):
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
    """Where each of curves [R, G] first falls to 0, on straight lines between places [G].

    The first place where it starts at 0 or below; inf where it never falls so far.
    """
    below = curves <= 0.0
    first = below.argmax(axis=1)
    right = np.maximum(first, 1)
    rows = np.arange(len(curves))
    before = curves[rows, right - 1]
    after = curves[rows, right]
    apart = np.where(before > after, before - after, 1.0)
    found = places[right - 1] + before / apart * (places[right] - places[right - 1])
    fallen = np.where(first == 0, places[0], found)
    return np.where(below.any(axis=1), fallen, np.inf)


def break_even_crossing(
    fall: Fall, places: Series, *, confidence: float, never: str, already: str
) -> BreakEvenCrossing:
    """Where a figure falls to 0.

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
        return BreakEvenCrossing(None, low, high, already)
    if not np.isfinite(found):
        return BreakEvenCrossing(None, low, high, never)
    return BreakEvenCrossing(float(found), low, high, "")


def no_crossing(reason: str) -> BreakEvenCrossing:
    """No crossing, nothing to draw, and why."""
    return BreakEvenCrossing(None, None, None, reason)


class Thresholds:
    """Where the figures of each strategy reach 0; `place` is that of a strategy in the record."""

    def __init__(self, record: SensitivityRecord, figures: Figures, *, confidence: float) -> None:
        self.record = record
        self.figures = figures
        self.confidence = confidence
        self.costs = record.places("costs")
        self.capital = record.places("capital")
        self.bps = record.values("costs")
        self.sizes = np.log10(record.values("capital"))
        self.market = record.keys.index(baseline(EQUAL_WEIGHT))

    def break_even(self, place: int) -> dict[str, Any]:
        """The flat cost in bps at which the mean net return is 0, simulated.

        `closed_form` is mean gross return over mean turnover.
        """
        turnover = self.record.turnover[place, self.costs[0]]
        if turnover <= ROUNDING:
            return {"closed_form": None} | no_crossing("never trades")._asdict()
        fall = self._means(place, self.costs)
        found = break_even_crossing(
            fall,
            self.bps,
            confidence=self.confidence,
            never=f"above {self.bps[-1]:,.0f} bps",
            already="loses before any cost",
        )
        return {"closed_form": float(fall.figure[0] / turnover / BPS)} | found._asdict()

    def break_even_beside(self, place: int) -> dict[str, Any]:
        """The flat cost in bps at which the mean net return is equal weight's.

        `ahead` says on which side of it the strategy is ahead: below where it trades more than
        equal weight, above where it trades less.
        """
        both = self.record.turnover[[place, self.market], self.costs[0]]
        more = float(both[0] - both[1])
        if abs(more) <= ROUNDING:
            none = no_crossing("trades as much as equal weight")
            return {"ahead": None, "closed_form": None} | none._asdict()
        fall = self._means(place, self.costs, beside=True)
        words = ("before any cost", f"at any cost up to {self.bps[-1]:,.0f} bps")
        found = self._two_sided(fall, self.bps, falling=more > 0.0, words=words)
        return {
            "ahead": "below" if more > 0.0 else "above",
            "closed_form": float(fall.figure[0]) / more / BPS,
        } | found._asdict()

    def capacity(self, place: int) -> dict[str, Any]:
        """The capital at which the mean net return is 0."""
        return self._capital(self._means(place, self.capital), "loses at the least capital already")

    def capacity_beside(self, place: int) -> dict[str, Any]:
        """The capital at which the mean net return is equal weight's, see above."""
        fall = self._means(place, self.capital, beside=True)
        if np.ptp(fall.figure) <= ROUNDING:
            return {"ahead": None} | no_crossing("capital changes nothing")._asdict()
        falling = bool(fall.figure[-1] < fall.figure[0])
        words = ("at the least capital already", "at any capital simulated")
        found = self._two_sided(fall, self.sizes, falling=falling, words=words)
        return {"ahead": "below" if falling else "above"} | _money(found)

    def half_sharpe(self, place: int) -> dict[str, Any]:
        """The capital at which the Sharpe ratio is half of that at the least capital."""
        own = self.figures.ratio[place, self.capital]
        draws = self.figures.ratio_draws[:, place, self.capital]
        if not np.isfinite(own).all():
            return no_crossing("has no Sharpe ratio")._asdict()
        fall = Fall(own - own[0] / 2.0, draws - draws[:, :1] / 2.0)
        return self._capital(fall, "no ratio above 0 at the least capital")

    def _capital(self, fall: Fall, already: str) -> dict[str, Any]:
        """The capital at which a figure falls to 0, on a scale of logarithms."""
        if np.ptp(fall.figure) <= ROUNDING:
            return no_crossing("capital changes nothing")._asdict()
        never = f"above {10.0 ** self.sizes[-1]:,.0f}"
        options = {"confidence": self.confidence}
        return _money(
            break_even_crossing(fall, self.sizes, **options, never=never, already=already)
        )

    def _two_sided(
        self, fall: Fall, places: Series, *, falling: bool, words: tuple[str, str]
    ) -> BreakEvenCrossing:
        """Where a difference reaches 0, from above where it falls, else from below.

        Args:
            fall: the difference. places: ascending. falling: with the places.
            words: where it starts on the other side already, and where it never gets there.
        """
        already, never = words
        first, then = ("behind", "ahead") if falling else ("ahead", "behind")
        side = 1.0 if falling else -1.0
        return break_even_crossing(
            Fall(side * fall.figure, side * fall.draws),
            places,
            confidence=self.confidence,
            never=f"{then} {never}",
            already=f"{first} {already}",
        )

    def _means(self, place: int, cells: list[int], *, beside: bool = False) -> Fall:
        """Mean daily returns in some cells; beside: less equal weight's."""
        mean = self.figures.mean[:, cells]
        draws = self.figures.mean_draws[:, :, cells]
        if beside:
            return Fall(mean[place] - mean[self.market], draws[:, place] - draws[:, self.market])
        return Fall(mean[place], draws[:, place])


def _money(found: BreakEvenCrossing) -> dict[str, Any]:
    """A crossing on a scale of decimal logarithms in currency units."""
    places = {name: getattr(found, name) for name in ("value", "low", "high")}
    money = {name: None if size is None else 10.0**size for name, size in places.items()}
    return {**money, "reason": found.reason}
