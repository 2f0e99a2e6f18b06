"""Probabilities of Sharpe ratios against published figures, simulation and laws."""

import math

import numpy as np
import pytest
from scipy import stats

from walkforge.metrics.performance import sharpe_standard_error
from walkforge.metrics.significance import (
    Moments,
    deflated_sharpe,
    expected_best_sharpe,
    least_track_record,
    moments,
    overfitting_probability,
    probabilistic_sharpe,
    standard_error,
)
from walkforge.verify import figures

# Bailey and Lopez de Prado (2014): 100 trials, annual Sharpe 2.5 of 250 days, five years.
PUBLISHED = Moments(2.5 / math.sqrt(250), 1250, -3.0, 10.0)


def test_the_published_example_of_a_deflated_sharpe_ratio() -> None:
    assert expected_best_sharpe(100, 0.5 / 250) == pytest.approx(0.1132, abs=5e-5)
    assert deflated_sharpe(PUBLISHED, trials=100, variance=0.5 / 250) == pytest.approx(
        0.9004, abs=5e-5
    )


def test_one_trial_deflates_nothing_and_more_deflate_more() -> None:
    plain = probabilistic_sharpe(PUBLISHED)
    found = [deflated_sharpe(PUBLISHED, trials=n, variance=0.002) for n in (1, 2, 10, 1000)]
    assert found[0] == plain
    assert found == sorted(found, reverse=True)


def test_the_best_of_twenty_years_without_skill_shows_nearly_two() -> None:
    expected = expected_best_sharpe(20, 1 / 252) * math.sqrt(252)
    assert expected == pytest.approx(1.9, abs=0.05)
    generator = np.random.default_rng(0).normal(size=(4_000, 20)).max(axis=1)
    assert expected == pytest.approx(generator.mean(), rel=0.02)


@pytest.mark.parametrize(("annual", "years"), [(0.5, 11.0), (1.0, 2.7)])
def test_how_long_a_record_must_be(annual: float, years: float) -> None:
    record = Moments(annual / math.sqrt(252), 252, 0.0, 3.0)
    assert least_track_record(record) / 252 == pytest.approx(years, abs=0.2)
    long = record._replace(periods=math.ceil(least_track_record(record)) + 1)
    assert probabilistic_sharpe(long) == pytest.approx(0.95, abs=1e-3)
    assert least_track_record(record, benchmark=record.sharpe) == math.inf


def test_the_standard_error_is_that_of_the_performance_figures() -> None:
    returns = np.random.default_rng(1).standard_t(4, 900) * 0.01 + 0.0005
    assert standard_error(moments(returns)) * math.sqrt(252) == pytest.approx(
        sharpe_standard_error(returns, 252)
    )
    with pytest.raises(ValueError, match="without spread"):
        moments(np.full(9, 0.01))


def test_moments_are_those_of_scipy_and_the_ratio_has_ddof_1() -> None:
    returns = np.array([0.01, -0.02, 0.05, 0.0, 0.03, -0.01])
    found = moments(returns)
    assert found.sharpe == pytest.approx(returns.mean() / math.sqrt(returns.var(ddof=1)))
    assert found.skew == pytest.approx(stats.skew(returns))
    assert found.kurtosis == pytest.approx(stats.kurtosis(returns, fisher=False))


def test_the_least_track_record_by_hand() -> None:
    found = least_track_record(Moments(0.1, 252, -1.0, 5.0))
    assert found == pytest.approx(1.0 + (1.0 + 0.1 + 0.01) * (1.6448536 / 0.1) ** 2, rel=1e-6)


def test_probabilities_cover_what_they_say() -> None:
    generator = np.random.default_rng(2)
    found = [probabilistic_sharpe(moments(generator.normal(0, 0.01, 250))) for _ in range(2_000)]
    assert np.mean(np.array(found) > 0.95) == pytest.approx(0.05, abs=0.015)


def test_overfitting_is_even_on_noise_and_gone_with_skill() -> None:
    generator = np.random.default_rng(3)
    noise = [
        overfitting_probability(generator.normal(0, 0.01, (400, 20)), blocks=8) for _ in range(60)
    ]
    assert np.mean(noise) == pytest.approx(0.5, abs=0.08)
    skilled = generator.normal(0, 0.01, (400, 20))
    skilled[:, 7] += 0.005
    assert overfitting_probability(skilled, blocks=8) == 0.0
    # What gains in one half by losing in the other: the best inside is the worst outside.
    turned = np.tile(np.repeat([[1.0], [-1.0]], 50, axis=0), (1, 2)) * [[0.01, -0.01]]
    turned += generator.normal(0, 1e-3, turned.shape)
    assert overfitting_probability(turned, blocks=2) == 1.0
    with pytest.raises(ValueError, match="even number"):
        overfitting_probability(noise_of(10), blocks=3)


def test_the_median_outside_counts_as_overfitting() -> None:
    """Of three, the best of each half is the second of the other: lambda is 0 both times."""
    levels = np.repeat([[3.0, 2.0, 1.0], [2.0, 3.0, 1.0]], 50, axis=0)
    returns = levels + np.tile([[-1.0], [1.0]], (50, 1))
    assert overfitting_probability(returns, blocks=2) == 1.0
    assert figures.overfitting(returns, blocks=2) == 1.0
    ahead = returns + np.array([9.0, 0.0, 0.0])
    assert overfitting_probability(ahead, blocks=2) == figures.overfitting(ahead, blocks=2) == 0.0


def noise_of(periods: int) -> np.ndarray:
    return np.random.default_rng(4).normal(size=(periods, 3))
