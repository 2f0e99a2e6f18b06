"""Bars as configured: the one way in for whoever needs prices."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import polars as pl

from walkforge.data.calendar import sessions_of, time_zone_of
from walkforge.data.config import DataConfig
from walkforge.data.contract import (
    check_currency,
    check_future,
    clamped,
    judge_copies,
    judge_sessions,
    judge_values,
    judged,
)
from walkforge.data.csv_file import read_csv
from walkforge.data.history import history_of
from walkforge.data.jumps import spikes
from walkforge.data.outcome import Ingested, Judged, outcome
from walkforge.data.parquet_file import read_parquet
from walkforge.data.raw import Part
from walkforge.data.reading import Reading, read_parts
from walkforge.data.sample import read_sample
from walkforge.data.sources import DOWNLOADS, FILES_OF
from walkforge.data.sqlite_table import read_sqlite
from walkforge.data.symbols import check_collisions, check_known
from walkforge.data.yahoo import read_yahoo
from walkforge.errors import InputError, nearest

# Name in the configuration -> what gives the parts of the source (see raw.Part).
SOURCES: Mapping[str, Callable[[DataConfig], list[Part]]] = {
    "sample": read_sample,
    "csv": read_csv,
    "parquet": read_parquet,
    "sqlite": read_sqlite,
    "yahoo": read_yahoo,
}

_OPEN_ROWS = pl.col("code").is_null()


def ingest(config: DataConfig, *, today: dt.date) -> Ingested:
    """Return the configured bars, with what was set aside, repaired and flagged.

    Prices are adjusted by adj_close where it is given, over a symbol's whole history and before
    dates are cut, so that data.start changes no kept row. The order of rows in the source does
    not matter.

    Args:
        config: the data section. today: stands in for as_of where that is None.

    Raises:
        InputError: the outcomes REJECT of the data contract; its code says which.
    """
    zone = time_zone_of(config.calendar)
    dated = replace(config, as_of=config.as_of or today)
    reading = read_parts(_reader(config.source)(dated), config, zone=zone)
    rows = _chosen(reading, config)
    units = [f"{table.file}: {table.unit}" for table in reading.tables]
    check_future(rows, config.as_of or today, units)
    found = _judge(check_currency(rows, units), config, units=units)
    history = history_of(found.rows.filter(_OPEN_ROWS), found.sessions, units=units)
    if config.source in DOWNLOADS:
        config = replace(config, start=None, end=None)
    return outcome(reading, found, history, config=config)


if SOURCES.keys() != FILES_OF.keys():
    raise TypeError(
        f"sources are read, or state their files, alone: {SOURCES.keys() ^ FILES_OF.keys()}"
    )


def _reader(source: str) -> Callable[[DataConfig], list[Part]]:
    """Return the function that reads the named source."""
    if source not in SOURCES:
        raise InputError(
            f"data.source is {source!r}, not one of {', '.join(SOURCES)}: "
            f"write {nearest(source, SOURCES)!r}?"
        )
    return SOURCES[source]


def _chosen(reading: Reading, config: DataConfig) -> pl.DataFrame:
    """Return the rows of the configured symbols, and those that do not say whose they are."""
    named = reading.rows["symbol"].drop_nulls().unique().sort()
    check_collisions(named, place="the data")
    check_known(config.symbols, [*named, *reading.refused["symbol"].drop_nulls()])
    if config.symbols is None:
        return reading.rows
    ours = pl.col("symbol").is_in(list(config.symbols)) | pl.col("symbol").is_null()
    return reading.rows.filter(ours)


def _judge(rows: pl.DataFrame, config: DataConfig, *, units: Sequence[str]) -> Judged:
    """Return the rows sorted, with the code of every one that breaks the contract."""
    rows, clamps = clamped(judge_values(rows.sort("symbol", "date", "row")))
    rows, copies = judge_copies(rows, units)
    sessions = sessions_of(config.calendar, rows.filter(_OPEN_ROWS)["date"])
    rows = judge_sessions(rows, sessions)
    sound = rows.filter(_OPEN_ROWS)
    spiked = sound.filter(spikes(sound))["row"]
    rows = judged(rows, pl.col("row").is_in(spiked.implode()), "SPIKE")
    return Judged(rows, copies, clamps, sessions)
