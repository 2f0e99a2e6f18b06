"""Algorithm `ppo`: stable-baselines3's, its roll-outs and updates all on the market's device."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import Logger
from torch import Tensor, nn

from walkforge.agents.algorithms.ppo.config import Config
from walkforge.agents.algorithms.ppo.normalisation import Normalisation
from walkforge.agents.algorithms.ppo.update import (
    AdamW,
    Bounds,
    Losses,
    Stepper,
    critic_loss,
    evaluated,
    learning_rates,
    make_optimisers,
    ppo_losses,
)
from walkforge.agents.distributions import distribution_of, within
from walkforge.agents.sb3.policy import NetworkPolicy
from walkforge.agents.training.buffer import DeviceBuffer, StateIndex, seen_from
from walkforge.agents.training.checkpoints import Checkpoint, prefixed, under
from walkforge.agents.training.guards import Guard
from walkforge.agents.training.precision import HALVES, check_passes, choose_matmul
from walkforge.agents.training.profile import Profile
from walkforge.agents.training.rates import Rate
from walkforge.agents.training.resume import check_counts, fill_moments, moments
from walkforge.compiler import check_compiler
from walkforge.errors import InputError
from walkforge.market.adapters import AccountVecEnv
from walkforge.market.environment import AccountBatch


class DevicePPO(PPO):
    """PPO on a batch of accounts; policies, callbacks, logger and saving are stable-baselines3's.

    Args:
        batch: the accounts, whose device is the trainer's.
        make_network: gives a fresh network that maps observations to (output, value).
        config: all arguments. seed: of initialisation, actions and minibatches.
    """

    def __init__(
        self,
        batch: AccountBatch,
        make_network: Callable[[], nn.Module],
        *,
        config: Config,
        seed: int,
    ) -> None:
        self.config = config
        self.batch = batch
        self.space = batch.scheme.space(batch.symbols)
        device = batch.market.device
        choose_matmul(config.matmul, device)
        check_passes(config.precision, device)
        self.profile = Profile(device, precision=HALVES.get(config.precision, torch.float32))
        self.guard = Guard(config.nan_patience)
        self.generator = torch.Generator(device).manual_seed(seed)
        self.rates = [Rate(each) for each in learning_rates(config)]  # of each optimiser
        self.clip = Rate(config.clip_range)
        self.entropy = Rate(config.ent_coef)
        super().__init__(
            NetworkPolicy,
            AccountVecEnv(batch),
            n_steps=config.n_steps,
            batch_size=min(config.batch_size, config.rollout),
            n_epochs=config.n_epochs,
            learning_rate=self.rates[0].schedule.start,
            gamma=config.gamma,
            gae_lambda=config.gae_lambda,
            clip_range=self.clip.schedule.start,
            clip_range_vf=config.clip_range_vf,
            ent_coef=self.entropy.schedule.start,
            vf_coef=config.vf_coef,
            max_grad_norm=config.max_grad_norm,
            target_kl=config.target_kl,
            rollout_buffer_class=DeviceBuffer,  # type: ignore[arg-type]
            policy_kwargs={"make_network": make_network, "optimizer_class": AdamW},
            seed=seed,
            device=device,
            verbose=0,
        )
        self._last_obs = np.empty(0)  # so that SB3 does not reset accounts that stand ready
        self.optimisers = make_optimisers(self.network, config)
        self.policy.optimizer = self.optimisers[0]
        self.stepper = Stepper(self.network, config, self.optimisers)
        self.normalisation = Normalisation(self.network, config, count=batch.count, device=device)
        self.trained = 0  # transitions that went into gradient steps
        self.starts = torch.ones(batch.count, dtype=torch.bool, device=self.device)
        self._graphs = config.cuda_graphs and self.device.type == "cuda"
        self._losses = self._fused() if config.compiled or self._graphs else ppo_losses
        self.set_logger(Logger(folder=None, output_formats=[]))
        self._quiet = CallbackList([])
        self._quiet.init_callback(self)

    def iterate(self) -> dict[str, float]:
        """One roll-out and the updates on it; figures under stable-baselines3's names and ours.

        Raises:
            DivergedError: as many losses or gradients as nan_patience says are not finite.
        """
        self.collect_rollouts(self.env, self._quiet, self.rollout_buffer, self.n_steps)
        self._update_current_progress_remaining(self.num_timesteps, self.config.total_timesteps)
        self.train()
        figures = {key: float(value) for key, value in self.logger.name_to_value.items()}
        self.logger.dump()
        return figures | {"train/std": self._std()}

    def state_dict(self) -> Checkpoint:
        """Optimisers, generators, statistics and counts."""
        tensors = {"chance.actions": self.generator.get_state(), "starts": self.starts}
        tensors |= prefixed("normalisation", self.normalisation.tensors())
        for number, optimiser in enumerate(self.optimisers):
            tensors |= prefixed(f"optimiser{number}", moments(optimiser))
        counts = {"updates": self._n_updates, "bad_steps": self.guard.bad}
        rates = {"rates": [each.state() for each in self.rates]}
        return Checkpoint(tensors, counts | rates | {"scaler": self.stepper.scaler.state_dict()})

    def load_state_dict(self, checkpoint: Checkpoint) -> None:
        """Go on from a state_dict.

        Raises:
            InputError: a count is none, or the scaler of fp16 is no scaler.
        """
        tensors, state = checkpoint
        check_counts(state, "updates", "bad_steps")
        _check_scaler(self.stepper.scaler.state_dict(), state.get("scaler"))
        self._load_rates(state.get("rates"))
        for number, optimiser in enumerate(self.optimisers):
            fill_moments(optimiser, under(f"optimiser{number}", tensors))
        self.starts = tensors["starts"].to(self.device)
        self.normalisation.load(under("normalisation", tensors))
        self.generator.set_state(tensors["chance.actions"])
        self._n_updates = state["updates"]
        self.guard.bad = state["bad_steps"]
        self.stepper.scaler.load_state_dict(state["scaler"])

    def _load_rates(self, states: Any) -> None:
        """Go on from what plateaus remember."""
        if not isinstance(states, list) or len(states) != len(self.rates):
            raise InputError(f"its rates are {states!r:.300}: {len(self.rates)} are needed")
        for rate, state in zip(self.rates, states, strict=True):
            rate.load(state)

    def _set_rates(self, share: float, *, reward: float) -> None:
        """Give each optimiser its learning rate after a share of the steps, and this reward."""
        for rate, optimiser in zip(self.rates, self.optimisers, strict=True):
            rate.look(reward)
            for group in optimiser.param_groups:
                group["lr"] = rate.at(share)

    def _std(self) -> float:
        """The mean standard deviation of actions now; 0 where they are choices without any."""
        with torch.no_grad():
            log_std = evaluated(self.network, self.batch.observation(), self.config).log_std
        return 0.0 if log_std is None else float(log_std.exp().mean())

    @property
    def network(self) -> nn.Module:
        """The network that is trained."""
        network: nn.Module = self.policy.network  # type: ignore[assignment]
        return network

    @property
    def buffer(self) -> DeviceBuffer:
        """The roll-out's buffer."""
        buffer: Any = self.rollout_buffer
        assert isinstance(buffer, DeviceBuffer)  # noqa: S101 (tells the type checker)
        return buffer

    def _fused(self) -> Callable[..., Losses]:
        """The losses compiled; as CUDA graphs, which are replayed, where asked for."""
        check_compiler(self.device.type)
        return torch.compile(ppo_losses, mode="reduce-overhead" if self._graphs else "default")

    def collect_rollouts(
        self, env: Any, callback: BaseCallback, rollout_buffer: Any, n_rollout_steps: int
    ) -> bool:
        """Fill the buffer with a roll-out; False if a callback ends the training."""
        self.policy.set_training_mode(False)
        self.buffer.reset()
        self.normalisation.settle()
        callback.on_rollout_start()
        with torch.no_grad():
            for _ in range(n_rollout_steps):
                self._one_day()
                self.num_timesteps += self.batch.count
                callback.update_locals({"self": self})
                if not callback.on_step():
                    return False
            self._finish()
        callback.on_rollout_end()
        return True

    def train(self) -> None:
        """Update the network on the roll-out, and record what the updates tell."""
        self.policy.set_training_mode(True)
        share = min(max(1.0 - self._current_progress_remaining, 0.0), 1.0)
        reward = float(self.buffer.stacked("reward").mean())
        self._set_rates(share, reward=reward)
        clip = self.clip.at(share)
        bounds = Bounds.of(clip, self.device)
        coefficient = torch.tensor(self.entropy.at(share), device=self.device)
        figures: list[Losses] = []
        norms: list[Tensor] = []
        with self.profile.measure("update"):
            for _ in range(self.n_epochs):
                if not self._epoch(coefficient, bounds, figures, norms):
                    break
            for _ in range(self.config.critic_epochs):
                self._critic_epoch()
            self.guard.settle()
        self.logger.record("rollout/reward", reward)
        self.logger.record("train/clip_range", clip)
        self._record(figures, norms, float(coefficient))

    def _one_day(self) -> None:
        """Act, trade, and keep what a minibatch will need."""
        batch = self.batch
        buffer = self.buffer
        with self.profile.measure("environment"):
            seen = batch.observation()
            day = batch.day
            symbol = batch.symbol
            self.normalisation.look(seen)
        with self.profile.measure("forward"):
            output = evaluated(self.network, seen, self.config)
            actions = distribution_of(self.space, output)
            action = actions.sample(self.generator)
            log_prob = actions.stats(action).log_prob
        with self.profile.measure("environment"):
            step = batch.step_with_reset(within(self.space, action))
        buffer.keep(
            day=day, symbol=symbol, weights=seen.weights.float(), action=action,
            value=output.value,
            log_prob=log_prob, start=self.starts, reward=step.reward, truncated=step.truncated,
            final=step.weights.float(), turnover=step.turnover.float(),
        )  # fmt: skip
        self.starts = step.terminated | step.truncated

    def _finish(self) -> None:
        """Scale rewards, add the values of truncated episodes' last states, compute advantages."""
        buffer = self.buffer
        batch = self.batch
        with self.profile.measure("forward"):
            paid = buffer.stacked("reward")
            ended = buffer.ended(self.starts)
            rewards = self.normalisation.scaled(paid, ended)
            t, b = buffer.stacked("truncated").nonzero(as_tuple=True)
            if len(t) > 0:
                symbol = buffer.stacked("symbol")[t, b] if buffer.has("symbol") else None
                last = StateIndex(
                    buffer.stacked("day")[t, b] + 1, symbol, buffer.stacked("final")[t, b]
                )
                value = evaluated(self.network, seen_from(batch.market, last), self.config).value
                rewards[t, b] += self.gamma * value
            following = evaluated(self.network, batch.observation(), self.config).value
        buffer.finish(rewards, following, ended)

    def _epoch(
        self, coefficient: Tensor, bounds: Bounds, figures: list[Losses], norms: list[Tensor]
    ) -> bool:
        """Pass once over the roll-out; False if the policy has moved too far."""
        for chosen in self._minibatches():
            if self._graphs:
                torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]
            losses = self._losses(
                self.network,
                self.buffer.transitions_of(chosen),
                self.batch.market,
                config=self.config,
                space=self.space,
                ent_coef=coefficient,
                bounds=bounds,
            )
            # A replayed graph writes its results where those of the one before are.
            figures.append(Losses(*(each.detach().clone() for each in losses)))
            limit = self.config.target_kl
            if limit is not None and float(losses.approx_kl) > 1.5 * limit:
                return False
            norms.append(self.stepper.step(losses.loss, self.guard.sound))
            self._n_updates += 1
            self.trained += len(chosen)
        return True

    def _critic_epoch(self) -> None:
        """Pass once over the roll-out for the critic alone."""
        for chosen in self._minibatches():
            sample = self.buffer.transitions_of(chosen)
            self.trained += len(chosen)
            loss = critic_loss(self.network, sample, self.batch.market, config=self.config)
            self.stepper.step(loss, self.guard.sound, critic_alone=True)

    def _minibatches(self) -> tuple[Tensor, ...]:
        """The roll-out's transitions in random order, in minibatches of at least two."""
        count = self.buffer.size_now
        order = torch.randperm(count, generator=self.generator, device=self.device)
        return tuple(part for part in torch.split(order, self.batch_size) if len(part) > 1)

    def _record(self, figures: list[Losses], norms: list[Tensor], coefficient: float) -> None:
        """Hand the figures of this update to the logger, under SB3's names and ours."""
        buffer = self.buffer
        columns = (torch.stack(list(each)) for each in zip(*figures, strict=True))
        values = dict(zip(Losses._fields, map(finite_mean, columns), strict=True))
        spread = buffer.returns.var()
        explained = 1.0 - (buffer.returns - buffer.values).var() / spread
        record = self.logger.record
        record("train/loss", values["loss"])
        record("train/policy_gradient_loss", values["policy_loss"])
        record("train/value_loss", values["value_loss"])
        record("train/entropy_loss", values["entropy_loss"])
        record("train/approx_kl", values["approx_kl"])
        record("train/clip_fraction", values["clip_fraction"])
        record("train/explained_variance", float(explained) if float(spread) > 0.0 else 0.0)
        record("train/gradient_norm", finite_mean(torch.stack(norms)) if norms else 0.0)
        record("train/ent_coef", coefficient)
        record("train/learning_rate", self.optimisers[0].param_groups[0]["lr"])
        record("rollout/turnover", float(buffer.stacked("turnover").mean()))
        record("rollout/effective_names", effective_names(buffer.stacked("weights")[..., :-1]))


Algorithm = DevicePPO  # the name by which an algorithm is found


def _check_scaler(own: dict[str, Any], given: Any) -> None:
    """Raise unless what is given of the scaler of fp16 are numbers as it has them."""
    entries = given if isinstance(given, dict) else {"": given}
    kinds = {name: type(value) for name, value in own.items()}
    if {name: type(value) for name, value in entries.items()} != kinds:
        raise InputError(f"its scaler is {given!r:.300}: numbers {sorted(own)} are needed")


def finite_mean(values: Tensor) -> float:
    """The mean of the values [N] that are numbers (a step left out has none), else 0."""
    sound = values[torch.isfinite(values)]
    return float(sound.mean()) if len(sound) else 0.0


def effective_names(weights: Tensor) -> float:
    """The mean of (sum w)^2 / sum w^2 over states [..., K] that hold anything, else 0."""
    whole = weights.sum(-1)
    squares = weights.square().sum(-1)
    held = squares > 0.0
    if not bool(held.any()):
        return 0.0
    return float((whole[held].square() / squares[held]).mean())
