"""CSV and Parquet files: equal bars from equal content, and one clear message for each fault."""

import datetime as dt
import gzip
import os

import numpy as np
import polars as pl
import pytest

from walkforge.data.ingest import load_bars
from walkforge.errors import InputError

HEADER = "date,symbol,open,high,low,close,volume\n"
GOOD_LINE = "2020-01-02,A,10.0,12.0,9.0,11.0,1000\n"


@pytest.fixture
def written(tmp_path):
    """Return a function that writes a CSV file from text or bytes and gives its path."""

    def write(content: str | bytes):
        path = tmp_path / "bars.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def awkward() -> pl.DataFrame:
    """Return bars of symbols and numbers that readers like to change."""
    rng = np.random.default_rng(7)
    symbols = [
        "000001",
        "0700",
        "BRK.B",
        "CON",
        "FALSE",
        "NA",
        "NULL",
        "TRUE",
        "nan",
        "Ünï",
        "^X=F",
    ]
    rows = [
        (dt.date(2020, 1, day), symbol, low * 1.1, low * 1.3, low, low * 1.2, volume)
        for symbol in sorted(symbols)
        for day, low, volume in zip(
            range(1, 6), 10 ** rng.uniform(-6, 5, 5), rng.uniform(0, 3e9, 5), strict=True
        )
    ]
    names = ["date", "symbol", "open", "high", "low", "close", "volume"]
    return pl.DataFrame(rows, schema=names, orient="row")


def test_csv_and_parquet_give_back_the_very_bars(awkward, configured, tmp_path):
    awkward.write_csv(tmp_path / "bars.csv")
    awkward.write_parquet(tmp_path / "bars.parquet")
    from_csv = load_bars(configured("csv", tmp_path / "bars.csv"))
    from_parquet = load_bars(configured("parquet", tmp_path / "bars.parquet"))
    assert from_csv.equals(awkward.with_columns(adjusted=False))
    assert from_parquet.equals(from_csv)


def test_columns_are_mapped_and_others_left_alone(awkward, configured, tmp_path):
    names = {"date": "Date", "symbol": "ticker", "close": "Close", "adj_close": "Adj Close"}
    odd = awkward.with_columns((pl.col("close") / 2).alias("Adj Close"), junk=pl.lit("?"))
    odd = odd.rename({key: name for key, name in names.items() if key != "adj_close"})
    odd.write_csv(tmp_path / "bars.csv")
    odd.write_parquet(tmp_path / "bars.parquet")
    for source in ("csv", "parquet"):
        bars = load_bars(configured(source, tmp_path / f"bars.{source}", columns=names))
        assert bars.equals(awkward.with_columns(adjusted=True))


@pytest.mark.parametrize(
    "content",
    [
        HEADER + GOOD_LINE,
        "\ufeff" + HEADER + GOOD_LINE,
        (HEADER + GOOD_LINE).replace("\n", "\r\n"),
        (HEADER + GOOD_LINE).rstrip("\n"),
        HEADER + GOOD_LINE + "\n\n",
        HEADER + GOOD_LINE.replace("A", '"A"').replace("11.0", '"11.0"'),
        HEADER + GOOD_LINE.replace("11.0", "+1.1e1").replace("9.0", "9.").replace("10.0", "10"),
        HEADER + GOOD_LINE + GOOD_LINE,
    ],
    ids=["plain", "bom", "crlf", "no_last_newline", "blank_end", "quoted", "notations", "copy"],
)
def test_harmless_forms_of_a_file_give_the_same_bar(content, written, configured):
    bars = load_bars(configured("csv", written(content)))
    expected = (dt.date(2020, 1, 2), "A", 10.0, 12.0, 9.0, 11.0, 1000.0, False)
    assert bars.rows() == [expected]


@pytest.mark.parametrize(
    ("good", "bad", "column"),
    [
        ("2020-01-02", "01/02/2020", "date"),
        ("2020-01-02", "2020-02-30", "date"),
        ("2020-01-02", "2020-1-2", "date"),
        ("2020-01-02", "2020-01-02 16:00:00", "date"),
        ("2020-01-02", "2020-01-02T00:00:00+09:00", "date"),
        ("2020-01-02", "20200102", "date"),
        ("2020-01-02", "0000-01-01", "date"),
        ("2020-01-02", "date", "date"),
        ("11.0", "-", "close"),
        ("11.0", "null", "close"),
        ("11.0", "N/A", "close"),
        ("11.0", "NaN", "close"),
        ("11.0", "inf", "close"),
        ("11.0", "1e400", "close"),
        ("11.0", "$10.5", "close"),
        ("11.0", "0x10", "close"),
        ("11.0", "１１", "close"),
        ("11.0", "11_0", "close"),
        ("11.0", "14.748.800", "close"),
        ("1000", "1.0.0", "volume"),
        ("1000", "1 000", "volume"),
        ("A", "../../x", "symbol"),
        ("A", "-rf", "symbol"),
    ],
)
def test_a_bad_cell_is_named_with_file_line_column_and_value(
    good, bad, column, written, configured
):
    second = GOOD_LINE.replace("2020-01-02", "2020-01-01")
    path = written(HEADER + second + GOOD_LINE.replace(good, bad, 1))
    with pytest.raises(InputError) as refused:
        load_bars(configured("csv", path))
    for part in (str(path), "line 3", repr(column), repr(bad)):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEADER, "no rows"),
        ("\n" + HEADER + GOOD_LINE, "line 1 is empty"),
        (GOOD_LINE, "no column 'date'.*data.columns.date.*found .*'2020-01-02'"),
        ("404 Not Found", "no column 'date'"),
        (HEADER.replace("volume", "close") + GOOD_LINE, "line 1 names the column 'close' twice"),
        (HEADER.replace("volume", "vol") + GOOD_LINE, "no column 'volume'.*'vol'"),
        (HEADER.replace(",", ";") + GOOD_LINE.replace(",", ";"), "no column 'date'"),
        (HEADER + GOOD_LINE + "2020-01-03,A,10.0\n", "line 3, column 'high': an empty cell"),
        (HEADER + GOOD_LINE + "\n" + GOOD_LINE, "line 3, column 'date': an empty cell"),
        (HEADER + GOOD_LINE.replace("11.0", ""), "line 2, column 'close': an empty cell"),
        (HEADER + GOOD_LINE.replace("11.0", '""'), "line 2, column 'close': ''"),
        (HEADER + GOOD_LINE.replace(",A,", ",,"), "line 2, column 'symbol': an empty cell"),
        (HEADER + GOOD_LINE + GOOD_LINE.replace("11.0", "1,100"), "line 3: 8 fields under 7"),
        (HEADER + GOOD_LINE.replace("A", '"A') + GOOD_LINE, "line 2: a quote is not closed"),
        (HEADER + GOOD_LINE.replace("A", '"A\nB"'), "line 2: a quote is not closed"),
        ((HEADER + GOOD_LINE).replace("\n", "\r"), "bare carriage return"),
        ((HEADER + GOOD_LINE).encode("utf-16"), "NUL bytes"),
        ((HEADER + GOOD_LINE.replace("A", "é")).encode("latin-1"), "line 2: byte .*not UTF-8"),
        ((HEADER + GOOD_LINE.replace("A", "A\0")).encode(), "NUL bytes"),
        (gzip.compress((HEADER + GOOD_LINE).encode(), mtime=0), "a compressed file"),
        (HEADER + GOOD_LINE + GOOD_LINE.replace("11.0", "10.5"), "date of the row before"),
    ],
)
def test_a_bad_csv_file_is_refused(content, said, written, configured):
    with pytest.raises(InputError, match=said):
        load_bars(configured("csv", written(content)))


@pytest.mark.parametrize("source", ["csv", "parquet"])
def test_a_path_that_is_no_file_with_content_is_refused(source, tmp_path, configured):
    empty, pipe = tmp_path / "empty", tmp_path / "pipe"
    empty.touch()
    os.mkfifo(pipe)
    cases = [
        (tmp_path / "nowhere.csv", "cannot be found.*No such file"),
        (tmp_path / ("x" * 400), "cannot be found.*too long"),
        (tmp_path, "is a folder"),
        (pipe, "is no regular file"),
        (empty, "is an empty file"),
        (None, "data.path is null"),
    ]
    for path, said in cases:
        with pytest.raises(InputError, match=said):
            load_bars(configured(source, path))
