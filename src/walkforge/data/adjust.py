"""Total-return adjustment of prices and volumes by adj_close / close."""

from collections.abc import Sequence

import polars as pl

from walkforge.data.bars import PRICE_COLUMNS
from walkforge.errors import InputError, shown

# Far finer than any price, and coarse enough to hide the last bits that a source changes when
# it rescales its whole adj_close history for a new dividend.
FACTOR_DIGITS = 10


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
            f"over close {first['close']} is no adjustment factor above 0 ({bad.height} such "
            "rows): correct adj_close, or set data.columns.adj_close to null if prices are "
            "adjusted already",
            code="ADJ",
        )
