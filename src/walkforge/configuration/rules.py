"""What must hold between keys, which a schema of single values cannot say."""

import calendar
import datetime as dt
import stat
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from walkforge.configuration.faults import Fault, KeyPath, shown
from walkforge.errors import nearest

# PPO's keys that rollout_faults takes, in its order.
ROLLOUT_SIZES = ("total_timesteps", "environments", "rollout_steps", "minibatch")

_ABSENT = object()
_SATURDAY = 5


class Rule(NamedTuple):
    """Keys whose values are looked at together, and what gives the faults of those values."""

    keys: tuple[str, ...]
    faults: Callable[..., Iterator[Fault]]


def rule_faults(config: Mapping[str, Any], faulty: Collection[KeyPath]) -> Iterator[Fault]:
    """Give every fault between keys; a rule waits until all its keys are there and sound.

    Args:
        config: the resolved configuration.
        faulty: paths in which the schema has found a fault.
    """
    for rule in RULES:
        values = sound_values(config, [tuple(key.split(".")) for key in rule.keys], faulty=faulty)
        if values is not None:
            yield from rule.faults(*values)


def sound_values(
    config: Mapping[str, Any], paths: Collection[KeyPath], *, faulty: Collection[KeyPath]
) -> list[Any] | None:
    """Return the values at paths, None where one is missing or has a fault of its own."""
    values = [_ABSENT if path in faulty else _value_at(config, path) for path in paths]
    return None if any(value is _ABSENT for value in values) else values


def _value_at(config: Mapping[str, Any], path: KeyPath) -> Any:
    """Return the value at a path, _ABSENT where there is none."""
    value: Any = config
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return _ABSENT
        value = value[key]
    return value


def rollout_faults(sizes: Mapping[str, int], *, path: KeyPath) -> Iterator[Fault]:
    """Give the faults between the sizes of a training.

    Args:
        sizes: at least ROLLOUT_SIZES.
        path: of the settings that hold them.
    """
    environments, steps = sizes["environments"], sizes["rollout_steps"]
    total, minibatch = sizes["total_timesteps"], sizes["minibatch"]
    transitions = environments * steps
    made_of = f"{transitions} = environments {environments} x rollout_steps {steps}"
    if total < transitions:
        problem = f"{total} is less than one rollout, {made_of}: raise it or shorten the rollout"
        yield Fault((*path, "total_timesteps"), problem)
    if minibatch > transitions:
        problem = f"{minibatch} is more than one rollout holds, {made_of}: lower it"
        yield Fault((*path, "minibatch"), problem)
    elif transitions % minibatch:
        problem = f"{minibatch} does not divide a rollout, {made_of}: choose a divisor of it"
        yield Fault((*path, "minibatch"), problem)


def _ppo_faults(*sizes: int) -> Iterator[Fault]:
    """Give the faults between the sizes of PPO's rollouts."""
    named = dict(zip(ROLLOUT_SIZES, sizes, strict=True))
    yield from rollout_faults(named, path=("algorithms", "ppo"))


def _splits_order_faults(start: str, end: str) -> Iterator[Fault]:
    """Give the fault of study dates that hold no day."""
    if start >= end:
        yield Fault(("splits", "start"), f"{start} is not before splits.end {end}: move one")


def _fold_faults(start: str, end: str, *lengths: int) -> Iterator[Fault]:
    """Give the fault of study dates that hold no fold; lengths are of train, validation, test."""
    first, last = dt.date.fromisoformat(start), dt.date.fromisoformat(end)
    needed = sum(lengths)
    if first < last and whole_months(first, last) < needed:
        fold = " + ".join(map(str, lengths))
        problem = (
            f"no fold fits: train + validation + test take {fold} = {needed} months, and "
            f"{start} to {end} has {whole_months(first, last)}: shorten them or move the dates"
        )
        yield Fault(("splits",), problem)


def whole_months(start: dt.date, end: dt.date) -> int:
    """Return how many whole months one can go back from the end without passing the start.

    Months back from a day that the target month lacks lead to that month's last day.
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    reached = min(end.day, calendar.monthrange(start.year, start.month)[1])
    return months if reached >= start.day else months - 1


def _data_order_faults(start: str | None, end: str | None) -> Iterator[Fault]:
    """Give the fault of data dates that keep no day."""
    if start and end and start > end:
        yield Fault(("data", "start"), f"{start} is after data.end {end}: move one")


def _data_start_faults(kept_from: str | None, start: str) -> Iterator[Fault]:
    """Give the fault of data that begin after the folds do."""
    if kept_from and kept_from > start:
        yield Fault(("data", "start"), f"{kept_from} is after splits.start {start}: move one")


def _data_end_faults(kept_to: str | None, end: str) -> Iterator[Fault]:
    """Give the fault of data that end a weekday or more before the folds do."""
    if kept_to is None:
        return
    last = dt.date.fromisoformat(kept_to)
    left_out = (dt.date.fromisoformat(end) - last).days
    weekdays = [(last.weekday() + i) % 7 < _SATURDAY for i in range(1, min(left_out, 7))]
    if any(weekdays):
        problem = f"{kept_to} leaves out days before splits.end {end}: move one, or write null"
        yield Fault(("data", "end"), problem)


def _source_faults(source: str, path: str | None) -> Iterator[Fault]:
    """Give the fault of a file that the source needs and lacks, or has and does not read."""
    where: KeyPath = ("data", "path")
    if source == "sample" and path is not None:
        yield Fault(where, f"{path!r} is not read by source sample: write null or another source")
    elif source != "sample" and path is None:
        yield Fault(where, f"null, but source {source} reads a file: write its path")
    elif path is not None and (problem := _file_problem(path)):
        yield Fault(where, f"{path!r} {problem}")


def _file_problem(path: str) -> str:
    """Return why a path is not that of a regular file, empty where it is."""
    try:
        mode = Path(path).stat().st_mode
    except FileNotFoundError:
        return f"not found: looked for from {Path.cwd()}: correct the path"
    except (OSError, ValueError) as error:
        return f"cannot be read: {error}: correct the path"
    if stat.S_ISREG(mode):
        return ""
    return f"is {'a folder' if stat.S_ISDIR(mode) else 'no regular file'}: write a file's path"


def _ranking_faults(agents: Mapping[str, Any], agent: str) -> Iterator[Fault]:
    """Give the fault of a ranking by an agent that is not there."""
    present = [name for name, entry in agents.items() if entry is not None]
    if agent not in present and present:
        close = shown(nearest(agent, present))
        problem = f"{shown(agent)} is no agent: write {close} or add it to agents"
        yield Fault(("ranking", "agent"), problem)


_SPLIT_DATES = ("splits.start", "splits.end")
_SPLIT_LENGTHS = ("splits.train_months", "splits.validation_months", "splits.test_months")

RULES = (
    Rule(("data.source", "data.path"), _source_faults),
    Rule(("data.start", "data.end"), _data_order_faults),
    Rule(("data.start", "splits.start"), _data_start_faults),
    Rule(("data.end", "splits.end"), _data_end_faults),
    Rule(_SPLIT_DATES, _splits_order_faults),
    Rule((*_SPLIT_DATES, *_SPLIT_LENGTHS), _fold_faults),
    Rule(tuple(f"algorithms.ppo.{size}" for size in ROLLOUT_SIZES), _ppo_faults),
    Rule(("agents", "ranking.agent"), _ranking_faults),
)
