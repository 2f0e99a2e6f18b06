"""Moves from close to close that history does not make plausible, and what they most look like.

Whether a move is plausible is known at its close: the scale is of the symbol's bars before, and
of the market on that day. The likeliest cause may say that prices went back later: it is told to
people, and no policy reads it.
"""

import math
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.data.jumps import SPIKE_RATIO, Held, suspect_splits

MOVES_SCHEMA = pl.Schema(
    {
        "row": pl.UInt32(),
        "symbol": pl.String(),
        "date": pl.Date(),
        "code": pl.String(),
        "before": pl.Float64(),
        "close": pl.Float64(),
        "ratio": pl.Float64(),
        "cause": pl.String(),
        "equal_weight": pl.Float64(),
    }
)

# No log return below the first is a flag, none of a symbol with hardly a history below the
# second, and none within so many robust deviations.
_LEAST = 0.25
_LEAST_YOUNG = 0.5
_DEVIATIONS = 10.0
_LONG = 250
_SHORT = 40
_YOUNG = 20  # bars of the symbol's scale; the larger of two counts
# A market may move and scatter so much by itself: all symbols at ten times the price are no crash.
_MARKET_MOVE = 0.3
_MARKET_SCATTER = 0.05
_TO_SIGMA = 1.4826  # of a normal variable, from its median absolute deviation

_USUAL_BARS = 20
_HEAVY = 2.0  # times the usual traded value or volume
_REVERTED_WITHIN = 5  # bars
_UNITS = (100, 1000)
_UNIT_TOLERANCE = math.log(1.25)
_SMALL_SPLITS = (1.5, 2, 2.5, 3, 4, 5)
_LARGEST_USUAL_SPLIT = 10
_WHOLE_TOLERANCE = 0.04  # log
_SAME_MOVE = 0.12  # log: the open is about where the close is


class _Clue(NamedTuple):
    """What the likeliest cause of a move is told by.

    move, at_open: log ratios of close and open to the close before. usual_traded, usual_volume:
    against their medians before. reverted: prices went back soon after. split: see suspect_splits.
    """

    code: str
    move: float
    at_open: float
    usual_traded: float | None
    usual_volume: float | None
    reverted: bool
    split: bool


def moves_of(rows: pl.DataFrame, held: Held) -> pl.DataFrame:
    """The moves to tell of (MOVES_SCHEMA), by symbol and date.

    Codes: STEP cuts a segment, SUSPECT_SPLIT looks like a split, JUMP is any other that was kept,
    UNCONFIRMED is a new level at the end of the data, SPIKE a close that went back. A step may be
    a suspected split, too. ratio: of the close to the believed one before. equal_weight: what the
    move alone gives to equal weights of the symbols with a bar on that date, as a return.

    Args:
        rows: row, symbol, date, open, high, low, close, volume, adjusted, and missing (sessions
            without a bar before), sorted by symbol, then date. held: of the same rows.
    """
    moved = _with_returns(rows, held)
    marked = _marked(moved, held)
    symbols = moved["symbol"].gather(marked["place"]).unique()
    near = moved.filter(pl.col("symbol").is_in(symbols.implode())).with_columns(
        _reverted(), _against_usual("traded"), _against_usual("volume")
    )
    found = marked.join(near, on="place", maintain_order="left")
    causes = [_cause(_Clue(*each)) for each in found.select(_Clue._fields).iter_rows()]
    days = rows.group_by("date").agg(symbols=pl.len())
    return (
        found.with_columns(cause=pl.Series(causes, dtype=pl.String))
        .join(days, on="date", how="left", maintain_order="left")
        .with_columns(equal_weight=(pl.col("ratio") - 1.0) / pl.col("symbols"))
        .select(MOVES_SCHEMA.names())
        .cast(MOVES_SCHEMA)
    )


def _with_returns(rows: pl.DataFrame, held: Held) -> pl.DataFrame:
    """The rows with what each moved by since the believed close before."""
    before = pl.Series(held.before)
    believed = pl.select(pl.when(before >= 0).then(before)).to_series()
    return (
        rows.select(
            *("row", "symbol", "date", "open", "close", "volume", "missing"),
            rows["close"].gather(believed).alias("before"),
            traded=pl.col("close") * pl.col("volume"),
        )
        .with_row_index("place")
        .with_columns(
            ratio=pl.col("close") / pl.col("before"),
            move=(pl.col("close") / pl.col("before")).log(),
            at_open=(pl.col("open") / pl.col("before")).log(),
        )
    )


def _marked(rows: pl.DataFrame, held: Held) -> pl.DataFrame:
    """Place, code and split (see suspect_splits) of what is told; a place may have two."""
    confirming = np.flatnonzero(held.step >= 0)
    stepped = held.step[confirming]
    cut = stepped[held.cut.to_numpy()[confirming]]
    out = held.code.is_not_null().to_numpy()
    believed = ~out
    believed[confirming] = False
    follows = held.before == np.arange(rows.height) - 1
    split = (
        suspect_splits(rows).to_numpy()
        & follows
        & (held.code != "SPIKE").fill_null(value=True).to_numpy()
    )
    split[confirming] = False
    odd = _implausible(rows, believed)
    far = (rows["move"].abs() > math.log(SPIKE_RATIO) / 2).fill_null(value=False).to_numpy()
    ended = out & follows & far
    ended[stepped] = False
    places = {
        "STEP": cut,
        "SUSPECT_SPLIT": np.flatnonzero(split),
        "JUMP": np.union1d(np.setdiff1d(stepped, cut), odd[~split[odd]]),
    }
    frames = [
        pl.DataFrame({"place": pl.Series(at, dtype=pl.UInt32)}).with_columns(code=pl.lit(code))
        for code, at in places.items()
    ]
    ends = pl.DataFrame({"place": np.flatnonzero(ended)}, schema={"place": pl.UInt32})
    frames.append(ends.with_columns(held.code.gather(ends["place"])))
    told = pl.concat(frames).sort("place", "code")
    return told.with_columns(split=pl.Series(split).gather(told["place"]))


def _before(expression: pl.Expr) -> pl.Expr:
    """What an expression was at the symbol's bar before."""
    return expression.shift(1).over("symbol")


def _against_usual(name: str) -> pl.Expr:
    """A column against its median over the bars before."""
    usual = _before(pl.col(name).rolling_median(_USUAL_BARS, min_samples=1))
    return (pl.col(name) / usual).fill_nan(None).alias(f"usual_{name}")


def _implausible(rows: pl.DataFrame, believed: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The places where a move is beyond what symbol and market had made plausible.

    Args:
        rows: place, symbol, date, move, missing. believed: [N] the rows whose moves count.
    """
    moves = rows.select(
        *("place", "symbol", "date", "missing"),
        move=pl.when(pl.Series(believed)).then("move"),
    )
    market = moves.group_by("date").agg(
        market=pl.col("move").median().clip(-_MARKET_MOVE, _MARKET_MOVE).fill_null(0.0)
    )
    moves = moves.join(market, on="date", how="left", maintain_order="left").with_columns(
        off=(pl.col("move") - pl.col("market")).abs() / (1.0 + pl.col("missing")).sqrt()
    )
    large = moves.filter(pl.col("off") > _LEAST)
    days = moves.join(large.select("date").unique(), on="date", how="semi")
    from_median = (pl.col("move") - pl.col("move").median()).abs()
    scatter = days.group_by("date").agg(scatter=from_median.median() * _TO_SIGMA)
    size = pl.col("move").abs()
    own = pl.max_horizontal(
        _before(size.rolling_median(bars, min_samples=_YOUNG)) for bars in (_LONG, _SHORT)
    )
    suspects = moves.filter(pl.col("symbol").is_in(large["symbol"].unique().implode()))
    suspects = suspects.with_columns(own=own * _TO_SIGMA).filter(pl.col("off") > _LEAST)
    suspects = suspects.join(scatter, on="date", how="left", maintain_order="left")
    scale = pl.max_horizontal("own", pl.col("scatter").clip(0.0, _MARKET_SCATTER))
    least = pl.when(pl.col("own").is_null()).then(_LEAST_YOUNG).otherwise(_LEAST)
    odd = suspects.filter(pl.col("off") > pl.max_horizontal(_DEVIATIONS * scale, least))
    return odd["place"].to_numpy().astype(np.int64)


def _reverted() -> pl.Expr:
    """Whether a close of the next bars is about the one before the move."""
    ahead = range(1, _REVERTED_WITHIN + 1)
    closes = [pl.col("close").shift(-bars).over("symbol") for bars in ahead]
    apart = [(close / pl.col("before")).log().abs() < pl.col("move").abs() / 4 for close in closes]
    return pl.any_horizontal(apart).fill_null(value=False).alias("reverted")


def _cause(clue: _Clue) -> str:
    """What a move most looks like."""
    if clue.code == "SPIKE" and not clue.reverted:
        return (
            "one of several steps, or a bad print: prices left this level again, but not for the "
            "one before"
        )
    if clue.code == "SPIKE":
        return "a bad print: prices went back"
    if clue.reverted:
        return "prices went back: a bad print, or a move that did not last"
    move = clue.move
    quiet = clue.usual_traded is not None and clue.usual_traded <= _HEAVY
    few = clue.usual_volume is not None and clue.usual_volume <= _HEAVY
    if abs(move) > math.log(SPIKE_RATIO) and (move > 0 or quiet or few):
        return _large(clue)
    if clue.split:
        nearest = min(_SMALL_SPLITS, key=lambda split: abs(abs(clue.at_open) - math.log(split)))
        return _split(move, nearest) + (", or a spin-off" if move < 0 else "")
    return _at_open(clue, quiet=quiet, few=few)


def _at_open(clue: _Clue, *, quiet: bool, few: bool) -> str:
    """What a move is that looks like no split at first: by its open and its trading."""
    move = clue.move
    if abs(move - clue.at_open) < _SAME_MOVE:
        if move < 0 and quiet:
            return "a spin-off, or another distribution"
        whole = _whole_ratio(clue.at_open)
        if whole is not None and (quiet or few):
            return f"{_split(move, whole)}, or a genuine move"
    return "a genuine move"


def _whole_ratio(at_open: float) -> int | None:
    """The whole number from 2 to 10 by which a price opens higher or lower, if by one."""
    nearest = round(math.exp(min(abs(at_open), math.log(_LARGEST_USUAL_SPLIT + 0.5))))
    near = abs(abs(at_open) - math.log(max(nearest, 1))) < _WHOLE_TOLERANCE
    return nearest if near and nearest > 1 else None


def _large(clue: _Clue) -> str:
    """What a move is that no trading explains: a change of unit, or a split."""
    move = clue.move
    for unit in _UNITS:
        if abs(abs(move) - math.log(unit)) < _UNIT_TOLERANCE:
            return f"a change of unit by {unit}"
    # A split shows at the open; until the close the day's own move comes on top.
    shown = clue.at_open if abs(move - clue.at_open) < _SAME_MOVE else move
    told = _split(move, round(math.exp(abs(shown))))
    return told if move > 0 or clue.split else f"a fall, or {told}"


def _split(move: float, ratio: float) -> str:
    """A split in words."""
    return f"a reverse split, 1 for {ratio:g}" if move > 0 else f"a split, {ratio:g} for 1"
