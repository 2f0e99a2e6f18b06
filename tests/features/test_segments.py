"""After a long gap a symbol starts anew, and bars that end for good are marked once."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from walkforge.data.bars import check_bars
from walkforge.features.catalogue import CATALOGUE
from walkforge.features.compute import compute_features
from walkforge.features.panel import Panel, build_panel

ALL = tuple(CATALOGUE)
FIRST = date(2000, 1, 3)
DAYS = 700


def on_rows(make, **symbols) -> pl.DataFrame:
    """Bars of each symbol: of A=[rows, rows, ...] a segment on each range of dates."""
    frames = []
    for seed, (symbol, segments) in enumerate(symbols.items()):
        days = [FIRST + timedelta(days=row) for rows in segments for row in rows]
        numbers = [i for i, rows in enumerate(segments) for _ in rows]
        walk = make.random_walk(seed, len(days), symbol=symbol)
        frames.append(
            walk.with_columns(date=pl.Series(days), segment=pl.Series(numbers, dtype=pl.Int32))
        )
    return check_bars(pl.concat(frames))


def panel_of(bars: pl.DataFrame) -> Panel:
    """The panel of a bars frame with two features, one known at once, one after 2 bars."""
    features = compute_features(bars, ["log_return_1", "acceleration_10"])
    return build_panel(bars, features, kinds=("number", "number"))


def marks(panel: Panel, symbol: str) -> list[int]:
    """The rows on which a symbol is marked as delisted."""
    return np.flatnonzero(panel.delisted[:, panel.symbols.index(symbol)]).tolist()


def test_each_segment_equals_itself_alone_to_the_last_bit(make):
    bars = on_rows(make, A=[range(330), range(341, 420), range(450, DAYS)], B=[range(DAYS)])
    together = compute_features(bars, ALL)
    parts = zip(
        bars.partition_by("symbol", "segment"),
        together.with_columns(bars["segment"]).partition_by("symbol", "segment"),
        strict=True,
    )
    for part, values in parts:
        alone = compute_features(part.with_columns(segment=pl.lit(0, pl.Int32)), ALL)
        np.testing.assert_array_equal(make.bits(values.drop("segment")), make.bits(alone))


@pytest.mark.parametrize("name", ALL)
def test_every_indicator_warms_up_in_each_segment(make, name):
    bars = on_rows(make, A=[range(300), range(311, 611), range(650, 655)])
    values = compute_features(bars, [name]).with_columns(bars["segment"])
    for part in values.partition_by("segment"):
        missing = part[name].is_null()
        expected = min(CATALOGUE[name].warm_up, len(part))
        assert missing.head(expected).all()
        assert missing.sum() == expected


def test_what_a_segment_held_does_not_matter_to_the_next(make):
    bars = on_rows(make, A=[range(100), range(120, 220)])
    first = pl.col("segment") == 0
    changed = bars.with_columns(
        pl.when(first).then(pl.col(name) * 3.0).otherwise(name).alias(name)
        for name in ("open", "high", "low", "close")
    )
    one, two = (compute_features(frame, ALL)[100:] for frame in (bars, changed))
    np.testing.assert_array_equal(make.bits(one), make.bits(two))


def test_segments_of_a_symbol_may_not_be_mixed(make):
    bars = on_rows(make, A=[range(5), range(20, 25)])
    mixed = pl.concat([bars[:3], bars[5:], bars[3:5]])
    with pytest.raises(ValueError, match="lie apart: sort the bars"):
        compute_features(mixed, ["log_return_1"])


@pytest.mark.parametrize(
    ("dates_after", "rows"), [(0, []), (9, []), (10, []), (11, [29]), (60, [29])]
)
def test_a_symbol_is_delisted_when_over_ten_dates_follow_its_last_bar(make, dates_after, rows):
    panel = panel_of(on_rows(make, A=[range(29)], Z=[range(29 + dates_after)]))
    assert marks(panel, "A") == rows
    assert marks(panel, "Z") == []


@pytest.mark.parametrize(("gap", "rows"), [(11, []), (252, []), (253, [30]), (400, [30])])
def test_a_name_given_to_another_company_is_delisted_before_it(make, gap, rows):
    second = range(30 + gap, 60 + gap)
    panel = panel_of(on_rows(make, A=[range(30), second], Z=[range(60 + gap)]))
    assert marks(panel, "A") == rows


def test_a_reused_name_that_ends_again_is_delisted_twice(make):
    bars = on_rows(make, A=[range(30), range(300, 330)], Z=[range(350)])
    assert marks(panel_of(bars), "A") == [30, 330]


def test_prices_are_carried_through_a_gap_and_nothing_is_filled_backwards(make):
    bars = on_rows(make, A=[range(5, 30), range(50, 80)], Z=[range(100)])
    panel = panel_of(bars)
    close = bars.filter(symbol="A")["close"].to_numpy()
    for prices in (panel.open, panel.close):
        np.testing.assert_array_equal(prices[:5, 0], 1.0)
        np.testing.assert_array_equal(prices[30:50, 0], close[24])
        np.testing.assert_array_equal(prices[80:, 0], close[-1])
    absent = [*range(5), *range(30, 50), *range(80, 100)]
    assert np.isnan(panel.features[absent, 0]).all()
    warm_up = CATALOGUE["acceleration_10"].warm_up
    allowed = [*range(5 + warm_up, 30), *range(50 + warm_up, 80)]
    assert np.flatnonzero(panel.tradable[:, 0]).tolist() == allowed


def test_a_late_listing_takes_no_history_from_the_others(make):
    early = on_rows(make, A=[range(300)], B=[range(300)])
    late = make.random_walk(9, 50, symbol="C").with_columns(
        date=pl.Series([FIRST + timedelta(days=row) for row in range(250, 300)])
    )
    alone = panel_of(early)
    joined = panel_of(pl.concat([early, late]))
    for name in ("features", "open", "close", "tradable", "delisted"):
        np.testing.assert_array_equal(getattr(joined, name)[:, :2], getattr(alone, name))
    assert not joined.tradable[:250, 2].any()
    assert joined.tradable[-1, 2]


def test_a_bar_that_cannot_be_traded_is_masked_and_keeps_its_price(make):
    bars = on_rows(make, A=[range(40)], Z=[range(40)])
    halted = (pl.col("symbol") == "A") & (pl.int_range(pl.len()) == 30)
    masked = panel_of(bars.with_columns(tradable=~halted))
    free = panel_of(bars)
    assert np.argwhere(free.tradable & ~masked.tradable).tolist() == [[30, 0]]
    for name in ("features", "open", "close", "delisted"):
        np.testing.assert_array_equal(getattr(masked, name), getattr(free, name))
