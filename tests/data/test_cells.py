"""Dates and numbers, cell by cell, by hand."""

import datetime as dt

import polars as pl
import pytest

from walkforge.data.config import TextFormat
from walkforge.data.dates import dates_of_text, dates_of_type
from walkforge.data.numbers import numbers_of_text, numbers_of_type
from walkforge.errors import InputError

DAY = dt.date(2020, 1, 2)


def read(*cells: str | None, declared: str | None = None, zone: str = "America/New_York"):
    column = pl.Series("date", cells, dtype=pl.String)
    places = pl.Series(range(2, 2 + len(cells)), dtype=pl.UInt32)
    where = ("bars.csv", "line", places)
    return dates_of_text(column, declared=declared, zone=zone, where=where).rows()


@pytest.mark.parametrize(
    ("cell", "zone", "expected"),
    [
        ("2020-01-02", "UTC", (DAY, None, None)),
        ("2020-01-02 00:00:00", "UTC", (DAY, 0, None)),
        ("2020-01-02T16:00", "UTC", (DAY, 57600, None)),
        ("2020-01-02 16:00:00.123456", "UTC", (DAY, 57600, None)),
        ("2020-01-02 00:00:00+09:00", "Asia/Tokyo", (DAY, 0, None)),
        ("2020-01-02 00:00:00+0900", "America/New_York", (DAY, 0, None)),
        ("2020-01-02T00:00:00Z", "America/New_York", (DAY, 0, None)),
        ("2020-01-02T05:00:00Z", "America/New_York", (DAY, 0, None)),
        ("2020-01-01T15:00:00 UTC", "Asia/Tokyo", (DAY, 0, None)),
        ("2020-01-02 21:00:00+00:00", "America/New_York", (DAY, 57600, None)),
        (None, "UTC", (None, None, "NULL")),
        ("", "UTC", (None, None, "NULL")),
        ("N/A", "UTC", (None, None, "NULL")),
        ("2020-02-30", "UTC", (None, None, "DATE")),
        ("2020-01-02 25:00:00", "UTC", (None, None, "DATE")),
        ("1970-01-01", "UTC", (dt.date(1970, 1, 1), None, "DATE")),
        ("1799-12-31", "UTC", (dt.date(1799, 12, 31), None, "DATE")),
        ("0", "UTC", (None, None, "DATE")),
        ("Total", "UTC", (None, None, "DATE")),
    ],
)
def test_a_date_is_the_day_as_printed_by_hand(cell, zone, expected):
    assert read(cell, zone=zone) == [expected]


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "01/02/2020",
            "1.2.20",
            "01022020",
        ),
        *("Jan 2, 2020", "2-Jan-20", "2 January 2020", "2020-01-02 noon"),
    ],
)
def test_a_date_that_would_have_to_be_guessed_is_refused(cell):
    with pytest.raises(
        InputError, match="DATE_FORMAT: bars.csv: line 3: date .*data.text.date_form"
    ):
        read("2020-01-02", cell)


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("20200102", "date_format '%Y%m%d'"),
        ("2020-1-2", "date_format '%Y-%m-%d'"),
        ("2020/01/02", "date_format '%Y/%m/%d'"),
        ("1577923200", "a count since 1970, and is not read as one: write YYYY-MM-DD"),
        ("1577923200000", "a count since 1970"),
    ],
)
def test_the_format_that_fits_a_refused_date_is_named(cell, told):
    with pytest.raises(InputError, match=f"DATE_FORMAT: bars.csv: line 3: date .*{told}") as found:
        read("2020-01-02", cell)
    assert "%m/%d/%Y" not in str(found.value)
    if "format" in told:
        day = (dt.date(2020, 1, 2), None, None)
        assert read(cell, declared=told.split("'")[1]) == [day]


@pytest.mark.parametrize(
    "cells",
    [
        ("2020-01-02 00:00:00+09:00", "2020-01-03"),
        ("2020-01-02 00:00:00+09:00", "2020-01-03 00:00:00"),
        ("2020-01-02 00:00:00+09:00", "2020-01-03 00:00:00-05:00"),
        ("2020-01-02T00:00-05:00", "2020-01-03T00:00-04:00", "2020-01-03T00:00-06:00"),
    ],
)
def test_stamps_of_several_kinds_are_refused(cells):
    with pytest.raises(InputError, match="TZ_MIX: bars.csv: line 3: date .* beside time zones"):
        read(*cells)


def test_a_declared_format_reads_what_it_fits_and_marks_the_rest():
    found = read("01/02/2020", "2/3/2020", "x", None, declared="%d/%m/%Y")
    assert found == [
        (dt.date(2020, 2, 1), None, None),
        (dt.date(2020, 3, 2), None, None),
        (None, None, "DATE"),
        (None, None, "NULL"),
    ]
    assert read("4/1/2015 16:00:00", declared="%m/%d/%Y %H:%M:%S")[0][:2] == (
        dt.date(2015, 4, 1),
        57600,
    )


@pytest.mark.parametrize("declared", ["%Y", "%d/%m/%Y", "no format", "%Q"])
def test_a_declared_format_that_fits_nothing_is_refused(declared):
    with pytest.raises(InputError, match="DATE_FORMAT: .*data.text.date_format"):
        read("2020-01-02", declared=declared)


def test_typed_dates_keep_their_day():
    stamps = pl.Series([dt.datetime(2020, 1, 2, 16)])  # noqa: DTZ001
    seoul = pl.Series([dt.datetime(2020, 1, 2)]).dt.replace_time_zone("Asia/Seoul")  # noqa: DTZ001
    utc = pl.Series([dt.datetime(2020, 1, 1, 15)]).dt.replace_time_zone("UTC")  # noqa: DTZ001
    expected = [(stamps, (DAY, 57600, None)), (seoul, (DAY, 0, None)), (utc, (DAY, 0, None))]
    for cells, row in expected:
        assert dates_of_type(cells, zone="Asia/Tokyo", file="f").rows() == [row]
    far = pl.Series([10**18, None]).cast(pl.Datetime("us"))
    assert dates_of_type(far, zone="UTC", file="f")["code"].to_list() == ["DATE", "NULL"]


@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Seoul"])
@pytest.mark.parametrize("unit", ["ms", "us"])
@pytest.mark.parametrize("stamp", [2**63 - 1, -(2**63) + 1])
def test_stamps_that_no_calendar_can_show_are_no_dates(unit, zone, stamp):
    cells = pl.Series("date", [stamp, None], dtype=pl.Int64).cast(pl.Datetime(unit, zone))
    found = dates_of_type(cells, zone="America/New_York", file="f")
    assert found["code"].to_list() == ["DATE", "NULL"]


def numbers(*cells: str | None, null_words: bool = True, **changes: str | None):
    text = {"separator": ",", "decimal": ".", "thousands": None, "encoding": "utf-8"}
    format_ = TextFormat(**(text | {"date_format": None} | changes))
    column = pl.Series("close", cells, dtype=pl.String)
    return numbers_of_text(column, format_, null_words=null_words).rows()


@pytest.mark.parametrize(
    ("cell", "value", "code"),
    [
        *(
            (text, float(text), None)
            for text in ("1", "2.5", "1e3", ".5", "5.", "+3", "-3", "1E-6")
        ),
        *((text, None, "NULL") for text in ("", "-", "--", "null", "N/A", "NaN", "None", "#N/A")),
        *((text, None, "NONFINITE") for text in ("inf", "-Infinity", "+INF")),
        ("1e400", float("inf"), "NONFINITE"),
        *(
            (text, None, "NUMBER")
            for text in ("$10.5", "0x10", "１２", "1,000", "1_000", "1e", "5 5")
        ),
        *((text, None, "NUMBER") for text in ("14.748.800.659.179.600", "TRUE", "1'000", "٣")),
    ],
)
def test_a_number_is_plain_or_gets_its_code(cell, value, code):
    assert numbers(cell) == [(value, code)]
    assert numbers("1.0", cell)[1] == (value, code)


def test_declared_marks_are_read_strictly():
    german = {"decimal": ",", "thousands": "."}
    assert numbers("1.000,5", "1000,25", "1.000", **german) == [
        (1000.5, None), (1000.25, None), (1000.0, None),
    ]  # fmt: skip
    assert [code for _, code in numbers("1.5", "1.00", "1,5,5", **german)] == ["NUMBER"] * 3
    english = {"thousands": ","}
    assert numbers("1,234,567.5", **english) == [(1234567.5, None)]
    assert numbers("10,00", **english) == [(None, "NUMBER")]


def test_words_for_nothing_are_text_in_a_typed_store():
    assert [code for _, code in numbers("N/A", None, null_words=False)] == ["NUMBER", "NULL"]


def test_whole_numbers_become_floats_and_other_types_are_refused():
    assert numbers_of_type(pl.Series([1, 2**53 + 1]), file="f").rows() == [
        (1.0, None),
        (2.0**53, None),
    ]
    assert numbers_of_type(pl.Series([float("nan"), None, 1.0]), file="f")["code"].to_list() == [
        "NULL", "NULL", None,
    ]  # fmt: skip
    with pytest.raises(InputError, match="DTYPE: f: column 'close' has type Boolean"):
        numbers_of_type(pl.Series("close", [True]), file="f")
