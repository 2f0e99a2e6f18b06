"""Whether a session's bars have arrived, judged by the symbols that could be traded before it.

Nothing later than a session is looked at, so that what is said of it never changes.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from walkforge.data.spacing import DELISTED_AFTER_SESSIONS
from walkforge.errors import InputError, shown
from walkforge.features.panel import Panel

_SHOWN = 10


class Waiting(NamedTuple):
    """A session that is short of bars: how many symbols were due, and which have no bar yet."""

    due: int
    symbols: tuple[str, ...]

    def told(self, day: date) -> str:
        """What has arrived of a session, and what has not."""
        more = f" and {len(self.symbols) - _SHOWN} more" if len(self.symbols) > _SHOWN else ""
        names = ", ".join(shown(name)[1:-1] for name in self.symbols[:_SHOWN])
        arrived = self.due - len(self.symbols)
        return (
            f"{arrived} of {self.due} symbols that could be traded before {day} have a bar of it; "
            f"without one: {names}{more}"
        )


def waiting_sessions(panel: Panel, *, coverage: float) -> dict[int, Waiting]:
    """The rows of sessions that fewer than a share of the symbols due have a bar of.

    Due is what could be traded the session before. A session on which at most half of what was due
    had a bar is not compared with: the one before it is, so that a feed which brings one symbol
    alone, day after day, never makes that one all there is. A symbol without a bar for more than
    10 sessions has ended, and is due no more.

    Args:
        panel: of all symbols. coverage: the share, in [0, 1].
    """
    arrived = ~np.isnan(panel.features[..., 0])
    due = np.zeros(len(panel.symbols), dtype=np.bool_)
    last = np.zeros(len(panel.symbols), dtype=np.int64)
    found = {}
    for row in range(len(panel.dates)):
        due &= row - last <= DELISTED_AFTER_SESSIONS
        count = int(due.sum())
        there = int((due & arrived[row]).sum())
        if there < coverage * count - 1e-9:
            names = np.flatnonzero(due & ~arrived[row])
            found[row] = Waiting(count, tuple(panel.symbols[place] for place in names))
        if count == 0 or 2 * there > count:
            due = panel.tradable[row].copy()
        last[arrived[row]] = row
    return found


def newest_ranked(panel: Panel, *, coverage: float) -> dict[str, Any]:
    """The newest date to rank, and what a newer one waits for, ready for JSON.

    Keys: as_of; newest, the last date with any bar; due, of symbols, and waiting, their names, 0
    and none where the newest is ranked.
    """
    short = waiting_sessions(panel, coverage=coverage)
    complete = max(row for row in range(len(panel.dates)) if row not in short)
    due, symbols = short.get(len(panel.dates) - 1, Waiting(0, ()))
    return {
        "as_of": str(panel.dates[complete]),
        "newest": str(panel.dates[-1]),
        "due": due,
        "waiting": list(symbols),
    }


def check_arrived(panel: Panel, *, coverage: float) -> None:
    """Raise where the last session of a panel is short of bars.

    Raises:
        InputError: says which symbols wait, and what to do.
    """
    short = waiting_sessions(panel, coverage=coverage)
    last = len(panel.dates) - 1
    if last in short:
        day = panel.dates[last]
        complete = max(row for row in range(last) if row not in short)
        raise InputError(
            f"ranking of {day}: {short[last].told(day)}: wait for them, rank "
            f"{panel.dates[complete]}, or lower ranking.coverage ({coverage:g})"
        )


def waiting_told(latest: dict[str, Any]) -> str | None:
    """What newest_ranked found, in a sentence; None where nothing waits."""
    symbols: Sequence[str] = latest["waiting"]
    if not symbols:
        return None
    day = date.fromisoformat(latest["newest"])
    return (
        f"The newest bars are of {day}, which is not ranked yet: "
        f"{Waiting(latest['due'], tuple(symbols)).told(day)}. Ranked is {latest['as_of']}."
    )
