"""The closing words of a run: the top of the newest ranking as a table for the terminal."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import polars as pl

from walkforge.reporting.tables import UNDEFINED

_NOTE = (
    "Target, held and order: per cent of equity. Agreement: per cent of the seeds that give the "
    "action beside it."
)


class _Column(NamedTuple):
    """A heading, the column of the ranking under it, and how its values are written."""

    label: str
    name: str
    look: str


_SYMBOLS = (_Column("rank", "rank", "d"), _Column("symbol", "symbol", "s"))
# Each action stands beside the agreement on that action.
_ACCOUNTS = {
    "a flat account (cash alone)": (
        _Column("action", "action", "s"),
        _Column("agreement %", "agreement", ".0f"),
        _Column("target %", "target_weight", "z.1f"),
    ),
    "the account carried on": (
        _Column("action", "account_action", "s"),
        _Column("agreement %", "account_agreement", ".0f"),
        _Column("held %", "held_weight", "z.1f"),
        _Column("target %", "account_target_weight", "z.1f"),
        _Column("order %", "order_weight", "+z.1f"),
    ),
}


def closing_table(ranking: pl.DataFrame, rows: int) -> str:
    """The best ranks with both readings side by side, told apart by a heading.

    Args:
        ranking: see ranking.rank.ranking_frame. rows: how many are shown.
    """
    shown = ranking.head(rows).rows(named=True)
    blocks = [_block("", _SYMBOLS, shown)]
    blocks += [_block(heading, columns, shown) for heading, columns in _ACCOUNTS.items()]
    lines = ["  |  ".join(parts).rstrip() for parts in zip(*blocks, strict=True)]
    return "\n".join([*lines, _NOTE, ""])


def _block(
    heading: str, columns: Sequence[_Column], rows: Sequence[Mapping[str, Any]]
) -> list[str]:
    """Lines of equal length: the heading, the labels, and a line a row."""
    cells = [
        [column.label, *(_written(row[column.name], column.look) for row in rows)]
        for column in columns
    ]
    widths = [max(map(len, column)) for column in cells]
    lines = [
        "  ".join(
            text.ljust(width) if column.look == "s" else text.rjust(width)
            for text, width, column in zip(line, widths, columns, strict=True)
        )
        for line in zip(*cells, strict=True)
    ]
    width = max(len(heading), len(lines[0]))
    return [line.ljust(width) for line in (heading, *lines)]


def _written(value: Any, look: str) -> str:
    """A value of the ranking; fractions in per cent, – where there is none."""
    if value is None:
        return UNDEFINED
    return format(100.0 * value if look.endswith("f") else value, look)
