"""What must hold between keys, which a schema of single values cannot say."""

import calendar
import datetime as dt
import math
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from walkforge.configuration.data_rules import (
    data_end_faults,
    data_order_faults,
    data_start_faults,
    download_faults,
    frequency_faults,
    layout_faults,
    number_faults,
    path_faults,
    universe_faults,
    volume_faults,
)
from walkforge.configuration.faults import Fault, KeyPath, shown
from walkforge.data.source_entry import source_entry
from walkforge.errors import nearest

# Keys that rollout_faults takes, of any algorithm that has them all.
ROLLOUT_SIZES = (
    "total_timesteps",
    "n_envs",
    "n_steps",
    "batch_size",
)

MOST_TRANSITIONS = 100_000_000  # of a rollout, which is kept in memory
MOST_SPLITS = 1_000  # of cross-validation

_ABSENT = object()


class Rule(NamedTuple):
    """Keys whose values are looked at together, and what gives the faults of those values."""

    keys: tuple[str, ...]
    faults: Callable[..., Iterator[Fault]]


def rule_faults(
    config: Mapping[str, Any], faulty: Collection[KeyPath], *, source: Path
) -> Iterator[Fault]:
    """Give every fault between keys; a rule waits until all its keys are there and sound.

    Args:
        config: the resolved configuration.
        faulty: paths in which the schema has found a fault.
        source: the folder of packages that sources of bars are looked for in.
    """
    for rule in RULES:
        values = sound_values(config, [tuple(key.split(".")) for key in rule.keys], faulty=faulty)
        if values is None:
            continue
        if rule.keys[0] == "data.source":
            values[0] = source_entry(values[0], source)  # goes by what that states of itself
        yield from rule.faults(*values)


def sound_values(
    config: Mapping[str, Any], paths: Collection[KeyPath], *, faulty: Collection[KeyPath]
) -> list[Any] | None:
    """The values at paths, None where one is missing or has a fault of its own."""
    values = [_ABSENT if path in faulty else _value_at(config, path) for path in paths]
    return None if any(value is _ABSENT for value in values) else values


def _value_at(config: Mapping[str, Any], path: KeyPath) -> Any:
    """The value at a path, _ABSENT where there is none."""
    value: Any = config
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return _ABSENT
        value = value[key]
    return value


def rollout_faults(sizes: Mapping[str, Any], *, path: KeyPath) -> Iterator[Fault]:
    """Give the faults between the sizes of a training.

    Args:
        sizes: at least ROLLOUT_SIZES.
        path: of the settings that hold them.
    """
    envs = sizes["n_envs"]
    steps = sizes["n_steps"]
    total = sizes["total_timesteps"]
    batch = sizes["batch_size"]
    transitions = envs * steps
    made_of = f"{transitions} = n_envs {envs} x n_steps {steps}"
    if transitions > MOST_TRANSITIONS:
        problem = f"{made_of}, is more than {MOST_TRANSITIONS:,}, which memory must hold: lower it"
        yield Fault((*path, "n_envs"), problem)
    if total < transitions:
        problem = f"{total} is less than one rollout, {made_of}: raise it or shorten the rollout"
        yield Fault((*path, "total_timesteps"), problem)
    if batch > transitions:
        problem = f"{batch} is more than one rollout holds, {made_of}: lower it"
        yield Fault((*path, "batch_size"), problem)
    elif transitions % batch:
        problem = f"{batch} does not divide a rollout, {made_of}: choose a divisor of it"
        yield Fault((*path, "batch_size"), problem)


def _splits_order_faults(start: str, end: str) -> Iterator[Fault]:
    """Give the fault of study dates that hold no day."""
    if start >= end:
        yield Fault(("splits", "start"), f"{start} is not before splits.end {end}: move one")


def _fold_faults(scheme: str, start: str, end: str, *lengths: int) -> Iterator[Fault]:
    """Give the fault of study dates that hold no fold; lengths are of train, validation, test."""
    if scheme == "single":
        return
    first = dt.date.fromisoformat(start)
    last = dt.date.fromisoformat(end)
    needed = sum(lengths)
    if first < last and whole_months(first, last) < needed:
        fold = " + ".join(map(str, lengths))
        problem = (
            f"no fold fits: train + validation + test take {fold} = {needed} months, and "
            f"{start} to {end} has {whole_months(first, last)}: shorten them or move the dates"
        )
        yield Fault(("splits",), problem)


def _shares_faults(scheme: str, start: str, end: str, shares: Sequence[float]) -> Iterator[Fault]:
    """Give the fault of shares that are not those of a whole, or leave single a window empty."""
    if not all(isinstance(share, int | float) for share in shares):
        return  # the schema tells
    train, validation, _ = shares
    if not math.isclose(sum(shares), 1.0, abs_tol=1e-9):
        problem = f"{shown(shares)} sum to {sum(shares):g}: make it 1"
        yield Fault(("splits", "shares"), problem)
    elif scheme == "single" and start < end:
        whole = (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days
        first = round(whole * train)
        second = round(whole * (train + validation))
        if not (0 < first < second < whole and 0 < round(whole * validation) < whole):
            problem = f"{shown(shares)} of {whole} days leave a window empty: move the dates apart"
            yield Fault(("splits", "shares"), problem)


def _holdout_faults(start: str | None, end: str | None, folds_end: str) -> Iterator[Fault]:
    """Give the faults of a hold-out that is half given, holds no day, or that a fold may read."""
    if start is None or end is None:
        if start != end:
            problem = f"start is {shown(start)}, end is {shown(end)}: give both dates, or neither"
            yield Fault(("holdout",), problem)
        return
    if start < folds_end:
        problem = f"{start} is before splits.end {folds_end}: folds may not read sealed dates"
        yield Fault(("holdout", "start"), f"{problem}: move one")
    if end <= start:
        yield Fault(("holdout", "end"), f"{end} is not after holdout.start {start}: move one")


def _robustness_faults(n_folds: int, n_test_folds: int) -> Iterator[Fault]:
    """Give the fault of splits that leave nothing to train on, or are too many to train."""
    if n_test_folds >= n_folds:
        problem = f"{n_test_folds} of {n_folds} robustness.n_folds leave none to train on: lower it"
        yield Fault(("robustness", "n_test_folds"), problem)
    elif math.comb(n_folds, n_test_folds) > MOST_SPLITS:
        problem = (
            f"{n_folds} folds, {n_test_folds} at a time, make {math.comb(n_folds, n_test_folds):,} "
            f"splits, each trained anew, and {MOST_SPLITS:,} are allowed: lower it"
        )
        yield Fault(("robustness", "n_folds"), problem)


def _backtest_faults(start: str | None, end: str | None) -> Iterator[Fault]:
    """Give the fault of a backtest that holds no day."""
    if start and end and end <= start:
        yield Fault(("backtest", "end"), f"{end} is not after backtest.start {start}: move one")


def _ascending_faults(cost_bps: Sequence[Any], capital: Sequence[Any]) -> Iterator[Fault]:
    """Give the faults of varied terms that are out of order, or lack what is free of cost."""
    for key, values in (("cost_bps", cost_bps), ("capital", capital)):
        if not all(isinstance(value, int | float) and value >= 0 for value in values):
            continue  # the schema tells
        for place in range(1, len(values)):
            if values[place] <= values[place - 1]:
                problem = f"{shown(values[place])} is not above {shown(values[place - 1])}"
                yield Fault(("sensitivity", key, place), f"{problem}: write them ascending")
                break
    if cost_bps and isinstance(cost_bps[0], int | float) and cost_bps[0] != 0:
        problem = f"{shown(cost_bps[0])} is not 0: start at 0, which break-evens are measured from"
        yield Fault(("sensitivity", "cost_bps", 0), problem)


def _random_faults(seeds: Sequence[int], policies: int) -> Iterator[Fault]:
    """Give the fault of too few random policies for one mean of as many as an agent has seeds."""
    if policies < len(seeds):
        problem = (
            f"{policies} is less than the {len(seeds)} seeds: an agent's mean of seeds is compared "
            f"with means of as many random policies: write {len(seeds)} at least"
        )
        yield Fault(("evaluation", "random_policies"), problem)


def whole_months(start: dt.date, end: dt.date) -> int:
    """How many whole months one can go back from the end without passing the start.

    Months back from a day that the target month lacks lead to that month's last day.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    reached = min(end.day, calendar.monthrange(start.year, start.month)[1])
    return months if reached >= start.day else months - 1


def _agent_faults(agents: Mapping[str, Any], agent: str, *, section: str) -> Iterator[Fault]:
    """Give the fault of a section that names an agent that is not there."""
    present = [name for name, entry in agents.items() if entry is not None]
    if agent not in present and present:
        close = shown(nearest(agent, present))
        problem = f"{shown(agent)} is no agent: write {close} or add it to agents"
        yield Fault((section, "agent"), problem)


_SPLIT_DATES = ("splits.start", "splits.end")
_SPLIT_LENGTHS = ("splits.train_months", "splits.validation_months", "splits.test_months")

_VOLUME_KEYS = (
    "data.volume",
    "data.columns.volume",
    "market.costs.impact",
    "market.costs.impact_coefficient",
)

RULES = (
    Rule(("data.source", "data.path"), path_faults),
    Rule(("data.source", "data.layout", "data.table", "data.columns"), layout_faults),
    Rule(("data.source", "data.symbols", "data.start"), download_faults),
    Rule(("data.symbols", "universes"), universe_faults),
    Rule(_VOLUME_KEYS, volume_faults),
    Rule(("data.text.decimal", "data.text.thousands"), number_faults),
    Rule(("data.start", "data.end"), data_order_faults),
    Rule(("data.start", "splits.start"), data_start_faults),
    Rule(("data.end", "splits.end", "data.frequency"), data_end_faults),
    Rule(("data.source", "data.frequency"), frequency_faults),
    Rule(_SPLIT_DATES, _splits_order_faults),
    Rule(("splits.scheme", *_SPLIT_DATES, *_SPLIT_LENGTHS), _fold_faults),
    Rule(("splits.scheme", *_SPLIT_DATES, "splits.shares"), _shares_faults),
    Rule(("holdout.start", "holdout.end", "splits.end"), _holdout_faults),
    Rule(("sensitivity.cost_bps", "sensitivity.capital"), _ascending_faults),
    Rule(("robustness.n_folds", "robustness.n_test_folds"), _robustness_faults),
    Rule(("backtest.start", "backtest.end"), _backtest_faults),
    Rule(("seeds", "evaluation.random_policies"), _random_faults),
    Rule(("agents", "ablation.agent"), partial(_agent_faults, section="ablation")),
    Rule(("agents", "ranking.agent"), partial(_agent_faults, section="ranking")),
)
