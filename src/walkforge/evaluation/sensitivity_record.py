"""The record on the grid: daily figures of every strategy in every cell, and their draws."""

from typing import NamedTuple

import numpy as np
import polars as pl

from walkforge.evaluation.evidence import Bootstrap, check_days, common_block
from walkforge.evaluation.sensitivity_grid import GridAxis
from walkforge.evaluation.series import EQUAL_WEIGHT, Daily, Key, baseline
from walkforge.evaluation.stitch import MEAN
from walkforge.metrics.performance import sharpe
from walkforge.metrics.series import Series, Table, periods_per_year
from walkforge.metrics.uncertainty import bootstrap_sharpes, resampled_means

_ORDER = ["kind", "strategy", "seed", "study", "value", "date"]


class Cell(NamedTuple):
    """A cell of the grid: its axis, and a cost in bps, a place among the delays, or a capital."""

    study: GridAxis
    value: float


class SensitivityRecord(NamedTuple):
    """What P strategies earned in G cells over T days.

    Attributes:
        keys: P, agents' means, their seeds and baselines. cells: G, values ascending along an axis.
        net: [P, G, T] daily net returns. turnover: [P, G] daily mean.
        per_year: days in a year.
    """

    keys: list[Key]
    cells: list[Cell]
    net: Daily
    turnover: Table
    per_year: int

    def places(self, axis: GridAxis) -> list[int]:
        """The places of an axis's cells."""
        return [place for place, cell in enumerate(self.cells) if cell.study == axis]

    def values(self, axis: GridAxis) -> Series:
        """The values of an axis's cells."""
        return np.array([cell.value for cell in self.cells if cell.study == axis])


class Figures(NamedTuple):
    """Of each strategy and cell: mean daily return and annual Sharpe ratio, and draws of both.

    mean, ratio: [P, G]; mean_draws, ratio_draws: [R, P, G] on the same resampled days for all.
    block: mean length in days of the blocks that are drawn.
    """

    mean: Table
    ratio: Table
    mean_draws: Daily
    ratio_draws: Daily
    block: float


def sensitivity_record(returns: pl.DataFrame) -> SensitivityRecord:
    """The record of a frame of roll_sensitivity, with the means over seeds.

    Raises:
        ValueError: strategies differ in their cells or dates.
    """
    whole = returns.sort(_ORDER)
    parts = whole.partition_by("kind", "strategy", "seed", maintain_order=True)
    cells = parts[0].select("study", "value").unique(maintain_order=True).rows()
    for part in parts:
        if not part.select("study", "value", "date").equals(
            parts[0].select("study", "value", "date")
        ):
            raise ValueError(f"{part.row(0)[2:5]} has other dates or terms than another strategy")
    shape = (len(parts), len(cells), -1)
    net, turnover = (whole[name].to_numpy().reshape(shape) for name in ("net_return", "turnover"))
    keys = [Key(*part.select("kind", "strategy", "seed").row(0)) for part in parts]
    record = SensitivityRecord(
        keys,
        [Cell(*cell) for cell in cells],
        net,
        turnover.mean(axis=2),
        periods_per_year(whole["date"]),
    )
    return _with_means(record)


def _with_means(record: SensitivityRecord) -> SensitivityRecord:
    """The record with each agent's mean over seeds before its seeds."""
    keys: list[Key] = []
    sources: list[list[int]] = []
    for place, key in enumerate(record.keys):
        if key.kind == "agent" and (not keys or keys[-1].strategy != key.strategy):
            own = [i for i, each in enumerate(record.keys) if each[:2] == key[:2]]
            keys.append(key._replace(seed=MEAN))
            sources.append(own)
        keys.append(key)
        sources.append([place])
    net = np.stack([record.net[own].mean(axis=0) for own in sources])
    turnover = np.stack([record.turnover[own].mean(axis=0) for own in sources])
    return record._replace(keys=keys, net=net, turnover=turnover)


def figures_of(record: SensitivityRecord, bootstrap: Bootstrap) -> Figures:
    """Means and ratios of a record, with their draws.

    Blocks are as long as the longest that any strategy's returns before costs ask for, or an
    agent's less equal weight's.

    Raises:
        InputError: the record is too short to draw from.
    """
    strategies, cells, days = record.net.shape
    check_days(days)
    gross = record.net[:, record.places("costs")[0]]
    market = gross[record.keys.index(baseline(EQUAL_WEIGHT))]
    agents = [own for own, key in zip(gross, record.keys, strict=True) if key.kind == "agent"]
    block = common_block([*gross, *(own - market for own in agents)])
    table = record.net.reshape(-1, days).T
    options = {"replications": bootstrap.replications, "seed": bootstrap.seed}
    means = resampled_means(table, **options, block=block)
    ratios = bootstrap_sharpes(table, record.per_year, **options, block=block)
    shape = (-1, strategies, cells)
    own = np.array([sharpe(each, record.per_year) for each in table.T]).reshape(strategies, cells)
    return Figures(record.net.mean(axis=2), own, means.reshape(shape), ratios.reshape(shape), block)
