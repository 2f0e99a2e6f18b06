"""What to read and how strictly: the data section of the configuration."""

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any

from walkforge.data.spacing import FREQUENCIES, Frequency
from walkforge.errors import InputError, nearest
from walkforge.settings import Bounds, Choice, OrName, Size

# Values of data.volume, and what to do where there is none.
REQUIRED = "required"
ABSENT = "absent"
NO_VOLUME_REMEDY = "data.volume to absent, and market.costs.impact to simple or none"

LEAST_MOVE = 1.5  # less is the news of a day, not a step

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnNames:
    """The name of each column in the source."""

    date: Annotated[str, "column of the session's date"]
    symbol: Annotated[
        str | None, "column of the symbol; null where each file is named after its own"
    ]
    open: Annotated[str, "column of the opening price"]
    high: Annotated[str, "column of the highest price"]
    low: Annotated[str, "column of the lowest price"]
    close: Annotated[str, "column of the closing price"]
    volume: Annotated[str | None, "column of the traded units; null where data.volume is absent"]
    adj_close: Annotated[
        str | None,
        "column of the total-return-adjusted close; null where prices are adjusted already",
    ]
    currency: Annotated[
        str | None, "column of the currency, which must be one; null where it is not checked"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """How text is written; nothing is guessed."""

    separator: Annotated[str, Choice(",", ";", "\t", "|"), "between fields"]
    decimal: Annotated[str, Choice(".", ","), "in numbers"]
    thousands: Annotated[
        str | None, Choice(None, ",", ".", " ", "'", "_"), "in numbers; null for none"
    ]
    encoding: Annotated[str, Choice("utf-8", "latin-1", "cp1252", "utf-16"), "of files"]
    date_format: Annotated[
        str | None, Size(2, 256), "as in strptime; null for YYYY-MM-DD, with or without a time"
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineLimits:
    """How much may break the contract."""

    rows: Annotated[
        int,
        Bounds(at_least=0, at_most=1_000_000),
        "a symbol is dropped above this number of quarantined rows, and above",
    ]
    share: Annotated[float, Bounds(at_least=0, at_most=1), "this share of its rows"]
    symbols: Annotated[
        float,
        Bounds(at_least=0, at_most=1),
        "the run is rejected when more than this share of symbols is dropped",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataConfig:
    """Which bars are read and kept."""

    source: Annotated[
        str, "the packaged sample, csv or parquet files, a table of a database, or a download"
    ]
    path: Annotated[
        str | None,
        Size(1, 4_096),
        "file or folder, database, or cache folder; relative to the folder snakemake runs in",
    ]
    layout: Annotated[
        str, Choice("long", "wide"), "a row is one bar, or one date with columns for each symbol"
    ]
    table: Annotated[str | None, "table of the database, for sqlite"]
    columns: Annotated[ColumnNames, "the name of each column in the source"]
    text: Annotated[TextFormat, "how text is written; nothing is guessed"]
    calendar: Annotated[str, "a calendar of exchange_calendars, or observed: the dates of the data"]
    frequency: Annotated[Frequency, "spacing of the bars"]
    volume: Annotated[
        str,
        Choice("required", "absent"),
        "whether bars have a volume; absent leaves out what needs it",
    ]
    symbols: Annotated[
        tuple[str, ...] | None,
        Size(1, 100_000, distinct=True),
        OrName(),
        "symbols to keep, or the name of a list under universes; null keeps all",
    ]
    start: Annotated[dt.date | None, "first date to keep; null: from the first bar"]
    end: Annotated[dt.date | None, "last date to keep; null: to the last bar"]
    as_of: Annotated[dt.date | None, "a bar after this date is an error; null: today"]
    minimum_bars: Annotated[
        int, Bounds(at_least=1, at_most=100_000), "a symbol with fewer bars is dropped"
    ]
    strict_splits: Annotated[bool, "whether what looks like an unadjusted split drops its symbol"]
    largest_move: Annotated[
        float | None,
        Bounds(at_least=LEAST_MOVE, at_most=1_000_000),
        "a lasting step of the close by more than this ratio cuts history; null: none does",
    ]
    quarantine: Annotated[QuarantineLimits, "how much may break the contract"]


def data_config(section: Mapping[str, Any]) -> DataConfig:
    """The data section as a DataConfig.

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
    """The column mapping, checked: no column serves two roles.

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
    """The names of a dataclass's fields."""
    return tuple(field.name for field in fields(config_class))


def _with_keys(section: object, keys: Sequence[str], *, where: str) -> Mapping[str, Any]:
    """A mapping that has the given keys and no other."""
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
    """A value that must be text with something in it."""
    if not isinstance(value, str) or not value:
        raise InputError(f"{key} is {value!r}, not text: write a name, in quotes if YAML needs it")
    return value


def _optional_text(value: object, key: str) -> str | None:
    """Text, or None for null."""
    return None if value is None else _text(value, key)


def _frequency(value: object) -> Frequency:
    """Spacing of bars, by its name."""
    for known in FREQUENCIES:
        if value == known:
            return known
    raise InputError(f"data.frequency is {value!r}: write one of {', '.join(FREQUENCIES)}")


def _symbols(value: object) -> tuple[str, ...] | None:
    """The symbols to keep, or None for all."""
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
    """A ratio that no ordinary day reaches, or None for null."""
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
    """A date from a date or from text YYYY-MM-DD; None for null."""
    if value is None or (isinstance(value, dt.date) and not isinstance(value, dt.datetime)):
        return value
    if isinstance(value, str) and _ISO_DATE.fullmatch(value):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise InputError(f"{key} is {value!r}, not a date: write YYYY-MM-DD, or null")
