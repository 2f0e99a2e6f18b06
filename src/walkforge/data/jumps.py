"""Prices that jump: prints that revert, steps that last, and what kept moves look like.

A bar is believed by bars up to its own day. One whose close lies more than a bound from the last
believed close is held: it is no bar, nor are those after it at that level, until the fifth in a
row confirms the level. From that one on the level is believed, in a new segment where the step is
larger than data.largest_move. Held bars stay out for good, whatever comes later.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

# A print this many times above or below what is around it is held. In 500 US stocks of 2005 to
# 2017 this holds 32 prints at a tenth or a hundredth, and no crash of 2008.
SPIKE_RATIO = 5.0
CONFIRMING_BARS = 5  # the last of so many bars in a row at a new level is believed
# Codes of bars at a level that stayed, or may: no fault of theirs.
NEW_LEVEL = ("STEP", "UNCONFIRMED")
_ALIKE_RATIO = 2.0  # bars this near to each other are at one level
# A crash within the day, to be believed however low it went: so many times the usual volume, and
# a close that moved this far the same way.
_PANIC_VOLUME = 10.0
_PANIC_MOVE = math.log(1.25)
_USUAL_BARS = 20
_ROUNDING = 1e-9

_SMALL_SPLITS = (1.5, 2, 3, 4)  # and every whole number from 5 on
_LARGE_SPLIT = 4.5
# Of the log ratio: a split shows at the open, and the day's own move comes on top until the close.
_OPEN_TOLERANCE = 0.04
_CLOSE_TOLERANCE = 0.12
_CRASH_TRADE_RATIO = 2.0  # times the usual traded value: a crash or a takeover, not a split


class Held(NamedTuple):
    """What became of N bars, one by one.

    code: null for what is believed; SPIKE where prices went back, STEP where they stayed,
    UNCONFIRMED where the history ends first. A name tells how it ended; that the bar is out was
    known on its day. cut: the first bar of a segment after a step. before: the place of the
    believed bar before each, -1 for none. step: the place of the first held bar of the run that
    this one confirms, -1 elsewhere.
    """

    code: pl.Series
    cut: pl.Series
    before: NDArray[np.int64]
    step: NDArray[np.int64]


def held_bars(rows: pl.DataFrame, fresh: pl.Series, *, largest_move: float | None) -> Held:
    """Which bars are held, and where a segment is cut.

    Args:
        rows: symbol, high, low, close, volume, adjusted, sorted by symbol, then date.
        fresh: [N] bars before which nothing of the symbol counts: its first, and the first of
            another company of that name.
        largest_move: a lasting step by more than this ratio cuts; None for no step.
    """
    size = rows.height
    run = _Run(rows, largest_move=largest_move)
    starts = np.append(np.flatnonzero(fresh.to_numpy()), size)
    suspects = np.flatnonzero(run.suspects(fresh))
    before = np.where(fresh.to_numpy(), -1, np.arange(size) - 1)
    ends = starts[np.searchsorted(starts, suspects, side="right")]
    place = 0
    for suspect, end in zip(suspects.tolist(), ends.tolist(), strict=True):
        if suspect >= place:
            place = run.follow(suspect, end, before)
    codes = pl.Series("code", run.code, dtype=pl.String)
    return Held(codes, pl.Series("cut", run.cut), before, run.step)


class _Run:
    """The rows of held_bars as arrays, and what was found of them so far."""

    def __init__(self, rows: pl.DataFrame, *, largest_move: float | None) -> None:
        self.close = rows["close"].to_numpy()
        self.high = rows["high"].to_numpy()
        self.low = rows["low"].to_numpy()
        usual = pl.col("volume").rolling_median(_USUAL_BARS, min_samples=1).shift(1).over("symbol")
        panic = pl.col("volume") > _PANIC_VOLUME * usual
        self.panic = rows.select(panic.fill_null(value=False)).to_series().to_numpy()
        self.largest = math.inf if largest_move is None else math.log(largest_move) + _ROUNDING
        self.bound = min(math.log(SPIKE_RATIO) + _ROUNDING, self.largest)
        self.code: list[str | None] = [None] * rows.height
        self.cut = np.zeros(rows.height, dtype=np.bool_)
        self.step = np.full(rows.height, -1, dtype=np.int64)

    def suspects(self, fresh: pl.Series) -> NDArray[np.bool_]:
        """[N]: where a bar cannot be believed at once if the bar before it can."""
        before = np.where(fresh.to_numpy(), self.close, np.roll(self.close, 1))
        far = np.abs(np.log(self.close / before)) > self.bound
        reaches = _reaches(self.high, self.low, self.close, before, self.panic)
        return np.asarray(far | reaches)

    def follow(self, place: int, end: int, before: NDArray[np.int64]) -> int:
        """Judge bars from a suspect on until one is believed; return the place after that.

        Args:
            place: of the suspect; the bar before it is believed. end: of the symbol's bars.
            before: filled in.
        """
        last = int(before[place])
        level: list[int] = []
        while place < end:
            before[place] = last
            if last < 0 or self._apart(place, last) <= self.bound:
                self._name(level, "SPIKE")
                level = []
                if not self._reaching(place, last):
                    return place + 1
                self._name([place], "SPIKE")
            else:
                if level and self._apart(place, level[-1]) > math.log(_ALIKE_RATIO):
                    self._name(level, "SPIKE")
                    level = []
                if level and self._reaching(place, level[-1]):
                    self._name([place], "SPIKE")
                else:
                    level.append(place)
                if len(level) == CONFIRMING_BARS:
                    self._confirm(level, last)
                    return place + 1
            place += 1
        self._name(level, "UNCONFIRMED")
        return place

    def _confirm(self, level: list[int], last: int) -> None:
        """Note a step: the last bar of its level is believed, those before it stay held."""
        *held, place = level
        self._name(held, "STEP")
        self.step[place] = level[0]
        moved = max(self._apart(place, last), self._apart(level[0], last))
        self.cut[place] = moved > self.largest

    def _name(self, places: list[int], code: str) -> None:
        for place in places:
            self.code[place] = code

    def _apart(self, place: int, other: int) -> float:
        return abs(math.log(self.close[place] / self.close[other]))

    def _reaching(self, place: int, beside: int) -> bool:
        """Whether high or low lies far from the bar's close and the one beside it."""
        close = self.close[place]
        other = self.close[beside] if beside >= 0 else close
        return bool(_reaches(self.high[place], self.low[place], close, other, self.panic[place]))


def _reaches(high: Any, low: Any, close: Any, before: Any, panic: Any) -> Any:
    """[N], or of one bar: high or low lies far from both closes, with no panic."""
    moved = np.log(close / before)
    above = (high > SPIKE_RATIO * np.maximum(close, before)) & ~(panic & (moved > _PANIC_MOVE))
    below = (low * SPIKE_RATIO < np.minimum(close, before)) & ~(panic & (moved < -_PANIC_MOVE))
    return above | below


def suspect_splits(bars: pl.DataFrame) -> pl.Series:
    """[N]: the price opened and closed at about a split's ratio to the close before.

    A fall or rise in heavy trading is left alone: a split moves the price and not the value that
    is traded, a crash or a takeover moves both.

    Args:
        bars: symbol, open, close, volume, adjusted, sorted by symbol, then date.
    """
    before = pl.col("close").shift(1).over("symbol")
    jumps = bars.select(
        "symbol",
        at_open=(pl.col("open") / before).log(),
        at_close=(pl.col("close") / before).log(),
        traded=pl.col("close") * pl.col("volume"),
    )
    near = jumps.select(_near_split().fill_null(value=False)).to_series()
    if not near.any():
        return near
    usual = pl.col("traded").rolling_median(_USUAL_BARS, min_samples=1).shift(1).over("symbol")
    quiet = jumps.select((pl.col("traded") <= _CRASH_TRADE_RATIO * usual).fill_null(value=False))
    return near & quiet.to_series()


def _near_split() -> pl.Expr:
    """Whether open and close lie near one split's ratio, in one direction."""
    same_way = pl.col("at_open") * pl.col("at_close") > 0
    whole = pl.col("at_open").abs().exp().round()
    splits = [pl.lit(math.log(split)) for split in _SMALL_SPLITS]
    splits.append(pl.when(whole > _LARGE_SPLIT).then(whole.log()))
    steps = [
        ((pl.col("at_open").abs() - split).abs() < _OPEN_TOLERANCE)
        & ((pl.col("at_close").abs() - split).abs() < _CLOSE_TOLERANCE)
        for split in splits
    ]
    return same_way & pl.any_horizontal(steps)
