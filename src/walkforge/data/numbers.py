"""Numbers of bars: text is matched to a strict pattern and then cast.

Each function maps a column of N cells to a frame of value (Float64) and code (String, null where
the value is a finite number).
"""

import re

import polars as pl

from walkforge.data.config import TextFormat
from walkforge.errors import InputError

# ASCII digits alone: \d would take those of every script, which the cast then cannot read.
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"
NULL_WORDS = ("", "-", "--", ".", "n/a", "#n/a", "na", "nan", "nil", "none", "null", "missing")
_INFINITE = r"^(?i)[+-]?(?:inf|infinity|∞)$"


def numbers_of_text(cells: pl.Series, text: TextFormat, *, null_words: bool) -> pl.DataFrame:
    """Numbers of stripped text cells.

    Codes: NULL for no text or a word for it, NONFINITE for infinities and overflow, NUMBER else.
    """
    plain = _plain(cells, text)
    matched = plain.str.contains(_NUMBER)
    if matched.all(ignore_nulls=False):
        return _finite(plain.cast(pl.Float64))
    value = pl.select(pl.when(matched).then(plain)).to_series().cast(pl.Float64)
    words = NULL_WORDS if null_words else ("",)
    missing = cells.is_null() | cells.str.to_lowercase().is_in(words)
    infinite = cells.str.contains(_INFINITE) | value.is_infinite()
    code = (
        pl.when(missing)
        .then(pl.lit("NULL"))
        .when(infinite)
        .then(pl.lit("NONFINITE"))
        .when(value.is_null())
        .then(pl.lit("NUMBER"))
    )
    return pl.select(value.alias("value"), code.alias("code"))


def numbers_of_type(cells: pl.Series, *, file: str) -> pl.DataFrame:
    """Numbers of a numeric column; null and NaN get NULL, infinities NONFINITE.

    Raises:
        InputError: DTYPE for a column of another type.
    """
    if not cells.dtype.is_numeric() and cells.dtype != pl.Null:
        raise InputError(
            f"{file}: column {cells.name!r} has type {cells.dtype}: store it as numbers",
            code="DTYPE",
        )
    return _finite(cells.cast(pl.Float64))


def _finite(value: pl.Series) -> pl.DataFrame:
    """Numbers with the codes of those that are not finite."""
    value = value.alias("value")
    if value.is_finite().all(ignore_nulls=False):
        return pl.DataFrame([value]).with_columns(code=pl.lit(None, dtype=pl.String))
    number = pl.col("value")
    missing = number.is_null() | number.is_nan()
    code = pl.when(missing).then(pl.lit("NULL")).when(number.is_infinite()).then(
        pl.lit("NONFINITE")
    )  # fmt: skip
    return pl.DataFrame([value]).with_columns(code=code)


def _plain(cells: pl.Series, text: TextFormat) -> pl.Series:
    """Text with the declared separators as plain decimals, other text as it was."""
    if text.thousands is None and text.decimal == ".":
        return cells
    mark = re.escape(text.thousands or "")
    point = re.escape(text.decimal)
    groups = f"(?:[0-9]{{1,3}}(?:{mark}[0-9]{{3}})+|[0-9]+)" if text.thousands else "[0-9]+"
    declared = cells.str.contains(f"^[+-]?(?:{groups}(?:{point}[0-9]*)?|{point}[0-9]+)"
                                  "(?:[eE][+-]?[0-9]+)?$")  # fmt: skip
    plain = cells.str.replace_all(text.thousands, "", literal=True) if text.thousands else cells
    plain = plain.str.replace(text.decimal, ".", literal=True)
    # What is not written as declared must not pass as something else: "1.5" where "," is decimal.
    return pl.select(pl.when(declared).then(plain).otherwise(cells.str.replace(r"^(.*)$", "?$1")))\
        .to_series()  # fmt: skip
