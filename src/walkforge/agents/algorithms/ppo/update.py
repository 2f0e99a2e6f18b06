"""One gradient step of PPO, and what it tells."""

import inspect
from collections.abc import Callable, Iterable
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from walkforge.agents.algorithms.ppo.config import Config
from walkforge.agents.api import Output
from walkforge.agents.distributions import distribution_of
from walkforge.agents.training.buffer import Sample, seen_from
from walkforge.agents.training.precision import HALVES
from walkforge.configuration.schedule import parse
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.schemes.scheme import ActionSpace

ADAM_EPS = 1e-5  # as stable-baselines3 and the paper's authors have it


class AdamW(torch.optim.AdamW):
    """AdamW as torch has it, but that no step imports torch's compiler, which takes a second.

    torch does so to tell the compiler what to leave out. Optimizer steps are not compiled here.
    """

    state_dict = inspect.unwrap(torch.optim.AdamW.state_dict)
    add_param_group = inspect.unwrap(torch.optim.AdamW.add_param_group)
    zero_grad = inspect.unwrap(torch.optim.AdamW.zero_grad)
    step = torch.no_grad()(inspect.unwrap(torch.optim.AdamW.step))


class Losses(NamedTuple):
    """Of a minibatch: the loss to lower, and its parts and measures, each a scalar."""

    loss: Tensor
    policy_loss: Tensor
    value_loss: Tensor
    entropy_loss: Tensor
    approx_kl: Tensor
    clip_fraction: Tensor


class Bounds(NamedTuple):
    """How far a probability ratio counts from 1: scalars on the device, as graphs ask for."""

    reach: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, reach: float, device: torch.device) -> Self:
        """Those of a clip range."""
        numbers = (reach, 1.0 - reach, 1.0 + reach)
        return cls(*(torch.tensor(each, device=device) for each in numbers))


def evaluated(network: nn.Module, seen: Observation, config: Config) -> Output:
    """What a network says in float32, computed in the configured precision."""
    kind = HALVES.get(config.precision)
    with torch.autocast(seen.features.device.type, dtype=kind, enabled=kind is not None):
        if config.gradient_checkpointing and torch.is_grad_enabled():
            output = checkpoint(network, seen, use_reentrant=False)
        else:
            output = network(seen)
    numbers, log_std, value, named = output
    spread = None if log_std is None else log_std.float()
    return Output(numbers.float(), spread, value.float(), named)


def ppo_losses(  # noqa: PLR0913
    network: nn.Module,
    sample: Sample,
    market: Market,
    *,
    config: Config,
    space: ActionSpace,
    ent_coef: Tensor,
    bounds: Bounds,
) -> Losses:
    """The losses of a minibatch (Schulman and others 2017), advantages normalised in it."""
    output = evaluated(network, seen_from(market, sample.state), config)
    stats = distribution_of(space, output).stats(sample.action)
    spread = sample.advantage.std() + 1e-8
    advantage = (sample.advantage - sample.advantage.mean()) / spread
    log_ratio = stats.log_prob - sample.log_prob
    ratio = log_ratio.exp()
    held = ratio.clamp(bounds.low, bounds.high)
    policy_loss = -torch.minimum(advantage * ratio, advantage * held).mean()
    value_loss = value_losses(output.value, sample, config).mean()
    entropy_loss = -stats.entropy.mean()
    loss = policy_loss + ent_coef * entropy_loss + config.vf_coef * value_loss
    with torch.no_grad():
        approx_kl = ((ratio - 1.0) - log_ratio).mean()
        clip_fraction = ((ratio - 1.0).abs() > bounds.reach).float().mean()
    return Losses(
        loss,
        policy_loss.detach(),
        value_loss.detach(),
        entropy_loss.detach(),
        approx_kl,
        clip_fraction,
    )


def critic_loss(network: nn.Module, sample: Sample, market: Market, *, config: Config) -> Tensor:
    """The value loss alone, of an extra epoch of the critic."""
    output = evaluated(network, seen_from(market, sample.state), config)
    return value_losses(output.value, sample, config).mean()


def value_losses(value: Tensor, sample: Sample, config: Config) -> Tensor:
    """Squared errors [M] of values, which are held near the old ones where configured."""
    reach = config.clip_range_vf
    if reach is not None:
        value = sample.value + (value - sample.value).clamp(-reach, reach)
    return (value - sample.return_).square()


def make_optimisers(network: nn.Module, config: Config) -> list[AdamW]:
    """AdamW for all parameters, or one for the actor and one for the critic.

    Weight decay applies to matrices, not to biases nor to log_std.
    """
    rates = [parse(each).start for each in learning_rates(config)]
    if len(rates) == 1:
        return [_adamw(network.parameters(), rates[0], config)]
    critic = critic_parameters(network)
    known = {id(parameter) for parameter in critic}
    actor = [each for each in network.parameters() if id(each) not in known]
    return [
        _adamw(actor, rates[0], config),
        _adamw(critic, rates[1], config),
    ]


def learning_rates(config: Config) -> list[float | str]:
    """As configured, of each optimiser: of all parameters, or of the actor and of the critic."""
    own = config.critic_learning_rate
    return [config.learning_rate] if own is None else [config.learning_rate, own]


def critic_parameters(network: nn.Module) -> list[nn.Parameter]:
    """The parameters that only the value depends on: those whose name tells."""
    named = network.named_parameters()
    return [parameter for name, parameter in named if name.startswith(("critic", "value"))]


def _adamw(parameters: Iterable[nn.Parameter], learning_rate: float, config: Config) -> AdamW:
    """The optimiser of some parameters."""
    every = list(parameters)
    groups = [
        {"params": [each for each in every if each.dim() > 1], "weight_decay": config.weight_decay},
        {"params": [each for each in every if each.dim() <= 1], "weight_decay": 0.0},
    ]
    return AdamW(groups, lr=learning_rate, betas=config.betas, eps=ADAM_EPS, fused=True)


class Stepper:
    """Backward, clip, and a step of each optimiser, unless the loss is not finite."""

    def __init__(self, network: nn.Module, config: Config, optimisers: list[AdamW]) -> None:
        self.network = network
        self.config = config
        self.optimisers = optimisers
        device = next(network.parameters()).device.type
        self.scaler = torch.amp.GradScaler(device, enabled=config.precision == "fp16")

    def step(
        self, loss: Tensor, sound: Callable[[Tensor], bool], *, critic_alone: bool = False
    ) -> Tensor:
        """Take a step if `sound` says so of the loss plus the gradients' norm, which is returned.

        Gradients are clipped to max_grad_norm over all parameters that are stepped: those of
        the critic alone where asked for.
        """
        optimisers = self.optimisers[-1:] if critic_alone else self.optimisers
        for each in self.optimisers:
            each.zero_grad(set_to_none=True)
        torch.autograd.backward(self.scaler.scale(loss))
        if critic_alone:
            self._forget_actor()
        for each in optimisers:
            self.scaler.unscale_(each)
        stepped = [x for each in optimisers for group in each.param_groups for x in group["params"]]
        norm = torch.nn.utils.clip_grad_norm_(stepped, self.config.max_grad_norm)
        # In fp16 gradients overflow by design: the scaler leaves such a step out and scales less.
        half = self.scaler.is_enabled()
        told = loss.detach() if half else loss.detach() + norm
        if sound(told) and not (half and not bool(torch.isfinite(norm))):
            for each in optimisers:
                # A GPU is not asked yet whether the numbers are sound: the step asks, on the GPU.
                each.found_inf = (~torch.isfinite(told)).float()  # type: ignore[attr-defined]
                self.scaler.step(each)
        self.scaler.update()
        return norm

    def _forget_actor(self) -> None:
        """Drop the gradients of what the actor depends on too: AdamW leaves such parameters be."""
        critic = {id(parameter) for parameter in critic_parameters(self.network)}
        for parameter in self.network.parameters():
            if id(parameter) not in critic:
                parameter.grad = None
