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
from torch.distributions import (
    AffineTransform,
    Normal,
    TanhTransform,
    TransformedDistribution,
)

from walkforge.agents.api import Distribution, Named, Output
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


def output_of(
    numbers: Tensor, log_std: Tensor | None = LOG_STD, named: Named | None = None
) -> Output:
    return Output(numbers, log_std, numbers[:, 0], named)


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
    theirs = Normal(numbers, log_std.exp())
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
        Output(*(part if part.shape == (1,) else part[row : row + 1] for part in whole[:3]))
        for row in range(6)
    ]
    again = distribution_of(SPACES[0], joined(rows))
    assert isinstance(again, Gaussian)
    assert torch.equal(again.mean, whole.numbers)
    assert torch.equal(again.log_std, whole.log_std)


def squashed(numbers: Tensor, log_std: Tensor = LOG_STD) -> Distribution:
    return distribution_of(SPACES[0], output_of(numbers, log_std, "squashed_gaussian"))


@pytest.mark.parametrize("log_std", [LOG_STD.double(), 0.3 * numbers_of(SPACES[0]).double()])
def test_squashed_numbers_are_as_likely_as_a_transformed_normal_says(log_std: Tensor) -> None:
    numbers = numbers_of(SPACES[0]).double()
    ours = squashed(numbers, log_std)
    bent = [TanhTransform(), AffineTransform(0.0, 5.0)]
    theirs = TransformedDistribution(Normal(numbers, log_std.exp().expand_as(numbers)), bent)
    action = ours.sample(torch.Generator().manual_seed(1))
    assert action.abs().max() < 5.0
    torch.testing.assert_close(ours.stats(action).log_prob, theirs.log_prob(action).sum(-1))
    assert torch.equal(ours.mode(), 5.0 * torch.tanh(numbers))
    assert torch.equal(within(SPACES[0], action), action)


def test_mean_and_entropy_of_squashed_numbers_are_those_of_their_density() -> None:
    numbers = torch.tensor([[0.0, 0.8, -1.5, 0.3]]).double()
    one = ActionSpace("box", 1, 0, 5.0)
    places = torch.linspace(-5.0, 5.0, 400_001, dtype=torch.float64)[1:-1, None]
    entropies = []
    for number, mean in zip(numbers[0], squashed(numbers).expected()[0], strict=True):
        output = output_of(number.expand_as(places), LOG_STD.double(), "squashed_gaussian")
        logs = distribution_of(one, output).stats(places).log_prob
        density = logs.exp()
        steps = places[:, 0]
        assert float(torch.trapezoid(density, steps)) == pytest.approx(1.0, abs=1e-6)
        assert float(torch.trapezoid(density * steps, steps)) == pytest.approx(
            float(mean), abs=1e-5
        )
        entropies.append(-float(torch.trapezoid(density * logs, steps)))
    entropy = squashed(numbers).stats(torch.zeros_like(numbers)).entropy
    assert float(entropy) == pytest.approx(sum(entropies), abs=1e-5)


def test_a_number_on_the_bound_has_a_likelihood() -> None:
    far = squashed(torch.full((1, 4), 40.0))
    action = far.sample(torch.Generator().manual_seed(0))
    assert action.tolist() == [[5.0] * 4]
    assert torch.isfinite(far.stats(action).log_prob).all()


def test_greedy_choices_are_those_of_largest_value() -> None:
    values = torch.tensor([[0.1, 0.7, -0.2], [3.0, 3.0, 1.0]])
    greedy = distribution_of(ActionSpace("discrete", 1, 3, 0.0), output_of(values, None, "greedy"))
    assert greedy.mode().tolist() == [1, 0]
    assert greedy.sample(torch.Generator()).tolist() == [1, 0]
    assert greedy.expected().tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    stats = greedy.stats(torch.tensor([1, 2]))
    assert stats.log_prob.tolist() == [0.0, -math.inf]
    assert stats.entropy.tolist() == [0.0, 0.0]


def test_greedy_choices_of_several_entries_are_made_one_by_one() -> None:
    values = torch.tensor([[0.0, 1.0, 2.0, 5.0, 4.0, 3.0]])
    space = ActionSpace("multi_discrete", 2, 3, 0.0)
    greedy = distribution_of(space, output_of(values, None, "greedy"))
    assert greedy.mode().tolist() == [[2, 0]]
    assert greedy.expected().tolist() == [[[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]]
    assert greedy.expected().dtype == torch.float64
    assert greedy.stats(torch.tensor([[2, 0]])).log_prob.tolist() == [0.0]
    assert greedy.stats(torch.tensor([[2, 1]])).log_prob.tolist() == [-math.inf]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_distribution_that_is_not_the_space_s_is_refused(number: int) -> None:
    space = SPACES[number]
    named: Named = "greedy" if space.kind == "box" else "squashed_gaussian"
    with pytest.raises(ValueError, match=f"{named} is o"):
        distribution_of(space, output_of(numbers_of(space), named=named))


def test_a_named_distribution_stays_when_outputs_are_joined() -> None:
    numbers = numbers_of(SPACES[0])
    rows = [output_of(numbers[row : row + 1], named="squashed_gaussian") for row in range(6)]
    again = distribution_of(SPACES[0], joined(rows))
    assert torch.equal(again.mode(), squashed(numbers).mode())
