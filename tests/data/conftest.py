"""What the tests of the data package share: configurations and small frames of bars."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from walkforge.data.config import DataConfig, data_config

COLUMNS = ("date", "symbol", "open", "high", "low", "close", "volume")


def section_of(source: str = "sample", path: Path | None = None, **changes) -> dict:
    """Return a data section as YAML would read it; changes of `columns` are merged in."""
    columns = {name: name for name in COLUMNS} | {"adj_close": None} | changes.pop("columns", {})
    section = {
        "source": source,
        "path": str(path) if isinstance(path, Path) else path,
        "columns": columns,
        "symbols": None,
        "start": None,
        "end": None,
    }
    return section | changes


@pytest.fixture(scope="session")
def section():
    return section_of


@pytest.fixture(scope="session")
def configured():
    def configure(*args, **changes) -> DataConfig:
        return data_config(section_of(*args, **changes))

    return configure


@pytest.fixture(scope="session")
def small_bars() -> pl.DataFrame:
    """Return three bars of two symbols that keep the contract."""
    return pl.DataFrame(
        {
            "date": [dt.date(2020, 1, 2), dt.date(2020, 1, 3), dt.date(2020, 1, 2)],
            "symbol": ["AAA", "AAA", "BBB"],
            "open": [10.0, 11.0, 100.0],
            "high": [12.0, 13.0, 100.0],
            "low": [9.0, 10.0, 100.0],
            "close": [11.0, 12.0, 100.0],
            "volume": [1000.0, 0.0, 5.0],
            "adjusted": [False, False, False],
        }
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared/data folder beside the checkout")
    return folder
