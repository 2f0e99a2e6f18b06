"""A claim: what was compared, how far apart it was, and what does not hold."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

TOLERANCE = 1e-9  # of the expected value, or of 1 where that is less
_CHARACTERS = 70


class Unreadable(Exception):  # noqa: N818
    """A file of the results cannot be read, or does not hold what it must; says which and why."""


class Fault(NamedTuple):
    """Where something does not hold (file and place), the value found, and the one expected."""

    at: str
    found: str
    expected: str


class Claim:
    """One claim about the results.

    Attributes:
        name: of the claim. what: was compared. compared: how many values. largest: difference of
        numbers, relative to the expected one where that is above 1. faults: what does not hold.
    """

    def __init__(self, name: str, what: str) -> None:
        self.name = name
        self.what = what
        self.compared = 0
        self.largest = 0.0
        self.numbers = False
        self.faults: list[Fault] = []

    def same(self, at: str, *, found: Any, expected: Any) -> None:
        """Compare two values that must be equal."""
        self.compared += 1
        if type(found) is not type(expected) or found != expected:
            self.wrong(at, found=found, expected=expected)

    def holds(self, at: str, condition: Any, *, found: Any, expected: str) -> None:
        """Note a condition that must hold, with what was found and what is asked for."""
        self.compared += 1
        if not bool(condition):
            self.faults.append(Fault(at, told(found), expected))

    def near(
        self,
        at: str,
        *,
        found: ArrayLike | None,
        expected: ArrayLike | None,
        place: Callable[[int], str] = str,
    ) -> None:
        """Compare numbers, or arrays of them: equal up to TOLERANCE, nan only with nan.

        Args:
            at: the file, and the column. place: gives the place of an entry of the flat array.
        """
        ours = _numbers(expected)
        theirs = _numbers(found)
        if ours.shape != theirs.shape:
            self.wrong(at, found=f"{theirs.size} values", expected=f"{ours.size} values")
            return
        self.compared = self.compared + ours.size
        self.numbers = True
        with np.errstate(all="ignore"):
            apart = np.abs(theirs - ours) / np.maximum(np.abs(ours), 1.0)
        apart[(theirs == ours) | (np.isnan(theirs) & np.isnan(ours))] = 0.0
        apart[np.isnan(apart)] = np.inf
        self.largest = max(self.largest, float(apart.max(initial=0.0)))
        for index in np.flatnonzero(apart > TOLERANCE).tolist():
            where = f", {place(index)}" if theirs.size > 1 else ""
            self.wrong(at + where, found=float(theirs[index]), expected=float(ours[index]))

    def wrong(self, at: str, *, found: Any, expected: Any) -> None:
        """Note what does not hold."""
        self.faults.append(Fault(at, told(found), told(expected)))

    def line(self) -> str:
        """What is printed of the claim."""
        if not self.faults:
            apart = f", largest difference {self.largest:.1e}" if self.numbers else ""
            return f"ok   {self.name}: {self.what}, {self.compared:,} compared{apart}"
        at, found, expected = self.faults[0]
        more = f" (and {len(self.faults) - 1:,} more)" if len(self.faults) > 1 else ""
        return f"FAIL {self.name}: {plain(at)}: found {found}, expected {expected}{more}"


def told(value: Any) -> str:
    """A value as lines show it: on one line, in plain characters, not too long."""
    text = plain(value if isinstance(value, str) else repr(value))
    return text if len(text) <= _CHARACTERS else f"{text[:_CHARACTERS]}..."


def plain(text: str) -> str:
    """Text with all but plain printable characters escaped."""
    return "".join(c if c.isascii() and c.isprintable() else ascii(c)[1:-1] for c in text)


def _numbers(values: ArrayLike | None) -> NDArray[np.float64]:
    """Numbers as a flat array of float64; None is nan."""
    flat = np.array(np.nan if values is None else values, dtype=np.float64)
    return flat.reshape(-1)
