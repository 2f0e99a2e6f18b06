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

from walkforge.market.adapters import to_observation


class _NoExtractor(BaseFeaturesExtractor):
    """Nothing: the network reads the observation itself."""

    def __init__(self, observation_space: Any) -> None:
        super().__init__(observation_space, features_dim=1)

    def forward(self, observations: Tensor) -> Tensor:
        """Return the observation unchanged."""
        return observations


class NetworkPolicy(ActorCriticPolicy):
    """Actor and critic around a network that gives (mean action or logits, value).

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
        """Return actions [B, A], values [B] and log-probabilities [B]."""
        output, value = self.network(to_observation(obs))
        distribution = self._distribution(output)
        actions = distribution.get_actions(deterministic=deterministic)
        return actions, value, distribution.log_prob(actions)

    def evaluate_actions(
        self, obs: PyTorchObs, actions: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Return values [B], log-probabilities [B] and entropy [B] of given actions."""
        output, value = self.network(to_observation(obs))  # type: ignore[arg-type]
        distribution = self._distribution(output)
        return value, distribution.log_prob(actions), distribution.entropy()

    def get_distribution(self, obs: PyTorchObs) -> Distribution:
        """Return the action distribution of observations."""
        return self._distribution(self.network(to_observation(obs))[0])  # type: ignore[arg-type]

    def predict_values(self, obs: PyTorchObs) -> Tensor:
        """Return the values [B] of observations."""
        value: Tensor = self.network.value(to_observation(obs))  # type: ignore[arg-type,operator]
        return value

    def _distribution(self, output: Tensor) -> Distribution:
        """Return the Gaussian with this mean and one scalar log_std, or that of these logits."""
        space = self.action_space
        if isinstance(space, spaces.Discrete):
            return CategoricalDistribution(int(space.n)).proba_distribution(output)
        if isinstance(space, spaces.MultiDiscrete):
            return MultiCategoricalDistribution(space.nvec.tolist()).proba_distribution(output)
        log_std: Tensor = self.network.log_std  # type: ignore[assignment]
        gaussian = DiagGaussianDistribution(output.shape[-1])
        return gaussian.proba_distribution(output, log_std.expand_as(output[0]))
