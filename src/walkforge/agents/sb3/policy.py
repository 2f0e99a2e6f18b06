"""A network of ours as a stable-baselines3 actor-critic policy."""

from collections.abc import Callable
from typing import Any

from gymnasium import spaces
from stable_baselines3.common.distributions import (
    CategoricalDistribution,
    DiagGaussianDistribution,
    Distribution,
    MultiCategoricalDistribution,
)
from stable_baselines3.common.policies import ActorCriticPolicy
from stable_baselines3.common.torch_layers import BaseFeaturesExtractor
from stable_baselines3.common.type_aliases import PyTorchObs, Schedule
from torch import Tensor, nn

from walkforge.agents.api import Output
from walkforge.market.adapters import to_observation


class _NoExtractor(BaseFeaturesExtractor):
    """Nothing: the network reads the observation itself."""

    def __init__(self, observation_space: Any) -> None:
        super().__init__(observation_space, features_dim=1)

    def forward(self, observations: Tensor) -> Tensor:
        """The observation unchanged."""
        return observations


class NetworkPolicy(ActorCriticPolicy):
    """Actor and critic around a network of ours, see agents.api.Network.

    Args:
        make_network: builds the network; called once, under SB3's seed.
        arguments: SB3's own.
    """

    def __init__(
        self, *arguments: Any, make_network: Callable[[], nn.Module], **named: Any
    ) -> None:
        self._make_network = make_network
        super().__init__(*arguments, **named, features_extractor_class=_NoExtractor)  # type: ignore[misc]

    def _build(self, lr_schedule: Schedule) -> None:
        """Build the network and its optimiser in place of SB3's."""
        self.network = self._make_network()
        arguments = {"lr": lr_schedule(1), **self.optimizer_kwargs}
        self.optimizer = self.optimizer_class(self.network.parameters(), **arguments)

    def forward(self, obs: Any, deterministic: bool = False) -> tuple[Tensor, Tensor, Tensor]:  # noqa: FBT001, FBT002
        """Actions [B, A], values [B] and log-probabilities [B]."""
        output = self._output(obs)
        distribution = self._distribution(output)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, output.value, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: PyTorchObs, actions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Values [B], log-probabilities [B] and entropy [B] of given actions."""
        output = self._output(obs)
        distribution = self._distribution(output)
        return output.value, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: PyTorchObs) -> Distribution:
        """The action distribution of observations."""
        return self._distribution(self._output(obs))

    def predict_values(self, obs: PyTorchObs) -> Tensor:
        """The values [B] of observations."""
        return self._output(obs).value

    def _output(self, obs: Any) -> Output:
        """What the network says of observations."""
        output: Output = self.network(to_observation(obs))
        return output

    def _distribution(self, output: Output) -> Distribution:
        """The Gaussian or the choices that an output means."""
        numbers, log_std, _, named = output
        if named is not None:
            raise ValueError(f"actions are drawn from {named}, which is not taken over to SB3")
        space = self.action_space
        if isinstance(space, spaces.Discrete):
            return CategoricalDistribution(int(space.n)).proba_distribution(numbers)
        if isinstance(space, spaces.MultiDiscrete):
            return MultiCategoricalDistribution(space.nvec.tolist()).proba_distribution(numbers)
        if log_std is None:
            raise ValueError("the scheme's actions are numbers, and the network gives no log_std")
        gaussian = DiagGaussianDistribution(numbers.shape[-1])
        return gaussian.proba_distribution(numbers, log_std.expand_as(numbers))
