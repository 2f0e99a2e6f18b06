"""How much may be wrong: which symbols are dropped, and when the run is rejected."""

import polars as pl

from walkforge.data.config import QuarantineLimits
from walkforge.errors import InputError, shown

# Not the fault of the source: a young symbol does not count towards rejecting the run.
TOO_SHORT = "TOO_SHORT"


def drops_of(
    counts: pl.DataFrame, splits: pl.DataFrame, *, limits: QuarantineLimits, minimum_bars: int
) -> pl.DataFrame:
    """Symbol, code and reason of the symbols to drop.

    Codes: SUSPECT_SPLIT; LIMIT where more than max(rows, share) of its rows are quarantined as
    faulty; TOO_SHORT for fewer clean rows than minimum_bars.

    Args:
        counts: symbol, rows_in, quarantined, faulty (of those, without bars at a new level),
            copies. splits: symbol and date of suspected splits that drop a symbol.
        limits: of quarantine. minimum_bars: the least number of clean rows.
    """
    clean = pl.col("rows_in") - pl.col("quarantined") - pl.col("copies")
    over = pl.col("faulty") > pl.max_horizontal(
        pl.lit(limits.rows), limits.share * pl.col("rows_in")
    )
    many = counts.filter(over).select(
        "symbol",
        code=pl.lit("LIMIT"),
        reason=pl.format("{} of {} rows quarantined", "faulty", "rows_in"),
    )
    short = counts.filter(clean < minimum_bars).select(
        "symbol",
        code=pl.lit(TOO_SHORT),
        reason=pl.format("{} bars, data.minimum_bars is {}", clean, pl.lit(minimum_bars)),
    )
    split = splits.select(
        "symbol",
        code=pl.lit("SUSPECT_SPLIT"),
        reason=pl.format("looks like an unadjusted split on {}", "date"),
    )
    return pl.concat([split, many, short]).unique("symbol", keep="first", maintain_order=True)


def check_drops(
    dropped: pl.DataFrame, symbols: int, *, limits: QuarantineLimits, rows: str, hint: str = ""
) -> None:
    """Refuse a run that would lose all of its symbols, or more than its limits allow.

    Args:
        dropped: symbol, code, reason, files that could not be read among them.
        symbols: how many there are with those. limits: of quarantine. rows: the first quarantined
            rows in words, '' for none. hint: what is likely wrong, where more than they is known.

    Raises:
        InputError: DROPPED, or the one code by which all were dropped.
    """
    faulty = dropped.filter(pl.col("code") != TOO_SHORT).height
    gone = dropped.height >= symbols
    if not gone and faulty <= limits.symbols * symbols:
        return
    told = "; ".join(_group(code, own) for (code,), own in _by_code(dropped))
    sample = f"; rows such as {rows}" if rows else ""
    allowed = "" if gone else f", over the share {limits.symbols:g} of data.quarantine.symbols"
    codes = dropped["code"].unique()
    raise InputError(
        f"{dropped.height} of {symbols} symbols dropped{allowed}: {told}{sample}: "
        "correct the source or the data section" + (hint or _hint(rows)),
        code=codes[0] if gone and len(codes) == 1 else "DROPPED",
    )


def _by_code(dropped: pl.DataFrame) -> list[tuple[tuple[object, ...], pl.DataFrame]]:
    """The dropped by code, the most frequent first."""
    groups = dropped.partition_by("code", as_dict=True, maintain_order=True).items()
    return sorted(groups, key=lambda group: -group[1].height)


def _group(code: object, dropped: pl.DataFrame) -> str:
    """What was dropped by one code in words, with the first as an example."""
    first = dropped.row(0, named=True)
    name = f"{shown(first['symbol'])}: " if first["symbol"] is not None else ""
    return f"{code} {dropped.height} (such as {name}{first['reason']})"


def _hint(rows: str) -> str:
    """What is likely wrong with the configuration, by the codes of the first rows."""
    if "(SESSION)" in rows:
        return "; is data.calendar the exchange's?"
    return "; are data.text.decimal and thousands right?" if "(NUMBER)" in rows else ""


def check_nameless(
    nameless: pl.DataFrame, rows_in: int, *, limits: QuarantineLimits, told: str
) -> None:
    """Refuse a source with many rows that cannot be split into fields, so that no symbol owns them.

    Args:
        nameless: their codes. rows_in: all rows. limits: of quarantine. told: the first in words.

    Raises:
        InputError: the code of the first of them.
    """
    if nameless.height > max(limits.rows, limits.share * rows_in):
        raise InputError(
            f"{nameless.height} of {rows_in} rows cannot be split into fields: {told}: correct the "
            "file, or data.text.separator",
            code=str(nameless["code"][0]),
        )
