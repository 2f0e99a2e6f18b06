"""Symbols whose volume tells nothing: 0, or another number that never changes, for a long time."""

import polars as pl

# No volume that is counted is the same on so many bars in a row.
SAME_BARS = 60
# Share of a symbol's bars above which it counts as having no volume at all.
WITHOUT_SHARE = 0.9


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
