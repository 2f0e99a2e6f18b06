"""Numbers of a training that change as it goes on, with what a plateau remembers."""

import math
from typing import Any

from walkforge.configuration.schedule import PLATEAU, parse
from walkforge.errors import InputError


class Rate:
    """A number by the steps done, or by the rewards shown; see configuration.schedule.

    Args:
        value: as configured, a number or the text of a schedule.
    """

    def __init__(self, value: float | str) -> None:
        self.schedule = parse(value)
        self._lowered = 0
        self._best = -math.inf
        self._waited = 0

    def at(self, share: float) -> float:
        """The number after a share of the steps, from 0 to 1."""
        schedule = self.schedule
        lowered: float = schedule.at(share) * schedule.factor**self._lowered
        return max(schedule.end, lowered) if schedule.kind == PLATEAU else lowered

    def look(self, reward: float) -> None:
        """Look at the mean reward of a roll-out: lower what has stood still for too long."""
        if self.schedule.kind != PLATEAU:
            return
        if reward > self._best:
            self._best = reward
            self._waited = 0
            return
        self._waited += 1
        if self._waited >= self.schedule.patience:
            self._lowered += 1
            self._waited = 0

    def state(self) -> list[float] | None:
        """What a resume needs; None where the steps alone decide, or nothing was looked at."""
        if self.schedule.kind != PLATEAU or not math.isfinite(self._best):
            return None
        return [self._lowered, self._best, self._waited]

    def load(self, state: Any) -> None:
        """Go on from a state.

        Raises:
            InputError: it is none.
        """
        if self.schedule.kind != PLATEAU or state is None:
            return
        sound = isinstance(state, list) and len(state) == 3
        if not sound or not all(type(each) in (int, float) for each in state):
            raise InputError(f"its plateau is {state!r:.300}: three numbers are needed")
        lowered, best, waited = state
        if not (math.isfinite(best) and min(lowered, waited) >= 0):
            raise InputError(f"its plateau is {state!r:.300}: counts and a finite reward are due")
        self._lowered = int(lowered)
        self._best = float(best)
        self._waited = int(waited)
