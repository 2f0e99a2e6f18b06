"""Source `yahoo`: daily bars of Yahoo Finance through package yfinance, kept in a cache folder.

Each symbol and span of dates is downloaded once, into a file of its own with a manifest; later
runs read the file and need neither the network nor yfinance.
"""

import csv
import datetime as dt
import io
import json
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from walkforge.data.cache import Asked, cache_file, last_asked
from walkforge.data.config import ColumnNames, DataConfig, TextFormat
from walkforge.data.csv_table import long_table
from walkforge.data.raw import Part, RawTable
from walkforge.data.source_entry import Source
from walkforge.data.symbols import SYMBOL_RULE, is_symbol
from walkforge.data.text_file import read_lines
from walkforge.errors import InputError, shown
from walkforge.manifests import manifest_of
from walkforge.provenance import check_artifact, write_artifacts

SOURCE = Source(path="cache", daily=True)

# Waits before the second, third and fourth try.
WAITS_S = (1.0, 2.0, 4.0)
TIMEOUT_S = 10.0

# Column of the cache -> column of yfinance.
_ANSWER_COLUMNS = {
    "open": "Open", "high": "High", "low": "Low", "close": "Close", "adj_close": "Adj Close",
    "volume": "Volume",
}  # fmt: skip
_COLUMNS = ColumnNames(
    date="date", symbol="symbol", open="open", high="high", low="low", close="close",
    volume="volume", adj_close="adj_close", currency=None,
)  # fmt: skip
_TEXT = TextFormat(separator=",", decimal=".", thousands=None, encoding="utf-8", date_format=None)


# Gives yfinance's answer, a pandas frame; raises OSError where another try may help.
Fetch = Callable[[Asked], Any]


def read(config: DataConfig) -> list[Part]:
    """The configured symbols from data.start to the earlier of end and as_of, a part each.

    Prices are as traded but for splits, with adj_close; data.columns is not looked at.

    Raises:
        InputError: CONFIG for no symbols, start, as_of or folder; TICKER for what is no symbol;
            PATH where the folder is a file.
    """
    return cached_parts(config, fetch=fetch_answer, sleep=time.sleep)


def cached_parts(
    config: DataConfig, *, fetch: Fetch, sleep: Callable[[float], object]
) -> list[Part]:
    """One part for each symbol, which downloads only what the cache folder lacks.

    Args:
        config: the data section. fetch: downloads. sleep: waits some seconds between tries.

    Raises:
        InputError: see read; reading a part raises EMPTY, NETWORK, COLUMNS or HASH.
    """
    folder = _folder(config.path)
    columns = _COLUMNS if config.columns.volume else replace(_COLUMNS, volume=None)
    return [
        Part(
            file=str(asked),
            symbol=asked.symbol,
            read=partial(
                _table, asked, cache_file(folder, asked), columns=columns, fetch=fetch, sleep=sleep
            ),
        )
        for asked in _all_asked(config)
    ]


def _folder(path: str | None) -> Path:
    """The cache folder, which need not be there yet."""
    if path is None:
        raise InputError(
            "data.path is null, but source yahoo keeps what it downloads: name a folder",
            code="CONFIG",
        )
    if Path(path).exists() and not Path(path).is_dir():
        raise InputError(f"data.path {path!r} is not a folder: name one for downloads", code="PATH")
    return Path(path)


def _all_asked(config: DataConfig) -> list[Asked]:
    """What to ask for, one entry for each symbol."""
    symbols = config.symbols
    start = config.start
    end = last_asked(config.end, config.as_of)
    if symbols is None or start is None or end is None:
        needed = {"symbols": symbols, "start": start, "as_of": end}
        lacking = ", ".join(f"data.{key}" for key, value in needed.items() if value is None)
        raise InputError(f"source yahoo needs {lacking}, now null: set it", code="CONFIG")
    if start > end:
        raise InputError(
            f"data.start {start} is after the last day to download, {end}: correct data.start, "
            "data.end or data.as_of",
            code="CONFIG",
        )
    for symbol in symbols:
        if not is_symbol(symbol):
            raise InputError(
                f"data.symbols: {shown(symbol)} is not a valid symbol: {SYMBOL_RULE}: correct it",
                code="TICKER",
            )
    return [Asked(symbol=symbol, start=start, end=end) for symbol in symbols]


def _table(
    asked: Asked,
    file: Path,
    *,
    columns: ColumnNames,
    fetch: Fetch,
    sleep: Callable[[float], object],
) -> RawTable:
    """The cached bars, downloaded first where file or manifest is missing."""
    if not (file.exists() and manifest_of(file).exists()):
        text = answer_text(_answer(asked, fetch, sleep=sleep), asked)
        write_artifacts("ingest_bars", {file: text})
    try:
        check_artifact(file)
    except InputError as error:
        raise InputError(
            f"{file} ({asked}): changed since it was downloaded: delete it to download it anew",
            code="HASH",
        ) from error
    return long_table(read_lines(file, _TEXT), columns, _TEXT, symbol=None)


def _answer(asked: Asked, fetch: Fetch, *, sleep: Callable[[float], object]) -> Any:
    """Yfinance's answer, tried again after network faults and rate limits.

    Raises:
        InputError: NETWORK, with the reason of the last failure.
    """
    waits = iter(WAITS_S)
    while True:
        try:
            return fetch(asked)
        except OSError as error:
            wait_s = next(waits, None)
            if wait_s is None:
                raise InputError(
                    f"{asked}: no answer in {len(WAITS_S) + 1} tries ({_first_line(error)}): check "
                    "the connection and run again; after a rate limit, wait some minutes",
                    code="NETWORK",
                ) from error
            sleep(wait_s)


def answer_text(answer: Any, asked: Asked) -> str:
    """Yfinance's answer as CSV text: date, symbol, prices, adj_close and volume.

    Args:
        answer: a pandas frame with one row for each session, indexed by midnights of the
            exchange's time zone; their dates are taken as printed there. asked: cuts the dates.

    Raises:
        InputError: EMPTY for no row within the dates, COLUMNS for a missing column.
    """
    missing = [name for name in _ANSWER_COLUMNS.values() if name not in answer.columns]
    if missing and len(answer):
        raise InputError(
            f"{asked}: the answer lacks columns {missing}; it has {list(answer.columns)}: install "
            "the yfinance that requirements/yahoo.lock pins",
            code="COLUMNS",
        )
    days = list(answer.index.date) if len(answer) else []
    cells = [answer[name].tolist() for name in _ANSWER_COLUMNS.values()] if days else []
    rows = [
        (day.isoformat(), asked.symbol, *numbers)
        for day, *numbers in zip(days, *cells, strict=True)
        if asked.start <= day <= asked.end
    ]
    if not rows:
        raise _nothing(asked, "an answer without rows")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("date", "symbol", *_ANSWER_COLUMNS))
    writer.writerows(rows)
    return text.getvalue()


def fetch_answer(asked: Asked) -> Any:
    """Yahoo's answer as yfinance gives it: a pandas frame, prices not adjusted.

    Raises:
        OSError: no connection, a rate limit, or Yahoo is down: another try may help.
        InputError: EMPTY where Yahoo has no such symbol or no bars of it, CONFIG where yfinance
            is not installed.
    """
    try:
        # Takes over 2 s, which no other source and no cached run should pay.
        import yfinance  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise InputError(
            "source yahoo needs package yfinance to download: "
            "pip install --no-deps -r requirements/yahoo.lock",
            code="CONFIG",
        ) from error
    faults = yfinance.exceptions
    # Else a failed connection passes for a symbol that does not exist.
    yfinance.config.debug.hide_exceptions = False
    try:
        return yfinance.Ticker(asked.symbol).history(**history_arguments(asked))
    except faults.YFTickerMissingError as error:
        raise _nothing(asked, _first_line(error)) from error
    except (faults.YFRateLimitError, faults.YFDataException, json.JSONDecodeError) as error:
        raise ConnectionError(_first_line(error)) from error


def history_arguments(asked: Asked) -> dict[str, Any]:
    """The arguments of yfinance's Ticker.history, whose end is exclusive."""
    return {
        "start": asked.start.isoformat(),
        "end": (asked.end + dt.timedelta(days=1)).isoformat(),
        "interval": "1d",
        "auto_adjust": False,
        "actions": False,
        "timeout": TIMEOUT_S,
    }


def _nothing(asked: Asked, reason: str) -> InputError:
    """The error of a symbol without bars."""
    return InputError(
        f"{asked}: no bars ({reason}): correct the symbol as Yahoo writes it (BRK-B, 7203.T) or "
        "the dates, or take it out of data.symbols",
        code="EMPTY",
    )


def _first_line(error: Exception) -> str:
    """What an error says, shortened, or its name."""
    said = str(error).strip().splitlines()
    return said[0][:200] if said else type(error).__name__
