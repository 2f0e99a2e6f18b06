"""Files of bars, sound ones and dirty ones, and what ingest makes of them."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import exchange_calendars
import numpy as np
import polars as pl

from walkforge.data.config import DataConfig, data_config
from walkforge.data.ingest import ingest
from walkforge.data.outcome import Ingested

COLUMNS = ("date", "symbol", "open", "high", "low", "close", "volume")
TODAY = dt.date(2026, 1, 2)


def section_of(
    source: str = "sample", path: Path | str | None = None, **changes: Any
) -> dict[str, Any]:
    """A data section as YAML would read it; changes of mappings are merged in."""
    columns = {name: name for name in COLUMNS} | {"adj_close": None, "currency": None}
    text = {"separator": ",", "decimal": ".", "thousands": None, "encoding": "utf-8"}
    section = {
        "source": source,
        "path": str(path) if isinstance(path, Path) else path,
        "layout": "long",
        "table": None,
        "columns": columns,
        "text": text | {"date_format": None},
        "calendar": "XNYS",
        "frequency": "daily",
        "volume": "required",
        "symbols": None,
        "start": None,
        "end": None,
        "as_of": None,
        "minimum_bars": 10,
        "strict_splits": False,
        "largest_move": 5.0,
        "quarantine": {"rows": 5, "share": 0.01, "symbols": 0.2},
    }
    merged = {
        key: section[key] | value if isinstance(value, dict) else value
        for key, value in changes.items()
    }  # fmt: skip
    return section | merged


def sessions(count: int, start: str = "2020-01-02") -> list[dt.date]:
    """The first sessions of XNYS from a date on."""
    first = dt.date.fromisoformat(start)
    last = first + dt.timedelta(days=2 * count + 20)
    calendar = exchange_calendars.get_calendar("XNYS", start=first, end=last)
    return list(calendar.sessions.date[:count])


def sound_bars(
    symbols: Sequence[str] = ("AAA", "BBB"), count: int = 90, *, seed: int = 7
) -> pl.DataFrame:
    """Seeded bars without a fault: date, symbol, open, high, low, close, volume."""
    generator = np.random.default_rng(seed)
    days = sessions(count)
    frames = []
    for symbol in symbols:
        close = np.round(50 * np.exp(np.cumsum(generator.normal(0, 0.01, count))), 2)
        opening = np.round(close * np.exp(generator.normal(0, 0.004, count)), 2)
        reach = np.exp(np.abs(generator.normal(0, 0.005, (2, count))))
        frames.append(
            pl.DataFrame(
                {
                    "date": days,
                    "symbol": symbol,
                    "open": opening,
                    "high": np.round(np.maximum(opening, close) * reach[0] + 0.01, 2),
                    "low": np.round(np.minimum(opening, close) / reach[1] - 0.01, 2),
                    "close": close,
                    "volume": generator.integers(100_000, 900_000, count),
                }
            )
        )
    return pl.concat(frames)


def as_lines(bars: pl.DataFrame) -> list[str]:
    """The lines of a CSV file of the bars, the header first."""
    return bars.write_csv().splitlines()


def joined(lines: Sequence[str]) -> str:
    """Lines as the content of a file."""
    return "".join(f"{line}\n" for line in lines)


def with_cell(line: str, place: int, value: str) -> str:
    """A line with one of its cells replaced."""
    cells = line.split(",")
    cells[place] = value
    return ",".join(cells)


def configure(*args: Any, **changes: Any) -> DataConfig:
    """The configuration of section_of."""
    return data_config(section_of(*args, **changes))


def ingested(*args: Any, **changes: Any) -> Ingested:
    """What ingest makes of section_of, known to lose no row."""
    found = ingest(configure(*args, **changes), today=TODAY)
    for row in found.counts.iter_rows(named=True):
        bars = found.bars.filter(pl.col("symbol").eq_missing(row["symbol"])).height
        assert row["rows_in"] == bars + row["quarantined"] + row["copies"], row
    assert found.counts["quarantined"].sum() == found.quarantine.height
    return found
