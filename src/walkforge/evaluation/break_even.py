"""Break-even costs and capacity: where the figures of a record on varied terms reach 0."""

from typing import Any

import numpy as np

from walkforge.evaluation.crossings import Crossing, Fall, crossing, nowhere
from walkforge.evaluation.series import EQUAL_WEIGHT, ROUNDING, baseline
from walkforge.evaluation.varied_record import Figures, VariedRecord
from walkforge.metrics.series import Series

BPS = 1e-4


class Thresholds:
    """Where the figures of each strategy reach 0; `place` is that of a strategy in the record."""

    def __init__(self, record: VariedRecord, figures: Figures, *, confidence: float) -> None:
        self.record, self.figures, self.confidence = record, figures, confidence
        self.costs, self.capital = record.places("costs"), record.places("capital")
        self.bps, self.sizes = record.values("costs"), np.log10(record.values("capital"))
        self.market = record.keys.index(baseline(EQUAL_WEIGHT))

    def break_even(self, place: int) -> dict[str, Any]:
        """Return the flat cost in bps at which the mean net return is 0, simulated.

        `closed_form` is mean gross return over mean turnover.
        """
        turnover = self.record.turnover[place, self.costs[0]]
        if turnover <= ROUNDING:
            return {"closed_form": None} | nowhere("never trades")._asdict()
        fall = self._means(place, self.costs)
        found = crossing(
            fall,
            self.bps,
            confidence=self.confidence,
            never=f"above {self.bps[-1]:,.0f} bps",
            already="loses before any cost",
        )
        return {"closed_form": float(fall.figure[0] / turnover / BPS)} | found._asdict()

    def break_even_beside(self, place: int) -> dict[str, Any]:
        """Return the flat cost in bps at which the mean net return is equal weight's.

        `ahead` says on which side of it the strategy is ahead: below where it trades more than
        equal weight, above where it trades less.
        """
        both = self.record.turnover[[place, self.market], self.costs[0]]
        more = float(both[0] - both[1])
        if abs(more) <= ROUNDING:
            none = nowhere("trades as much as equal weight")
            return {"ahead": None, "closed_form": None} | none._asdict()
        fall = self._means(place, self.costs, beside=True)
        words = ("before any cost", f"at any cost up to {self.bps[-1]:,.0f} bps")
        found = self._two_sided(fall, self.bps, falling=more > 0.0, words=words)
        return {
            "ahead": "below" if more > 0.0 else "above",
            "closed_form": float(fall.figure[0]) / more / BPS,
        } | found._asdict()

    def capacity(self, place: int) -> dict[str, Any]:
        """Return the capital at which the mean net return is 0."""
        return self._capital(self._means(place, self.capital), "loses at the least capital already")

    def capacity_beside(self, place: int) -> dict[str, Any]:
        """Return the capital at which the mean net return is equal weight's, see above."""
        fall = self._means(place, self.capital, beside=True)
        if np.ptp(fall.figure) <= ROUNDING:
            return {"ahead": None} | nowhere("capital changes nothing")._asdict()
        falling = bool(fall.figure[-1] < fall.figure[0])
        words = ("at the least capital already", "at any capital simulated")
        found = self._two_sided(fall, self.sizes, falling=falling, words=words)
        return {"ahead": "below" if falling else "above"} | _money(found)

    def half_sharpe(self, place: int) -> dict[str, Any]:
        """Return the capital at which the Sharpe ratio is half of that at the least capital."""
        own = self.figures.ratio[place, self.capital]
        draws = self.figures.ratio_draws[:, place, self.capital]
        if not np.isfinite(own).all():
            return nowhere("has no Sharpe ratio")._asdict()
        fall = Fall(own - own[0] / 2.0, draws - draws[:, :1] / 2.0)
        return self._capital(fall, "no ratio above 0 at the least capital")

    def _capital(self, fall: Fall, already: str) -> dict[str, Any]:
        """Return the capital at which a figure falls to 0, on a scale of logarithms."""
        if np.ptp(fall.figure) <= ROUNDING:
            return nowhere("capital changes nothing")._asdict()
        never = f"above {10.0 ** self.sizes[-1]:,.0f}"
        options = {"confidence": self.confidence}
        return _money(crossing(fall, self.sizes, **options, never=never, already=already))

    def _two_sided(
        self, fall: Fall, places: Series, *, falling: bool, words: tuple[str, str]
    ) -> Crossing:
        """Return where a difference reaches 0, from above where it falls, else from below.

        Args:
            fall: the difference. places: ascending. falling: with the places.
            words: where it starts on the other side already, and where it never gets there.
        """
        already, never = words
        first, then = ("behind", "ahead") if falling else ("ahead", "behind")
        side = 1.0 if falling else -1.0
        return crossing(
            Fall(side * fall.figure, side * fall.draws),
            places,
            confidence=self.confidence,
            never=f"{then} {never}",
            already=f"{first} {already}",
        )

    def _means(self, place: int, cells: list[int], *, beside: bool = False) -> Fall:
        """Return mean daily returns in some cells; beside: less equal weight's."""
        mean, draws = self.figures.mean[:, cells], self.figures.mean_draws[:, :, cells]
        if beside:
            return Fall(mean[place] - mean[self.market], draws[:, place] - draws[:, self.market])
        return Fall(mean[place], draws[:, place])


def _money(found: Crossing) -> dict[str, Any]:
    """Return a crossing on a scale of decimal logarithms in currency units."""
    places = {name: getattr(found, name) for name in ("value", "low", "high")}
    money = {name: None if size is None else 10.0**size for name, size in places.items()}
    return {**money, "reason": found.reason}
