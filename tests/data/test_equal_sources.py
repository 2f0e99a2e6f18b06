"""The same bars from every source and layout, and what a source reads of its files."""

import sqlite3
from pathlib import Path

import polars as pl
import pytest

from bar_files import ingested, sound_bars
from walkforge.data.bars import BARS_SCHEMA
from walkforge.errors import InputError

SYMBOLS = ["AAA", "BRK.B", "000001"]
FIELDS = ["open", "high", "low", "close", "volume"]


@pytest.fixture(scope="module")
def bars() -> pl.DataFrame:
    """Bars of three symbols, one of them listed late."""
    whole = sound_bars(SYMBOLS)
    late = (pl.col("symbol") == "BRK.B") & (pl.col("date") < whole["date"][30])
    return whole.filter(~late)


@pytest.fixture(scope="module")
def long_file(bars, tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("long") / "bars.csv"
    bars.write_csv(file)
    return file


@pytest.fixture(scope="module")
def expected(long_file) -> pl.DataFrame:
    return ingested("csv", long_file).bars


def wide_text(bars: pl.DataFrame, *, symbol_first: bool, third: bool) -> str:
    """The bars as a wide file, as pandas writes columns of two levels."""
    pairs = [(field, symbol) for field in FIELDS for symbol in SYMBOLS]
    names = [",".join(["", *(pair[0] for pair in pairs)]), ",".join(["", *(p[1] for p in pairs)])]
    values = {(row["date"], row["symbol"]): row for row in bars.iter_rows(named=True)}
    rows = []
    for day in bars["date"].unique().sort():
        cells = [values.get((day, symbol), {}).get(field, "") for field, symbol in pairs]
        rows.append(",".join([str(day), *map(str, cells)]))
    header = names[::-1] if symbol_first else names
    return "\n".join([*header, *(["date" + "," * len(pairs)] if third else []), *rows]) + "\n"


def test_the_long_file_holds_the_very_bars(bars, expected):
    assert expected.schema == BARS_SCHEMA
    given = bars.cast({"volume": pl.Float64}).sort("symbol", "date")
    assert expected.select(bars.columns).equals(given)


def test_a_folder_of_one_file_for_each_symbol_gives_equal_bars(bars, expected, tmp_path):
    for (symbol,), own in bars.partition_by("symbol", as_dict=True).items():
        own.drop("symbol").write_csv(tmp_path / f"{symbol}.csv")
    (tmp_path / "notes.md").write_text("not bars")
    (tmp_path / ".hidden.csv").write_text("not bars")
    found = ingested("csv", tmp_path, columns={"symbol": None})
    assert found.bars.equals(expected)
    assert found.issues.is_empty()


def test_a_folder_of_long_files_gives_equal_bars(bars, expected, tmp_path):
    bars[:100].write_csv(tmp_path / "a.csv")
    bars[90:].write_csv(tmp_path / "b.txt")
    found = ingested("csv", tmp_path)
    assert found.bars.equals(expected)
    assert found.counts["copies"].sum() == 10


@pytest.mark.parametrize("symbol_first", [False, True])
@pytest.mark.parametrize("third", [False, True])
def test_a_wide_file_gives_equal_bars(bars, expected, tmp_path, symbol_first, third):
    (tmp_path / "wide.csv").write_text(wide_text(bars, symbol_first=symbol_first, third=third))
    assert ingested("csv", tmp_path / "wide.csv", layout="wide").bars.equals(expected)


def test_a_parquet_file_and_folder_give_equal_bars(bars, expected, tmp_path):
    bars.write_parquet(tmp_path / "a.parquet")
    assert ingested("parquet", tmp_path / "a.parquet").bars.equals(expected)
    for (symbol,), own in bars.partition_by("symbol", as_dict=True).items():
        (tmp_path / "folder").mkdir(exist_ok=True)
        own.drop("symbol").write_parquet(tmp_path / f"folder/{symbol}.parquet")
    assert ingested("parquet", tmp_path / "folder", columns={"symbol": None}).bars.equals(expected)


def test_a_database_gives_equal_bars(bars, expected, tmp_path):
    with sqlite3.connect(tmp_path / "bars.db") as connection:
        connection.execute("CREATE TABLE bars (date, symbol TEXT, open, high, low, close, volume)")
        rows = bars.with_columns(pl.col("date").cast(pl.String)).rows()
        connection.executemany("INSERT INTO bars VALUES (?,?,?,?,?,?,?)", rows)
    connection.close()
    assert ingested("sqlite", tmp_path / "bars.db", table="bars").bars.equals(expected)


def test_a_file_with_a_close_column_is_not_taken_as_wide(long_file):
    with pytest.raises(InputError, match="COLUMNS: .*or set data.layout to long"):
        ingested("csv", long_file, layout="wide")


def test_a_wide_file_is_not_taken_as_long(bars, tmp_path):
    (tmp_path / "wide.csv").write_text(wide_text(bars, symbol_first=False, third=True))
    with pytest.raises(
        InputError, match="COLUMNS: .*data.layout: wide and data.columns: {open: op"
    ):
        ingested("csv", tmp_path / "wide.csv")


def test_a_cell_of_a_wide_file_is_set_aside_with_its_symbol_and_column(bars, tmp_path):
    lines = wide_text(bars, symbol_first=False, third=False).splitlines()
    cells = lines[60].split(",")
    pairs = list(zip(*(line.split(",") for line in lines[:2]), strict=True))
    place = pairs.index(("close", "BRK.B"))
    lines[60] = ",".join([*cells[:place], "12_x", *cells[place + 1 :]])
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n")
    row = ingested("csv", tmp_path / "wide.csv", layout="wide").quarantine.row(0, named=True)
    assert (row["symbol"], row["code"], row["line"]) == ("BRK.B", "NUMBER", 61)
    assert row["text"].startswith(f"{cells[0]} BRK.B: open=")
    assert "close=12_x" in row["text"]
    assert row["text"].count("close") == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("close", "clse"), "neither|no column 'close' of 'AAA'"),
        (lambda text: text.replace("low", "high"), "DUP_COLUMN: .*names 'high' of 'AAA' twice"),
        (lambda text: text.split("\n")[0] + "\n", "a header of two lines is missing"),
        (lambda text: "\n".join(text.split("\n")[:2]) + "\n", "NO_ROWS"),
        (lambda text: text.replace(",000001\n", "\n", 1), "have 16 and 15 fields"),
    ],
)
def test_a_bad_wide_file_is_refused(bars, tmp_path, change, said):
    text = wide_text(bars, symbol_first=False, third=False)
    (tmp_path / "wide.csv").write_text(change(text))
    with pytest.raises(InputError, match=said):
        ingested("csv", tmp_path / "wide.csv", layout="wide")


def test_a_broken_line_of_a_wide_file_costs_each_symbol_its_bar(bars, tmp_path):
    lines = wide_text(bars, symbol_first=False, third=False).splitlines()
    lines[60] += ",1"
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n")
    found = ingested("csv", tmp_path / "wide.csv", layout="wide")
    assert found.quarantine.select("line", "symbol", "code").rows() == [
        (61, "AAA", "FIELDS"),
        (61, "BRK.B", "FIELDS"),
        (61, "000001", "FIELDS"),
    ]


def test_columns_are_mapped_by_name(bars, expected, tmp_path):
    names = {name: name.title() for name in bars.columns} | {"symbol": "Ticker"}
    bars.rename(names).write_csv(tmp_path / "bars.csv")
    assert ingested("csv", tmp_path / "bars.csv", columns=names).bars.equals(expected)


def test_a_path_is_no_pattern(bars, expected, tmp_path):
    bars.write_parquet(tmp_path / "b[a]*.parquet")
    bars[:50].write_parquet(tmp_path / "ba.parquet")
    assert ingested("parquet", tmp_path / "b[a]*.parquet").bars.equals(expected)


def test_a_folder_without_files_of_the_source_says_what_it_holds(tmp_path):
    (tmp_path / "a.parquet").touch()
    with pytest.raises(InputError, match=r"PATH: .*no file \*\.csv, \*\.txt among its 1 entries"):
        ingested("csv", tmp_path)
