"""Text that is safe in a CSV: no spreadsheet runs it."""

import polars as pl

# Signs that begin a formula in a spreadsheet; where East Asian text is typed, their wide, small,
# raised and lowered forms too.
_FORMULA_STARTS = (
    r"^([=+\-@\t\r\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE66}\x{FE62}\x{FE63}\x{FE6B}"
    r"\x{207A}-\x{207C}\x{208A}-\x{208C}\x{2212}])"
)


def escape_csv_text(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with an apostrophe before text that a spreadsheet would run as a formula.

    That is text which starts with = + - @ in any form (wide, small, raised, lowered), a tab or a
    carriage return, in cells of text columns (categories become text) and in column names. Numbers
    are left alone.
    """
    text = pl.selectors.string(include_categorical=True) | pl.selectors.enum()
    escaped = frame.with_columns(text.cast(pl.String).str.replace(_FORMULA_STARTS, "'$1"))
    names = pl.Series(frame.columns, dtype=pl.String).str.replace(_FORMULA_STARTS, "'$1")
    return escaped.rename(dict(zip(frame.columns, names, strict=True)))
