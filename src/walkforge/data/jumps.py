"""Prices that jump: prints that revert, changes of unit, and splits that were not adjusted."""

import math

import polars as pl

from walkforge.data.bars import PRICE_COLUMNS

# A price this many times above or below the median of its neighbours is an outlier. In 500 US
# stocks of 2005 to 2017 this marks 34 prints at a tenth or a hundredth, and no crash of 2008.
SPIKE_RATIO = 5.0
NEIGHBOURS = 11  # bars of the median, centred: runs of up to 5 outliers are seen
_REVERTED_RATIO = 2.0

UNIT = 100.0  # pence and pounds, cents and dollars
_UNIT_TOLERANCE = 1.25
_LEVEL_BARS = 5

_SPLITS = (1.5, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50)
# Of the log ratio: a split shows at the open, and the day's own move comes on top until the close.
_OPEN_TOLERANCE, _CLOSE_TOLERANCE = 0.04, 0.12
_CRASH_TRADE_RATIO = 2.0  # times the usual traded value: a crash or a takeover, not a split
_TRADE_BARS = 20


def spikes(rows: pl.DataFrame) -> pl.Series:
    """Return [N]: a price lies far from its neighbours', and closes return to where they were.

    Args:
        rows: symbol, open, high, low, close, sorted by symbol, then date.
    """
    level = pl.col("close").rolling_median(NEIGHBOURS, center=True, min_samples=1).over("symbol")
    high, low = pl.max_horizontal(PRICE_COLUMNS), pl.min_horizontal(PRICE_COLUMNS)
    marked = rows.select(
        "symbol", "close", far=(high > SPIKE_RATIO * level) | (low * SPIKE_RATIO < level)
    )
    if not marked["far"].any():
        return marked["far"]
    calm = pl.when(~pl.col("far")).then("close")
    before, after = calm.forward_fill().over("symbol"), calm.backward_fill().over("symbol")
    moved = pl.max_horizontal(before / after, after / before)
    reverted = (moved < _REVERTED_RATIO).fill_null(value=False)
    return marked.select(pl.col("far") & reverted).to_series()


def unit_steps(bars: pl.DataFrame) -> pl.DataFrame:
    """Return symbol and date of each symbol's first lasting step by a factor of 100.

    A step lasts when the medians of the five closes before it and the up to five from it on, two
    at least, differ as much.

    Args:
        bars: date, symbol, close, adjusted, sorted by symbol, then date.
    """
    ratio = pl.col("close") / pl.col("close").shift(1).over("symbol")
    jumps = bars.with_row_index("place").filter(_is_unit(ratio))
    found = []
    for jump in jumps.iter_rows(named=True):
        closes = bars.slice(max(jump["place"] - _LEVEL_BARS, 0), 2 * _LEVEL_BARS).filter(
            pl.col("symbol") == jump["symbol"]
        )
        before = closes.filter(pl.col("date") < jump["date"])["close"].median()
        since = closes.filter(pl.col("date") >= jump["date"])["close"]
        lasting = bars.select(_is_unit(pl.lit(since.median()) / pl.lit(before)).first()).item()
        if len(since) > 1 and lasting:
            found.append((jump["symbol"], jump["date"]))
    steps = pl.DataFrame(found, schema={"symbol": pl.String, "date": pl.Date}, orient="row")
    return steps.unique("symbol", keep="first", maintain_order=True)


def _is_unit(ratio: pl.Expr) -> pl.Expr:
    """Return whether a ratio is about 100 or 1/100."""
    off = (ratio.log().abs() - math.log(UNIT)).abs()
    return (off < math.log(_UNIT_TOLERANCE)).fill_null(value=False)


def suspect_splits(bars: pl.DataFrame) -> pl.Series:
    """Return [N]: the price opened and closed at about a split's ratio to the close before.

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
    usual = pl.col("traded").rolling_median(_TRADE_BARS, min_samples=1).shift(1).over("symbol")
    quiet = jumps.select((pl.col("traded") <= _CRASH_TRADE_RATIO * usual).fill_null(value=False))
    return near & quiet.to_series()


def _near_split() -> pl.Expr:
    """Return whether open and close lie near one split's ratio, in one direction."""
    same_way = pl.col("at_open") * pl.col("at_close") > 0
    steps = [
        ((pl.col("at_open").abs() - math.log(split)).abs() < _OPEN_TOLERANCE)
        & ((pl.col("at_close").abs() - math.log(split)).abs() < _CLOSE_TOLERANCE)
        for split in _SPLITS
    ]
    return same_way & pl.any_horizontal(steps)
