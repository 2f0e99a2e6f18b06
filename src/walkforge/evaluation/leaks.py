"""What an audit found: how many values were compared, how many differ, and the worst of them."""

import math
from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from torch import Tensor

from walkforge.errors import InputError
from walkforge.features.audit import change, largest

# Where the value at an index lies: its date, and the name of its symbol or whatever it is of.
Locate = Callable[[tuple[int, ...]], tuple[date, str]]

SCHEMA = {
    "agent": pl.String,
    "fold": pl.String,
    "stage": pl.String,
    "check": pl.String,
    "compared": pl.Int64,
    "leaks": pl.Int64,
    "date": pl.Date,
    "place": pl.String,
    "size": pl.Float64,
    "told": pl.String,
}
EVERY = "every one"  # stands for agent and fold in what is found of all; no name has a space
STAGES = (
    "bars", "universe", "windows", "scaler", "label", "training", "reward", "observation", "order",
    "equity", "execution", "record",
)  # fmt: skip


class Difference(NamedTuple):
    """Values compared and leaking, and of the worst day, place, size and what to say of it.

    size is None where a value is missing on one side; all four are where nothing leaks.
    """

    compared: int
    leaks: int = 0
    day: date | None = None
    place: str | None = None
    size: float | None = None
    told: str | None = None


class Finding(NamedTuple):
    """A difference, and which agent, fold, stage and check it is of."""

    agent: str
    fold: str
    stage: str
    check: str
    difference: Difference


def difference(first: Tensor, again: Tensor, *, locate: Locate) -> Difference:
    """How two tensors of one shape differ, compared to the last bit.

    Raises:
        ValueError: their shapes are not the same.
    """
    if first.shape != again.shape:
        raise ValueError(f"shape {list(again.shape)} instead of {list(first.shape)}: keep it")
    one, two = (np.ascontiguousarray(each.double().cpu().numpy()) for each in (first, again))
    differ = one.view(np.int64) != two.view(np.int64)
    if not differ.any():
        return Difference(one.size)
    place, size = largest(one.ravel(), two.ravel(), differ.ravel())
    day, name = locate(tuple(int(each) for each in np.unravel_index(place, one.shape)))
    return Difference(one.size, int(differ.sum()), day, name, size, change(size))


def frame_difference(first: pl.DataFrame, again: pl.DataFrame) -> Difference:
    """How two frames with a column `date` differ, to the last bit; null counts as NaN.

    Their texts, dates and flags are what a row is of: where one is another, or a row or a column is
    missing, all is said to differ there.
    """
    numbers = [name for name, kind in first.schema.items() if kind.is_numeric()]
    keys = [name for name in first.columns if name not in numbers]
    size = first.height * max(len(first.columns), 1)
    if dict(first.schema) != dict(again.schema):
        return Difference(size, 1, None, "columns", None, "are others than those made again")
    common = min(first.height, again.height)
    apart = _rows_apart(first.head(common).select(keys), again.head(common).select(keys))
    if apart is not None or first.height != again.height:
        place = common if apart is None else apart
        longer = first if place < first.height else again
        words = f"is another than what is made again ({first.height} and {again.height} rows)"
        return Difference(size, 1, longer["date"][place], f"row {place + 1}", None, words)
    found = difference(
        _numbers(first, numbers),
        _numbers(again, numbers),
        locate=lambda index: (first["date"][index[0]], numbers[index[1]]),
    )
    return found._replace(compared=size)


def _rows_apart(first: pl.DataFrame, again: pl.DataFrame) -> int | None:
    """The first row in which two frames of one schema and height differ, None for none."""
    if first.equals(again):
        return None
    same = pl.all_horizontal(
        first[name].eq_missing(again[name]).alias(name) for name in first.columns
    )
    return int(first.select(~same).to_series().arg_true()[0])


def _numbers(frame: pl.DataFrame, names: list[str]) -> Tensor:
    """Columns [N, C] as float64, null as NaN."""
    values = frame.select(pl.col(names).cast(pl.Float64).fill_null(float("nan")))
    return torch.tensor(values.to_numpy().reshape(frame.height, len(names)))


def added(parts: Iterable[Difference]) -> Difference:
    """The sum of differences, with the worst of them; a missing value is worse than any."""
    known = list(parts)
    leaking = [each for each in known if each.leaks]
    worst = max(leaking, key=_badness, default=Difference(0))
    compared = sum(each.compared for each in known)
    return worst._replace(compared=compared, leaks=sum(each.leaks for each in leaking))


def _badness(found: Difference) -> float:
    """The size of a leak, infinite where a value is missing on one side."""
    return math.inf if found.size is None else found.size


def found_frame(findings: Iterable[Finding]) -> pl.DataFrame:
    """One row for each agent, fold, stage and check: sums, and the worst leak.

    Columns: agent, fold, stage, check, compared (values), leaks (values that differ), and of the
    largest leak date, place (symbol, feature or parameter), size (null where one side is missing)
    and told (the same in words).
    """
    parts: dict[tuple[str, str, str, str], list[Difference]] = {}
    for each in findings:
        parts.setdefault(each[:4], []).append(each.difference)
    rows = [(*key, *added(parts[key])) for key in sorted(parts, key=_order)]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _order(key: tuple[str, str, str, str]) -> tuple[int, str, str, int, str]:
    """What findings are sorted by: agent, fold, stage along the chain, check.

    What all share comes first, then agents, whose names have no space, then baselines.
    """
    agent, fold, stage, check = key
    group = 0 if agent == EVERY else 1 + (" " in agent)
    return group, agent, fold, STAGES.index(stage), check


def check_chain(found: pl.DataFrame) -> pl.DataFrame:
    """What the audit found, once there is no leak.

    Raises:
        InputError: LEAK, naming agent, fold, stage and check of the first of each stage, with its
            worst value.
    """
    leaks = found.filter(pl.col("leaks") > 0)
    if not leaks.is_empty():
        listed = leaks.unique("stage", keep="first", maintain_order=True)
        words = "; ".join(
            f"{row['agent']}, {row['fold']}, {row['stage']} ({row['check']}): {row['place']!r} on "
            f"{row['date']} {row['told']}"
            for row in listed.iter_rows(named=True)
        ) + (f"; and {leaks.height - listed.height} more" if leaks.height > listed.height else "")
        raise InputError(
            f"{leaks.height} checks of the chain from bars to equity fail: {words}: what is "
            "learned, seen, ordered or earned by a date may use bars up to that date alone, and "
            "an order fills where market.execution says",
            code="LEAK",
        )
    return found
