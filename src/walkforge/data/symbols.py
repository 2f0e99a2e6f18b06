"""Symbols are text: which text may be one, and which of those on hand are kept."""

from collections.abc import Sequence

import polars as pl

from walkforge.errors import InputError, nearest

MAX_SYMBOL_CHARACTERS = 32

SYMBOL_RULE = (
    f"a symbol has 1 to {MAX_SYMBOL_CHARACTERS} printable characters, no space, no path separator "
    "or shell character, and starts with neither '-' nor '.'"
)

# Separators of paths, and what a shell or a file-name pattern would act on.
_REFUSED_CHARACTERS = frozenset("/\\$`;|<>\"'()[]{}*?!")


def is_symbol(text: str) -> bool:
    """Return whether the text may be a symbol, by SYMBOL_RULE.

    Printable is Unicode's word for it, which leaves out controls, line breaks, marks of writing
    direction and every space but the plain one.
    """
    return (
        1 <= len(text) <= MAX_SYMBOL_CHARACTERS
        and text.isprintable()
        and " " not in text
        and text[0] not in "-."
        and _REFUSED_CHARACTERS.isdisjoint(text)
    )


def keep_symbols(rows: pl.DataFrame, symbols: Sequence[str] | None) -> pl.DataFrame:
    """Return the rows of the given symbols, in the order they came; all rows for None.

    Raises
    ------
    InputError
        When a symbol has no row: it names the nearest that has, and how many there are.

    """
    if symbols is None:
        return rows
    known = set(rows["symbol"].unique())
    for symbol in symbols:
        if symbol not in known:
            raise InputError(
                f"data.symbols names {symbol!r}, which the data lack: the nearest of the "
                f"{len(known)} symbols there is {nearest(symbol, known)!r}"
            )
    return rows.filter(pl.col("symbol").is_in(list(symbols)))
