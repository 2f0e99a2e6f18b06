"""Warm-up sensitivity: known windows are measured, means that fade are bounded."""

import polars as pl
import pytest

from walkforge.features.catalogue import FEATURES
from walkforge.features.compute import compute_features
from walkforge.features.memory import check_memory, memory


def test_a_window_is_forgotten_when_it_has_passed(make):
    bars = pl.concat([make.random_walk(1, 700), make.random_walk(2, 600, symbol="BBB")])
    windows = {"log_return_20": 20, "sma_distance_200": 199, "momentum_252_21": 252, "body_pct": 0}
    found = memory(bars, lambda b: compute_features(b, list(windows)), symbols=2, starts=3)
    assert dict(found.rows()) == windows


@pytest.mark.parametrize(
    ("name", "decay", "least", "most"),
    [("ema_distance_50", 49 / 51, 49, 280), ("rsi_14", 13 / 14, 14, 160)],
)
def test_an_exponential_mean_fades_in_as_many_bars_as_its_rate_says(make, name, decay, least, most):
    assert decay**most < 1e-3  # the fraction of the start that is left
    walk = make.random_walk(3, 1500)
    found = memory(walk, lambda b: compute_features(b, [name]), symbols=1)
    assert least < found["bars"][0] <= most


def test_what_never_forgets_is_told_as_the_whole_length(make):
    bars = make.random_walk(4, 400)
    highest = pl.col("close") / pl.col("close").cum_max()
    total = pl.col("volume").cum_sum() / 1e6
    compute = lambda b: b.select("date", "symbol", highest=highest, total=total)  # noqa: E731
    found = dict(memory(bars, compute, symbols=1, starts=1).rows())
    assert found["total"] == 400 - 40
    assert found["highest"] > 0


@pytest.mark.parametrize("fixture", ["sample_bars", "dow_bars"])
def test_every_feature_forgets_within_the_bars_it_declares(request, fixture):
    bars = request.getfixturevalue(fixture)
    found = memory(bars, lambda b: compute_features(b, list(FEATURES)), symbols=30, starts=3)
    assert found["feature"].to_list() == list(FEATURES)
    for name, measured in found.rows():
        assert measured <= FEATURES[name].settled, name
        if not FEATURES[name].memory and FEATURES[name].family != "calendar":
            assert measured == FEATURES[name].warm_up, name


def test_memory_of_a_feature_across_symbols_counts_what_the_others_forget(make):
    early = make.random_walk(1, 700)
    late = make.random_walk(2, 480, symbol="BBB")
    late = late.with_columns(date=early["date"].tail(480))
    found = memory(
        pl.concat([early, late]),
        lambda b: compute_features(b, ["momentum_rank_20"]),
        symbols=2,
        starts=1,
    )
    assert found["bars"].to_list() == [20]


def test_a_memory_beyond_the_warm_up_is_warned_of():
    found = pl.DataFrame({"feature": ["short", "long"], "bars": [20, 400]})
    said: list[str] = []
    assert check_memory(found, warm_up=400, warn=said.append) is found
    assert said == []
    check_memory(found, warm_up=100, warn=said.append)
    assert "warm-up is 100 bars" in said[0]
    assert said[0].endswith("long (400): enlarge features.warm_up")


def test_rows_without_a_value_need_no_warm_up():
    found = pl.DataFrame({"feature": ["ease_of_movement_14"], "bars": [32]})
    said: list[str] = []
    check_memory(found, warm_up=0, warn=said.append)
    assert said == []


def test_without_a_long_segment_there_is_nothing_to_measure(make):
    short = make.random_walk(1, 90)
    assert memory(short, lambda b: compute_features(b, ["rsi_14"]), symbols=2).is_empty()
