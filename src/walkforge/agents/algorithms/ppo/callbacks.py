"""What is told and saved between roll-outs: the curve, progress, checkpoints."""

import time
from pathlib import Path

import polars as pl
from stable_baselines3.common.callbacks import BaseCallback

from walkforge.agents.algorithms.ppo.device import DevicePPO
from walkforge.agents.algorithms.ppo.resume import Identity, captured
from walkforge.agents.training.checkpoints import save_checkpoint
from walkforge.agents.training.curve import COLUMNS, CURVE, Rows
from walkforge.agents.training.interrupts import Interrupt
from walkforge.console import log_line
from walkforge.errors import InputError

PROGRESS_LINES = 10


class StoppedError(InputError):
    """A training ended early because it was asked to; its state is saved."""


class Curve(BaseCallback):
    """A row of figures per roll-out and its update, and about ten lines of progress in the log."""

    def __init__(self, total: int, rows: Rows) -> None:
        super().__init__()
        self.total, self.rows = total, rows
        self._since = time.perf_counter()
        self._first = rows[-1]["timesteps"] if rows else 0.0

    def frame(self) -> pl.DataFrame:
        """Return the curve, a row per roll-out."""
        return pl.DataFrame(self.rows, schema=dict.fromkeys(COLUMNS, pl.Float64))

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        """Write down the roll-out before, once its update is done."""
        figures = self.model.logger.name_to_value
        if all(key in figures for key in CURVE.values()):
            row = {name: float(figures[key]) for name, key in CURVE.items()}
            self.rows.append({"timesteps": float(self.num_timesteps)} | row)
            self.model.logger.dump(self.num_timesteps)
            self._tell()

    def _on_training_end(self) -> None:
        self._on_rollout_start()

    def _tell(self) -> None:
        """Print a line of progress, about ten times in a training."""
        row, every = self.rows[-1], max(self.total // PROGRESS_LINES, 1)
        now = row["timesteps"]
        before = self.rows[-2]["timesteps"] if len(self.rows) > 1 else 0.0
        if now // every == before // every:
            return
        rate = (now - self._first) / max(time.perf_counter() - self._since, 1e-9)
        left = (self.total - now) / rate
        log_line(
            f"{now:.0f}/{self.total} steps ({rate:,.0f}/s, {left:.0f} s left), "
            f"mean reward {row['reward']:.3e}, turnover {row['turnover']:.4f}, "
            f"action std {row['action_std']:.3f}"
        )


class Saver(BaseCallback):
    """Saves the training's state every so many steps, and when it is asked to end."""

    def __init__(
        self,
        curve: Curve,
        folder: Path | None,
        every: int | None,
        *,
        interrupt: Interrupt,
        identity: Identity,
    ) -> None:
        super().__init__()
        self.curve, self.folder, self.every = curve, folder, every
        self.interrupt, self.identity = interrupt, identity
        self.last: Path | None = None
        self.saved = 0

    def _on_training_start(self) -> None:
        self.saved = self.num_timesteps

    def _on_step(self) -> bool:
        return True

    def _on_rollout_start(self) -> None:
        """Save where it is due.

        Raises:
            StoppedError: the training was asked to end.
        """
        steps, model = self.num_timesteps, self.model
        assert isinstance(model, DevicePPO)  # noqa: S101 (tells the type checker)
        model.watch.look(model.network)
        due = self.every is not None and steps // self.every > self.saved // self.every
        if self.folder is not None and (due or self.interrupt.asked):
            state = captured(model, self.curve.rows, self.identity)
            self.last, self.saved = save_checkpoint(self.folder, steps, state), steps
        if self.interrupt.asked:
            where = f": saved, run again to go on from {self.last}" if self.last else ""
            raise StoppedError(
                f"training ended at {steps}/{self.curve.total} steps as asked{where}"
            )
