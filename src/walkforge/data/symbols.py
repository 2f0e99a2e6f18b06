"""Symbols are text: which text may be one, and which of those on hand are kept."""

import unicodedata
from collections.abc import Iterable, Sequence

import polars as pl

from walkforge.data.lookalikes import alphabets_of, drawn, is_unseen, written
from walkforge.errors import InputError, nearest, shown

MAX_SYMBOL_CHARACTERS = 32

SYMBOL_RULE = (
    f"a symbol has 1 to {MAX_SYMBOL_CHARACTERS} printable characters, no space, no path separator "
    "or shell character, and starts with neither '-' nor '.'"
)

# Separators of paths, and what a shell or a file-name pattern would act on.
_REFUSED_CHARACTERS = frozenset("/\\$`;|<>\"'()[]{}*?!")


def is_symbol(text: str) -> bool:
    """Whether the text may be a symbol, by SYMBOL_RULE.

    Printable is Unicode's word for it, which leaves out controls, line breaks, marks of writing
    direction and every space but the plain one. The rule holds for the compatibility form too, in
    which a full-width minus is a minus.
    """
    plain = unicodedata.normalize("NFKC", text)
    return len(text) <= MAX_SYMBOL_CHARACTERS and _may_be_symbol(text) and _may_be_symbol(plain)


def _may_be_symbol(text: str) -> bool:
    """Whether text of any length keeps the rest of SYMBOL_RULE."""
    return (
        text.isprintable()
        and text != ""
        and " " not in text
        and text[0] not in "-."
        and _REFUSED_CHARACTERS.isdisjoint(text)
    )


def check_symbols(rows: pl.DataFrame, *, place: str) -> None:
    """Refuse text that is no symbol, and two symbols that are one to the eye.

    Args:
        rows: symbol, code, line; the symbol may be missing only where there is a code.
        place: the file or part that the rows came from and what its rows are called, for messages.

    Raises:
        InputError: TICKER, COLLISION.
    """
    nameless = rows.filter(pl.col("symbol").is_null() & pl.col("code").is_null())
    if not nameless.is_empty():
        raise InputError(
            f"{place} {nameless['line'][0]}: no symbol: {SYMBOL_RULE}: give one", code="TICKER"
        )
    whole = pl.col("code").is_null() | ~pl.col("code").is_in(["FIELDS", "HEADER"])
    named = rows.filter(whole & pl.col("symbol").is_not_null()).unique(
        "symbol", keep="first", maintain_order=True
    )
    for symbol, line in named.select("symbol", "line").iter_rows():
        if not is_symbol(symbol):
            raise InputError(
                f"{place} {line}: {shown(symbol)} is not a valid symbol: {SYMBOL_RULE}: rename or "
                "remove it",
                code="TICKER",
            )
    check_collisions(named["symbol"].sort(), place=place.rpartition(": ")[0])


def check_collisions(symbols: Iterable[str], *, place: str) -> None:
    """Refuse two symbols that differ only in letter case, Unicode form or what nobody can see.

    Raises:
        InputError: COLLISION.
    """
    forms = (
        (written, "letter case, in the form of a character or in one that is not seen"),
        (drawn, "letters that look alike"),
    )
    named = list(symbols)
    for form, difference in forms:
        seen: dict[str, str] = {}
        for symbol in named:
            same = seen.setdefault(form(symbol), symbol)
            if same != symbol:
                raise InputError(
                    f"{place}: symbols {same!a} and {symbol!a} differ in {difference} alone: "
                    "give both one name",
                    code="COLLISION",
                )


def check_legible(symbols: Iterable[str]) -> None:
    """Refuse a symbol that reads as another: by a character unseen, or letters of two alphabets.

    Raises:
        InputError: TICKER.
    """
    for symbol in symbols:
        unseen = [character for character in symbol if is_unseen(character)]
        if unseen:
            raise InputError(
                f"symbol {symbol!a} holds {unseen[0]!a}, which is invisible: write it without",
                code="TICKER",
            )
        alphabets = alphabets_of(symbol)
        if len(alphabets) > 1:
            listed = " and ".join(alphabet.capitalize() for alphabet in alphabets)
            raise InputError(
                f"symbol {symbol!a} mixes letters of {listed}, which look alike: write it in one "
                "alphabet",
                code="TICKER",
            )


def check_known(symbols: Sequence[str] | None, known: Iterable[str]) -> None:
    """Refuse configured symbols that the data lack.

    Raises:
        InputError: names the nearest symbol that the data have, and how many there are.
    """
    there = set(known)
    for symbol in symbols or ():
        if symbol not in there:
            close = f"{_told(nearest(symbol, there))} is the nearest" if there else "none is near"
            raise InputError(
                f"data.symbols names {_told(symbol)}, which the data lack: of {len(there)} symbols "
                f"{close}",
                code="SYMBOL",
            )


def _told(symbol: str) -> str:
    """A symbol for a message; in escapes where it could be taken for another."""
    return repr(symbol) if drawn(symbol) == symbol.casefold() else ascii(symbol)
