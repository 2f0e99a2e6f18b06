"""check_bars lets good bars through untouched and names what is wrong with the others."""

import datetime as dt
import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.data.bars import BARS_SCHEMA, check_bars
from walkforge.errors import InputError


def changed(bars: pl.DataFrame, row: int, **values) -> pl.DataFrame:
    """The bars with some values of one row replaced."""
    rows = bars.rows(named=True)
    rows[row] = rows[row] | values
    return pl.DataFrame(rows, schema=bars.schema)


def test_good_bars_come_back_unchanged(small_bars):
    assert check_bars(small_bars) is small_bars


def test_schema_holds_its_columns_in_order():
    assert BARS_SCHEMA.names() == [
        "date",
        "symbol",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "adjusted",
        "tradable",
        "segment",
        "cut",
    ]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda bars: bars.drop("volume"), "volume Float64"),
        (lambda bars: bars.with_columns(extra=1), "extra Int32"),
        (lambda bars: bars.select("symbol", pl.exclude("symbol")), r"\[symbol String, date Date"),
        (lambda bars: bars.with_columns(pl.col("close").cast(pl.Float32)), "close Float32"),
        (lambda bars: bars.with_columns(pl.col("date").cast(pl.Datetime)), "date Datetime"),
    ],
)
def test_other_columns_order_or_types_are_refused(small_bars, spoil, said):
    with pytest.raises(InputError, match=said):
        check_bars(spoil(small_bars))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"close": None}, "miss a value.*'AAA' 2020-01-03.*close None"),
        ({"symbol": None}, "miss a value"),
        ({"adjusted": None}, "miss a value.*adjusted None"),
        ({"tradable": None}, "miss a value.*tradable None"),
        ({"segment": None}, "miss a value.*segment None"),
        ({"segment": 2}, "neither starts at 0 nor stays nor rises by 1.*2020-01-03.*segment 2"),
        ({"cut": None}, "miss a value.*cut None"),
        ({"cut": True, "tradable": False}, "begins no segment or can be traded.*cut true"),
        ({"cut": True, "segment": 1}, "begins no segment or can be traded.*tradable true"),
        ({"segment": -1}, "neither starts at 0.*2020-01-03.*segment -1"),
        ({"open": math.nan}, "not finite.*'AAA' 2020-01-03.*open NaN"),
        ({"high": math.inf}, "not finite.*high inf"),
        ({"volume": math.nan}, "not finite.*volume NaN"),
        ({"low": 0.0}, "not above 0.*low 0.0"),
        ({"low": -1.0}, "not above 0.*low -1.0"),
        ({"volume": -1.0}, "volume below 0.*'AAA' 2020-01-03.*volume -1.0"),
        ({"high": 9.5, "open": 9.5, "close": 9.5}, "high below the low.*high 9.5, low 10.0"),
        ({"open": 13.1}, "open or close outside.*open 13.1"),
        ({"close": 9.9}, "open or close outside.*close 9.9"),
        ({"close": 13.0 * (1 + 2e-6)}, "open or close outside"),
        ({"date": dt.date(2020, 1, 1)}, "come after a later row.*2020-01-01"),
        ({"date": dt.date(2020, 1, 2)}, "symbol and date of the row before.*2020-01-02"),
        ({"symbol": "CCC"}, "come after a later row.*'BBB' 2020-01-02"),
    ],
)
def test_a_bad_row_is_named_with_its_value(small_bars, values, said):
    with pytest.raises(InputError, match=said):
        check_bars(changed(small_bars, 1, **values))


@pytest.mark.parametrize(
    ("segments", "kept"),
    [
        ([0, 0, 0, 0], True),
        ([0, 1, 0, 0], True),
        ([0, 1, 0, 1], True),
        ([1, 1, 0, 0], False),
        ([0, 1, 1, 1], False),
        ([0, 2, 0, 0], False),
        ([0, 0, 0, -1], False),
    ],
)
def test_segments_count_up_from_0_in_each_symbol(small_bars, segments, kept):
    last = small_bars.tail(1).with_columns(date=dt.date(2020, 1, 3))
    bars = pl.concat([small_bars, last]).with_columns(segment=pl.Series(segments, dtype=pl.Int32))
    if kept:
        assert check_bars(bars) is bars
    else:
        with pytest.raises(InputError, match="neither starts at 0 nor stays nor rises by 1"):
            check_bars(bars)


def test_a_segment_never_falls(small_bars):
    days = [dt.date(2020, 1, day) for day in (1, 2, 3)]
    bars = pl.concat([small_bars.head(1)] * 3).with_columns(date=pl.Series(days))
    numbered = [
        bars.with_columns(segment=pl.Series(s, dtype=pl.Int32)) for s in ([0, 1, 1], [0, 1, 0])
    ]
    check_bars(numbered[0])
    with pytest.raises(InputError, match="1 of 3 bars .*2020-01-03"):
        check_bars(numbered[1])


def test_the_message_counts_the_bad_rows_and_shows_three(small_bars):
    days = [dt.date(2020, 1, 1) + dt.timedelta(days=i) for i in range(5)]
    rows = [small_bars.row(0, named=True) | {"date": day, "volume": -7.0} for day in days]
    with pytest.raises(InputError) as refused:
        check_bars(pl.DataFrame(rows, schema=BARS_SCHEMA))
    assert "5 of 5 bars" in str(refused.value)
    assert str(refused.value).count("volume -7.0") == 3


@pytest.mark.parametrize("close", [13.0 * (1 + 5e-7), 10.0 * (1 - 5e-7)])
def test_rounding_outside_the_range_is_no_fault(small_bars, close):
    check_bars(changed(small_bars, 1, close=close))


@settings(max_examples=40, derandomize=True, deadline=None)
@given(prices=st.tuples(*[st.floats(0.01, 1e6)] * 4), volume=st.floats(-1.0, 1e12))
def test_a_single_bar_passes_exactly_when_it_keeps_the_rules(prices, volume):
    opened, high, low, close = prices
    bars = pl.DataFrame(
        [(dt.date(2020, 1, 2), "A", *prices, volume, True, True, 0, False)],
        schema=BARS_SCHEMA,
        orient="row",
    )
    near = 1e-6
    keeps = volume >= 0 and high >= low
    keeps = keeps and all(low * (1 - near) <= x <= high * (1 + near) for x in (opened, close))
    if keeps:
        check_bars(bars)
    else:
        with pytest.raises(InputError):
            check_bars(bars)


@settings(max_examples=40, derandomize=True, deadline=None)
@given(order=st.permutations(range(6)))
def test_only_the_sorted_order_passes(order):
    rows = [
        (dt.date(2020, 1, day), symbol, 1.0, 1.0, 1.0, 1.0, 1.0, True, True, 0, False)
        for symbol in ("A", "B")
        for day in (1, 2, 3)
    ]
    bars = pl.DataFrame([rows[i] for i in order], schema=BARS_SCHEMA, orient="row")
    if list(order) == sorted(order):
        check_bars(bars)
    else:
        with pytest.raises(InputError, match="come after a later row"):
            check_bars(bars)
