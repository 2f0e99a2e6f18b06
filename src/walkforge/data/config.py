"""What to read and how strictly: the data section of the configuration."""

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from walkforge.data.spacing import FREQUENCIES, Frequency
from walkforge.errors import InputError, nearest

# Values of data.volume, and what to do where there is none.
REQUIRED, ABSENT = "required", "absent"
NO_VOLUME_REMEDY = "data.volume to absent, and market.costs.impact to simple or none"

LEAST_MOVE = 1.5  # less is the news of a day, not a step

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNames:
    """The name that each column has in the source.

    volume None where none is read; symbol None where each file holds one symbol and is named after
    it, or the layout is wide; adj_close None where the prices need none; currency None where it is
    not checked.
    """

    date: str
    symbol: str | None
    open: str
    high: str
    low: str
    close: str
    volume: str | None
    adj_close: str | None
    currency: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """How text is written: of fields, of numbers (thousands None for none), and of dates.

    date_format is in the notation of strptime; None for YYYY-MM-DD, with or without a time.
    """

    separator: str
    decimal: str
    thousands: str | None
    encoding: str
    date_format: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineLimits:
    """How much may be quarantined: a symbol is dropped above max(rows, share of its rows).

    The run is rejected when more than `symbols`, a share of them, are dropped.
    """

    rows: int
    share: float
    symbols: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Which bars to load, from where, and what makes them good enough.

    start and end are the first and the last date to keep, both included; None keeps all. as_of is
    the day after which no bar can be known; None for today. volume: required, or absent where the
    market tells none; then no column of it is read and it is 0 on every bar. minimum_bars: symbols
    with fewer are dropped. strict_splits: symbols with what looks like an unadjusted split are
    dropped. largest_move: a close that many times above or below the one before, for good, cuts the
    segment; None cuts none. frequency: spacing of the bars.
    """

    source: str
    path: str | None
    layout: str
    table: str | None
    columns: ColumnNames
    text: TextFormat
    calendar: str
    frequency: Frequency
    volume: str
    symbols: tuple[str, ...] | None
    start: dt.date | None
    end: dt.date | None
    as_of: dt.date | None
    minimum_bars: int
    strict_splits: bool
    largest_move: float | None
    quarantine: QuarantineLimits


def data_config(section: Mapping[str, Any]) -> DataConfig:
    """Return the data section as a DataConfig.

    Dates may be text (YYYY-MM-DD) or date objects, as YAML reads them.

    Raises:
        InputError: a missing or unknown key, a value of the wrong type, a symbol given twice, or a
            start after the end; the message names the key.
    """
    section = _with_keys(section, _names(DataConfig), where="data")
    config = DataConfig(
        source=_text(section["source"], "data.source"),
        path=_optional_text(section["path"], "data.path"),
        layout=_text(section["layout"], "data.layout"),
        table=_optional_text(section["table"], "data.table"),
        columns=_column_names(section["columns"], volume=section["volume"]),
        text=TextFormat(**_with_keys(section["text"], _names(TextFormat), where="data.text")),
        calendar=_text(section["calendar"], "data.calendar"),
        frequency=_frequency(section["frequency"]),
        volume=_text(section["volume"], "data.volume"),
        symbols=_symbols(section["symbols"]),
        start=_date(section["start"], "data.start"),
        end=_date(section["end"], "data.end"),
        as_of=_date(section["as_of"], "data.as_of"),
        minimum_bars=section["minimum_bars"],
        strict_splits=section["strict_splits"],
        largest_move=_largest_move(section["largest_move"]),
        quarantine=QuarantineLimits(
            **_with_keys(section["quarantine"], _names(QuarantineLimits), where="data.quarantine")
        ),
    )
    if config.start and config.end and config.start > config.end:
        raise InputError(f"data.start {config.start} is after data.end {config.end}: swap them")
    return config


def _column_names(value: object, *, volume: object) -> ColumnNames:
    """Return the column mapping, checked: no column serves two roles.

    Where volume is absent none is read, whatever name is given.
    """
    section = _with_keys(value, _names(ColumnNames), where="data.columns")
    optional = ("symbol", "volume", "adj_close", "currency")
    names: dict[str, Any] = {
        key: (_optional_text if key in optional else _text)(section[key], f"data.columns.{key}")
        for key in _names(ColumnNames)
    }
    if volume == ABSENT:
        names["volume"] = None
    elif names["volume"] is None:
        raise InputError(
            "data.columns.volume is null, and data.volume is required: name the column, or set "
            "data.volume to absent"
        )
    given = [name for name in names.values() if name is not None]
    for name in given:
        if given.count(name) > 1:
            keys = [key for key in names if names[key] == name]
            raise InputError(f"data.columns gives {keys} the one column {name!r}: correct one")
    return ColumnNames(**names)


def _names(config_class: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields."""
    return tuple(field.name for field in fields(config_class))


def _with_keys(section: object, keys: Sequence[str], *, where: str) -> Mapping[str, Any]:
    """Return a mapping that has the given keys and no other."""
    if not isinstance(section, Mapping):
        raise InputError(f"{where} is {section!r}: give its keys {', '.join(keys)}")
    for key in keys:
        if key not in section:
            raise InputError(f"{where}.{key} is missing: add it, null where it does not apply")
    for key in section:
        if key not in keys:
            close = nearest(str(key), keys)
            raise InputError(f"{where} has no key {key!r}: remove it or write {close!r}")
    return section


def _text(value: object, key: str) -> str:
    """Return a value that must be text with something in it."""
    if not isinstance(value, str) or not value:
        raise InputError(f"{key} is {value!r}, not text: write a name, in quotes if YAML needs it")
    return value


def _optional_text(value: object, key: str) -> str | None:
    """Return text, or None for null."""
    return None if value is None else _text(value, key)


def _frequency(value: object) -> Frequency:
    """Spacing of bars, by its name."""
    for known in FREQUENCIES:
        if value == known:
            return known
    raise InputError(f"data.frequency is {value!r}: write one of {', '.join(FREQUENCIES)}")


def _symbols(value: object) -> tuple[str, ...] | None:
    """Return the symbols to keep, or None for all."""
    if value is None:
        return None
    if not isinstance(value, (list, tuple)) or not value:
        raise InputError(f"data.symbols is {value!r}: write a list of symbols, or null for all")
    symbols = tuple(_text(symbol, f"data.symbols[{i}]") for i, symbol in enumerate(value))
    for i, symbol in enumerate(symbols):
        if symbol in symbols[:i]:
            raise InputError(f"data.symbols[{i}] repeats {symbol!r}: list each symbol once")
    return symbols


def _largest_move(value: object) -> float | None:
    """Return a ratio that no ordinary day reaches, or None for null."""
    if value is None:
        return None
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or not (LEAST_MOVE <= value < math.inf)
    ):
        raise InputError(
            f"data.largest_move is {value!r}: write a ratio of {LEAST_MOVE} or more, or null"
        )
    return float(value)


def _date(value: object, key: str) -> dt.date | None:
    """Return a date from a date or from text YYYY-MM-DD; None for null."""
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise InputError(f"{key} is {value!r}, not a date: write YYYY-MM-DD, or null")
