"""Distributions are those of stable-baselines3, and what they give is shaped as actions are."""

import math

import pytest
import torch
from stable_baselines3.common.distributions import (
    CategoricalDistribution,
    DiagGaussianDistribution,
    MultiCategoricalDistribution,
)
from torch import Tensor

from walkforge.agents.api import Output
from walkforge.agents.distributions import Gaussian, distribution_of, joined, within
from walkforge.market.schemes.scheme import ActionSpace

SPACES = [
    ActionSpace("box", 4, 0, 5.0),
    ActionSpace("discrete", 1, 9, 0.0),
    ActionSpace("multi_discrete", 5, 3, 0.0),
]
EVERY = pytest.mark.parametrize("space", SPACES, ids=lambda space: space.kind)
LOG_STD = torch.tensor([-0.3])


def numbers_of(space: ActionSpace, *, count: int = 6) -> Tensor:
    size = space.size if space.kind == "box" else space.size * space.choices
    return torch.randn(count, size, generator=torch.Generator().manual_seed(0))


def output_of(numbers: Tensor, log_std: Tensor | None = LOG_STD) -> Output:
    return Output(numbers, log_std, numbers[:, 0])


@EVERY
def test_distributions_equal_those_of_stable_baselines3(space: ActionSpace) -> None:
    numbers = numbers_of(space)
    ours = distribution_of(space, output_of(numbers))
    theirs = {
        "box": lambda: DiagGaussianDistribution(4).proba_distribution(numbers, LOG_STD.expand(4)),
        "discrete": lambda: CategoricalDistribution(9).proba_distribution(numbers),
        "multi_discrete": lambda: MultiCategoricalDistribution([3] * 5).proba_distribution(numbers),
    }[space.kind]()
    action = ours.sample(torch.Generator().manual_seed(1))
    stats = ours.stats(action)
    torch.testing.assert_close(stats.log_prob, theirs.log_prob(action))
    torch.testing.assert_close(stats.entropy, theirs.entropy())
    assert torch.equal(ours.mode(), theirs.mode())
    assert ours.mode().shape == action.shape
    assert within(space, action).abs().max() <= max(space.bound, space.choices)


def test_a_deviation_of_its_own_for_each_number_is_that_of_stable_baselines3() -> None:
    space = SPACES[0]
    numbers = numbers_of(space)
    log_std = 0.1 * numbers_of(space)
    ours = distribution_of(space, output_of(numbers, log_std))
    theirs = torch.distributions.Normal(numbers, log_std.exp())
    action = ours.sample(torch.Generator().manual_seed(1))
    torch.testing.assert_close(ours.stats(action).log_prob, theirs.log_prob(action).sum(-1))
    torch.testing.assert_close(ours.stats(action).entropy, theirs.entropy().sum(-1))


def test_what_is_expected_of_choices_are_their_probabilities() -> None:
    for space, shape in ((SPACES[1], (6, 9)), (SPACES[2], (6, 5, 3))):
        expected = distribution_of(space, output_of(numbers_of(space))).expected()
        assert expected.shape == shape
        assert expected.dtype == torch.float64
        torch.testing.assert_close(expected.sum(-1), torch.ones(shape[:-1]).double())


def test_draws_follow_the_probabilities() -> None:
    space = ActionSpace("discrete", 1, 3, 0.0)
    logits = torch.log(torch.tensor([[0.2, 0.5, 0.3]])).expand(40_000, 3)
    drawn = distribution_of(space, output_of(logits)).sample(torch.Generator().manual_seed(0))
    shares = torch.bincount(drawn, minlength=3) / 40_000
    torch.testing.assert_close(shares, torch.tensor([0.2, 0.5, 0.3]), atol=0.01, rtol=0)


def test_numbers_need_a_deviation() -> None:
    with pytest.raises(ValueError, match="gives no log_std"):
        distribution_of(SPACES[0], output_of(numbers_of(SPACES[0]), None))
    assert distribution_of(SPACES[1], output_of(numbers_of(SPACES[1]), None)).mode().shape == (6,)


@pytest.mark.parametrize("log_std", [LOG_STD, torch.full((6, 4), math.log(0.5))])
def test_outputs_of_single_accounts_join_to_those_of_all(log_std: Tensor) -> None:
    whole = output_of(numbers_of(SPACES[0]), log_std)
    rows = [
        Output(*(part if part.shape == (1,) else part[row : row + 1] for part in whole))
        for row in range(6)
    ]
    again = distribution_of(SPACES[0], joined(rows))
    assert isinstance(again, Gaussian)
    assert torch.equal(again.mean, whole.numbers)
    assert torch.equal(again.log_std, whole.log_std)
