"""Algorithm `ppo`: proximal policy optimisation on the batched market, all on its device."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import polars as pl
import torch
from stable_baselines3.common.callbacks import CallbackList
from stable_baselines3.common.logger import KVWriter, Logger, TensorBoardOutputFormat
from torch import nn

from walkforge.agents.algorithms.ppo.callbacks import Curve, Saver
from walkforge.agents.algorithms.ppo.config import Config
from walkforge.agents.algorithms.ppo.device import DevicePPO
from walkforge.agents.algorithms.ppo.resume import Identity, captured, restored
from walkforge.agents.training.checkpoints import Checkpoint, load_checkpoint, newest_sound
from walkforge.agents.training.curve import Rows
from walkforge.agents.training.guards import DivergedError
from walkforge.agents.training.interrupts import listening
from walkforge.agents.training.precision import HALVES, check_passes, choose_matmul
from walkforge.agents.training.profile import matmul_peak, network_flops
from walkforge.console import log_line
from walkforge.errors import InputError
from walkforge.market.environment import AccountBatch
from walkforge.market.environment_step import FaultError

__all__ = ["Config", "Learned", "train"]


class Begun(NamedTuple):
    """Rows of the curve that a training goes on with, and the checkpoint they come from."""

    rows: Rows
    place: Path | None


class Learned(NamedTuple):
    """The network of the last update, the training's curve (a row per roll-out), its profile.

    model: stable-baselines3's, whose get_parameters() holds the network.
    """

    network: nn.Module
    model: DevicePPO
    curve: pl.DataFrame
    profile: dict[str, object]


def train(  # noqa: PLR0913
    config: Config,
    make_batch: Callable[[int, int], AccountBatch],
    make_network: Callable[[], nn.Module],
    *,
    seed: int,
    identity: Identity,
    workdir: Path | None = None,
    board: Path | None = None,
) -> Learned:
    """Return what a training learns; it goes on from the newest sound checkpoint, if there is one.

    Args:
        config: PPO's arguments.
        make_batch: gives the training accounts, from their number and their longest episode.
        make_network: gives a fresh network that maps observations to (output, value).
        seed: of initialisation, actions, minibatches.
        identity: what a checkpoint must have been made of, to be gone on from.
        workdir: where checkpoints lie; None keeps none.
        board: folder of TensorBoard's events, if they are wanted.

    Raises:
        InputError: the training diverged, was asked to end, or a checkpoint does not fit it and
            on_unfit is `refuse`, or nothing compiles what is to be compiled.
    """
    batch = make_batch(config.environments, config.episode_days)
    choose_matmul(config.matmul, batch.market.device)
    check_passes(config.precision, batch.market.device)
    model = DevicePPO(batch, make_network, config=config, seed=seed)
    rows, place = _begun(model, identity, workdir)
    begun = model.num_timesteps
    if board is not None and begun == 0:
        shutil.rmtree(board, ignore_errors=True)  # events of another training
    model.set_logger(_logger(board if config.tensorboard else None))
    with listening() as interrupt:
        curve = Curve(config.total_timesteps, rows)
        every = config.checkpoint_every
        saver = Saver(curve, workdir, every, interrupt=interrupt, identity=identity)
        try:
            model.learn(
                max(config.total_timesteps - begun, 0),
                callback=CallbackList([curve, saver]),
                reset_num_timesteps=False,
            )
        except (DivergedError, FaultError) as error:
            raise InputError(_diverged(error, model, saver.last or place)) from error
    profile = _profile(model, begun)
    return Learned(model.network.eval(), model, curve.frame(), profile)


def _begun(model: DevicePPO, identity: Identity, workdir: Path | None) -> Begun:
    """Put the model at the newest of its own checkpoints, else at the one that is named."""
    found = newest_sound(workdir) if workdir is not None else None
    if found is not None:
        return _taken_up(model, *found, identity=identity, named="")
    if model.config.resume_from is None:
        return Begun([], None)
    place, named = Path(model.config.resume_from), "resume_from "
    try:
        checkpoint = load_checkpoint(place)
    except InputError as error:
        raise InputError(f"{named}{place}: {error}") from error
    return _taken_up(model, place, checkpoint, identity=identity, named=named)


def _taken_up(
    model: DevicePPO, place: Path, checkpoint: Checkpoint, *, identity: Identity, named: str
) -> Begun:
    """Go on from a checkpoint; where it does not fit, do what on_unfit says."""
    fresh = captured(model, [], identity) if model.config.on_unfit == "restart" else None
    try:
        rows = restored(model, checkpoint, identity)
    except InputError as error:
        if fresh is None:
            remedy = "give one that fits, or start anew with on_unfit: restart"
            raise InputError(f"{named}{place}: {error}: {remedy}") from error
        log_line(f"{named}{place}: {error}: starts anew (on_unfit: restart)")
        return Begun(restored(model, fresh, identity), None)
    log_line(f"goes on at {model.num_timesteps} steps from {place}")
    return Begun(rows, place)


def _diverged(error: ValueError, model: DevicePPO, last: Path | None) -> str:
    """Return what to say of a training whose numbers are no numbers any more."""
    where = f"the last good checkpoint is {last}" if last else "there is no checkpoint"
    return (
        f"training diverged after {model.num_timesteps} steps: {error}; {where}: lower "
        "learning_rate or max_gradient_norm, or look at the features (results/features/health.html)"
    )


def _profile(model: DevicePPO, begun: int) -> dict[str, object]:
    """Return the profile of the steps since `begun`, and log it."""
    seconds, steps = model.profile.elapsed(), model.num_timesteps - begun
    flops = network_flops(
        model.network, symbols=model.batch.symbols, forward=steps, backward=model.trained
    )
    kind = HALVES.get(model.config.precision, torch.float32)
    peak = matmul_peak(model.batch.market.device, dtype=kind)
    table = model.profile.table(seconds, steps=steps, flops=flops, peak=peak)
    shares = ", ".join(f"{name} {part:.1f} s" for name, part in table["parts"].items())
    rate = f"{table['steps_per_second']:,.0f}/s"
    log_line(
        f"{steps} steps in {table['seconds']:.1f} s ({rate}): {shares}; "
        f"{table['share_of_peak']:.1%} of this machine's {table['peak_gigaflops']:.0f} GFLOP/s"
    )
    return table


def _logger(board: Path | None) -> Logger:
    """Return a logger that writes TensorBoard's events, or nothing."""
    formats: list[KVWriter] = [TensorBoardOutputFormat(str(board))] if board else []
    return Logger(folder=None, output_formats=formats)
