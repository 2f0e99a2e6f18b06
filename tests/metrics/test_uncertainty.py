"""Bootstrap over days, seeds and folds against arch, hand values, coverage, planted winners."""

import math

import numpy as np
import pytest
from arch.bootstrap import SPA, StationaryBootstrap, StepM, optimal_block_length
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from walkforge.metrics.performance import sharpe
from walkforge.metrics.uncertainty import (
    block_length,
    bootstrap_sharpes,
    interquartile_interval,
    interquartile_mean,
    interval,
    probability_of_improvement,
    superior,
    superior_ability,
)

LAW = settings(derandomize=True, deadline=None, max_examples=15)


def noise(seed, *, days=400, count=5, mean=0.0, phi=0.0):
    """Autoregressive returns [T, N] of deviation 1 % and this daily mean."""
    values = np.random.default_rng(seed).normal(0.0, 0.01, (days + 30, count))
    for t in range(1, len(values)):
        values[t] = phi * values[t - 1] + math.sqrt(1.0 - phi**2) * values[t]
    return values[30:] + mean


def coverage(returns, *, block, truth):
    """The share of columns whose 95 % interval of the Sharpe ratio holds the truth."""
    draws = bootstrap_sharpes(returns, 252, replications=800, seed=1, block=block)
    bounds = [interval(column, confidence=0.95) for column in draws.T]
    return np.mean([low <= truth <= high for low, high in bounds])


# Days


def test_block_length_is_that_of_arch_and_grows_with_memory():
    short, long = (noise(1, days=1500, phi=phi)[:, 0] for phi in (0.0, 0.6))
    assert block_length(long) == optimal_block_length(long)["stationary"].iloc[0]
    assert 1.0 <= block_length(short) < 5.0 < block_length(long)


@pytest.mark.parametrize("returns", [[0.01], [0.01, -0.01], [0.02] * 50, [0.0] * 10], ids=len)
def test_block_length_is_one_where_nothing_can_be_estimated(returns):
    assert block_length(np.array(returns)) == 1.0


@pytest.mark.parametrize("days", [3, 4, 5, 8, 13, 30])
def test_short_records_have_a_block_length_too(days):
    assert 1.0 <= block_length(noise(2, days=days)[:, 0]) <= days


def test_sharpes_equal_those_of_the_days_that_arch_draws():
    returns = noise(3, days=120, count=3)
    drawn = StationaryBootstrap(4, np.arange(120), seed=9)
    rows = [index for (index,), _ in drawn.bootstrap(20)]
    expected = [[sharpe(column[index], 252) for column in returns.T] for index in rows]
    found = bootstrap_sharpes(returns, 252, replications=20, seed=9, block=4.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_many_resamples_go_on_where_the_first_end():
    returns = noise(3, days=60, count=2)
    few, many = (
        bootstrap_sharpes(returns, 252, replications=count, seed=2, block=3.5)
        for count in (600, 1100)
    )
    np.testing.assert_array_equal(few, many[:600])
    assert len(np.unique(many[:, 0])) == 1100


def test_the_seed_decides_the_draws():
    returns = noise(4)
    one, same, other = (
        bootstrap_sharpes(returns, 252, replications=50, seed=seed, block=2.0) for seed in (1, 1, 2)
    )
    assert one.tobytes() == same.tobytes()
    assert not np.array_equal(one, other)


def test_strategies_without_volatility_have_no_sharpe():
    returns = np.column_stack([np.zeros(50), np.full(50, 0.1 / 3), noise(1, days=50)[:, 0]])
    draws = bootstrap_sharpes(returns, 252, replications=30, seed=1, block=2.0)
    assert np.isnan(draws[:, :2]).all()
    assert np.isfinite(draws[:, 2]).all()
    assert all(map(math.isnan, interval(draws[:, 0], confidence=0.95)))


def test_resamples_without_the_only_trade_are_undefined():
    returns = np.zeros((40, 1))
    returns[7] = 0.05
    draws = bootstrap_sharpes(returns, 252, replications=300, seed=1, block=1.0)[:, 0]
    # A day is missed by (1 - 1/40)^40 = 36 % of resamples.
    assert 0.28 < np.isnan(draws).mean() < 0.45
    assert interval(draws, confidence=0.9).low > 0.0


def test_a_paired_difference_is_known_better_than_an_unpaired_one():
    market = noise(5, days=1000, count=1)
    returns = market + 0.1 * noise(6, days=1000, count=2)
    draws = bootstrap_sharpes(returns, 252, replications=500, seed=1, block=2.0)
    other = bootstrap_sharpes(returns, 252, replications=500, seed=2, block=2.0)
    paired = interval(draws[:, 0] - draws[:, 1], confidence=0.95)
    unpaired = interval(draws[:, 0] - other[:, 1], confidence=0.95)
    assert paired.high - paired.low < 0.25 * (unpaired.high - unpaired.low)


def test_interval_of_a_fixed_list_equals_hand_values():
    draws = np.arange(101.0)[::-1]
    assert interval(draws, confidence=0.9) == pytest.approx((5.0, 95.0))
    assert interval(np.append(draws, math.nan), confidence=0.5) == pytest.approx((25.0, 75.0))


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.1])
def test_a_confidence_outside_0_and_1_is_refused(confidence):
    with pytest.raises(ValueError, match=f"confidence is {confidence}"):
        interval(np.arange(5.0), confidence=confidence)


@pytest.mark.parametrize("mean", [0.0, 0.0006])
def test_intervals_of_independent_days_hold_the_truth_as_often_as_they_say(mean):
    returns = noise(7, days=500, count=1000, mean=mean)
    assert 0.92 <= coverage(returns, block=1.0, truth=mean / 0.01 * math.sqrt(252)) <= 0.97


def test_blocks_keep_coverage_where_days_have_memory_and_single_days_lose_it():
    returns = noise(8, days=500, count=200, phi=0.4)
    block = np.mean([block_length(column) for column in returns.T[:40]])
    assert 0.88 <= coverage(returns, block=block, truth=0.0) <= 0.99
    assert coverage(returns, block=1.0, truth=0.0) < 0.86


@LAW
@given(st.integers(0, 1000), st.floats(0.01, 100.0))
def test_sharpes_ignore_leverage_and_turn_with_the_sign(seed, leverage):
    returns = noise(seed, days=60)
    how = {"replications": 20, "seed": seed, "block": 3.0}
    draws = bootstrap_sharpes(returns, 252, **how)
    np.testing.assert_allclose(bootstrap_sharpes(leverage * returns, 252, **how), draws, rtol=1e-7)
    np.testing.assert_allclose(bootstrap_sharpes(-returns, 252, **how), -draws, rtol=1e-7)


@pytest.mark.parametrize(
    "wrong", [np.zeros(5), np.zeros((2, 2)), np.zeros((5, 0)), np.full((5, 1), math.nan)], ids=str
)
def test_what_is_no_table_of_days_is_refused(wrong):
    how = {"replications": 10, "seed": 1, "block": 2.0}
    with pytest.raises(ValueError, match="shape is|is nan"):
        bootstrap_sharpes(wrong, 252, **how)
    with pytest.raises(ValueError, match="shape is|is nan"):
        superior_ability(np.zeros(len(wrong)), wrong, **how)


@pytest.mark.parametrize("how", [{"replications": 0}, {"block": 0.5}, {"block": math.nan}], ids=str)
def test_resampling_that_is_none_is_refused(how):
    with pytest.raises(ValueError, match="give at least 1"):
        bootstrap_sharpes(noise(1), 252, **{"replications": 10, "seed": 1, "block": 2.0} | how)


# Several strategies against a benchmark

HOW = {"replications": 400, "seed": 3, "block": 3.0}


def scaled_losses(benchmark, strategies, how):
    """Losses whose plain means are studentised: arch takes errors for its threshold only."""
    gains = strategies - benchmark[:, None]
    drawn = StationaryBootstrap(how["block"], gains, seed=how["seed"])
    means = drawn.apply(lambda x: x.mean(0), reps=how["replications"])
    return -gains / means.std(axis=0)


@pytest.mark.parametrize("seed", range(6))
def test_the_p_value_equals_that_of_arch_on_studentised_gains(seed):
    # Columns of unequal deviation; the last two are far below the benchmark.
    lift = np.array([0.0, 0.0003, -0.0002, 0.0002, -0.004, -0.006])
    strategies = noise(seed, count=6) * [1.0, 2.0, 0.5, 1.0, 1.0, 3.0] + lift
    benchmark = noise(seed + 50)[:, 0]
    losses = scaled_losses(benchmark, strategies, HOW)
    test = SPA(np.zeros(400), losses, block_size=3, reps=400, studentize=False, seed=3)
    test.compute()
    found = superior_ability(benchmark, strategies, **HOW)
    # Ours counts the record itself as one of the draws.
    assert found == pytest.approx((1 + 400 * test.pvalues["consistent"]) / 401, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_found_equals_what_arch_finds_on_studentised_gains(seed):
    lift = np.array([0.0, 0.003, 0.0018, 0.0015, -0.002, 0.0])
    strategies = noise(seed, count=6) + lift
    benchmark = noise(seed + 50)[:, 0]
    losses = scaled_losses(benchmark, strategies, HOW)
    test = StepM(np.zeros(400), losses, size=0.1, block_size=3, reps=400, seed=3)
    test.compute()
    found = superior(benchmark, strategies, size=0.1, **HOW)
    assert found == tuple(test.superior_models)
    assert 1 in found


def test_a_planted_winner_is_proven_and_found_alone():
    benchmark = noise(1, days=1000)[:, 0]
    strategies = benchmark[:, None] + 0.3 * noise(2, days=1000, count=20)
    strategies[:, 13] += 0.0006
    assert superior_ability(benchmark, strategies, **HOW) < 0.01
    assert superior(benchmark, strategies, size=0.05, **HOW) == (13,)


def test_a_quiet_winner_is_found_among_loud_strategies():
    # Without studentising, the deviation of the loud ones would hide a gain of 4 errors.
    strategies = noise(3, days=500, count=10) * np.array([0.02] + [3.0] * 9)
    strategies[:, 0] += 4 * 0.0002 / math.sqrt(500)
    assert superior_ability(np.zeros(500), strategies, **HOW) < 0.05
    assert superior(np.zeros(500), strategies, size=0.05, **HOW) == (0,)


def test_all_can_be_superior():
    strategies = noise(4, count=3) + 0.004
    assert superior(np.zeros(400), strategies, size=0.05, **HOW) == (0, 1, 2)


def test_the_last_one_can_be_found_once_the_better_one_is_taken_out():
    # The second, 1.63 errors up, is hidden beside the first and passes alone; arch's StepM raises.
    strategies = noise(10, count=2) + np.array([0.004, 0.00105])
    assert superior(np.zeros(400), strategies, size=0.05, **HOW) == (0, 1)
    null = StationaryBootstrap(3, strategies - strategies.mean(axis=0), seed=3)
    draws = null.apply(lambda x: x.mean(0), reps=400)
    both = np.quantile((draws / draws.std(axis=0)).max(axis=1), 0.95)
    assert strategies[:, 1].mean() / draws[:, 1].std() < both


def test_a_strategy_that_equals_the_benchmark_proves_nothing():
    benchmark = noise(1)[:, 0]
    same = np.column_stack([benchmark, benchmark])
    assert superior_ability(benchmark, same, **HOW) == 1.0
    assert superior(benchmark, same, size=0.05, **HOW) == ()
    others = noise(2, count=3)
    alone = superior_ability(benchmark, others, **HOW)
    assert superior_ability(benchmark, np.column_stack([others, benchmark]), **HOW) == alone


def test_the_same_gain_every_day_is_certain_and_the_same_loss_is_none():
    benchmark = noise(1)[:, 0]
    above, below = (benchmark[:, None] + gain for gain in (1e-4, -1e-4))
    assert superior_ability(benchmark, above, **HOW) == 0.0
    assert superior(benchmark, np.hstack([below, above]), size=0.05, **HOW) == (1,)
    assert superior_ability(benchmark, below, **HOW) == 1.0


def test_strategies_that_are_all_worse_prove_nothing():
    assert superior_ability(np.zeros(400), noise(3) - 0.003, **HOW) == 1.0


def test_p_values_on_noise_are_spread_evenly():
    how = {"replications": 200, "block": 1.0}
    found = [
        superior_ability(np.zeros(150), noise(seed, days=150, count=6), seed=seed, **how)
        for seed in range(120)
    ]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert np.mean(np.array(found) < 0.05) < 0.12


def test_records_of_other_length_and_odd_sizes_are_refused():
    with pytest.raises(ValueError, match="400 days of strategies, 399 of the benchmark"):
        superior_ability(np.zeros(399), noise(1), **HOW)
    with pytest.raises(ValueError, match="size is 5"):
        superior(np.zeros(400), noise(1), size=5, **HOW)


# Seeds and folds

FIGURES = np.array([[0.1, 1.0], [0.2, 1.2], [0.3, 1.4], [9.0, -9.0]])  # [S, F]


def test_interquartile_mean_equals_hand_value_and_scipy():
    # Sorted: -9, 0.1 | 0.2, 0.3, 1.0, 1.2 | 1.4, 9.
    assert interquartile_mean(FIGURES) == pytest.approx(2.7 / 4)
    assert interquartile_mean(np.array([1.0, 2.0, 30.0])) == pytest.approx(11.0)
    for count in range(1, 30):
        values = np.random.default_rng(count).normal(size=(1, count))
        expected = stats.trim_mean(values, 0.25, axis=None)
        assert interquartile_mean(values) == pytest.approx(expected, rel=1e-12)


def seed_interval(values, over="seeds", seed=1):
    return interquartile_interval(
        np.asarray(values), replications=2000, seed=seed, confidence=0.95, over=over
    )


def test_seeds_are_resampled_within_their_fold():
    # Every seed agrees and the folds do not: training is certain, the market's path is not.
    values = np.repeat([[0.0, 1.0, 2.0, 5.0]], 6, axis=0)
    assert seed_interval(values) == pytest.approx([1.5, 1.5])
    low, high = seed_interval(values, "seeds_and_folds")
    assert low < 0.8
    assert high > 2.5


def test_one_fold_has_the_interval_of_a_plain_bootstrap_and_folds_add_nothing():
    values = np.random.default_rng(5).normal(size=(12, 1))
    drawn = np.random.default_rng(6).choice(values[:, 0], size=(3000, 12))
    expected = np.quantile(stats.trim_mean(drawn, 0.25, axis=1), [0.025, 0.975])
    assert seed_interval(values) == pytest.approx(tuple(expected), abs=0.08)
    assert seed_interval(values, "seeds_and_folds") == pytest.approx(tuple(expected), abs=0.08)


def test_the_interval_of_seeds_depends_on_its_own_seed_alone():
    values = np.random.default_rng(1).normal(size=(9, 3))
    assert seed_interval(values) == seed_interval(values)
    assert seed_interval(values) != seed_interval(values, seed=2)


def test_intervals_over_seeds_hold_the_truth():
    generator = np.random.default_rng(0)
    level = np.array([0.0, 1.0, -1.0])
    inside = []
    for _ in range(150):
        bounds = interquartile_interval(
            level + generator.normal(size=(10, 3)),
            replications=300, seed=1, confidence=0.95, over="seeds",
        )  # fmt: skip
        inside.append(bounds.low <= 0.0 <= bounds.high)
    assert 0.86 <= np.mean(inside) <= 0.99


def test_probability_of_improvement_equals_hand_value():
    # Fold 1: 2 of 4 above 0.2 and one tie, fold 2: 1 of 4 above 1.2 and one tie.
    assert probability_of_improvement(FIGURES, np.array([0.2, 1.2])) == pytest.approx(
        (2.5 / 4 + 1.5 / 4) / 2
    )
    assert probability_of_improvement(FIGURES, np.array([-1.0, -10.0])) == 1.0


def test_the_probabilities_of_two_sides_add_up_to_one():
    generator = np.random.default_rng(3)
    one = generator.integers(0, 4, (1, 30)) / 1.0
    other = generator.integers(0, 4, (1, 30)) / 1.0
    total = probability_of_improvement(one, other[0]) + probability_of_improvement(other, one[0])
    assert total == pytest.approx(1.0)


def test_improvement_over_other_folds_is_refused():
    with pytest.raises(ValueError, match="ours are of 2 folds, theirs of 3"):
        probability_of_improvement(FIGURES, np.zeros(3))
