"""Headers as vendors write them: never guessed at, and each told with what to declare."""

import pytest

from bar_files import as_lines, ingested, joined, sound_bars
from walkforge.data.headers import adjusted_close, has_two_levels, meant
from walkforge.data.notes import notes_of
from walkforge.errors import InputError

PRICES = ("open", "high", "low", "close")
BODY = [line.split(",") for line in as_lines(sound_bars(["AAA"]))[1:]]  # date, AAA, prices, volume


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Date,Open,High,Low,Close,Adj Close,Volume",  # Yahoo
         {"date": "Date", "close": "Close", "adj_close": "Adj Close", "volume": "Volume"}),
        ("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",  # Stooq
         {"date": "<DATE>", "symbol": "<TICKER>", "open": "<OPEN>", "volume": "<VOL>"}),
        ("timestamp,1. open,2. high,3. low,4. close,5. adjusted close,6. volume",  # Alpha Vantage
         {"date": "timestamp", "open": "1. open", "adj_close": "5. adjusted close",
          "volume": "6. volume"}),
        ("Date,Close/Last,Volume,Open,High,Low", {"close": "Close/Last"}),  # Nasdaq
        ("date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume",  # Tiingo
         {"close": "close", "adj_close": "adjClose", "open": "open", "volume": "volume"}),
        ("Date,Price,Open,High,Low,Vol.,Change %", {"close": "Price", "volume": "Vol."}),
    ],
)  # fmt: skip
def test_roles_are_known_by_the_names_that_vendors_give(header, expected):
    found = meant(header.split(","))
    assert {role: found[role] for role in expected} == expected
    assert {"date", *PRICES} <= found.keys()


@pytest.mark.parametrize(
    "name", ["adj_close", "Adj Close", "Adj. Close", "adjclose", "Adjusted_close", "Close (adj)",
             "adjusted close price", "ADJ_CLOSE_PRICE", "closeadj", "5. adjusted close"],
)  # fmt: skip
def test_adjusted_closes_are_known_however_spelled_and_asked_about(name, tmp_path):
    assert adjusted_close(["Close", "Adj Open", "Adj Volume", "adj factor", name]) == name
    header = ["date", "symbol", *PRICES, "volume", name]
    lines = [",".join(header), *(",".join([*row, row[5]]) for row in BODY)]
    (tmp_path / "bars.csv").write_text(joined(lines))
    (note,) = notes_of(ingested("csv", tmp_path / "bars.csv"))
    assert f"set data.columns.adj_close to {name!r}" in note
    assert notes_of(ingested("csv", tmp_path / "bars.csv", columns={"adj_close": name})) == []


def test_a_missing_column_is_told_with_the_columns_that_may_be_meant(tmp_path):
    rows = [",".join([row[0], *row[2:]]) for row in BODY]
    (tmp_path / "AAA.csv").write_text(joined(["Date,Open,High,Low,Close,1. Vol", *rows]))
    told = r"what may be meant: data.columns \{date: Date, .*volume: '1. Vol', symbol: null"
    with pytest.raises(InputError, match=f"COLUMNS: .*{told}"):
        ingested("csv", tmp_path / "AAA.csv")


def test_a_file_without_volume_is_told_how_to_say_so(tmp_path):
    rows = [",".join([*row[:-1]]) for row in BODY]
    (tmp_path / "bars.csv").write_text(joined([",".join(["date", "symbol", *PRICES]), *rows]))
    with pytest.raises(InputError, match="COLUMNS: .*'volume'.*; data.volume: absent, where"):
        ingested("csv", tmp_path / "bars.csv")


@pytest.mark.parametrize(
    "levels",
    [
        ("Price,Close,High,Low,Open,Volume", "Ticker,AAA,AAA,AAA,AAA,AAA", "Date,,,,,"),
        (",AAA,AAA,AAA,AAA,AAA", "Date,Close,High,Low,Open,Volume"),
        ("Price,Close,High,Low,Open,Volume", "Ticker,0700,0700,0700,0700,0700", "Date,,,,,"),
        ("Attributes,Adj Close,Close,High,Low,Open,Volume", "Symbols," + ",".join(["^GSPC"] * 6)),
    ],
)
@pytest.mark.parametrize("columns", [{}, {name: name.title() for name in ("date", *PRICES)}])
def test_a_header_of_two_levels_is_told_with_the_layout(levels, columns, tmp_path):
    rows = [",".join([row[0], *row[2:]]) + ",1" * ("Adj" in levels[0]) for row in BODY]
    (tmp_path / "AAA.csv").write_text(joined([*levels, *rows]))
    with pytest.raises(
        InputError, match="COLUMNS: .*data.layout: wide and data.columns: {open: Op"
    ):
        ingested("csv", tmp_path / "AAA.csv", columns={"symbol": None} | columns)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("date,open,high,low,close,volume", "2020-01-02,1,2,1,2,100"),
        ("date,open,high,low,close,volume", "date,open,high,low,close,volume"),
        ("date,a,b,c,d", "2020-01-02,x,y,z,w"),
        ("Symbol,Date,Open,High,Low,Close,Volume", "AAA,2020-01-02,1,2,1,2,100"),
        ("<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>",
         "AAA,D,20200102,000000,1,2,1,2,100,0"),
    ],
)  # fmt: skip
def test_a_header_of_one_level_is_not_taken_for_two(first, second):
    assert not has_two_levels(first.split(","), second.split(","))
