"""From sound rows to bars: adjusted, with masks, segments, and flags of what is odd."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from walkforge.data.adjust import total_return_bars
from walkforge.data.config import REQUIRED
from walkforge.data.flags import gap_codes, halted, missing_sessions, segments, stale
from walkforge.data.jumps import held_bars
from walkforge.data.moves import moves_of
from walkforge.data.spacing import REUSED_AFTER, frequency_of
from walkforge.data.volumes import silent_runs, volume_flags, without_volume


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
