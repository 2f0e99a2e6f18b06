"""Bars as configured: the one way in for whoever needs prices."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from walkforge.data.bars import BARS_SCHEMA, PRICE_COLUMNS
from walkforge.data.calendar import OBSERVED, time_zone_of
from walkforge.data.config import ABSENT, DataConfig
from walkforge.data.contract import (
    check_currency,
    check_future,
    clamped,
    judge_copies,
    judge_sessions,
    judge_values,
)
from walkforge.data.files import left_out
from walkforge.data.frequency import aligned, check_spacing, due_dates
from walkforge.data.history import History, history_of
from walkforge.data.market_days import market_days
from walkforge.data.outcome import Ingested, Judged, outcome
from walkforge.data.raw import issue
from walkforge.data.reading import Reading, read_parts
from walkforge.data.source_entry import source_entry
from walkforge.data.symbols import check_collisions, check_known, check_legible
from walkforge.registry import load_source

_OPEN_ROWS = pl.col("code").is_null()
_LEFT_OUT = 50  # files beside those that are read, named


def ingest(config: DataConfig, *, today: dt.date) -> Ingested:
    """The configured bars, with what was set aside, repaired and flagged.

    Prices are adjusted by adj_close where it is given, over a symbol's whole history and before
    dates are cut, so that data.start changes no kept row. The order of rows in the source does
    not matter.

    Args:
        config: the data section. today: stands in for as_of where that is None.

    Raises:
        InputError: the outcomes REJECT of the data contract; its code says which.
    """
    reading = _read(config, today)
    rows = _with_volume(_chosen(reading, config), config.volume)
    units = [f"{table.file}: {table.unit}" for table in reading.tables]
    check_future(rows, config.as_of or today, units)
    found, history = cleaned(check_currency(rows, units), config, units=units)
    if source_entry(config.source).path == "cache":
        config = replace(config, start=None, end=None)
    sound = found.rows.filter(_OPEN_ROWS)
    market = market_days(
        sound, observed=config.calendar == OBSERVED and config.frequency == "daily"
    )
    return outcome(reading, found, history, market, config=config)


def raw_bars(config: DataConfig, *, today: dt.date) -> pl.DataFrame:
    """The rows of the configured symbols that could be taken apart, as `bars_of` takes them.

    Args:
        config: the data section. today: see ingest.

    Raises:
        InputError: the outcomes REJECT of reading.
    """
    rows = _with_volume(_chosen(_read(config, today), config), config.volume).filter(_OPEN_ROWS)
    return rows.drop("row", "part", "line", "second", "code")


def _read(config: DataConfig, today: dt.date) -> Reading:
    """The configured source, taken apart."""
    zone = time_zone_of(config.calendar)
    dated = replace(config, as_of=config.as_of or today)
    entry = source_entry(config.source)
    reading = read_parts(load_source(entry.name).read(dated), config, zone=zone)
    beside = left_out(config.path, suffixes=entry.suffixes) if entry.path == "files" else {}
    flags = [issue("FLAG", "LEFT_OUT", file=name, before=why) for name, why in beside.items()]
    return replace(reading, issues=pl.concat([reading.issues, *flags[:_LEFT_OUT]]))


def _chosen(reading: Reading, config: DataConfig) -> pl.DataFrame:
    """The rows of the configured symbols, and those that do not say whose they are."""
    named = reading.rows["symbol"].drop_nulls().unique().sort()
    check_collisions(named, place="the data")
    check_legible(named)
    check_known(config.symbols, [*named, *reading.refused["symbol"].drop_nulls()])
    if config.symbols is None:
        return reading.rows
    ours = pl.col("symbol").is_in(list(config.symbols)) | pl.col("symbol").is_null()
    return reading.rows.filter(ours)


def _with_volume(rows: pl.DataFrame, volume: str) -> pl.DataFrame:
    """The rows with a volume: as read, or 0 where there is none to read."""
    if volume == ABSENT:
        return rows.with_columns(volume=pl.lit(0.0))
    return rows


def cleaned(
    rows: pl.DataFrame, config: DataConfig, *, units: Sequence[str]
) -> tuple[Judged, History]:
    """What is judged of single rows, and the bars that are left.

    Nothing is dropped by its symbol's whole history here: bars up to a date depend on rows up to
    that date alone.

    Args:
        rows: columns of contract, in any order. units: see contract.placed.

    Raises:
        InputError: ADJ, FREQUENCY.
    """
    found = _judge(rows, config, units=units)
    history = history_of(
        found.rows.filter(_OPEN_ROWS),
        found.sessions,
        largest_move=config.largest_move,
        units=units,
        volume=config.volume,
    )
    held = history.held.rename({"code": "held"})
    coded = found.rows.join(held, on="row", how="left", maintain_order="left")
    coded = coded.with_columns(code=pl.coalesce("code", "held")).drop("held")
    return found._replace(rows=coded), history


def bars_of(raw: pl.DataFrame, config: DataConfig) -> pl.DataFrame:
    """The bars of raw ones in memory, before any symbol is dropped.

    The bars up to a date are those of the raw ones up to that date, whatever came later.

    Args:
        raw: date, symbol, open, high, low, close, volume, and where given adj_close. config: its
            calendar and largest_move count.

    Raises:
        InputError: ADJ, FREQUENCY.
    """
    values = [name for name in (*PRICE_COLUMNS, "volume", "adj_close") if name in raw.columns]
    rows = raw.select("date", "symbol", pl.col(values).cast(pl.Float64)).with_row_index("row")
    rows = rows.with_columns(
        part=pl.lit(0, pl.UInt32),
        line=pl.col("row"),
        second=pl.lit(None, pl.Int32),
        code=pl.lit(None, pl.String),
    )
    history = cleaned(rows, config, units=["raw bars: row"])[1]
    return history.rows.select(BARS_SCHEMA.names())


def _judge(rows: pl.DataFrame, config: DataConfig, *, units: Sequence[str]) -> Judged:
    """The rows sorted, with the code of every one that breaks the contract."""
    rows, clamps = clamped(judge_values(rows.sort("symbol", "date", "row")))
    rows = aligned(rows, config.frequency, units)
    rows, copies = judge_copies(rows, units)
    check_spacing(rows, config.frequency, units)
    dates = rows.filter(_OPEN_ROWS)["date"]
    sessions = due_dates(config.calendar, dates, config.frequency)
    rows = judge_sessions(rows, sessions)
    return Judged(rows, copies, clamps, sessions)
