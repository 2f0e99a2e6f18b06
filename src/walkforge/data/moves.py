"""Moves from close to close that history does not make plausible, and what they most look like.

Whether a move is plausible is known at its close: the scale is of the symbol's bars before, and
of the market on that day. The likeliest cause may say that prices went back later: it is told to
people, and no policy reads it.
"""

import math

import polars as pl

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
_LEAST, _LEAST_YOUNG = 0.25, 0.5
_DEVIATIONS = 10.0
_LONG, _SHORT, _YOUNG = 250, 40, 20  # bars of the symbol's scale; the larger of two counts
# A market may move and scatter so much by itself: all symbols at ten times the price are no crash.
_MARKET_MOVE, _MARKET_SCATTER = 0.3, 0.05
_TO_SIGMA = 1.4826  # of a normal variable, from its median absolute deviation

_USUAL_BARS = 20
_HEAVY = 2.0  # times the usual traded value or volume
_REVERTED_WITHIN = 5  # bars
_UNITS = (100, 1000)
_UNIT_TOLERANCE = math.log(1.25)
_SMALL_SPLITS = (1.5, 2, 2.5, 3, 4, 5)
_SAME_MOVE = 0.12  # log: the open is about where the close is

_CLUES = ("code", "move", "at_open", "usual_traded", "usual_volume", "reverted")


def moves_of(rows: pl.DataFrame, held: Held) -> pl.DataFrame:
    """Return the moves to tell of (MOVES_SCHEMA), by symbol and date.

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
    symbols = moved["symbol"].filter(marked.is_not_null()).unique()
    near = moved.with_columns(marked).filter(pl.col("symbol").is_in(symbols.implode()))
    found = near.with_columns(
        (pl.col(name) / _before(pl.col(name).rolling_median(_USUAL_BARS, min_samples=1)))
        .fill_nan(None)
        .alias(f"usual_{name}")
        for name in ("traded", "volume")
    )
    found = found.with_columns(_reverted()).filter(pl.col("codes").is_not_null())
    found = found.explode("codes").rename({"codes": "code"})
    causes = [_cause(*each) for each in found.select(_CLUES).iter_rows()]
    days = rows.group_by("date").agg(symbols=pl.len())
    return (
        found.with_columns(cause=pl.Series(causes, dtype=pl.String))
        .join(days, on="date", how="left", maintain_order="left")
        .with_columns(equal_weight=(pl.col("ratio") - 1.0) / pl.col("symbols"))
        .select(MOVES_SCHEMA.names())
        .cast(MOVES_SCHEMA)
    )


def _with_returns(rows: pl.DataFrame, held: Held) -> pl.DataFrame:
    """Return the rows with what each moved by since the believed close before."""
    before = pl.Series(held.before)
    believed = pl.select(pl.when(before >= 0).then(before)).to_series()
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    return rows.select(
        *("row", "symbol", "date", "open", "close", "volume", "missing"),
        rows["close"].gather(believed).alias("before"),
        held=held.code,
        follows=before == rows.select(place - 1).to_series(),
        confirms=pl.Series(held.step >= 0),
        traded=pl.col("close") * pl.col("volume"),
    ).with_columns(
        ratio=pl.col("close") / pl.col("before"),
        move=(pl.col("close") / pl.col("before")).log(),
        at_open=(pl.col("open") / pl.col("before")).log(),
    )


def _marked(rows: pl.DataFrame, held: Held) -> pl.Series:
    """Return [N], named codes: a list of what is told of a row; null for nothing."""
    steps = pl.DataFrame({"place": held.step, "cut": held.cut}).filter(pl.col("place") >= 0)
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    stepped, cut = (
        rows.select(place.is_in(which["place"].implode())).to_series()
        for which in (steps, steps.filter("cut"))
    )
    believed = pl.col("held").is_null() & ~pl.col("confirms")
    far = pl.col("move").abs() > math.log(SPIKE_RATIO) / 2
    odd = _implausible(rows.with_columns(move=pl.when(believed).then("move")))
    split = suspect_splits(rows) & rows["follows"] & (rows["held"] != "SPIKE").fill_null(value=True)
    split = split & ~rows["confirms"]
    return rows.select(
        codes=pl.concat_list(
            pl.when(cut).then(pl.lit("STEP")),
            pl.when(split).then(pl.lit("SUSPECT_SPLIT")),
            pl.when((stepped & ~cut) | (odd & believed & ~split)).then(pl.lit("JUMP")),
            pl.when(~stepped & pl.col("follows") & far & pl.col("held").is_not_null()).then("held"),
        ).list.drop_nulls()
    ).select(pl.when(pl.col("codes").list.len() > 0).then("codes")).to_series()


def _before(expression: pl.Expr) -> pl.Expr:
    """Return what an expression was at the symbol's bar before."""
    return expression.shift(1).over("symbol")


def _implausible(rows: pl.DataFrame) -> pl.Series:
    """Return [N]: the move lies beyond what symbol and market had made plausible by its close."""
    days = rows.group_by("date").agg(
        market=pl.col("move").median().clip(-_MARKET_MOVE, _MARKET_MOVE).fill_null(0.0),
        scatter=(pl.col("move") - pl.col("move").median()).abs().median() * _TO_SIGMA,
    )
    slow = (1.0 + pl.col("missing")).sqrt()
    off = (pl.col("move") - pl.col("market")).abs() / slow
    beside = rows.select("symbol", "date", "move", "missing").join(
        days, on="date", how="left", maintain_order="left"
    )
    beside = beside.with_columns(off=off.fill_null(0.0))
    symbols = beside.filter(pl.col("off") > _LEAST)["symbol"].unique()
    suspects = beside.with_row_index("place").filter(pl.col("symbol").is_in(symbols.implode()))
    size = pl.col("move").abs()
    own = pl.max_horizontal(
        _before(size.rolling_median(bars, min_samples=_YOUNG)) for bars in (_LONG, _SHORT)
    )
    scale = pl.max_horizontal(own * _TO_SIGMA, pl.col("scatter").clip(0.0, _MARKET_SCATTER))
    least = pl.when(own.is_null()).then(_LEAST_YOUNG).otherwise(_LEAST)
    odd = suspects.filter(pl.col("off") > pl.max_horizontal(_DEVIATIONS * scale, least))
    place = pl.int_range(pl.len(), dtype=pl.UInt32)
    return rows.select(place.is_in(odd["place"].implode())).to_series()


def _reverted() -> pl.Expr:
    """Return whether a close of the next bars is about the one before the move."""
    closes = [pl.col("close").shift(-ahead).over("symbol") for ahead in range(1, 6)]
    apart = [(close / pl.col("before")).log().abs() < pl.col("move").abs() / 4 for close in closes]
    return pl.any_horizontal(apart).fill_null(value=False).alias("reverted")


def _cause(  # noqa: PLR0913
    code: str,
    move: float,
    at_open: float,
    traded: float | None,
    volume: float | None,
    reverted: bool,  # noqa: FBT001
) -> str:
    """Return what a move most looks like.

    Args:
        code: of the move. move, at_open: log ratios of close and open to the close before.
        traded, volume: against their medians before. reverted: prices went back soon after.
    """
    if code == "SPIKE" or reverted:
        return "a bad print: prices went back"
    large = abs(move) > math.log(SPIKE_RATIO)
    quiet = traded is not None and traded <= _HEAVY
    if large and (move > 0 or quiet or (volume is not None and volume <= _HEAVY)):
        for unit in _UNITS:
            if abs(abs(move) - math.log(unit)) < _UNIT_TOLERANCE:
                return f"a change of unit by {unit}"
        return _split(move, round(math.exp(abs(move))))
    if code == "SUSPECT_SPLIT":
        nearest = min(_SMALL_SPLITS, key=lambda split: abs(abs(at_open) - math.log(split)))
        return _split(move, nearest) + (", or a spin-off" if move < 0 else "")
    if move < 0 and quiet and abs(move - at_open) < _SAME_MOVE:
        return "a spin-off, or another distribution"
    return "a genuine move"


def _split(move: float, ratio: float) -> str:
    """Return a split in words."""
    return f"a reverse split, 1 for {ratio:g}" if move > 0 else f"a split, {ratio:g} for 1"
