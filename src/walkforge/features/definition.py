"""What an indicator is: a name, a formula, and the expression that computes it."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

Kind = Literal["number", "flag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One column of the catalogue.

    Attributes:
        name: of the column, unique in the catalogue.
        warm_up: bars of a symbol before its first value; these rows are null.
        formula: the definition, for people.
        source: where the formula comes from.
        expression: computes it on a bars frame, each symbol on its own, causally; null, never
            NaN, until its windows are full.
        kind: number, or flag (0 and 1), which is not standardised.
    """

    name: str
    warm_up: int
    formula: str
    source: str
    expression: pl.Expr
    kind: Kind = "number"
