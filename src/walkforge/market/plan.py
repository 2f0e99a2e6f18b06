"""Which days an account is rolled through: windows, and the warm-in before they begin."""

from collections.abc import Sequence
from typing import NamedTuple

from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.splits.windows import Window, warm_rows


class PlannedDay(NamedTuple):
    """One day of a record: decided at the close of the row before, marked at that of `row`.

    window: the number of its stretch. opens: the account opens in cash before it.
    scored: it lies in the window; else it is of the warm-in.
    """

    row: int
    window: int
    opens: bool
    scored: bool


def plan_days(
    market: Market, windows: Sequence[Window], *, warm_in_days: int, carried: bool = False
) -> list[PlannedDay]:
    """Every day that one account is rolled through, warm-ins included, in order.

    Args:
        market: whose dates count. windows: in order of time; what follows without a session in
            between goes on with what is held.
        warm_in_days: sessions before each opening's first window.
        carried: an account is at hand for the first window, which is no opening then.

    Raises:
        InputError: a window has no row, or too few before it; names where it could start.
        ValueError: windows overlap.
    """
    planned: list[PlannedDay] = []
    end = -1
    for place, window in enumerate(windows):
        rows = filled_rows(market, window)
        if rows.start < end:
            raise ValueError(f"window {window.start} to {window.end} overlaps the one before")
        opens = rows.start != end and not (carried and place == 0)
        warm = warm_rows(rows, market.dates, sessions=warm_in_days if opens else 0)
        first = rows.start - len(warm)
        planned += [
            PlannedDay(row, place, opens and row == first, row >= rows.start)
            for row in range(first, rows.stop)
        ]
        end = rows.stop
    return planned


def filled_rows(market: Market, window: Window) -> range:
    """The rows of a window's dates; each is decided at the close of the row before it.

    Raises:
        InputError: the window has no row, or no row before it.
    """
    rows = market.rows(window)
    if len(rows) == 0 or rows.start == 0:
        raise InputError(
            f"window {window.start} to {window.end} needs a date before it and dates in it: "
            f"the data run from {market.dates[0]} to {market.dates[-1]}"
        )
    return rows
