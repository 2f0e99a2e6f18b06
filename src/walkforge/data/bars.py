"""The bars frame: one row for each symbol and day, and the check that it keeps its contract."""

import hashlib
from typing import NamedTuple

import polars as pl

from walkforge.errors import InputError

PRICE_COLUMNS = ("open", "high", "low", "close")

BARS_SCHEMA = pl.Schema(
    {
        "date": pl.Date(),
        "symbol": pl.String(),
        **{name: pl.Float64() for name in (*PRICE_COLUMNS, "volume")},
        "adjusted": pl.Boolean(),
        "tradable": pl.Boolean(),
        "segment": pl.Int32(),
        "cut": pl.Boolean(),
    }
)

# Sources round open, high, low and close separately: a difference this small is no fault.
RANGE_TOLERANCE = 1e-6

SHOWN_FAULTS = 3


class _Rule(NamedTuple):
    """One clause of the contract: the rows that break it, and how the message tells of them."""

    broken: pl.Expr
    problem: str
    shown: tuple[str, ...]
    remedy: str


def outside_range() -> pl.Expr:
    """A mask of rows whose open or close leaves [low, high] by over 1e-6, relative."""
    above = pl.max_horizontal("open", "close") > pl.col("high") * (1 + RANGE_TOLERANCE)
    below = pl.min_horizontal("open", "close") < pl.col("low") * (1 - RANGE_TOLERANCE)
    return above | below


def bars_digest(bars: pl.DataFrame) -> str:
    """The SHA-256 of all bars: date, symbol, prices and volume, column by column."""
    digest = hashlib.sha256("\n".join(bars["symbol"].to_list()).encode())
    digest.update(bars["date"].cast(pl.Int32).to_numpy().tobytes())
    for name in (*PRICE_COLUMNS, "volume"):
        digest.update(bars[name].to_numpy().tobytes())
    return digest.hexdigest()


def check_bars(bars: pl.DataFrame) -> pl.DataFrame:
    """The bars unchanged, once every row is known to keep the contract.

    The contract: the columns and types of BARS_SCHEMA in that order; rows sorted by symbol, then
    date, and no such pair twice; no value missing; prices and volume finite; prices above 0,
    volume not below; high not below low; open and close within [low, high], up to 1e-6 of it;
    the segments of a symbol numbered from 0 in order of date, none left out; a cut at the first
    bar of a segment after another, not tradable.

    Raises
    ------
    InputError
        For the first clause that is broken, with the number of rows that break it and the
        symbol, date and values of the first three.

    """
    _check_schema(bars)
    rules = _rules()
    counts = bars.select(rule.broken.sum().alias(name) for name, rule in rules.items()).row(0)
    for rule, count in zip(rules.values(), counts, strict=True):
        if count:
            raise InputError(_fault(bars, rule, count=count))
    return bars


def _check_schema(bars: pl.DataFrame) -> None:
    """Refuse a frame whose columns, their order or their types are not those of BARS_SCHEMA."""
    if list(bars.schema.items()) != list(BARS_SCHEMA.items()):
        found, expected = (_in_words(schema) for schema in (bars.schema, BARS_SCHEMA))
        raise InputError(f"bars have columns {found}: select and cast them to {expected}")


def _in_words(schema: pl.Schema) -> str:
    """The columns with their types, as a list in brackets."""
    return "[" + ", ".join(f"{name} {dtype}" for name, dtype in schema.items()) + "]"


def _rules() -> dict[str, _Rule]:
    """The clauses in the order of their checks: later ones rely on the earlier."""
    date = pl.col("date")
    symbol = pl.col("symbol")
    same = (symbol == symbol.shift(1)).fill_null(value=False)
    step = pl.col("segment") - pl.when(same).then(pl.col("segment").shift(1)).otherwise(0)
    numbers = (*PRICE_COLUMNS, "volume")
    correct = "correct or remove them in the source"
    return {
        "missing": _Rule(
            pl.any_horizontal(pl.all().is_null()),
            "miss a value (shown as None)",
            (*numbers, "adjusted", "tradable", "segment", "cut"),
            correct,
        ),
        "unsorted": _Rule(
            (symbol < symbol.shift(1)) | (same & (date < date.shift(1))),
            "come after a later row",
            (),
            "sort by symbol, then date",
        ),
        "duplicate": _Rule(
            same & (date == date.shift(1)),
            "have the symbol and date of the row before",
            ("close", "volume"),
            "keep the right one of them in the source",
        ),
        "not_finite": _Rule(
            ~pl.all_horizontal(pl.col(numbers).is_finite()),
            "hold a number that is not finite",
            numbers,
            correct,
        ),
        "not_positive": _Rule(
            pl.min_horizontal(PRICE_COLUMNS) <= 0,
            "hold a price that is not above 0",
            PRICE_COLUMNS,
            correct,
        ),
        "negative_volume": _Rule(
            pl.col("volume") < 0, "have a volume below 0", ("volume",), correct
        ),
        "high_below_low": _Rule(
            pl.col("high") < pl.col("low"), "have a high below the low", ("high", "low"), correct
        ),
        "outside_range": _Rule(
            outside_range(),
            f"have an open or close outside [low, high] by more than {RANGE_TOLERANCE:g} of it",
            PRICE_COLUMNS,
            correct,
        ),
        "segment": _Rule(
            ~(step.is_in([0, 1]) & (same | (step == 0))),
            "have a segment that neither starts at 0 nor stays nor rises by 1",
            ("segment",),
            "number each symbol's segments 0, 1, ... by date",
        ),
        "cut": _Rule(
            pl.col("cut") & (pl.col("tradable") | (step == 0)),
            "have a cut that begins no segment or can be traded",
            ("segment", "tradable", "cut"),
            "cut at the first bar of a segment alone",
        ),
    }


def _fault(bars: pl.DataFrame, rule: _Rule, *, count: int) -> str:
    """The message about a broken clause, with its first rows."""
    first = bars.filter(rule.broken).head(SHOWN_FAULTS).cast(pl.String).rows(named=True)
    rows = []
    for row in first:
        values = ", ".join(f"{name} {row[name]}" for name in rule.shown)
        rows.append(f"{row['symbol']!r} {row['date']}" + (f" ({values})" if values else ""))
    more = "; ..." if count > len(first) else ""
    return f"{count} of {bars.height} bars {rule.problem}: {'; '.join(rows)}{more}: {rule.remedy}"
