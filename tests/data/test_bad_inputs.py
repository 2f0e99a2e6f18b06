"""The data contract as a table: what each bad input gets.

A case is a number of the contract, the input in words, what is done to a sound file, and the
outcome. Sound is a long CSV file of AAA and BBB, 90 sessions each from 2020-01-02; line 12 is the
tenth session after the first, 2020-01-16, of AAA.
"""

import datetime as dt
import gzip
import io
import os
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bar_files import as_lines, ingested, joined, sessions, sound_bars, with_cell
from configurations import faults
from walkforge.configuration import check, read_strict
from walkforge.data.bars import check_bars
from walkforge.data.outcome import Ingested
from walkforge.errors import InputError
from walkforge.provenance import check_artifact, write_artifacts

BARS = sound_bars()
LINES = as_lines(BARS)
DATE, SYMBOL, OPEN, HIGH, LOW, CLOSE, VOLUME = range(7)
K = 11  # place of the row that most cases spoil; its line in the file is K + 1
DAY = BARS["date"][K - 1]
ROW = LINES[K]
Lines = list[str]
OWN_CLOSE = BARS["close"][K - 1]


@dataclass(frozen=True, kw_only=True)
class Reject:
    """The run ends with this code, and its message says these things."""

    code: str
    says: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """The run goes on, with these codes of quarantined rows, repairs, flags and drops."""

    quarantined: dict[str, int] = field(default_factory=dict)
    issues: dict[str, int] = field(default_factory=dict)
    bars: int = BARS.height
    also: Callable[[Ingested], None] = lambda found: None


def quar(code: str, *, rows: int = 1, text: str | None = None, **issues: int) -> Kept:
    """Return the outcome of rows that are set aside with a code, one bar lost for each."""

    def raw_text(found: Ingested) -> None:
        row = found.quarantine.row(0, named=True)
        assert row["code"] == code
        assert Path(row["file"]).name == "bars.csv"
        if text is not None:
            assert (row["line"], row["text"]) == (K + 1, text)

    gaps = {} if code in {"FIELDS", "HEADER"} else {"GAP": 1}
    lost = 0 if code in {"FIELDS", "HEADER"} else rows
    return Kept(
        quarantined={code: rows}, issues=gaps | issues, bars=BARS.height - lost, also=raw_text
    )


def replaced(lines: Lines, line: str, place: int = K) -> Lines:
    """Return lines with one replaced."""
    return [*lines[:place], line, *lines[place + 1 :]]


def cell(place: int, value: str, /, **changes: Any) -> tuple[str, dict[str, Any]]:
    """Return the file with one cell of row K replaced, and changes of the configuration."""
    return joined(replaced(LINES, with_cell(ROW, place, value))), changes


def spoiled_number(place: int, value: str, code: str) -> Kept:
    """Return the outcome of a bad number in row K."""
    return quar(code, text=with_cell(ROW, place, value))


def everywhere(place: int, change: Callable[[str], str]) -> Lines:
    """Return the lines with one cell of every row changed."""
    rows = [with_cell(line, place, change(line.split(",")[place])) for line in LINES[1:]]
    return [LINES[0], *rows]


def symbols_named(name: str) -> str:
    """Return the file with AAA renamed."""
    return joined([line.replace("AAA", name) for line in LINES])


def prices_times(
    factor: float, rows: range, columns: tuple[int, ...] = (OPEN, HIGH, LOW, CLOSE)
) -> Lines:
    """Return the lines with prices of some rows of AAA multiplied."""
    lines = list(LINES)
    for place in rows:
        for column in columns:
            price = float(lines[place].split(",")[column])
            lines[place] = with_cell(lines[place], column, f"{price * factor:.6f}")
    return lines


def without(rows: range) -> str:
    """Return the file without some rows of AAA."""
    return joined([line for place, line in enumerate(LINES) if place not in rows])


def same_bars(found: Ingested) -> None:
    """Assert that nothing was changed."""
    assert found.bars.select(BARS.columns).equals(BARS.cast({"volume": pl.Float64}))


def untradable(count: int) -> Callable[[Ingested], None]:
    """Return a check of how many bars are not tradable."""

    def checked(found: Ingested) -> None:
        assert found.bars.height - int(found.bars["tradable"].sum()) == count

    return checked


def adjusted(found: Ingested) -> None:
    """Assert that all prices were adjusted and no fall of half remains."""
    assert found.bars["adjusted"].all()
    change = found.bars.filter(pl.col("symbol") == "AAA")["close"].pct_change()
    assert change.drop_nulls().abs().max() < 0.1


def segments_of_aaa(*expected: int) -> Callable[[Ingested], None]:
    """Return a check of the segments that AAA has."""

    def checked(found: Ingested) -> None:
        own = found.bars.filter(pl.col("symbol") == "AAA")["segment"]
        assert tuple(own.unique().sort()) == expected

    return checked


def listed_from(day: dt.date) -> Callable[[Ingested], None]:
    """Return a check that AAA begins on a day and BBB on the first."""

    def checked(found: Ingested) -> None:
        first = dict(found.bars.group_by("symbol").agg(pl.col("date").min()).rows())
        assert first == {"AAA": day, "BBB": BARS["date"][0]}

    return checked


def file_of(content: str | bytes, /, **changes: Any) -> tuple[str | bytes, dict[str, Any]]:
    """Return a file and changes of the configuration."""
    return content, changes


def compressed() -> bytes:
    """Return the file, packed by zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("bars.csv", joined(LINES))
    return stream.getvalue()


def with_currency(second: str) -> str:
    """Return the file with a column of currencies, that of BBB given."""
    own = {"AAA": "USD", "BBB": second}
    rows = [f"{line},{own[line.split(',')[SYMBOL]]}" for line in LINES[1:]]
    return joined([f"{LINES[0]},currency", *rows])


def with_adj_close(factor_before: str, *, rows: range = range(1, 45)) -> str:
    """Return the file with adj_close, a factor times the close in some rows of AAA."""
    lines = [f"{LINES[0]},adj_close"]
    for place, line in enumerate(LINES[1:], start=1):
        close = line.split(",")[CLOSE]
        value = f"{float(close) * float(factor_before):.10f}" if place in rows else close
        lines.append(f"{line},{value}")
    return joined(lines)


def split_at(place: int) -> Lines:
    """Return the lines with prices halved and volumes doubled from a row of AAA on."""
    lines = prices_times(0.5, range(place, 91))
    for i in range(place, 91):
        volume = int(lines[i].split(",")[VOLUME])
        lines[i] = with_cell(lines[i], VOLUME, str(2 * volume))
    return lines


def adjusted_split() -> str:
    """Return a file with a split and the adj_close that undoes it."""
    lines = split_at(45)
    rows = []
    for place, line in enumerate(lines[1:], start=1):
        close = float(line.split(",")[CLOSE])
        rows.append(f"{line},{close * (0.5 if place < 45 else 1.0):.8f}")
    return joined([f"{LINES[0]},adj_close", *rows])


ADJ = {"columns": {"adj_close": "adj_close"}}
FLAT_HALT = ",".join([*ROW.split(",")[:2], *["50.0"] * 4, "0"])
NUMBER_TEXT = [("13", '"1,000" as a volume', VOLUME), ("14", '"1,000" as a price', CLOSE)]
HTML = "<!DOCTYPE html>\n<html><body>error</body></html>\n"
LONG_GAP, REUSE = range(20, 32), range(20, 60)
TIMES = [f"{i:02d}:30:00" for i in range(9, 16)]

FILES: list[tuple[str, str, tuple[str | bytes, dict[str, Any]], Reject | Kept]] = [
    ("1", "0-byte file", file_of(""), Reject(code="EMPTY", says=("bars.csv", "0 bytes"))),
    ("2", "header only", file_of(joined(LINES[:1])), Reject(code="NO_ROWS")),
    ("3", "no header", file_of(joined(LINES[1:])), Reject(code="COLUMNS", says=("'date'",))),
    ("4", "duplicate column", file_of(joined([f"{line},{line.split(',')[CLOSE]}" for line in LINES])),
     Reject(code="DUP_COLUMN", says=("line 1", "'close'", "twice"))),
    ("5", "missing column", file_of(joined([line.rpartition(",")[0] for line in LINES])),
     Reject(code="COLUMNS", says=("'volume'", "data.columns.volume", "found 'date', 'symbol'"))),
    ("6", "extra columns", file_of(joined([f"{line},x" for line in LINES])),
     Kept(issues={"EXTRA_COLUMNS": 1}, also=same_bars)),
    ("7", "UTF-8 BOM", file_of(b"\xef\xbb\xbf" + joined(LINES).encode()),
     Kept(issues={"BOM": 1}, also=same_bars)),
    ("8", "UTF-16", file_of(joined(LINES).encode("utf-16")), Reject(code="ENCODING", says=("UTF-16",))),
    ("8", "UTF-16 without a mark", file_of(joined(LINES).encode("utf-16-le")), Reject(code="ENCODING")),
    ("8", "UTF-16, declared", file_of(joined(LINES).encode("utf-16"), text={"encoding": "utf-16"}),
     Kept(also=same_bars)),
    ("9", "latin-1 byte", file_of(symbols_named("CAFÉ").encode("latin-1")),
     Reject(code="ENCODING", says=("line 2", r"b'\xc9'"))),
    ("9", "latin-1 byte, declared",
     file_of(symbols_named("CAFÉ").encode("latin-1"), text={"encoding": "latin-1"}), Kept()),
    ("10", "CRLF", file_of(joined(LINES).replace("\n", "\r\n")), Kept(also=same_bars)),
    ("11", "CR only", file_of(joined(LINES).replace("\n", "\r")), Reject(code="NEWLINE", says=("line 1",))),
    ("12", "; and decimal comma",
     file_of(joined(LINES).replace(",", ";").replace(".", ",")), Reject(code="COLUMNS", says=("';'",))),
    ("12", "; and decimal comma, declared",
     file_of(joined(LINES).replace(",", ";").replace(".", ","), text={"separator": ";", "decimal": ","}),
     Kept(also=same_bars)),
    *((number, words, cell(place, '"1,000"'), quar("NUMBER", text=with_cell(ROW, place, '"1,000"')))
      for number, words, place in NUMBER_TEXT),
    ("13", '"1,000" as a volume, declared', cell(VOLUME, '"1,000"', text={"thousands": ","}), Kept()),
    *((number, f"{value!r} as a price", cell(CLOSE, value), spoiled_number(CLOSE, value, "NULL"))
      for number, value in zip(("15", "16", "17", "18", "19"), ("-", "null", "N/A", "", "NaN"), strict=True)),
    ("18", "an empty volume", cell(VOLUME, ""), spoiled_number(VOLUME, "", "NULL")),
    ("20", "inf", cell(HIGH, "inf"), spoiled_number(HIGH, "inf", "NONFINITE")),
    ("21", "1e400", cell(HIGH, "1e400"), spoiled_number(HIGH, "1e400", "NONFINITE")),
    ("22", "$10.5", cell(LOW, "$10.5"), spoiled_number(LOW, "$10.5", "NUMBER")),
    ("23", "0x10", cell(LOW, "0x10"), spoiled_number(LOW, "0x10", "NUMBER")),
    ("24", "full-width digits", cell(LOW, "５０"), spoiled_number(LOW, "５０", "NUMBER")),
    ("25", "NUL byte", cell(LOW, "5\x000"), Reject(code="BINARY", says=(f"line {K + 1}",))),
    ("26", "short row", file_of(joined(replaced(LINES, ",".join(ROW.split(",")[:4])))),
     Kept(quarantined={"FIELDS": 1}, issues={"GAP": 1}, bars=179)),
    ("27", "long row", file_of(joined(replaced(LINES, ROW + ",1"))),
     Kept(quarantined={"FIELDS": 1}, issues={"GAP": 1}, bars=179)),
    ("28", "truncated last line", file_of(joined(LINES)[:-20]),
     Reject(code="TRUNCATED", says=("line 181", "fetch it again"))),
    ("29", "full last row, no final newline", file_of(joined(LINES)[:-1]),
     Kept(issues={"NO_NEWLINE": 1}, also=same_bars)),
    ("30", "header repeated mid-file", file_of(joined([*LINES[:50], LINES[0], *LINES[50:]])), quar("HEADER")),
    ("31", "unclosed quote", cell(SYMBOL, '"AAA'), Reject(code="QUOTE", says=(f"line {K + 1}",))),
    ("32", "footer text", file_of(joined([*LINES, "source: somewhere"])), quar("FIELDS")),
    ("33", "an HTML error page", file_of(HTML), Reject(code="COLUMNS", says=("<!DOCTYPE html>",))),
    ("33", "a JSON error", file_of('{\n "error": {}\n}\n'), Reject(code="COLUMNS", says=("'{'",))),
    ("33", "404 Not Found", file_of("404 Not Found"), Reject(code="COLUMNS", says=("404 Not Found",))),
    ("34", "gzip named .csv", file_of(gzip.compress(joined(LINES).encode())), Reject(code="COMPRESSED")),
    ("34", "zip named .csv", file_of(compressed()), Reject(code="COMPRESSED", says=("unpack it",))),
    ("35", "text deep in a numeric column",
     file_of(joined(replaced(LINES, with_cell(LINES[150], OPEN, "abc"), 150))), quar("NUMBER")),
    ("36", "padded names", file_of(joined([LINES[0].replace(",", " , "), *LINES[1:]])),
     Kept(issues={"STRIP": 1}, also=same_bars)),
    ("36", "padded value", cell(OPEN, f" {ROW.split(',')[OPEN]} "), Kept(issues={"STRIP": 1}, also=same_bars)),
    ("37", "01/02/2020", file_of(joined(everywhere(DATE, lambda d: f"{d[5:7]}/{d[8:]}/{d[:4]}"))),
     Reject(code="DATE_FORMAT", says=("line 2", "'01/02/2020'", "data.text.date_format"))),
    ("37", "01/02/2020, declared",
     file_of(joined(everywhere(DATE, lambda d: f"{d[5:7]}/{d[8:]}/{d[:4]}")),
             text={"date_format": "%m/%d/%Y"}), Kept(also=same_bars)),
    ("38", "mixed date formats", cell(DATE, "16/01/2020"),
     Reject(code="DATE_FORMAT", says=(f"line {K + 1}", "beside YYYY-MM-DD"))),
    ("39", "time-zone-aware and naive mixed", cell(DATE, f"{DAY} 00:00:00+09:00"), Reject(code="TZ_MIX")),
    ("39", "two time zones",
     file_of(joined(everywhere(DATE, lambda d: f"{d} 00:00:00{'+09:00' if d < '2020-03' else '-05:00'}"))),
     Reject(code="TZ_MIX")),
    ("40", "one time zone throughout", file_of(joined(everywhere(DATE, lambda d: f"{d} 00:00:00+09:00"))),
     Kept(issues={"TIME": 180}, also=same_bars)),
    ("40", "summer and winter time",
     file_of(joined(everywhere(DATE, lambda d: f"{d}T16:00:00-0{4 if d > '2020-03-08' else 5}:00"))),
     Kept(issues={"TIME": 180}, also=same_bars)),
    ("40", "midnights of New York in UTC",
     file_of(joined(everywhere(DATE, lambda d: f"{d}T0{4 if d > '2020-03-08' else 5}:00:00Z"))),
     Kept(issues={"TIME": 180}, also=same_bars)),
    ("41", "several bars per date",
     file_of(joined([LINES[0], *(with_cell(ROW, DATE, f"{DAY} {time}") for time in TIMES)])),
     Reject(code="FREQUENCY", says=("AAA", str(DAY)))),
    ("41", "several bars per date, without times",
     file_of(joined([LINES[0], *(with_cell(line, CLOSE, line.split(",")[OPEN]) for line in LINES[1:]),
                     *LINES[1:]])), Reject(code="FREQUENCY")),
    ("42", "2020-02-30", cell(DATE, "2020-02-30"), quar("DATE", text=with_cell(ROW, DATE, "2020-02-30"))),
    ("43", "a date after as_of", file_of(joined(LINES), as_of="2020-05-08"),
     Reject(code="FUTURE", says=("2020-05-11", "data.as_of"))),
    ("43", "a date after today", cell(DATE, "2026-01-05"), Reject(code="FUTURE", says=(f"row {K + 1}",))),
    ("44", "epoch 0", cell(DATE, "1970-01-01"), quar("DATE")),
    ("44", "epoch 0 as a number", cell(DATE, "0"), quar("DATE")),
    ("45", "unsorted", file_of(joined([LINES[0], *reversed(LINES[1:])])),
     Kept(issues={"SORT": 1}, also=same_bars)),
    ("46", "exact duplicate", file_of(joined([*LINES, ROW])),
     Kept(issues={"DEDUP": 1}, also=same_bars)),
    ("47", "two different rows for one date",
     file_of(joined([*LINES, with_cell(ROW, VOLUME, "5")])),
     Kept(quarantined={"DUPLICATE": 2}, issues={"GAP": 1}, bars=179)),
    ("48", "weekend row", file_of(joined([*LINES[:3], with_cell(ROW, DATE, "2020-01-04"), *LINES[3:]])),
     Kept(quarantined={"SESSION": 1}, also=same_bars)),
    ("48", "weekend row, the calendar turned off",
     file_of(joined([*LINES[:3], with_cell(ROW, DATE, "2020-01-04"), *LINES[3:]]), calendar="observed"),
     Kept(bars=181, issues={"GAP": 1})),
    ("50", "one symbol misses a session", file_of(without(range(K, K + 1))),
     Kept(bars=179, issues={"GAP": 1})),
    ("51", "gap over 10 sessions", file_of(without(range(20, 31))),
     Kept(bars=169, issues={"SEGMENT": 1}, also=segments_of_aaa(0, 1))),
    ("51", "gap of 10 sessions", file_of(without(range(20, 30))),
     Kept(bars=170, issues={"GAP": 1}, also=segments_of_aaa(0))),
    ("52", "high < low", cell(HIGH, "1.0"), quar("OHLC")),
    ("53", "close outside [low, high] by 1e-7 relative",
     cell(CLOSE, repr(float(ROW.split(",")[HIGH]) * (1 + 1e-7))), Kept(issues={"CLAMP": 1})),
    ("54", "close further outside", cell(CLOSE, repr(float(ROW.split(",")[HIGH]) * (1 + 1e-5))), quar("OHLC")),
    ("54", "open further outside", cell(OPEN, repr(float(ROW.split(",")[LOW]) * (1 - 1e-5))), quar("OHLC")),
    ("55", "price 0", cell(LOW, "0"), quar("NONPOSITIVE")),
    ("56", "negative price", cell(LOW, "-1"), quar("NONPOSITIVE")),
    ("57", "price 1e-6", file_of(joined(prices_times(2e-8, range(1, 91)))), Kept()),
    ("57", "price 7e5", file_of(joined(prices_times(1.4e4, range(1, 91)))), Kept()),
    *(("58", f"a one-day print of {words} that reverts",
       file_of(joined(prices_times(factor, range(40, 41)))), quar("SPIKE"))
      for words, factor in (("10x", 10.0), ("100x", 100.0), ("1/3000", 1 / 3000))),
    ("58", "a low at a tenth", file_of(joined(prices_times(0.1, range(40, 41), (LOW,)))), quar("SPIKE")),
    ("58", "three days at 100x", file_of(joined(prices_times(100.0, range(40, 43)))),
     quar("SPIKE", rows=3)),
    ("59", "a lasting 100x step", file_of(joined(prices_times(100.0, range(40, 91))), quarantine={"symbols": 0.5}),
     Kept(quarantined={"UNIT_STEP": 90}, issues={"UNIT_STEP": 1}, bars=90)),
    ("60", "negative volume", cell(VOLUME, "-5"), quar("VOLUME")),
    ("61", "volume 0, flat", file_of(joined(replaced(LINES, FLAT_HALT))),
     Kept(issues={"HALT": 1}, also=untradable(1))),
    ("62", "volume 0, moving", cell(VOLUME, "0"), Kept(issues={"HALT": 1}, also=untradable(0))),
    ("63", "volume 3e9", cell(VOLUME, "3000000000"), Kept()),
    ("63", "volume 2^53 + 1", cell(VOLUME, "9007199254740993"), Kept()),
    ("64", "volume 1e20", cell(VOLUME, "1e20"), quar("VOLUME")),
    ("65", "5 identical bars",
     file_of(joined([LINES[0], *(with_cell(LINES[40], DATE, line.split(",")[DATE]) if 40 <= i < 45 else line
                                 for i, line in enumerate(LINES[1:], start=1))])),
     Kept(issues={"STALE": 1}, also=untradable(1))),
    ("66", "unadjusted split, without adj_close", file_of(joined(split_at(45))),
     Kept(issues={"SUSPECT_SPLIT": 1})),
    ("66", "unadjusted split, strict",
     file_of(joined(split_at(45)), strict_splits=True, quarantine={"symbols": 0.5}),
     Kept(quarantined={"SUSPECT_SPLIT": 90}, issues={"SUSPECT_SPLIT": 1}, bars=90)),
    ("66", "unadjusted split, with adj_close", file_of(adjusted_split(), **ADJ), Kept(also=adjusted)),
    ("69", "adjustment factor 0", file_of(with_adj_close("0", rows=range(K, K + 1)), **ADJ),
     Reject(code="ADJ", says=("'AAA'", str(DAY)))),
    ("69", "adjustment factor below 0", file_of(with_adj_close("-1", rows=range(K, K + 1)), **ADJ),
     Reject(code="ADJ")),
    ("70", "mixed currency columns", file_of(with_currency("EUR"), columns={"currency": "currency"}),
     Reject(code="CURRENCY", says=("'EUR', 'USD'",))),
    ("70", "one currency", file_of(with_currency("USD"), columns={"currency": "currency"}),
     Kept(also=same_bars)),
    ("71", "late listing", file_of(without(range(1, 40))),
     Kept(bars=141, also=listed_from(BARS["date"][39]))),
    ("72", "delisted mid-sample", file_of(without(range(50, 91))), Kept(bars=139)),
    ("74", "fewer rows than the warm-up", file_of(without(range(10, 91))),
     Kept(quarantined={"TOO_SHORT": 9}, issues={"TOO_SHORT": 1}, bars=90)),
    ("74", "all of them fewer", file_of(joined([*LINES[:9], *LINES[91:99]])), Reject(code="TOO_SHORT")),
    *(("75", f"symbol {name!r}", file_of(symbols_named(name)), Reject(code="TICKER"))
      for name in ("../../x", "/etc/passwd", "A/B", "..", "", "-rf")),
    *(("76", f"symbol {name[:12]!a}", file_of(symbols_named(name)), Reject(code="TICKER"))
      for name in ("A\u202eB", "x" * 300, "$(x)", "a;b", "A\x07B")),
    *(("77", f"symbol {name}", file_of(symbols_named(name)), Kept())
      for name in ("CON", "NUL", "COM1", "BRK.B", "^GSPC", "BTC-USD")),
    ("78", "aaa and AAA", file_of(joined([*LINES[:40], LINES[40].replace("AAA", "aaa"), *LINES[41:]])),
     Reject(code="COLLISION", says=("'AAA'", "'aaa'"))),
    ("78", "two Unicode forms of one name",
     file_of(joined([LINES[0], *(line.replace("AAA", "CAFE\u0301").replace("BBB", "CAF\u00c9")
                                 for line in LINES[1:])])), Reject(code="COLLISION")),
    *(("79", f"symbol {name}", file_of(symbols_named(name), symbols=[name]), Kept(bars=90))
      for name in ("NA", "NULL", "TRUE", "ON", "NO")),
    *(("80", f"symbol {name}", file_of(symbols_named(name), symbols=[name]), Kept(bars=90))
      for name in ("000001", "0700")),
]  # fmt: skip


def ids(cases: list[Any]) -> list[str]:
    """Return what a case is called: number, input, outcome."""
    return [f"{case[0]:>2} {case[1]}: {told(case[-1])}" for case in cases]


def told(outcome: Reject | Kept) -> str:
    """Return an outcome in words."""
    if isinstance(outcome, Reject):
        return f"REJECT {outcome.code}"
    codes = [f"QUAR {code}" for code in outcome.quarantined] + list(outcome.issues)
    return ", ".join(codes) or "accepted"


def assert_outcome(outcome: Reject | Kept, *given: Any, **changes: Any) -> None:
    """Assert that ingest has the outcome, loses no row, and tells what it did."""
    if isinstance(outcome, Reject):
        with pytest.raises(InputError) as error:
            ingested(*given, **changes)
        message = str(error.value)
        assert error.value.code == outcome.code, message
        assert message.startswith(f"{outcome.code}: ")
        assert all(words in message for words in outcome.says), message
        return
    found = ingested(*given, **changes)
    assert dict(Counter(found.quarantine["code"])) == outcome.quarantined
    assert dict(Counter(found.issues["code"])) == outcome.issues
    assert found.bars.height == outcome.bars
    check_bars(found.bars)
    outcome.also(found)


@pytest.mark.parametrize("case", FILES, ids=ids(FILES))
def test_a_csv_file_gets_its_outcome(case: Any, tmp_path: Path) -> None:
    _, _, (content, changes), outcome = case
    file = tmp_path / "bars.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    assert_outcome(outcome, "csv", file, **changes)


@pytest.mark.parametrize(
    "content",
    [
        content
        for number, _, (content, _), _ in FILES
        if number in {"1", "2", "3", "11", "28", "33"}
    ],
)
def test_one_bad_file_of_a_folder_drops_its_symbol_and_is_listed(
    content: str | bytes, tmp_path: Path
) -> None:
    for name in "ABCDEFGHI":
        own = sound_bars([name]).drop("symbol")
        own.write_csv(tmp_path / f"{name}.csv")
    (tmp_path / "BAD.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    found = ingested("csv", tmp_path, columns={"symbol": None})
    (drop,) = found.issues.filter(pl.col("action") == "DROP").rows(named=True)
    assert drop["symbol"] == "BAD"
    assert found.bars["symbol"].n_unique() == 9


def test_49_the_market_closed_for_all_is_no_gap(tmp_path: Path) -> None:
    for start, closed in (("2001-08-01", "2001-09-11"), ("2012-10-01", "2012-10-29")):
        days = sessions(60, start)
        assert dt.date.fromisoformat(closed) not in days
        bars = sound_bars(count=60).with_columns(date=pl.Series([*days, *days]))
        bars.write_csv(tmp_path / "bars.csv")
        assert ingested("csv", tmp_path / "bars.csv").issues.is_empty()


def test_67_a_real_crash_is_unchanged_and_68_a_special_dividend_is_paid() -> None:
    bars = ingested("sample").bars
    for symbol, day, change in (("AAPL", dt.date(2000, 9, 29), -0.519),
                                ("MSFT", dt.date(2004, 11, 15), 0.0)):  # fmt: skip
        own = bars.filter(pl.col("symbol") == symbol)
        place = int((own["date"] == day).arg_max() or 0)
        assert own["close"][place] / own["close"][place - 1] - 1 == pytest.approx(change, abs=0.02)
    raw = ingested("sample").quarantine
    assert raw.is_empty()


def test_73_a_symbol_used_again_after_a_long_gap_is_a_new_segment(tmp_path: Path) -> None:
    bars = sound_bars(["AAA"], 330)
    pl.concat([bars.head(40), bars.tail(30), sound_bars(["BBB"], 330)]).write_csv(
        tmp_path / "a.csv"
    )
    found = ingested("csv", tmp_path / "a.csv")
    assert found.issues["code"].to_list() == ["REUSED"]
    assert found.issues["after"].to_list() == ["260 sessions missing"]
    own = found.bars.filter(pl.col("symbol") == "AAA")
    assert own["segment"].value_counts(sort=True).rows() == [(0, 40), (1, 30)]


def stored(tmp_path: Path, frame: pl.DataFrame | pa.Table) -> Path:
    """Return a Parquet file of a frame."""
    file = tmp_path / "bars.parquet"
    if isinstance(frame, pa.Table):
        pq.write_table(frame, file)
    else:
        frame.write_parquet(file)
    return file


def as_table(**columns: pl.Expr) -> pl.DataFrame:
    """Return the sound bars with columns changed."""
    return BARS.with_columns(**columns)


PARQUET: list[tuple[str, str, pl.DataFrame, Reject | Kept]] = [
    ("84", "Int32 volume, Float32 prices",
     as_table(volume=pl.col("volume").cast(pl.Int32), open=pl.col("open")), Kept(also=same_bars)),
    ("84", "numbers as text", as_table(close=pl.col("close").cast(pl.String)), Kept(also=same_bars)),
    ("84", "Datetime at midnight", as_table(date=pl.col("date").cast(pl.Datetime("ns"))), Kept(also=same_bars)),
    ("84", "Datetime with a time zone",
     as_table(date=pl.col("date").cast(pl.Datetime("us")).dt.replace_time_zone("Asia/Seoul")),
     Kept(issues={"TIME": 180}, also=same_bars)),
    ("84", "Categorical symbols", as_table(symbol=pl.col("symbol").cast(pl.Categorical)), Kept(also=same_bars)),
    ("84", "whole numbers as symbols", as_table(symbol=pl.lit(700)), Reject(code="DTYPE", says=("as text",))),
    ("84", "booleans as prices", as_table(open=pl.lit(value=True)), Reject(code="DTYPE", says=("'open'",))),
    ("84", "whole numbers as dates", as_table(date=pl.lit(20200102)), Reject(code="DTYPE")),
    ("19", "NaN", as_table(close=pl.when(pl.int_range(pl.len()) == 9).then(float("nan")).otherwise("close")),
     Kept(quarantined={"NULL": 1}, issues={"GAP": 1}, bars=179)),
    ("20", "infinity", as_table(high=pl.when(pl.int_range(pl.len()) == 9).then(float("inf")).otherwise("high")),
     Kept(quarantined={"NONFINITE": 1}, issues={"GAP": 1}, bars=179)),
    ("2", "no rows", BARS.clear(), Reject(code="NO_ROWS")),
    ("5", "missing column", BARS.drop("low"), Reject(code="COLUMNS", says=("'low'",))),
]  # fmt: skip


@pytest.mark.parametrize("case", PARQUET, ids=ids(PARQUET))
def test_a_parquet_file_gets_its_outcome(case: Any, tmp_path: Path) -> None:
    assert_outcome(case[-1], "parquet", stored(tmp_path, case[2]))


def test_81_truncated_parquet_and_text_in_its_place_are_rejected(tmp_path: Path) -> None:
    file = stored(tmp_path, BARS)
    content = file.read_bytes()
    for damaged in (content[: len(content) // 2], content[:-1], b"PAR1", b"date,symbol\n"):
        file.write_bytes(damaged)
        assert_outcome(Reject(code="PARQUET", says=("bars.parquet",)), "parquet", file)
    file.write_bytes(b"")
    assert_outcome(Reject(code="EMPTY"), "parquet", file)


def test_82_one_flipped_bit_in_an_artifact_is_rejected_with_its_rule(tmp_path: Path) -> None:
    write_artifacts("ingest_bars", {tmp_path / "bars.parquet": os.urandom(1000)})
    content = bytearray((tmp_path / "bars.parquet").read_bytes())
    content[500] ^= 4
    (tmp_path / "bars.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"HASH: .*bars\.parquet.*ingest_bars"):
        check_artifact(tmp_path / "bars.parquet")


def test_83_a_small_parquet_file_of_3e8_rows_is_rejected_unread(tmp_path: Path) -> None:
    day = pa.array(np.zeros(1_000_000, dtype="int32"), pa.int32()).cast(pa.date32())
    price = pa.array(np.ones(1_000_000))
    symbol = pa.DictionaryArray.from_arrays(np.zeros(1_000_000, dtype="int32"), ["A"])
    columns = {"date": day, "symbol": symbol.cast(pa.string())}
    columns |= dict.fromkeys(("open", "high", "low", "close", "volume"), price)
    table = pa.table(columns)
    with pq.ParquetWriter(tmp_path / "bars.parquet", table.schema, compression="zstd") as writer:
        for _ in range(51):
            writer.write_table(table)
    assert (tmp_path / "bars.parquet").stat().st_size < 2_000_000
    assert_outcome(
        Reject(code="ROWS", says=("51000000 rows by its metadata",)),
        "parquet", tmp_path / "bars.parquet",
    )  # fmt: skip


def database(tmp_path: Path, *, table: str = "bars") -> Path:
    """Return a database with the sound bars in a table."""
    file = tmp_path / "bars.db"
    with sqlite3.connect(file) as connection:
        connection.execute(
            f'CREATE TABLE "{table}" (date TEXT, symbol TEXT, open REAL, high REAL, low REAL, '
            "close REAL, volume REAL)"
        )
        rows = BARS.with_columns(pl.col("date").cast(pl.String)).rows()
        connection.executemany(f'INSERT INTO "{table}" VALUES (?,?,?,?,?,?,?)', rows)  # noqa: S608
    connection.close()
    return file


def test_a_database_comes_back_as_the_same_bars(tmp_path: Path) -> None:
    assert_outcome(Kept(also=same_bars), "sqlite", database(tmp_path), table="bars")


def test_85_a_missing_database_is_rejected_and_not_created(tmp_path: Path) -> None:
    assert_outcome(Reject(code="PATH"), "sqlite", tmp_path / "no.db", table="bars")
    assert list(tmp_path.iterdir()) == []


def test_86_a_0_byte_database_has_no_table(tmp_path: Path) -> None:
    (tmp_path / "bars.db").touch()
    assert_outcome(Reject(code="TABLE"), "sqlite", tmp_path / "bars.db", table="bars")


def test_87_what_is_no_database_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "bars.db").write_text(joined(LINES))
    assert_outcome(Reject(code="DATABASE"), "sqlite", tmp_path / "bars.db", table="bars")


def test_88_a_locked_database_is_rejected_after_a_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "BUSY_SECONDS = 5.0" in Path("src/walkforge/data/sqlite_table.py").read_text()
    monkeypatch.setattr("walkforge.data.sqlite_table.BUSY_SECONDS", 0.2)
    file = database(tmp_path)
    other = sqlite3.connect(file)
    other.execute("BEGIN EXCLUSIVE")
    try:
        assert_outcome(Reject(code="LOCKED", says=("0.2 s",)), "sqlite", file, table="bars")
    finally:
        other.close()


def test_89_a_corrupt_page_is_rejected(tmp_path: Path) -> None:
    file = database(tmp_path)
    content = bytearray(file.read_bytes())
    content[4096:4196] = os.urandom(100)
    file.write_bytes(content)
    assert_outcome(Reject(code="DATABASE", says=("bars.db",)), "sqlite", file, table="bars")


@pytest.mark.parametrize(
    "table", ['bars"; DROP TABLE bars; --', "Bars", "bars ", "sqlite_master", "seen", "bars\0"]
)
def test_90_a_hostile_table_name_or_a_view_is_rejected(tmp_path: Path, table: str) -> None:
    file = database(tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE VIEW seen AS SELECT * FROM bars")
    connection.close()
    before = file.read_bytes()
    assert_outcome(Reject(code="TABLE", says=("'bars'",)), "sqlite", file, table=table)
    assert file.read_bytes() == before


def test_90_a_table_of_any_other_name_is_read(tmp_path: Path) -> None:
    odd = 'daily "bars"; --'.replace('"', "")
    assert_outcome(Kept(also=same_bars), "sqlite", database(tmp_path, table=odd), table=odd)


@pytest.mark.parametrize("value", ["N/A", b"\x00\x01", "1,000"])
def test_91_text_or_a_blob_in_a_real_column_is_quarantined(tmp_path: Path, value: object) -> None:
    file = database(tmp_path)
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE bars SET close = ? WHERE rowid = 10", [value])
    connection.close()
    outcome = Kept(quarantined={"NUMBER": 1}, issues={"GAP": 1}, bars=179)
    assert_outcome(outcome, "sqlite", file, table="bars")


@pytest.mark.parametrize("kind", ["pipe", "device", "folder without files", "locked folder"])
def test_93_what_is_no_file_is_rejected_without_waiting(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "bars.csv"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "device":
        place = Path("/dev/zero")
    else:
        place.mkdir()
        if kind == "locked folder":
            if os.geteuid() == 0:
                pytest.skip("root may read everywhere")
            place.chmod(0)
    assert_outcome(Reject(code="PATH"), "csv", place)


CONFIGURATIONS = [
    ("unknown key", "data: {sorce: csv}", "unknown key: remove it or write data.source"),
    ("duplicate key", "seeds: [0]\nseeds: [1]", "'seeds' is given twice"),
    ("alias bomb", "a: &a [1]\nb: *a", "anchor &a is not supported"),
    ("1e-3 as text", "market: {commission_bps: 1e-3}", r"write 1\.0e-3: YAML reads 1e-3 as text"),
    ("NaN", "market: {commission_bps: .nan}", r"\.nan is no finite number"),
]


@pytest.mark.parametrize(
    ("text", "said"),
    [case[1:] for case in CONFIGURATIONS],
    ids=[f"94 {c[0]}" for c in CONFIGURATIONS],
)
def test_94_a_bad_configuration_is_rejected_with_the_path_of_its_key(
    tmp_path: Path, text: str, said: str
) -> None:
    from configurations import OWN, SCHEMA  # read once
    from walkforge.configuration import merge

    (tmp_path / "study.yaml").write_text(text)
    with pytest.raises(InputError, match=said):
        check(merge(OWN, read_strict(tmp_path / "study.yaml")), SCHEMA)
    assert faults(OWN) == []


def test_every_case_of_the_contract_is_here() -> None:
    text = Path(__file__).read_text()
    numbers = {int(number) for number, *_ in FILES + PARQUET}
    numbers |= {n for n in range(1, 95) if f"def test_{n}_" in text or f"_and_{n}_" in text}
    elsewhere = {92}  # disk full: tests/test_provenance.py
    assert numbers | elsewhere == set(range(1, 95))
