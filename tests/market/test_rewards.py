"""Every reward against a slow, plain loop over one account, and what each promises."""

import numpy as np
import pytest
import torch
from scipy import stats

from schemes_and_rewards import PENALTY, REWARDS, plain_drawdowns
from walkforge.market.rewards import calmar, differential_sharpe, sortino, weighted
from walkforge.market.rewards.day import Day, Reward

DAYS = 60


def episode(seed: int) -> list[dict[str, float]]:
    """The figures of an account's days."""
    generator = np.random.default_rng(seed)
    equity = 1_000.0 * np.exp(np.cumsum(generator.normal(0, 0.02, DAYS + 1)))
    return [
        {
            "before": float(equity[n]),
            "after": float(equity[n + 1]),
            "market": float(generator.normal(0, 0.01)),
            "realised": float(generator.normal(0, 10)),
            "cost": float(generator.uniform(0, 2)),
            "turnover": float(generator.uniform(0, 1)),
        }
        for n in range(DAYS)
    ]


def day_of(figures: list[dict[str, float]]) -> Day:
    names = ("before", "after", "market", "realised", "cost", "turnover")
    return Day(*(torch.tensor([each[n] for each in figures], dtype=torch.float64) for n in names))


def paid(reward: Reward, episodes: list[list[dict[str, float]]]) -> np.ndarray:
    """[days, B] what a reward pays accounts side by side."""
    state = torch.tensor(reward.initial, dtype=torch.float64).expand(len(episodes), -1)
    rows = []
    for figures in zip(*episodes, strict=True):
        amounts, state = reward(day_of(list(figures)), state)
        assert state.shape == (len(episodes), len(reward.initial))
        rows.append(amounts.numpy())
    return np.array(rows)


@pytest.mark.parametrize("name", REWARDS)
def test_a_batch_is_paid_what_a_plain_loop_pays_each_account(name: str) -> None:
    reward, plain = REWARDS[name]
    episodes = [episode(seed) for seed in range(4)]
    found = paid(reward, episodes)
    for i, days in enumerate(episodes):
        expected = np.array(plain(days)) - PENALTY * np.array([d["turnover"] for d in days])
        np.testing.assert_allclose(found[:, i], expected, rtol=1e-9, atol=1e-12)


def test_differential_sharpe_rises_with_the_return() -> None:
    generator = np.random.default_rng(0)
    earned = torch.as_tensor(generator.normal(0.0005, 0.01, 3_000))
    means = torch.zeros(1, 2, dtype=torch.float64)
    slopes = []
    for r in earned:
        slope, means = differential_sharpe.differential_sharpe(
            r.reshape(1), means[:, 0], means[:, 1], eta=0.01
        )
        slopes.append(float(slope))
    assert stats.pearsonr(earned[200:], slopes[200:])[0] > 0.95


def test_calmar_adds_up_to_the_ratio_of_the_episode() -> None:
    days = episode(3)
    total = paid(calmar.Reward(least_drawdown=0.01, trade_penalty=0.0), [days]).sum()
    gained = days[-1]["after"] / days[0]["before"] - 1
    assert total == pytest.approx(gained / max(plain_drawdowns(days)))


TERMS = ("sharpe_weight", "return_weight", "drawdown_weight", "cost_weight")


@pytest.mark.parametrize("term", TERMS)
def test_each_weight_changes_its_own_term_alone(term: str) -> None:
    days = [episode(5)]
    none = dict.fromkeys(TERMS, 0.0) | {"eta": 0.02, "burn_in_days": 0, "trade_penalty": 0.0}
    base = dict.fromkeys(TERMS, 1.0) | {"eta": 0.02, "burn_in_days": 0, "trade_penalty": 0.0}
    own = paid(weighted.Reward(**none | {term: 1.0}), days)
    more = paid(weighted.Reward(**base | {term: 3.0}), days)
    np.testing.assert_allclose(more - paid(weighted.Reward(**base), days), 2 * own, atol=1e-9)
    assert np.abs(own).max() > 0


@pytest.mark.parametrize("reward", [differential_sharpe.Reward, sortino.Reward])
def test_ratios_of_the_first_days_never_dwarf_the_later_ones(reward: type) -> None:
    episodes = [episode(seed) for seed in range(64)]
    amounts = paid(reward(eta=0.01, burn_in_days=20, trade_penalty=0.0), episodes)
    assert (amounts[:20] == 0.0).all()
    assert np.abs(amounts[20:30]).max() < 5 * np.abs(amounts[30:]).max()
