"""What to read: the data section of the configuration."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from walkforge.errors import InputError, nearest

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNames:
    """The name that each column has in the file; adj_close None where the prices need none."""

    date: str
    symbol: str
    open: str
    high: str
    low: str
    close: str
    volume: str
    adj_close: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Which bars to load: the source, its file and columns, and the symbols and dates to keep.

    start and end are the first and the last date to keep, both included; None keeps all.
    """

    source: str
    path: str | None
    columns: ColumnNames
    symbols: tuple[str, ...] | None
    start: dt.date | None
    end: dt.date | None


def data_config(section: Mapping[str, Any]) -> DataConfig:
    """Return the data section as a DataConfig.

    Dates may be text (YYYY-MM-DD) or date objects, as YAML reads them.

    Raises
    ------
    InputError
        For a missing or unknown key, a value of the wrong type, a symbol given twice, or a
        start after the end; the message names the key.

    """
    section = _with_keys(section, _names(DataConfig), where="data")
    config = DataConfig(
        source=_text(section["source"], "data.source"),
        path=_optional_text(section["path"], "data.path"),
        columns=_column_names(section["columns"]),
        symbols=_symbols(section["symbols"]),
        start=_date(section["start"], "data.start"),
        end=_date(section["end"], "data.end"),
    )
    if config.start and config.end and config.start > config.end:
        raise InputError(f"data.start {config.start} is after data.end {config.end}: swap them")
    return config


def _column_names(value: object) -> ColumnNames:
    """Return the column mapping, checked."""
    section = _with_keys(value, _names(ColumnNames), where="data.columns")
    adj_close = _optional_text(section["adj_close"], "data.columns.adj_close")
    names = {
        key: _text(section[key], f"data.columns.{key}")
        for key in _names(ColumnNames)
        if key != "adj_close"
    }
    return ColumnNames(**names, adj_close=adj_close)


def _names(config_class: type[DataConfig] | type[ColumnNames]) -> tuple[str, ...]:
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
