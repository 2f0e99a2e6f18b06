"""What a network, a distribution, a policy and an algorithm are: protocols, with their shapes.

B accounts at a time, of K symbols each (1 where an account trades one), with F features of a
symbol; A numbers decide an action. Modules in networks/ and algorithms/ are found by their names:
that of a network has `Config` and `Network`, that of an algorithm `Config` and `Algorithm`,
`SCHEMES` where it can act in some schemes alone, and `DISTRIBUTION` where its policies' actions are
drawn from a distribution that is named.
"""

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple, Protocol, Self, runtime_checkable

import polars as pl
import torch
from torch import Tensor, nn

from walkforge.agents.training.checkpoints import Checkpoint
from walkforge.agents.training.profile import Profile
from walkforge.market.account import Observation
from walkforge.market.environment import AccountBatch
from walkforge.market.schemes.scheme import Scheme

Batches = Callable[[int, int], AccountBatch]  # accounts, from their number and longest episode
Networks = Callable[[], nn.Module]  # a fresh network, which is a Network
Named = Literal["squashed_gaussian", "greedy"]  # see distributions.distribution_of


class Output(NamedTuple):
    """What a network says of B accounts.

    numbers: [B, A], as many as the scheme's heads ask for: of a box its mean, of choices logits, or
    action values where they are greedy. log_std: of a box, the logarithm of its standard deviation:
    [1], one for all numbers, or [B, A]; None of a network that knows choices alone. value: [B],
    what the state is worth. distribution: which one the numbers mean; None: of a box a Gaussian, of
    choices a categorical.
    """

    numbers: Tensor
    log_std: Tensor | None
    value: Tensor
    distribution: Named | None = None


@runtime_checkable
class Network(Protocol):
    """A torch module in two parts: what depends on the market alone, and what on the account.

    Made by Network(config, scaler, heads). No action changes the market, so that `encode` may be
    computed once for a day, however many accounts stand there.

    Attributes:
        lookback: bars that `encode` reads of a symbol up to a day, that day's among them.
        scaler: of the features, its first layer; saved and checked with the policy.
    """

    lookback: int
    scaler: nn.Module

    def encode(self, features: Tensor, tradable: Tensor) -> Tensor:
        """Embeddings [B, K, H] of raw features [B, K, F] and the mask [B, K]."""

    def decide(self, embedding: Tensor, account: Observation) -> Output:
        """What accounts do at embeddings [B, K, H]; the features of `account` are not read."""

    def __call__(self, seen: Observation) -> Output:
        """Both in one."""


class ActionStats(NamedTuple):
    """Log-probabilities [B] of actions, and entropies [B] of the distribution."""

    log_prob: Tensor
    entropy: Tensor


class Distribution(Protocol):
    """From which B accounts draw their actions: [B, A] numbers or choices, or [B] of one choice."""

    def sample(self, generator: torch.Generator) -> Tensor:
        """An action of each account; numbers may lie outside of a box, see `within`."""

    def mode(self) -> Tensor:
        """The action of each account without noise: the likeliest before any squashing."""

    def expected(self) -> Tensor:
        """Of numbers the mean [B, A]; of choices their probabilities, [B, choices] or [B, K, 3].

        In float64 where they are probabilities: what a scheme scores symbols by.
        """

    def stats(self, action: Tensor) -> ActionStats:
        """How likely actions are, and the entropy."""


class Policy(Protocol):
    """What decides: rolled through windows, scored, and asked for rankings.

    Attributes:
        scheme: of its actions. feature_names: that it reads, in order.
    """

    @property
    def scheme(self) -> Scheme:
        """Turns actions into target weights and scores."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """What it reads of each symbol."""

    def targets(self, seen: Observation) -> Tensor:
        """Target weights [B, K+1] of the action without noise, cash last."""

    def orders(self, seen: Observation) -> Tensor:
        """Weights to order [B, K+1]: the targets after partial adjustment."""

    def scores(self, seen: Observation) -> Tensor:
        """[B, K]: how much the policy is for each symbol."""


class Config(Protocol):
    """An algorithm's arguments: a frozen dataclass, each a key of its section in config.yaml.

    The loop obeys one more where an algorithm has it: resume_from, the folder of a checkpoint.

    Attributes:
        total_timesteps: days of all accounts together. n_envs: accounts.
        episode_days: longest episode.
    """

    @property
    def total_timesteps(self) -> int:
        """Days of all accounts together."""

    @property
    def n_envs(self) -> int:
        """Accounts that learn side by side."""

    @property
    def episode_days(self) -> int:
        """The longest episode."""

    def short(self, rollouts: int) -> Self:
        """The same for so many roll-outs, from the start, not compiled: what the audits repeat."""


class Algorithm(Protocol):
    """A training that goes on roll-out by roll-out.

    Made by Algorithm(batch, make_network, config=config, seed=seed). The loop of training.loop
    drives it, and keeps its network, its accounts and torch's generator in checkpoints.

    Attributes:
        batch: the accounts. config: its own. network: that learns. profile: where the time goes.
        num_timesteps: days done, of all accounts together. trained: transitions that went into
            gradient steps.
    """

    batch: AccountBatch
    config: Any
    profile: Profile
    num_timesteps: int
    trained: int

    @property
    def network(self) -> nn.Module:
        """The network that learns."""

    def iterate(self) -> Mapping[str, float]:
        """One roll-out and what is learned of it; figures by TensorBoard's names.

        Those of training.curve.CURVE make a row of the training's curve, 0 where they are missing.

        Raises:
            DivergedError: a loss, gradient or parameter is not finite.
        """

    def state_dict(self) -> Checkpoint:
        """All that the loop does not keep and a resume needs: optimisers, generators, counts."""

    def load_state_dict(self, checkpoint: Checkpoint) -> None:
        """Go on from a state_dict, whose tensors are known to have its own shapes and kinds.

        Raises:
            InputError: a value does not fit.
        """

    def get_parameters(self) -> Mapping[str, Mapping[str, Any]]:
        """What stable-baselines3's set_parameters takes: `policy`, perhaps `policy.optimizer`."""


class TrainResult(NamedTuple):
    """What a training gives: the algorithm at its end, its curve (a row per roll-out), its profile.

    The network of the last update is the algorithm's.
    """

    algorithm: Algorithm
    curve: pl.DataFrame
    profile: dict[str, Any]
