"""What the tests of the data package share: configurations and small frames of bars."""

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from bar_files import configure, section_of


@pytest.fixture(scope="session")
def configured():
    return configure


@pytest.fixture(scope="session")
def section():
    return section_of


@pytest.fixture(scope="session")
def small_bars() -> pl.DataFrame:
    """Three bars of two symbols that keep the contract."""
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
            "tradable": [True, True, False],
            "segment": pl.Series([0, 0, 0], dtype=pl.Int32),
            "cut": [False] * 3,
        }
    )


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no shared/data folder beside the checkout")
    return folder
