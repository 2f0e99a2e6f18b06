"""Warm-up sensitivity: known windows are measured, means that fade are bounded."""

import polars as pl
import pytest

from walkforge.features.catalogue import CATALOGUE
from walkforge.features.compute import compute_features
from walkforge.features.memory import memory


def test_a_window_is_forgotten_when_it_has_passed(make):
    bars = pl.concat([make.random_walk(1, 700), make.random_walk(2, 600, symbol="BBB")])
    windows = {"log_return_20": 20, "sma_distance_200": 199, "momentum_252_21": 252, "body_pct": 0}
    parts = bars.partition_by("symbol")
    found = memory(parts, lambda b: compute_features(b, list(windows)), starts=3)
    assert dict(found.rows()) == windows


@pytest.mark.parametrize(
    ("name", "decay", "least", "most"),
    [("ema_distance_50", 49 / 51, 49, 450), ("rsi_14", 13 / 14, 14, 300)],
)
def test_an_exponential_mean_fades_in_as_many_bars_as_its_rate_says(make, name, decay, least, most):
    assert decay**most < 1e-6  # the fraction of the start that is left
    found = memory([make.random_walk(3, 1500)], lambda b: compute_features(b, [name]), starts=2)
    assert least < found["bars"][0] <= most


def test_what_never_forgets_is_told_as_the_whole_length(make):
    bars = make.random_walk(4, 400)
    highest = pl.col("close") / pl.col("close").cum_max()
    total = pl.col("volume").cum_sum() / 1e6
    compute = lambda b: b.select("date", "symbol", highest=highest, total=total)  # noqa: E731
    found = dict(memory([bars], compute, starts=1).rows())
    assert found["total"] == 400 - 40


def test_every_indicator_forgets_within_500_bars(sample_bars):
    bars = sample_bars.filter(pl.col("symbol") == "IBM")
    found = memory([bars], lambda b: compute_features(b, list(CATALOGUE)), starts=1)
    assert found["bars"].max() <= 500
    for name, bars_needed in found.rows():
        assert bars_needed >= CATALOGUE[name].warm_up, name


def test_without_a_long_segment_there_is_nothing_to_measure():
    assert memory([], lambda b: b, starts=2).is_empty()
