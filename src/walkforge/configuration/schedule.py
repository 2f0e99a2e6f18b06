"""Numbers that change as a training goes on, in one notation.

learning_rate: 3.0e-4                              the same throughout
learning_rate: linear(3.0e-4, 0)                   from the first number to the second
learning_rate: exponential(3.0e-4, 1.0e-5, by=0.8) there after 80 % of the steps
learning_rate: cosine(3.0e-4, 0, warm_up=0.05)     after a straight rise from 0
learning_rate: cosine(3.0e-4, 0, cycles=4)         four times from the top
learning_rate: plateau(3.0e-4, factor=0.5)         lower whenever the reward stands still
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

SCHEDULE = "schedule"  # format of a number that may change by the steps done
RATE = "rate"  # and of one that may change by the reward too
PLATEAU = "plateau"
NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
CALL = re.compile(r"([a-z_]+)\((.*)\)")
EXAMPLE = "linear(3.0e-4, 0)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A number by the share of a training's steps that are done.

    Attributes:
        kind: a key of KINDS. start: the number at first, after `warm_up`. end: at the end.
        warm_up: share of the steps over which it rises from 0 to `start` on a straight line.
        by: share of the steps after which it stays at `end`. cycles: so many times from `start`.
        factor: of plateau, what the number is multiplied by when `patience` roll-outs in a row
            have brought no better mean reward, down to `end`.
    """

    kind: str
    start: float
    end: float
    warm_up: float = 0.0
    by: float = 1.0
    cycles: int = 1
    factor: float = 1.0
    patience: int = 1

    def at(self, share: float) -> float:
        """The number after a share of the steps, from 0 to 1; of plateau before any reward."""
        if share < self.warm_up:
            return self.start * share / self.warm_up
        way = 1.0 if share >= self.by else (share - self.warm_up) / (self.by - self.warm_up)
        return _CURVES[self.kind](self, way)


def _line(schedule: Schedule, way: float) -> float:
    """On a straight line."""
    return schedule.start + way * (schedule.end - schedule.start)


def _exponential(schedule: Schedule, way: float) -> float:
    """By the same factor in equal times."""
    if way >= 1.0:
        return schedule.end
    return schedule.start * math.pow(schedule.end / schedule.start, way)


def _cosine(schedule: Schedule, way: float) -> float:
    """Along half a cosine, from the top again in each cycle (Loshchilov and Hutter 2017)."""
    phase = 1.0 if way >= 1.0 else math.fmod(way * schedule.cycles, 1.0)
    height = 0.5 * (1.0 + math.cos(math.pi * phase))
    return schedule.end + height * (schedule.start - schedule.end)


def _start(schedule: Schedule, _: float) -> float:
    """The same throughout."""
    return schedule.start


_CURVES: Mapping[str, Callable[[Schedule, float], float]] = {
    "constant": _start,
    "linear": _line,
    "exponential": _exponential,
    "cosine": _cosine,
    PLATEAU: _start,
}
# Kind -> how many numbers it is given, and the options that it knows.
KINDS: Mapping[str, tuple[int, tuple[str, ...]]] = {
    "constant": (1, ("warm_up",)),
    "linear": (2, ("warm_up", "by")),
    "exponential": (2, ("warm_up", "by")),
    "cosine": (2, ("warm_up", "by", "cycles")),
    PLATEAU: (1, ("factor", "patience", "end")),
}
_PLATEAU = {"factor": 0.5, "patience": 10.0, "end": 0.0}
_WHOLE = ("cycles", "patience")


def parse(value: float | str) -> Schedule:
    """The schedule that a number or a text means.

    Raises:
        ValueError: it means none; says why, and what to write.
    """
    if not isinstance(value, str):
        return Schedule(kind="constant", start=value, end=value)
    found = CALL.fullmatch(value.strip())
    if found is None or found[1] not in KINDS:
        kinds = ", ".join(KINDS)
        raise ValueError(f"is no schedule: write one of {kinds}, such as {EXAMPLE}")
    kind = found[1]
    count, known = KINDS[kind]
    numbers: list[float] = []
    options: dict[str, float] = dict(_PLATEAU) if kind == PLATEAU else {}
    for part in found[2].split(","):
        name, equals, text = part.rpartition("=")
        number = _number(text.strip())
        if not equals:
            numbers.append(number)
        elif name.strip() in known:
            options[name.strip()] = number
        else:
            raise ValueError(f"has {name.strip()!r}, and {kind} knows {', '.join(known)}")
    if len(numbers) != count:
        raise ValueError(f"gives {len(numbers)} numbers, and {kind} takes {count}")
    return _checked(kind, numbers, options)


def _number(text: str) -> float:
    """The number that a text shows."""
    if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
        raise ValueError(f"has {text!r:.40} where a number is due")
    return float(text)


def _checked(kind: str, numbers: list[float], options: Mapping[str, float]) -> Schedule:
    """The schedule of numbers and options that go together."""
    given: dict[str, Any] = {"start": numbers[0], "end": numbers[-1]} | dict(options)
    for name in _WHOLE:
        if name in given:
            if given[name] != int(given[name]) or not 1 <= given[name] <= 1_000_000:
                raise ValueError(f"has {name} {given[name]:g}: give a whole number from 1")
            given[name] = int(given[name])
    schedule = Schedule(kind=kind, **given)
    if not 0.0 <= schedule.warm_up < schedule.by <= 1.0:
        raise ValueError(
            f"has warm_up {schedule.warm_up:g} and by {schedule.by:g}, shares of the steps: "
            "0 <= warm_up < by <= 1 must hold"
        )
    if kind == "exponential" and min(schedule.start, schedule.end) <= 0.0:
        raise ValueError("is exponential, which goes between numbers above 0 and never reaches it")
    if kind == PLATEAU and not (0.0 < schedule.factor < 1.0 and schedule.end < schedule.start):
        raise ValueError(
            "is a plateau, which lowers its number: give 0 < factor < 1, and an end below it"
        )
    return schedule


def is_schedule(text: str) -> bool:
    """Whether a text means a schedule by the steps done."""
    return is_rate(text) and parse(text).kind != PLATEAU


def is_rate(text: str) -> bool:
    """Whether a text means a schedule."""
    try:
        parse(text)
    except ValueError:
        return False
    return True


def problem_of(text: str) -> str:
    """What is wrong with a text that means no schedule of a format."""
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    others = ", ".join(kind for kind in KINDS if kind != PLATEAU)
    return f"is a {PLATEAU}, which is for learning rates: write one of {others}"
