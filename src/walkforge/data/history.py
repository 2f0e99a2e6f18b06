"""From sound rows to bars: adjusted, with masks, segments, and flags of what is odd."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from walkforge.data.adjust import total_return_bars
from walkforge.data.config import REQUIRED
from walkforge.data.flags import gap_codes, halted, missing_sessions, segments, stale
from walkforge.data.jumps import suspect_splits, unit_steps
from walkforge.data.volumes import silent_runs, volume_flags, without_volume


class History(NamedTuple):
    """The whole history of every symbol.

    rows: row, part, line, missing (Int64, sessions without a bar since the bar before), and the
        columns of the bars frame.
    flags: row, code, before, after: HALT, STALE, GAP, SEGMENT, REUSED, SUSPECT_SPLIT,
        NO_VOLUME.
    steps: symbol, date of a lasting step by a factor of 100.
    without_volume: symbols nearly all of whose bars have a volume that tells nothing.
    """

    rows: pl.DataFrame
    flags: pl.DataFrame
    steps: pl.DataFrame
    without_volume: list[str]


def history_of(
    sound: pl.DataFrame,
    sessions: pl.Series,
    *,
    units: Sequence[str] = (),
    volume: str = REQUIRED,
) -> History:
    """Return the bars of rows that keep the contract, over all dates.

    Args:
        sound: columns of contract, sorted by symbol, then date; every date a session.
        sessions: sorted. units: see contract.placed. volume: required or absent, when no bar is a
            halt for want of it.

    Raises:
        InputError: ADJ.
    """
    halts, still = halted(sound, volume=volume), stale(sound)
    runs = silent_runs(sound if volume == REQUIRED else sound.clear())
    missing = missing_sessions(sound, sessions).alias("missing")
    rows = total_return_bars(sound, units).with_columns(
        missing,
        tradable=~(halts["flat_halt"] | still),
        segment=segments(sound, missing),
    )
    split = suspect_splits(rows)
    flags = [
        _flags(rows, halts["halt"], "HALT"),
        _flags(rows, still, "STALE"),
        _flags(
            rows, split, "SUSPECT_SPLIT", pl.col("close").shift(1).over("symbol"), pl.col("close")
        ),
        _gaps(rows),
        volume_flags(runs),
    ]
    return History(rows, pl.concat(flags), unit_steps(rows), without_volume(sound, runs))


def _flags(
    rows: pl.DataFrame,
    marked: pl.Series,
    code: str,
    before: pl.Expr | None = None,
    after: pl.Expr | None = None,
) -> pl.DataFrame:
    """Return one flag for each marked row, with what the values before and after are told as."""
    nothing = pl.lit(None, dtype=pl.String)
    told = rows.select(
        "row",
        code=pl.lit(code),
        before=nothing if before is None else before.cast(pl.String),
        after=nothing if after is None else after.cast(pl.String),
    )
    return told.filter(marked)


def _gaps(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a flag for each gap: the bar before it, and how many sessions it is long."""
    last = pl.col("date").shift(1).cast(pl.String)
    told = rows.select(
        "row",
        code=gap_codes(rows["missing"]),
        before=pl.format("last bar {}", last.fill_null("")),
        after=pl.format("{} sessions missing", "missing"),
    )
    return told.filter(pl.col("code").is_not_null())
