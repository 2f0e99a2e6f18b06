"""What is kept but told: halts, stale prices, volumes that tell nothing, gaps and new segments.

Every flag is known at the close of its own bar: a mask made of them tells nothing of the future.
"""

import polars as pl

from walkforge.data.config import REQUIRED
from walkforge.data.spacing import SEGMENT_AFTER_SESSIONS

STALE_BARS = 5
# No volume that is counted is the same on so many bars in a row.
SAME_BARS = 60
# Share of a symbol's bars above which it counts as having no volume at all.
WITHOUT_SHARE = 0.9

_BAR = ("open", "high", "low", "close", "volume")


def halted(rows: pl.DataFrame, *, volume: str = REQUIRED) -> pl.DataFrame:
    """[N] halt (no volume) and flat_halt (and a single price); none where there is none."""
    halt = (pl.col("volume") == 0) & pl.lit(volume == REQUIRED)
    return rows.select(halt=halt, flat_halt=halt & (pl.col("high") == pl.col("low")))


def stale(rows: pl.DataFrame) -> pl.Series:
    """[N]: the bar is the fifth or later in a row of identical ones of its symbol."""
    same = pl.all_horizontal(
        pl.col("symbol") == pl.col("symbol").shift(1),
        *(pl.col(c) == pl.col(c).shift(1) for c in _BAR),
    )
    place = pl.int_range(pl.len(), dtype=pl.Int64)
    start = pl.when(~same.fill_null(value=False)).then(place).forward_fill()
    return rows.select(place - start + 1 >= STALE_BARS).to_series()


def missing_sessions(rows: pl.DataFrame, sessions: pl.Series) -> pl.Series:
    """[N] Int64: sessions without a bar since the symbol's bar before; 0 at its first.

    Args:
        rows: symbol, date, sorted by both, every date a session.
        sessions: sorted.
    """
    place = sessions.search_sorted(rows["date"]).cast(pl.Int64)
    first = rows["symbol"] != rows["symbol"].shift(1)
    gap = place - place.shift(1) - 1
    return pl.select(pl.when(first.fill_null(value=True)).then(0).otherwise(gap)).to_series()


def segments(rows: pl.DataFrame, missing: pl.Series) -> pl.Series:
    """[N] Int32: 0, 1, ... of each symbol, rising after a gap of over 10 sessions or a cut.

    Args:
        rows: symbol, cut. missing: sessions without a bar before each.
    """
    breaks = ((missing > SEGMENT_AFTER_SESSIONS) | rows["cut"]).cast(pl.Int32).alias("segment")
    return (
        rows.select("symbol", breaks).select(pl.col("segment").cum_sum().over("symbol")).to_series()
    )


def gap_codes(missing: pl.Series, *, reused_after: int) -> pl.Series:
    """[N]: GAP, SEGMENT or REUSED by the number of sessions missed; null for none."""
    return pl.select(
        pl.when(missing > reused_after)
        .then(pl.lit("REUSED"))
        .when(missing > SEGMENT_AFTER_SESSIONS)
        .then(pl.lit("SEGMENT"))
        .when(missing > 0)
        .then(pl.lit("GAP"))
    ).to_series()


def silent_runs(sound: pl.DataFrame) -> pl.DataFrame:
    """Runs of at least 60 bars of one volume on most of which the close moved.

    Columns: row (of the run's first bar), symbol, bars, volume, first, last (dates). A halted
    symbol, whose close stands still, is none.

    Args:
        sound: row, symbol, date, close, volume, sorted by symbol, then date.
    """
    new = (pl.col("symbol") != pl.col("symbol").shift(1)) | (
        pl.col("volume") != pl.col("volume").shift(1)
    )
    moved = pl.col("close") != pl.col("close").shift(1).over("symbol")
    runs = sound.with_columns(
        run=new.fill_null(value=True).cum_sum(), moved=moved.fill_null(value=False)
    )
    found = runs.group_by("run", maintain_order=True).agg(
        pl.col("row", "symbol", "volume").first(),
        bars=pl.len().cast(pl.Int64),
        moved=pl.col("moved").sum(),
        first=pl.col("date").first(),
        last=pl.col("date").last(),
    )
    long = found.filter((pl.col("bars") >= SAME_BARS) & (2 * pl.col("moved") > pl.col("bars")))
    return long.select("row", "symbol", "bars", "volume", "first", "last")


def volume_flags(runs: pl.DataFrame) -> pl.DataFrame:
    """A flag NO_VOLUME for each run: row, code, before, after."""
    return runs.select(
        "row",
        code=pl.lit("NO_VOLUME"),
        before=pl.format("volume {} on {} bars", "volume", "bars"),
        after=pl.format("{} to {}", "first", "last"),
    )


def without_volume(sound: pl.DataFrame, runs: pl.DataFrame) -> list[str]:
    """The symbols nearly all of whose bars have a volume that tells nothing, sorted."""
    silent = runs.group_by("symbol").agg(silent=pl.col("bars").sum())
    counts = sound.group_by("symbol").agg(bars=pl.len())
    joined = counts.join(silent, on="symbol")
    found = joined.filter(pl.col("silent") > WITHOUT_SHARE * pl.col("bars"))
    return found["symbol"].sort().to_list()
