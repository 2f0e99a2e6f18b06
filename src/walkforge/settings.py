"""How a dataclass says what its fields may be: type, bounds and one sentence, in one annotation.

    kappa: Annotated[float, Bounds(above=0, at_most=1), "share of the way that is traded each day"]

The schema of the configuration, the table in docs/configuration.md and the check of a policy's
file are all made from these annotations (see walkforge.configuration.sections).
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Of a number: what it must be above or at least, and below or at most; None: no such bound."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def hold(self, value: Any) -> bool:
        """Whether a number lies within."""
        return (
            (self.above is None or value > self.above)
            and (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )

    def __str__(self) -> str:
        words = {"above": self.above, "at least": self.at_least}
        words |= {"below": self.below, "at most": self.at_most}
        return " and ".join(
            f"{word} {bound:g}" for word, bound in words.items() if bound is not None
        )


@dataclass(frozen=True, slots=True)
class Size:
    """Of text its characters, of a list or mapping its entries; distinct: no entry twice."""

    least: int
    most: int
    distinct: bool = False

    def hold(self, value: Any) -> bool:
        """Whether something has so many."""
        return self.least <= len(value) <= self.most

    def __str__(self) -> str:
        return f"{self.least} to {self.most} long"


@dataclass(frozen=True, slots=True)
class Pattern:
    """What the whole of a text must match, and that in words."""

    regex: str
    words: str


class Choice:
    """What a value may be, where a Literal does not say it."""

    def __init__(self, *values: str | None) -> None:
        self.values = values


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A number may also be a text that says how it changes, see configuration.schedule.

    plateau: also by what the training shows.
    """

    plateau: bool = False


class OrName:
    """A list may also be given by the name that it has in another section."""
