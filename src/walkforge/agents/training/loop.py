"""The loop of every algorithm: roll-out by roll-out, with its curve, progress and checkpoints."""

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
from stable_baselines3.common.logger import KVWriter, Logger, TensorBoardOutputFormat

from walkforge.agents.api import Algorithm, Batches, Config, Networks, TrainResult
from walkforge.agents.training.checkpoints import (
    Checkpoint,
    load_checkpoint,
    newest_sound,
    save_checkpoint,
)
from walkforge.agents.training.curve import COLUMNS, CURVE, Rows
from walkforge.agents.training.guards import DivergedError, check_parameters
from walkforge.agents.training.interrupts import Interrupt, listening
from walkforge.agents.training.ownership import NOWHERE, Places
from walkforge.agents.training.profile import matmul_peak, network_flops
from walkforge.agents.training.resume import Identity, load_state, state_of
from walkforge.console import log_line
from walkforge.errors import InputError
from walkforge.market.environment_step import FaultError

PROGRESS_LINES = 10


class StoppedError(InputError):
    """A training ended early because it was asked to; its state is saved."""


class Makes(NamedTuple):
    """Of what a training is made.

    algorithm: gives it of accounts, networks, its config and a seed. batch: gives accounts.
    network: gives a fresh network.
    """

    algorithm: Any
    batch: Batches
    network: Networks


class Begun(NamedTuple):
    """Rows of the curve that a training goes on with, and the checkpoint they come from."""

    rows: Rows
    place: Path | None


def learn(
    makes: Makes, config: Config, *, seed: int, identity: Identity, places: Places = NOWHERE
) -> TrainResult:
    """What a training gives; it goes on from the newest sound checkpoint, if there is one.

    Args:
        makes: algorithm, accounts and network. config: the algorithm's arguments.
        seed: of initialisation, actions, minibatches.
        identity: what a checkpoint must have been made of, to be gone on from.
        places: what it keeps beside its result, and where.

    Raises:
        InputError: the training diverged, was asked to end, or a checkpoint does not fit it and
            on_unfit is `refuse`, or nothing compiles what is to be compiled.
    """
    batch = makes.batch(config.n_envs, config.episode_days)
    algorithm: Algorithm = makes.algorithm(batch, makes.network, config=config, seed=seed)
    rows, place = _begun(algorithm, identity, places, resume_from=_named_start(config))
    begun = algorithm.num_timesteps
    if places.board is not None and begun == 0:
        shutil.rmtree(places.board, ignore_errors=True)  # events of another training
    logger = _logger(places.board if places.tensorboard else None)
    curve = Curve(config.total_timesteps, rows)
    with listening() as interrupt:
        saver = Saver(algorithm, places, interrupt=interrupt)
        try:
            while algorithm.num_timesteps < config.total_timesteps:
                saver.look(curve, identity)
                figures = algorithm.iterate()
                curve.add(algorithm.num_timesteps, figures)
                timed = {**figures, "time/fps": curve.rate(algorithm.num_timesteps)}
                _write(logger, timed, algorithm.num_timesteps)
            check_parameters(algorithm.network)
        except (DivergedError, FaultError) as error:
            raise InputError(_diverged(error, algorithm, saver.last or place)) from error
    algorithm.network.eval()
    return TrainResult(algorithm, curve.frame(), _profile(algorithm, begun))


class Curve:
    """A row of figures per roll-out and its update, and about ten lines of progress in the log."""

    def __init__(self, total: int, rows: Rows) -> None:
        self.total = total
        self.rows = rows
        self._since = time.perf_counter()
        self._first = rows[-1]["timesteps"] if rows else 0.0

    def frame(self) -> pl.DataFrame:
        """The curve, a row per roll-out."""
        return pl.DataFrame(self.rows, schema=dict.fromkeys(COLUMNS, pl.Float64))

    def add(self, steps: int, figures: Mapping[str, float]) -> None:
        """Write down the roll-out that ended after so many steps; a figure that is missing is 0."""
        row = {name: float(figures.get(key, 0.0)) for name, key in CURVE.items()}
        self.rows.append({"timesteps": float(steps)} | row)
        self._tell()

    def rate(self, steps: float) -> float:
        """Steps a second since the training began, or was gone on with."""
        return (steps - self._first) / max(time.perf_counter() - self._since, 1e-9)

    def _tell(self) -> None:
        """Print a line of progress, about ten times in a training."""
        row = self.rows[-1]
        every = max(self.total // PROGRESS_LINES, 1)
        now = row["timesteps"]
        before = self.rows[-2]["timesteps"] if len(self.rows) > 1 else 0.0
        if now // every == before // every:
            return
        rate = self.rate(now)
        left = (self.total - now) / rate
        log_line(
            f"{now:.0f}/{self.total} steps ({rate:,.0f}/s, {left:.0f} s left), "
            f"mean reward {row['reward']:.3e}, turnover {row['turnover']:.4f}, "
            f"action std {row['action_std']:.3f}"
        )


class Saver:
    """Saves the training's state every so many steps, and when it is asked to end."""

    def __init__(self, algorithm: Algorithm, places: Places, *, interrupt: Interrupt) -> None:
        self.algorithm = algorithm
        self.folder = places.workdir
        self.every = places.checkpoint_every
        self.interrupt = interrupt
        self.last: Path | None = None
        self.saved = algorithm.num_timesteps

    def look(self, curve: Curve, identity: Identity) -> None:
        """Look at the parameters before a roll-out, and save where it is due.

        Raises:
            DivergedError: a parameter is not finite.
            StoppedError: the training was asked to end.
        """
        check_parameters(self.algorithm.network)
        steps = self.algorithm.num_timesteps
        due = self.every is not None and steps // self.every > self.saved // self.every
        if self.folder is not None and (due or self.interrupt.asked):
            state = state_of(self.algorithm, curve.rows, identity)
            self.last = save_checkpoint(self.folder, steps, state)
            self.saved = steps
        if self.interrupt.asked:
            where = f": saved, run again to go on from {self.last}" if self.last else ""
            raise StoppedError(f"training ended at {steps}/{curve.total} steps as asked{where}")


def _named_start(config: Config) -> str | None:
    """The folder of the checkpoint that an algorithm's Config names to go on from, if it can."""
    named: str | None = getattr(config, "resume_from", None)
    return named


def _begun(
    algorithm: Algorithm, identity: Identity, places: Places, *, resume_from: str | None
) -> Begun:
    """Put a training at the newest of its own checkpoints, else at the one that is named."""
    found = newest_sound(places.workdir) if places.workdir is not None else None
    restart = places.on_unfit == "restart"
    if found is not None:
        place, checkpoint = found
        return _taken_up(algorithm, checkpoint, identity, name=f"{place}", place=place,
                         restart=restart)  # fmt: skip
    if resume_from is None:
        return Begun([], None)
    place = Path(resume_from)
    name = f"resume_from {place}"
    try:
        checkpoint = load_checkpoint(place)
    except InputError as error:
        raise InputError(f"{name}: {error}") from error
    return _taken_up(algorithm, checkpoint, identity, name=name, place=place, restart=restart)


def _taken_up(  # noqa: PLR0913
    algorithm: Algorithm,
    checkpoint: Checkpoint,
    identity: Identity,
    *,
    name: str,
    place: Path,
    restart: bool,
) -> Begun:
    """Go on from a checkpoint; where it does not fit, start anew or refuse."""
    fresh = state_of(algorithm, [], identity) if restart else None
    try:
        rows = load_state(algorithm, checkpoint, identity)
    except InputError as error:
        if fresh is None:
            remedy = "give one that fits, or start anew with on_unfit: restart"
            raise InputError(f"{name}: {error}: {remedy}") from error
        log_line(f"{name}: {error}: starts anew (on_unfit: restart)")
        return Begun(load_state(algorithm, fresh, identity), None)
    log_line(f"goes on at {algorithm.num_timesteps} steps from {place}")
    return Begun(rows, place)


def _diverged(error: ValueError, algorithm: Algorithm, last: Path | None) -> str:
    """What to say of a training whose numbers are not finite any more."""
    where = f"the last good checkpoint is {last}" if last else "there is no checkpoint"
    return (
        f"training diverged after {algorithm.num_timesteps} steps: {error}; {where}: lower "
        "learning_rate or max_grad_norm, or look at the features (results/features/health.html)"
    )


def _profile(algorithm: Algorithm, begun: int) -> dict[str, Any]:
    """The profile of the steps since `begun`, logged too."""
    profile = algorithm.profile
    steps = algorithm.num_timesteps - begun
    seconds = profile.elapsed()
    flops = network_flops(
        algorithm.network,
        symbols=algorithm.batch.symbols,
        forward=steps,
        backward=algorithm.trained,
    )
    peak = matmul_peak(profile.device, dtype=profile.precision)
    table = profile.table(seconds, steps=steps, flops=flops, peak=peak)
    shares = ", ".join(f"{name} {part:.1f} s" for name, part in table["parts"].items())
    rate = f"{table['steps_per_second']:,.0f}/s"
    log_line(
        f"{steps} steps in {table['seconds']:.1f} s ({rate}): {shares}; "
        f"{table['share_of_peak']:.1%} of this machine's {table['peak_gigaflops']:.0f} GFLOP/s"
    )
    return table


def _logger(board: Path | None) -> Logger:
    """A logger that writes TensorBoard's events, or nothing."""
    formats: list[KVWriter] = [TensorBoardOutputFormat(str(board))] if board else []
    return Logger(folder=None, output_formats=formats)


def _write(logger: Logger, figures: Mapping[str, float], steps: int) -> None:
    """Write a roll-out's figures for TensorBoard."""
    for name, value in figures.items():
        logger.record(name, value)
    logger.dump(steps)
