"""Which symbols are dropped, and when too many are, by hand."""

import datetime as dt

import polars as pl
import pytest

from walkforge.data.config import QuarantineLimits
from walkforge.data.limits import check_drops, check_nameless, drops_of
from walkforge.errors import InputError

LIMITS = QuarantineLimits(rows=5, share=0.01, symbols=0.2)
NONE = pl.DataFrame(schema={"symbol": pl.String, "date": pl.Date})
DAY = dt.date(2020, 1, 2)


def dropped(rows_in: int, quarantined: int, *, copies: int = 0, minimum_bars: int = 10):
    counts = pl.DataFrame(
        {"symbol": ["A"], "rows_in": [rows_in], "quarantined": [quarantined],
         "faulty": [quarantined], "copies": [copies]}
    )  # fmt: skip
    found = drops_of(counts, NONE, limits=LIMITS, minimum_bars=minimum_bars)
    return found["code"].to_list()


@pytest.mark.parametrize(
    ("rows_in", "quarantined", "expected"),
    [(100, 5, []), (100, 6, ["LIMIT"]), (500, 6, ["LIMIT"]), (600, 6, []), (601, 7, ["LIMIT"])],
)
def test_a_symbol_may_lose_5_rows_or_a_hundredth_whichever_is_more(rows_in, quarantined, expected):
    assert dropped(rows_in, quarantined) == expected


def test_copies_and_quarantined_rows_are_no_bars():
    assert dropped(15, 2, copies=3) == []
    assert dropped(15, 2, copies=4) == ["TOO_SHORT"]
    assert dropped(15, 0, minimum_bars=16) == ["TOO_SHORT"]


def test_a_symbol_is_dropped_once_for_the_gravest_fault():
    counts = pl.DataFrame(
        {"symbol": ["A"], "rows_in": [9], "quarantined": [8], "faulty": [8], "copies": [0]}
    )
    fault = pl.DataFrame({"symbol": ["A"], "date": [DAY]})
    found = drops_of(counts, fault, limits=LIMITS, minimum_bars=10)
    assert found["code"].to_list() == ["SUSPECT_SPLIT"]
    assert "2020-01-02" in found["reason"][0]


def drops(*codes: str) -> pl.DataFrame:
    named = [(f"S{i}", code, "told") for i, code in enumerate(codes)]
    return pl.DataFrame(named, schema=["symbol", "code", "reason"], orient="row")


def test_a_fifth_of_the_symbols_may_be_dropped_and_no_more():
    check_drops(drops("LIMIT", "EMPTY"), 10, limits=LIMITS, rows="")
    with pytest.raises(InputError, match=r"DROPPED: 3 of 10 .*LIMIT 2 \(such as 'S0': told"):
        check_drops(drops("LIMIT", "LIMIT", "EMPTY"), 10, limits=LIMITS, rows="")


def test_young_symbols_are_no_fault_of_the_source_but_one_must_be_left():
    check_drops(drops(*["TOO_SHORT"] * 9), 10, limits=LIMITS, rows="")
    with pytest.raises(InputError, match="^TOO_SHORT: 10 of 10 symbols dropped"):
        check_drops(drops(*["TOO_SHORT"] * 10), 10, limits=LIMITS, rows="")


def test_lines_of_no_symbol_count_against_all_rows():
    nameless = pl.DataFrame({"code": ["FIELDS"] * 6})
    check_nameless(nameless, 600, limits=LIMITS, told="")
    with pytest.raises(InputError, match="FIELDS: 6 of 599 rows .*a.csv: line 3"):
        check_nameless(nameless, 599, limits=LIMITS, told="a.csv: line 3")
