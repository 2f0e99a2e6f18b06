"""What a training learns of account state and rewards, to bring both to size 1."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from walkforge.agents.account_scaler import PARTS, account_scaler, account_state
from walkforge.agents.algorithms.ppo.config import Config
from walkforge.agents.training.checkpoints import prefixed, under
from walkforge.market.account import Observation
from walkforge.market.running import RunningMeanStd

REWARD_CLIP = 10.0  # standard deviations; beyond it a day is an accident, not a lesson


class RewardScale:
    """Rewards over the standard deviation of the discounted return of the days so far.

    R_t = gamma R_{t-1} + r_t, anew with each episode. The mean is left in, so that a reward keeps
    its sign.

    Source: L. Engstrom and others, Implementation matters in deep policy gradients (2020).
    """

    def __init__(self, count: int, *, gamma: float, device: torch.device) -> None:
        self.gamma = gamma
        self.returns = RunningMeanStd((), device=device)
        self.running = torch.zeros(count, dtype=torch.float64, device=device)

    def scaled(self, rewards: Tensor, ended: Tensor) -> Tensor:
        """The rewards [T, B] of a roll-out, learned from first, scaled and clipped.

        Args:
            rewards: as paid. ended: [T, B] bool, whether the episode ended with that day.
        """
        paid = rewards.double()
        returns = []
        for today, last in zip(paid, ended, strict=True):
            self.running = self.gamma * self.running + today
            returns.append(self.running)
            self.running = torch.where(last, 0.0, self.running)
        self.returns.update(torch.cat(returns))
        return (paid / self.returns.std).clamp(-REWARD_CLIP, REWARD_CLIP).to(rewards.dtype)


class Normalisation:
    """What is normalised of a training, as configured; without either key it does nothing.

    Account state is looked at in roll-outs, and handed to the network between them alone: an
    update must see what its roll-out saw.

    Args:
        network: whose layer for account state is filled. config: says what is normalised.
        count: accounts. device: of the statistics.
    """

    def __init__(
        self, network: nn.Module, config: Config, *, count: int, device: torch.device
    ) -> None:
        self.scaler = None
        self.rewards = None
        self.account = RunningMeanStd((PARTS,), device=device)
        if config.normalise_account:
            self.scaler = account_scaler(network)
        if config.normalise_reward:
            self.rewards = RewardScale(count, gamma=config.gamma, device=device)

    def look(self, seen: Observation) -> None:
        """Take in the account state of what accounts see, beside symbols that can be traded."""
        if self.scaler is not None:
            self.account.update(account_state(seen)[seen.tradable])

    def settle(self) -> None:
        """Hand the network what was looked at so far."""
        if self.scaler is not None:
            self.scaler.take(self.account)

    def scaled(self, rewards: Tensor, ended: Tensor) -> Tensor:
        """The rewards [T, B] of a roll-out that the updates learn from."""
        return rewards if self.rewards is None else self.rewards.scaled(rewards, ended)

    def tensors(self) -> dict[str, Tensor]:
        """What a checkpoint must hold, by name."""
        kept: dict[str, Tensor] = {}
        if self.scaler is not None:
            kept |= prefixed("account", self.account.state())
        if self.rewards is not None:
            kept |= prefixed("returns", self.rewards.returns.state())
            kept["running"] = self.rewards.running
        return kept

    def load(self, tensors: Mapping[str, Tensor]) -> None:
        """Take over what a checkpoint holds.

        Raises:
            InputError: it holds what are no statistics.
        """
        if self.scaler is not None:
            self.account.load(under("account", tensors))
        if self.rewards is not None:
            self.rewards.returns.load(under("returns", tensors))
            self.rewards.running = tensors["running"].to(self.rewards.running.device)
