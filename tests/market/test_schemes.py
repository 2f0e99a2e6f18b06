"""Action schemes: hand values, laws that all of them keep, and scores."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from schemes_and_rewards import SCHEMES, random_actions
from walkforge.agents.api import Distribution, Output
from walkforge.agents.distributions import distribution_of
from walkforge.market.account import Factors, Observation
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.schemes import signals3


def seen_by(weights_, tradable, momentum=None, volatility=None, value=None) -> Observation:
    """What accounts with these weights [B, K+1] see."""
    held = torch.as_tensor(weights_, dtype=torch.float64)
    shape = (len(held), held.shape[1] - 1)

    def known(values, default):
        given_ = torch.full(shape, default) if values is None else torch.as_tensor(values)
        return given_.double().expand(shape)

    factors = Factors(known(momentum, 0.0), known(volatility, 0.02), known(value, 1e6))
    mask = torch.as_tensor(tradable).expand(shape)
    return Observation(torch.zeros(*shape, 1), held, mask, factors)


def random_seen(seed: int, symbols: int, count: int = 6) -> Observation:
    generator = np.random.default_rng(seed)
    held = generator.dirichlet([0.5] * (symbols + 1), count)
    return seen_by(
        held,
        generator.random((count, symbols)) < 0.7,
        generator.normal(-0.3, 0.1, (count, symbols)),
        generator.choice([0.0, 0.01, 0.03], (count, symbols)),
        generator.choice([0.0, 1e5, 1e9], (count, symbols)),
    )


def distribution(scheme, symbols: int, count: int, seed: int) -> Distribution:
    space = scheme.space(symbols)
    width = space.size if space.kind == "box" else space.size * space.choices
    numbers = torch.randn(count, width, generator=torch.Generator().manual_seed(seed))
    return distribution_of(space, Output(numbers, torch.zeros(1), numbers[:, 0]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(name=st.sampled_from(sorted(SCHEMES)), seed=st.integers(0, 9999), symbols=st.integers(1, 12))
def test_targets_are_a_portfolio_and_leave_alone_what_cannot_be_traded(name, seed, symbols):
    scheme = SCHEMES[name]
    symbols = 1 if scheme.single_symbol else symbols
    seen = random_seen(seed, symbols)
    targets = scheme.targets(random_actions(scheme, symbols, 6, seed), seen)
    assert targets.shape == (6, symbols + 1)
    assert float(targets.min()) >= -1e-12
    torch.testing.assert_close(targets.sum(-1), torch.ones(6, dtype=torch.float64))
    stuck = ~seen.tradable
    torch.testing.assert_close(targets[:, :-1][stuck], seen.weights[:, :-1][stuck])
    actions = distribution(scheme, symbols, 6, seed)
    score = scheme.score(actions.expected(), seen)
    assert score.shape == (6, symbols)
    assert bool(score.isfinite().all())
    assert scheme.targets(actions.mode(), seen).shape == (6, symbols + 1)


@pytest.mark.parametrize(
    ("action", "expected"),
    [(0, 0.4), (1, 0.55), (2, 0.7), (3, 0.85), (4, 1.0), (5, 0.3), (6, 0.2), (7, 0.1), (8, 0.0)],
)
def test_discrete9_moves_exactly_its_fraction_of_cash_or_holdings(action, expected):
    targets = SCHEMES["discrete9"].targets(torch.tensor([action]), seen_by([[0.4, 0.6]], [True]))
    assert targets[0].tolist() == pytest.approx([expected, 1 - expected], abs=1e-15)


@pytest.mark.parametrize(
    ("action", "expected"),
    [(0.0, 0.4), (0.05, 0.4), (-0.05, 0.4), (0.06, 0.436), (0.5, 0.7), (9.0, 1.0), (-0.5, 0.2)],
)
def test_continuous1_holds_in_its_dead_zone_and_moves_its_fraction_outside(action, expected):
    targets = SCHEMES["continuous1"].targets(
        torch.tensor([[action]], dtype=torch.float64), seen_by([[0.4, 0.6]], [True])
    )
    assert float(targets[0, 0]) == pytest.approx(expected, rel=1e-12)


def test_expected_fraction_is_the_score_of_discrete9():
    probabilities = torch.tensor([[0.1, 0.2, 0.0, 0.0, 0.3, 0.0, 0.4, 0.0, 0.0]]).double()
    score = SCHEMES["discrete9"].score(probabilities, seen_by([[0.4, 0.6]], [True]))
    expected = 0.2 * 0.25 * 0.6 + 0.3 * 0.6 - 0.4 * 0.5 * 0.4
    assert float(score[0, 0]) == pytest.approx(expected, rel=1e-6)


def test_signals3_buys_equal_shares_sells_all_and_scales_what_cash_cannot_pay():
    scheme = SCHEMES["signals3"]
    seen = seen_by([[0.6, 0.1, 0.0, 0.3]], [True, True, True])
    hold = signals3.HOLD
    buy = signals3.BUY
    sell = signals3.SELL
    for action, expected in (
        ([hold, hold, hold], [0.6, 0.1, 0.0, 0.3]),
        ([sell, buy, buy], [0.0, 1 / 3, 1 / 3, 1 / 3]),
        ([hold, buy, buy], [0.6, 0.1 + 0.3 * 7 / 17, 0.3 * 10 / 17, 0.0]),
        ([buy, sell, hold], [0.6, 0.0, 0.0, 0.4]),
    ):
        targets = scheme.targets(torch.tensor([action]), seen)
        assert targets[0].tolist() == pytest.approx(expected, abs=1e-12), action


REGIME_CASES = {
    "hold": [0.2, 0.0, 0.0, 0.0, 0.8],
    "full_cash": [0.0, 0.0, 0.0, 0.0, 1.0],
    "defensive": [0.125] * 4 + [0.5],
    "light_cash": [0.1875] * 4 + [0.25],
    "equal_weight": [0.25] * 4 + [0.0],
    "momentum": [0.5, 0.0, 0.5, 0.0, 0.0],
    "low_volatility": [0.4 / 2.1, 0.2 / 2.1, 0.5 / 2.1, 1.0 / 2.1, 0.0],
    "quality": [0.5, 0.0, 0.5, 0.0, 0.0],
    "small_size": [0.5 / 1.85, 0.25 / 1.85, 0.1 / 1.85, 1.0 / 1.85, 0.0],
    "safe_momentum": [0.35, 0.0, 0.35, 0.0, 0.3],
    "safe_quality": [0.35, 0.0, 0.35, 0.0, 0.3],
    "risk_on": [0.5, 0.0, 0.5, 0.0, 0.0],
}


@pytest.mark.parametrize("regime", REGIME_CASES)
def test_regimes_by_hand_on_a_universe_that_only_falls(regime):
    seen = seen_by(
        [[0.2, 0.0, 0.0, 0.0, 0.8]],
        [True] * 4,
        momentum=[[-0.1, -0.4, -0.05, -0.3]],
        volatility=[[0.025, 0.05, 0.02, 0.01]],
        value=[[2e6, 4e6, 1e7, 1e6]],
    )
    assert regime_targets(regime, seen)[0].tolist() == pytest.approx(REGIME_CASES[regime])
    assert set(REGIME_CASES) == set(REGIMES)
    assert list(REGIME_CASES) == list(REGIMES)


@pytest.mark.parametrize("symbols", [1, 3, 300])
def test_the_same_twelve_actions_serve_any_universe(symbols):
    scheme = SCHEMES["regimes12"]
    assert scheme.space(symbols) == scheme.space(7)
    seen = random_seen(1, symbols, count=12)
    assert scheme.targets(torch.arange(12), seen).shape == (12, symbols + 1)


def test_dynamic_regimes_add_one_for_each_symbol():
    scheme = SCHEMES["regimes_dynamic"]
    assert scheme.space(12).choices == 24
    seen = random_seen(2, 4, count=16)
    seen = seen._replace(tradable=torch.tensor([True, True, True, False]).expand(16, 4))
    targets = scheme.targets(torch.arange(16), seen)
    fixed = SCHEMES["regimes12"].targets(
        torch.arange(12),
        Observation(
            *(
                None
                if x is None
                else (Factors(*(f[:12] for f in x)) if isinstance(x, Factors) else x[:12])
                for x in seen
            )
        ),
    )
    torch.testing.assert_close(targets[:12], fixed)
    free = 1 - seen.weights[12:, 3]
    assert targets[13, 1].item() == pytest.approx(float(free[1]) * (0.5 + 0.5 / 3))
    assert targets[13, 0].item() == pytest.approx(float(free[1]) * 0.5 / 3)
    assert targets[15, :3].tolist() == pytest.approx([float(free[3]) / 3] * 3)  # not tradable


def test_weights_of_regimes_are_averaged_by_their_probabilities():
    seen = random_seen(3, 3, count=1)
    probabilities = torch.zeros(1, 12).double()
    probabilities[0, 1] = probabilities[0, 4] = 0.5  # full cash and equal weight
    half = (regime_targets("full_cash", seen) + regime_targets("equal_weight", seen)) / 2
    score = SCHEMES["regimes12"].score(probabilities, seen)
    torch.testing.assert_close(score, half[:, :-1])


def test_regimes_need_factors():
    seen = random_seen(1, 3)._replace(factors=None)
    with pytest.raises(ValueError, match="without factors"):
        regime_targets("momentum", seen)
