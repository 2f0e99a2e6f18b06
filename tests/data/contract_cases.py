"""The data contract as a table: number, input in words, what is done to a sound file, outcome.

Sound is a long CSV file of AAA and BBB, 90 sessions each from 2020-01-02; line 12 is the
tenth session after the first, 2020-01-16, of AAA. tests/data/test_bad_inputs.py runs the table.
"""

import datetime as dt
import gzip
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from bar_files import as_lines, joined, sound_bars, with_cell
from walkforge.data.outcome import Ingested

BARS = sound_bars()
LINES = as_lines(BARS)
DATE, SYMBOL, OPEN, HIGH, LOW, CLOSE, VOLUME = range(7)
K = 11  # place of the row that most cases spoil; its line in the file is K + 1
DAY = BARS["date"][K - 1]
ROW = LINES[K]
Lines = list[str]


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
    """The outcome of rows that are set aside with a code, one bar lost for each."""

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
    """Lines with one replaced."""
    return [*lines[:place], line, *lines[place + 1 :]]


def cell(place: int, value: str, /, **changes: Any) -> tuple[str, dict[str, Any]]:
    """The file with one cell of row K replaced, and changes of the configuration."""
    return joined(replaced(LINES, with_cell(ROW, place, value))), changes


def spoiled_number(place: int, value: str, code: str) -> Kept:
    """The outcome of a bad number in row K."""
    return quar(code, text=with_cell(ROW, place, value))


def everywhere(place: int, change: Callable[[str], str]) -> Lines:
    """The lines with one cell of every row changed."""
    rows = [with_cell(line, place, change(line.split(",")[place])) for line in LINES[1:]]
    return [LINES[0], *rows]


def symbols_named(name: str) -> str:
    """The file with AAA renamed."""
    return joined([line.replace("AAA", name) for line in LINES])


def prices_times(
    factor: float, rows: range, columns: tuple[int, ...] = (OPEN, HIGH, LOW, CLOSE)
) -> Lines:
    """The lines with prices of some rows of AAA multiplied."""
    lines = list(LINES)
    for place in rows:
        for column in columns:
            price = float(lines[place].split(",")[column])
            lines[place] = with_cell(lines[place], column, f"{price * factor:.6f}")
    return lines


def without(rows: range) -> str:
    """The file without some rows of AAA."""
    return joined([line for place, line in enumerate(LINES) if place not in rows])


def same_bars(found: Ingested) -> None:
    """Assert that nothing was changed."""
    assert found.bars.select(BARS.columns).equals(BARS.cast({"volume": pl.Float64}))


def cut_on(place: int) -> Callable[[Ingested], None]:
    """A check that AAA begins anew, untraded, at the bar of a line."""

    def checked(found: Ingested) -> None:
        cut = found.bars.filter("cut")
        assert cut.select("symbol", "date", "tradable").rows() == [
            ("AAA", BARS["date"][place - 1], False)
        ]
        assert found.bars.filter(pl.col("symbol") == "AAA")["segment"].unique().to_list() == [0, 1]

    return checked


def clamped_to_high(found: Ingested) -> None:
    """Assert that the close of row K is now its high."""
    row = found.bars.filter(pl.col("symbol") == "AAA", pl.col("date") == DAY).row(0, named=True)
    assert row["close"] == row["high"]


def volume_of_row_k(value: float) -> Callable[[Ingested], None]:
    """A check of the volume in row K."""

    def checked(found: Ingested) -> None:
        row = found.bars.filter(pl.col("symbol") == "AAA", pl.col("date") == DAY)
        assert row.schema["volume"] == pl.Float64
        assert row["volume"].item() == value

    return checked


def split_told(found: Ingested) -> None:
    """Assert that the day of the split is told, and that no price was changed."""
    (told,) = found.issues.rows(named=True)
    assert (told["symbol"], told["date"]) == ("AAA", BARS["date"][44])
    assert not found.bars["adjusted"].any()


def untradable(count: int) -> Callable[[Ingested], None]:
    """A check of how many bars are not tradable."""

    def checked(found: Ingested) -> None:
        assert found.bars.height - int(found.bars["tradable"].sum()) == count

    return checked


def adjusted(found: Ingested) -> None:
    """Assert that all prices were adjusted and no fall of half remains."""
    assert found.bars["adjusted"].all()
    change = found.bars.filter(pl.col("symbol") == "AAA")["close"].pct_change()
    assert change.drop_nulls().abs().max() < 0.1


def segments_of_aaa(*expected: int) -> Callable[[Ingested], None]:
    """A check of the segments that AAA has."""

    def checked(found: Ingested) -> None:
        own = found.bars.filter(pl.col("symbol") == "AAA")["segment"]
        assert tuple(own.unique().sort()) == expected

    return checked


def listed_from(day: dt.date) -> Callable[[Ingested], None]:
    """A check that AAA begins on a day and BBB on the first."""

    def checked(found: Ingested) -> None:
        first = dict(found.bars.group_by("symbol").agg(pl.col("date").min()).rows())
        assert first == {"AAA": day, "BBB": BARS["date"][0]}

    return checked


def file_of(content: str | bytes, /, **changes: Any) -> tuple[str | bytes, dict[str, Any]]:
    """A file and changes of the configuration."""
    return content, changes


def compressed() -> bytes:
    """The file, packed by zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("bars.csv", joined(LINES))
    return stream.getvalue()


def with_currency(second: str) -> str:
    """The file with a column of currencies, that of BBB given."""
    own = {"AAA": "USD", "BBB": second}
    rows = [f"{line},{own[line.split(',')[SYMBOL]]}" for line in LINES[1:]]
    return joined([f"{LINES[0]},currency", *rows])


def with_adj_close(factor_before: str, *, rows: range = range(1, 45)) -> str:
    """The file with adj_close, a factor times the close in some rows of AAA."""
    lines = [f"{LINES[0]},adj_close"]
    for place, line in enumerate(LINES[1:], start=1):
        close = line.split(",")[CLOSE]
        value = f"{float(close) * float(factor_before):.10f}" if place in rows else close
        lines.append(f"{line},{value}")
    return joined(lines)


def split_at(place: int) -> Lines:
    """The lines with prices halved and volumes doubled from a row of AAA on."""
    lines = prices_times(0.5, range(place, 91))
    for i in range(place, 91):
        volume = int(lines[i].split(",")[VOLUME])
        lines[i] = with_cell(lines[i], VOLUME, str(2 * volume))
    return lines


def adjusted_split() -> str:
    """A file with a split and the adj_close that undoes it."""
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
    *((number, f"{value!r} as a date", cell(DATE, value), spoiled_number(DATE, value, "NULL"))
      for number, value in (("15", "-"), ("16", "null"), ("17", "N/A"), ("18", ""), ("19", "NaN"))),
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
    ("41", "one more time of one day",
     file_of(joined([*LINES, with_cell(ROW, DATE, f"{DAY} 13:27:11").replace(ROW.split(",")[CLOSE],
                                                                            ROW.split(",")[OPEN])])),
     Kept(quarantined={"DUPLICATE": 2}, issues={"TIMES": 1, "TIME": 1, "GAP": 1}, bars=179)),
    ("46", "the same bar at another time",
     file_of(joined([*LINES, with_cell(ROW, DATE, f"{DAY} 13:27:11")])),
     Kept(issues={"DEDUP": 1, "TIME": 1}, also=same_bars)),
    ("42", "2020-02-30", cell(DATE, "2020-02-30"), quar("DATE", text=with_cell(ROW, DATE, "2020-02-30"))),
    ("43", "a date after as_of", file_of(joined(LINES), as_of="2020-05-08"),
     Reject(code="FUTURE", says=("2020-05-11", "data.as_of"))),
    ("43", "a date after today", cell(DATE, "2026-01-05"), Reject(code="FUTURE", says=(f"line {K + 1}", "2026-01-05"))),
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
     cell(CLOSE, repr(float(ROW.split(",")[HIGH]) * (1 + 1e-7))),
     Kept(issues={"CLAMP": 1}, also=clamped_to_high)),
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
    *(("59", f"a lasting step by {factor:g}", file_of(joined(prices_times(factor, range(40, 91)))),
       Kept(quarantined={"STEP": 4}, issues={"STEP": 1, "GAP": 1}, bars=176, also=cut_on(44)))
      for factor in (100.0, 171.0, 7.0)),
    ("59", "a lasting step by 1/60 that looks like a split",
     file_of(joined(prices_times(1 / 60, range(40, 91)))),
     Kept(quarantined={"STEP": 4}, issues={"STEP": 1, "SUSPECT_SPLIT": 1, "GAP": 1}, bars=176,
          also=cut_on(44))),
    ("59", "a lasting step that begins with the close alone",
     file_of(joined([*prices_times(60.0, range(40, 41), (HIGH, CLOSE))[:41],
                     *prices_times(60.0, range(41, 91))[41:]])),
     Kept(quarantined={"STEP": 4}, issues={"STEP": 1, "GAP": 1}, bars=176, also=cut_on(44))),
    ("59", "a lasting step of 3, on any volume", file_of(joined(prices_times(3.0, range(40, 91)))),
     Kept(issues={"JUMP": 1})),
    ("59", "a lasting step that data.largest_move allows",
     file_of(joined(prices_times(100.0, range(40, 91))), largest_move=None),
     Kept(quarantined={"STEP": 4}, issues={"JUMP": 1, "GAP": 1}, bars=176, also=segments_of_aaa(0))),
    ("59", "a step at the last bar", file_of(joined(prices_times(60.0, range(90, 91)))),
     Kept(quarantined={"UNCONFIRMED": 1}, issues={"UNCONFIRMED": 1}, bars=179)),
    ("60", "negative volume", cell(VOLUME, "-5"), quar("VOLUME")),
    ("61", "volume 0, flat", file_of(joined(replaced(LINES, FLAT_HALT))),
     Kept(issues={"HALT": 1}, also=untradable(1))),
    ("62", "volume 0, moving", cell(VOLUME, "0"), Kept(issues={"HALT": 1}, also=untradable(0))),
    ("63", "volume 3e9", cell(VOLUME, "3000000000"), Kept(also=volume_of_row_k(3e9))),
    ("63", "volume 2^53 + 1", cell(VOLUME, "9007199254740993"), Kept(also=volume_of_row_k(2.0**53))),
    ("64", "volume 1e20", cell(VOLUME, "1e20"), quar("VOLUME")),
    ("65", "5 identical bars",
     file_of(joined([LINES[0], *(with_cell(LINES[40], DATE, line.split(",")[DATE]) if 40 <= i < 45 else line
                                 for i, line in enumerate(LINES[1:], start=1))])),
     Kept(issues={"STALE": 1}, also=untradable(1))),
    ("66", "unadjusted split, without adj_close", file_of(joined(split_at(45))),
     Kept(issues={"SUSPECT_SPLIT": 1}, also=split_told)),
    ("66", "unadjusted split, strict",
     file_of(joined(split_at(45)), strict_splits=True, quarantine={"symbols": 0.5}),
     Kept(quarantined={"SUSPECT_SPLIT": 90}, issues={"SUSPECT_SPLIT": 1}, bars=90)),
    ("66", "unadjusted split, with adj_close", file_of(adjusted_split(), **ADJ), Kept(also=adjusted)),
    ("69", "adjustment factor 0", file_of(with_adj_close("0", rows=range(K, K + 1)), **ADJ),
     Reject(code="ADJ", says=("'AAA'", str(DAY)))),
    ("69", "adjustment factor below 0", file_of(with_adj_close("-1", rows=range(K, K + 1)), **ADJ),
     Reject(code="ADJ")),
    ("70", "mixed currency columns", file_of(with_currency("EUR"), columns={"currency": "currency"}),
     Reject(code="CURRENCY", says=("'USD' (", "'EUR' ("))),
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
    *(("78", f"AAA beside {name!a}",
       file_of(joined([*LINES, *(line.replace("BBB", name) for line in LINES[91:])])),
       Reject(code="COLLISION"))
      for name in ("AAA\ufe0f", "\u3164AAA", "AA\u034fA", "\u0410AA", "\u0391\u0391\u0391",
                   "\u13aaAA", "\uff21AA", "A\ua4eeA")),
    *(("76", f"symbol {name!a}", file_of(symbols_named(name)), Reject(code="TICKER"))
      for name in ("AB\ufe0f", "\u115fAB", "\u2800", "\uff0dAB", "\uff04AB", "\u0410BC")),
    ("80", "symbols of other alphabets", file_of(symbols_named("\u0421\u0411\u0415\u0420")), Kept()),
    *(("79", f"symbol {name}", file_of(symbols_named(name), symbols=[name]), Kept(bars=90))
      for name in ("NA", "NULL", "TRUE", "ON", "NO")),
    *(("80", f"symbol {name}", file_of(symbols_named(name), symbols=[name]), Kept(bars=90))
      for name in ("000001", "0700")),
]  # fmt: skip


def as_table(**columns: pl.Expr) -> pl.DataFrame:
    """The sound bars with columns changed."""
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
    *(("76", f"symbol {name!a}", as_table(symbol=pl.lit(name)), Reject(code="TICKER"))
      for name in ("A\nB", "A\0B")),
    ("2", "no rows", BARS.clear(), Reject(code="NO_ROWS")),
    ("5", "missing column", BARS.drop("low"), Reject(code="COLUMNS", says=("'low'",))),
]  # fmt: skip


CONFIGURATIONS = [
    ("unknown key", "data: {sorce: csv}", "unknown key: remove it or write data.source"),
    ("duplicate key", "seeds: [0]\nseeds: [1]", "'seeds' is given twice"),
    ("alias bomb", "a: &a [1]\nb: *a", "anchor &a is not supported"),
    (
        "1e-3 as text",
        "market: {costs: {commission_bps: 1e-3}}",
        r"write 1\.0e-3: YAML reads 1e-3 as text",
    ),
    ("NaN", "market: {costs: {commission_bps: .nan}}", r"\.nan is not a finite number"),
]
