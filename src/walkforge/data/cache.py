"""The cache of source `yahoo`: what is asked for, and the file that keeps the answer."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from walkforge.errors import shown
from walkforge.provenance import sha256_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for: bars of one symbol from start to end, both included."""

    symbol: str
    start: dt.date
    end: dt.date

    def __str__(self) -> str:
        """Symbol and dates, for messages."""
        return f"yahoo {shown(self.symbol)} {self.start} to {self.end}"


def cache_file(folder: Path, asked: Asked) -> Path:
    """Where the bars of a symbol and span are kept: no file is named after a symbol."""
    key = f"{asked.symbol}|{asked.start}|{asked.end}"
    return folder / f"{sha256_bytes(key.encode())[:16]}.csv"


def last_asked(*ends: dt.date | None) -> dt.date | None:
    """The earliest of the days that bars are asked to, None where none is given."""
    return min((day for day in ends if day is not None), default=None)


def asked_files(section: Mapping[str, Any]) -> list[Path]:
    """The files of a configured download, there or not; none where it asks up to today.

    Args:
        section: `data` of the configuration, symbols listed; dates as dates or as YYYY-MM-DD.
    """
    start, *ends = (_day(section[key]) for key in ("start", "end", "as_of"))
    end = last_asked(*ends)
    symbols = section["symbols"]
    if section["path"] is None or start is None or end is None or symbols is None:
        return []
    asked = (Asked(symbol=symbol, start=start, end=end) for symbol in symbols)
    return [cache_file(Path(section["path"]), each) for each in asked]


def _day(value: dt.date | str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if isinstance(value, str) else value
