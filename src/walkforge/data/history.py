"""From sound rows to bars: adjusted, with masks, segments, and flags of what is odd."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from walkforge.data.bars import PRICE_COLUMNS
from walkforge.data.config import REQUIRED
from walkforge.data.flags import (
    gap_codes,
    halted,
    missing_sessions,
    segments,
    silent_runs,
    stale,
    volume_flags,
    without_volume,
)
from walkforge.data.jumps import held_bars
from walkforge.data.moves import moves_of
from walkforge.data.spacing import REUSED_AFTER, frequency_of
from walkforge.errors import InputError, shown

# Far finer than any price, and coarse enough to hide the last bits that a source changes when
# it rescales its whole adj_close history for a new dividend.
FACTOR_DIGITS = 10


class History(NamedTuple):
    """The whole history of every symbol.

    rows: row, part, line, missing (Int64, sessions without a bar since the bar before), and the
        columns of the bars frame; without what is held. Those up to a date depend on rows up to
        that date alone.
    held: row, code (SPIKE, STEP, UNCONFIRMED) of bars that were not believed on their day.
    flags: row, code, before, after: HALT, STALE, GAP, SEGMENT, REUSED, NO_VOLUME, and the moves
        that were kept or cut.
    moves: see moves.moves_of.
    without_volume: symbols nearly all of whose bars have a volume that tells nothing.
    """

    rows: pl.DataFrame
    held: pl.DataFrame
    flags: pl.DataFrame
    moves: pl.DataFrame
    without_volume: list[str]


def history_of(
    sound: pl.DataFrame,
    sessions: pl.Series,
    *,
    largest_move: float | None,
    units: Sequence[str] = (),
    volume: str = REQUIRED,
) -> History:
    """The bars of rows that keep the contract, over all dates.

    Args:
        sound: columns of contract, sorted by symbol, then date; every date a session.
        sessions: sorted. largest_move: see data.config. units: see contract.placed. volume:
            required or absent, when no bar is a halt for want of it.

    Raises:
        InputError: ADJ.
    """
    adjusted = total_return_bars(sound, units)
    apart = missing_sessions(adjusted, sessions).alias("missing")
    first = (adjusted["symbol"] != adjusted["symbol"].shift(1)).fill_null(value=True)
    year = REUSED_AFTER[frequency_of(sessions.to_list())]
    held = held_bars(adjusted, first | (apart > year), largest_move=largest_move)
    moves = moves_of(adjusted.with_columns(apart), held)
    believed = held.code.is_null()
    rows = adjusted.with_columns(held.cut).filter(believed)
    # As given: what a source rescales for a dividend to come must not make bars differ.
    given = sound.filter(believed)
    halts = halted(given, volume=volume)
    still = stale(given)
    runs = silent_runs(given if volume == REQUIRED else given.clear())
    missing = missing_sessions(rows, sessions).alias("missing")
    rows = rows.with_columns(
        missing,
        tradable=~(halts["flat_halt"] | still | rows["cut"]),
        segment=segments(rows, missing),
    )
    flags = [
        _flags(rows, halts["halt"], "HALT"),
        _flags(rows, still, "STALE"),
        _told(moves.filter(pl.col("code") != "SPIKE")),
        _gaps(rows, reused_after=year),
        volume_flags(runs),
    ]
    out = pl.DataFrame([sound["row"], held.code]).filter(~believed)
    return History(rows, out, pl.concat(flags), moves, without_volume(given, runs))


def _flags(rows: pl.DataFrame, marked: pl.Series, code: str) -> pl.DataFrame:
    """One flag for each marked row."""
    nothing = pl.lit(None, dtype=pl.String)
    told = rows.select("row", code=pl.lit(code), before=nothing, after=nothing)
    return told.filter(marked)


def _told(moves: pl.DataFrame) -> pl.DataFrame:
    """A flag for each move: the closes, their ratio, and what it looks like."""
    return moves.select(
        "row",
        "code",
        before=pl.col("before").cast(pl.String),
        after=pl.format("{} (x{}: {})", "close", pl.col("ratio").round_sig_figs(4), "cause"),
    )


def _gaps(rows: pl.DataFrame, *, reused_after: int) -> pl.DataFrame:
    """A flag for each gap: the bar before it, and how many sessions it is long."""
    last = pl.col("date").shift(1).cast(pl.String)
    told = rows.select(
        "row",
        code=gap_codes(rows["missing"], reused_after=reused_after),
        before=pl.format("last bar {}", last.fill_null("")),
        after=pl.format("{} sessions missing", "missing"),
    )
    return told.filter(pl.col("code").is_not_null())


def total_return_bars(raw: pl.DataFrame, units: Sequence[str] = ()) -> pl.DataFrame:
    """The rows, adjusted so that close-to-close returns hold dividends and splits.

    With f = adj_close / close, the factor of a row is f over f at the symbol's first row, to 10
    significant digits: prices are multiplied by it and volumes divided, which leaves the traded
    value as it was. The first bar of a symbol thus keeps its price as traded, and neither a
    later row nor a dividend to come (which scales all earlier adj_close alike) changes a row.
    Without adj_close the prices stay as given and `adjusted` is False.

    Args:
        raw: symbol, open, high, low, close, volume and where given adj_close (which is taken
            away), any others; sorted by symbol, then date.
        units: of each part, its file and what its rows are called, where raw has part and line.

    Raises:
        InputError: ADJ where f is not finite or not above 0, naming symbol, date and values.
    """
    if "adj_close" not in raw.columns:
        return raw.with_columns(adjusted=pl.lit(value=False))
    with_ratio = raw.with_columns(ratio=pl.col("adj_close") / pl.col("close"))
    _check_ratio(with_ratio, units)
    normalised = pl.col("ratio") / pl.col("ratio").first().over("symbol")
    factor = normalised.round_sig_figs(FACTOR_DIGITS)
    return with_ratio.with_columns(
        pl.col(PRICE_COLUMNS) * factor,
        pl.col("volume") / factor,
        adjusted=pl.lit(value=True),
    ).drop("ratio", "adj_close")


def _check_ratio(rows: pl.DataFrame, units: Sequence[str]) -> None:
    """Refuse a row whose adjustment factor is missing, not finite or not above 0."""
    ratio = pl.col("ratio")
    bad = rows.filter((~ratio.is_finite() | (ratio <= 0)).fill_null(value=True))
    if not bad.is_empty():
        first = bad.head(1).cast(pl.String).row(0, named=True)
        place = f"{units[int(first['part'])]} {first['line']}: " if units else ""
        raise InputError(
            f"{place}{shown(first['symbol'])} {first['date']}: adj_close {first['adj_close']} "
            f"over close {first['close']} is not an adjustment factor above 0 ({bad.height} such "
            "rows): correct adj_close, or set data.columns.adj_close to null if prices are "
            "adjusted already",
            code="ADJ",
        )
