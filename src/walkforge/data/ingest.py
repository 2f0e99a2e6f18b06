"""Bars as configured: the one way in for whoever needs prices."""

from collections.abc import Callable, Mapping

import polars as pl

from walkforge.data.adjust import total_return_bars
from walkforge.data.bars import check_bars, outside_range
from walkforge.data.config import DataConfig
from walkforge.data.csv_file import read_csv
from walkforge.data.parquet_file import read_parquet
from walkforge.data.sample import read_sample
from walkforge.data.symbols import keep_symbols
from walkforge.errors import InputError, nearest

# Name in the configuration -> what gives the raw rows (see cells).
SOURCES: Mapping[str, Callable[[DataConfig], pl.DataFrame]] = {
    "sample": read_sample,
    "parquet": read_parquet,
    "csv": read_csv,
}


def load_bars(config: DataConfig) -> pl.DataFrame:
    """Return the configured bars: BARS_SCHEMA's columns, sorted by symbol, then date.

    Exact copies of a row are dropped. Prices are adjusted by adj_close where it is given, over a
    symbol's whole history and before dates are cut, so that data.start changes no kept row. An
    open or close that leaves [low, high] by at most 1e-6 of it is set to the bound; all other
    values are as given. The order of rows in the source does not matter.

    Raises
    ------
    InputError
        For an unknown source or symbol, dates outside the data, and all that the source, the
        adjustment and check_bars refuse.

    """
    raw = keep_symbols(_reader(config.source)(config), config.symbols)
    ordered = raw.unique(maintain_order=True).sort("symbol", "date", maintain_order=True)
    return check_bars(_clamped(_between_dates(total_return_bars(ordered), config)))


def _reader(source: str) -> Callable[[DataConfig], pl.DataFrame]:
    """Return the function that reads the named source."""
    if source not in SOURCES:
        raise InputError(
            f"data.source is {source!r}, not one of {', '.join(SOURCES)}: "
            f"write {nearest(source, SOURCES)!r}?"
        )
    return SOURCES[source]


def _between_dates(bars: pl.DataFrame, config: DataConfig) -> pl.DataFrame:
    """Return the bars from start to end, both of which must lie within the data's dates."""
    first, last = bars.select(pl.col("date").min(), last=pl.col("date").max()).row(0)
    for key, date in (("start", config.start), ("end", config.end)):
        if date is not None and not first <= date <= last:
            raise InputError(
                f"data.{key} {date} is outside the data, which run from {first} to {last}: "
                "choose a date within, or null"
            )
    start, end = config.start or first, config.end or last
    kept = bars.filter(pl.col("date").is_between(start, end))
    present = set(kept["symbol"].unique())
    absent = [symbol for symbol in config.symbols or () if symbol not in present]
    if kept.is_empty() or absent:
        raise InputError(
            f"no bar of {absent or 'any symbol'} from {start} to {end}; the data run from "
            f"{first} to {last}: widen data.start and data.end, or change data.symbols"
        )
    return kept


def _clamped(bars: pl.DataFrame) -> pl.DataFrame:
    """Return the bars with open and close inside [low, high] where they leave it by rounding."""
    within = [
        pl.when(outside_range())
        .then(pl.col(name))
        .otherwise(pl.max_horizontal("low", pl.min_horizontal(name, "high")))
        .alias(name)
        for name in ("open", "close")
    ]
    return bars.with_columns(within)
