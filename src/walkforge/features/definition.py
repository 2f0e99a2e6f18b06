"""What an indicator is: a name, its formula, and the function that computes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from walkforge.features.grid import Bars, Grid

Kind = Literal["number", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One column of the catalogue.

    Attributes:
        name: of the column, unique in the catalogue.
        family: the group it can be selected by.
        warm_up: bars of a segment before its first value; those rows are null.
        formula: the definition, in the notation of docs/indicators.md.
        source: who defined it, and the library function with the same raw quantity, if any.
        compute: gives the values [T, K] of a grid of bars: causal, scale-free, each segment on its
            own (context: also of the other symbols' bars of the same dates), NaN during the
            warm-up and finite after it.
        kind: number, or flag (-1, 0 or 1), which is never standardised.
        memory: bars of a segment after which a value no longer shows where history starts, to a
            thousandth of the column's standard deviation on real bars; 0 where the warm-up is all.
    """

    name: str
    family: str
    warm_up: int
    formula: str
    source: str
    compute: Callable[[Bars], Grid]
    kind: Kind = "number"
    memory: int = 0

    @property
    def settled(self) -> int:
        """The bars of a segment before the first value that has forgotten its start."""
        return max(self.warm_up, self.memory)
