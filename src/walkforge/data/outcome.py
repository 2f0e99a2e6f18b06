"""What became of every row: bars, quarantine, copies, and the issues that tell of each change."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from walkforge.data.bars import BARS_SCHEMA, PRICE_COLUMNS, check_bars
from walkforge.data.config import NO_VOLUME_REMEDY, DataConfig
from walkforge.data.history import History
from walkforge.data.jumps import NEW_LEVEL
from walkforge.data.limits import check_drops, check_nameless, drops_of
from walkforge.data.market_days import MarketDays
from walkforge.data.raw import ISSUES_SCHEMA
from walkforge.data.reading import Reading, shown_rows, unsorted
from walkforge.errors import InputError

QUARANTINE_SCHEMA = pl.Schema(
    {
        "file": pl.String(),
        "line": pl.UInt32(),
        "symbol": pl.String(),
        "date": pl.Date(),
        "code": pl.String(),
        "text": pl.String(),
    }
)

_PLACE = ("row", "part", "line", "symbol", "date")
_OPEN_ROWS = pl.col("code").is_null()
_SHOWN_ROWS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingested:
    """Bars, and what became of every row that was read.

    Rows in = bars + quarantine + copies, for each symbol and in all.

    Attributes:
        bars: BARS_SCHEMA, sorted by symbol, then date.
        quarantine: QUARANTINE_SCHEMA, in the order of reading: rows that broke the contract, and
            the other rows of symbols that were dropped.
        issues: raw.ISSUES_SCHEMA: repairs, flags, and files and symbols that were dropped.
        counts: symbol, rows_in, quarantined, copies, missing (sessions without a bar between the
            symbol's first and last), sorted; symbol is null for rows that do not say whose they
            are.
        volume: data.volume. without_volume: kept symbols whose volume tells nothing.
        market: what the days of all symbols together show, within the configured dates.
        moves: what moves.moves_of tells of the symbols that were kept.
    """

    bars: pl.DataFrame
    quarantine: pl.DataFrame
    issues: pl.DataFrame
    counts: pl.DataFrame
    volume: str
    without_volume: list[str]
    market: MarketDays
    moves: pl.DataFrame


class Judged(NamedTuple):
    """Rows sorted by symbol and date, with codes; what was taken out of them, or changed.

    rows, copies: columns of contract. clamps: row, column, before, after. sessions: sorted dates.
    market: see market_days.
    """

    rows: pl.DataFrame
    copies: pl.DataFrame
    clamps: pl.DataFrame
    sessions: pl.Series


class _Kept(NamedTuple):
    """The part of all that lies within the configured dates."""

    clean: pl.DataFrame
    bad: pl.DataFrame
    copies: pl.DataFrame


def outcome(
    reading: Reading, found: Judged, history: History, market: MarketDays, *, config: DataConfig
) -> Ingested:
    """What was ingested, cut to the configured dates and without the dropped symbols.

    Raises:
        InputError: dates outside the data, a symbol without a bar in them, or more dropped than
            the limits allow.
    """
    span = _span(found, config)
    kept = _within(found, history, span)
    counts = _counts(kept)
    _check_present(counts, reading.refused, config, span=span)
    moves = history.moves.filter(_inside(span))
    dropped = _drops(reading, kept, counts, moves, config)
    gone = pl.col("symbol").is_in(dropped["symbol"].drop_nulls().implode())
    codes = dropped.select("symbol", "code").drop_nulls()
    lost = kept.clean.drop("code").join(codes, on="symbol", maintain_order="left")
    set_aside = pl.concat([kept.bad.select(*_PLACE, "code"), lost.select(*_PLACE, "code")])
    return Ingested(
        bars=check_bars(_bars(kept.clean.filter(~gone))),
        quarantine=_quarantine(reading, set_aside.sort("row")),
        issues=_issues(reading, found, history, dropped).filter(
            _inside(span) & (pl.col("symbol").is_null() | (pl.col("action") == "DROP") | ~gone)
        ),
        counts=_counts(_Kept(kept.clean.filter(~gone), set_aside, kept.copies)),
        volume=config.volume,
        without_volume=[s for s in history.without_volume if s not in set(dropped["symbol"])],
        market=market._replace(days=market.days.filter(_inside(span))),
        moves=moves.filter(~gone).drop("row"),
    )


def _span(found: Judged, config: DataConfig) -> tuple[dt.date, dt.date]:
    """The first and last date to keep, which must lie within the data's.

    Raises:
        InputError: names the date that does not, and those of the data.
    """
    dates = found.rows.filter(_OPEN_ROWS)["date"]
    if dates.is_empty():
        return config.start or dt.date.min, config.end or dt.date.max
    ordered = dates.sort()
    first = ordered[0]
    last = ordered[-1]
    for key, date in (("start", config.start), ("end", config.end)):
        if date is not None and not first <= date <= last:
            raise InputError(
                f"data.{key} {date} is outside the data, which run from {first} to {last}: "
                "choose a date within, or null"
            )
    return config.start or dt.date.min, config.end or dt.date.max


def _inside(span: tuple[dt.date, dt.date]) -> pl.Expr:
    """Whether the date of a row is within; of a row without one, yes."""
    return pl.col("date").is_between(span[0], span[1]).fill_null(value=True)


def _within(found: Judged, history: History, span: tuple[dt.date, dt.date]) -> _Kept:
    """The clean, bad and copied rows within the configured dates."""
    inside = _inside(span)
    bad = found.rows.filter(~_OPEN_ROWS & inside)
    return _Kept(history.rows.filter(inside), bad, found.copies.filter(inside))


def _counts(kept: _Kept) -> pl.DataFrame:
    """Symbol, rows_in, quarantined, copies and missing; sorted, the nameless first."""
    clean = kept.clean.group_by("symbol").agg(
        clean=pl.len(), missing=pl.col("missing").slice(1).sum()
    )
    bad = kept.bad.group_by("symbol").agg(quarantined=pl.len())
    copies = kept.copies.group_by("symbol").agg(copies=pl.len())
    joined = pl.concat([clean, bad, copies], how="diagonal").group_by("symbol").agg(pl.all().sum())
    return joined.select(
        "symbol",
        rows_in=pl.sum_horizontal("clean", "quarantined", "copies").cast(pl.Int64),
        quarantined=pl.col("quarantined").cast(pl.Int64),
        copies=pl.col("copies").cast(pl.Int64),
        missing=pl.col("missing").cast(pl.Int64),
    ).sort("symbol")


def _check_present(
    counts: pl.DataFrame,
    refused: pl.DataFrame,
    config: DataConfig,
    *,
    span: tuple[dt.date, dt.date],
) -> None:
    """Refuse dates in which no row, or none of a configured symbol whose file was read, lies."""
    known = {*counts["symbol"].drop_nulls(), *refused["symbol"].drop_nulls()}
    absent = [symbol for symbol in config.symbols or () if symbol not in known]
    if counts.is_empty() or (absent and (config.start or config.end)):
        raise InputError(
            f"no bar of {absent or 'any symbol'} from {span[0]} to {span[1]}: widen data.start "
            "and data.end, or change data.symbols"
        )


def _drops(
    reading: Reading, kept: _Kept, counts: pl.DataFrame, moves: pl.DataFrame, config: DataConfig
) -> pl.DataFrame:
    """Symbol, file, code and reason of what is dropped: files first, then symbols.

    Raises:
        InputError: more than the limits allow.
    """
    limits = config.quarantine
    bad = kept.bad.sort("row")
    nameless = bad.filter(pl.col("symbol").is_null())
    check_nameless(
        nameless, int(counts["rows_in"].sum()), limits=limits,
        told=shown_rows(reading, nameless, count=_SHOWN_ROWS),
    )  # fmt: skip
    splits = moves.filter((pl.col("code") == "SUSPECT_SPLIT") & config.strict_splits)
    faulty = kept.bad.filter(~pl.col("code").is_in(NEW_LEVEL)).group_by("symbol")
    named = counts.filter(pl.col("symbol").is_not_null()).join(
        faulty.agg(faulty=pl.len().cast(pl.Int64)), on="symbol", how="left", maintain_order="left"
    )
    named = named.with_columns(pl.col("faulty").fill_null(0))
    symbols = drops_of(named, splits, limits=limits, minimum_bars=config.minimum_bars)
    chosen = pl.lit(value=True) if config.symbols is None else (
        pl.col("symbol").is_in(list(config.symbols)) | pl.col("symbol").is_null()
    )  # fmt: skip
    files = reading.refused.filter(chosen)
    files = files.select("symbol", "file", "code", reason="before")
    dropped = pl.concat([files, symbols], how="diagonal")
    check_drops(
        dropped, named.height + files.height, limits=limits,
        rows=shown_rows(reading, bad, count=_SHOWN_ROWS), hint=_volume_hint(bad),
    )  # fmt: skip
    return dropped


def _volume_hint(bad: pl.DataFrame) -> str:
    """What to do where most rows that are set aside lack nothing but a volume."""
    prices = pl.all_horizontal(pl.col(name).is_not_null() for name in PRICE_COLUMNS)
    lacking = bad.filter((pl.col("code") == "NULL") & prices & pl.col("volume").is_null())
    if 2 * lacking.height <= bad.height:
        return ""
    told = f"; {lacking.height} rows have prices and no volume: where there is none, "
    return f"{told}set {NO_VOLUME_REMEDY}"


def _bars(clean: pl.DataFrame) -> pl.DataFrame:
    """The columns of the bars frame; segments count from 0 at the first bar that is kept."""
    since = pl.col("segment") - pl.col("segment").first().over("symbol")
    bars = clean.with_columns(segment=since, cut=pl.col("cut") & (since > 0))
    return bars.select(BARS_SCHEMA.names())


def _quarantine(reading: Reading, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows that were set aside, with file and raw text."""
    files = pl.Series("file", reading.files).gather(rows["part"])
    text = reading.text_of(rows).alias("text")
    return rows.with_columns(files, text).select(*QUARANTINE_SCHEMA).cast(QUARANTINE_SCHEMA)


def _issues(
    reading: Reading, found: Judged, history: History, dropped: pl.DataFrame
) -> pl.DataFrame:
    """Every repair, flag and drop."""
    places = pl.concat([found.rows.select(_PLACE), found.copies.select(_PLACE)])
    repairs = [
        found.clamps.select(
            "row", "column", pl.col("before", "after").cast(pl.String), code=pl.lit("CLAMP")
        ),
        found.copies.select("row", code=pl.lit("DEDUP")),
    ]
    marks = pl.concat(
        [
            *(frame.with_columns(action=pl.lit("REPAIR")) for frame in repairs),
            history.flags.with_columns(action=pl.lit("FLAG")),
            _times(found.rows).with_columns(action=pl.lit("FLAG")),
        ],
        how="diagonal_relaxed",
    ).join(places, on="row", maintain_order="left")
    files = pl.Series("file", reading.files).gather(marks["part"])
    drops = dropped.select("symbol", "file", "code", before="reason", action=pl.lit("DROP"))
    told = pl.concat([drops, marks.with_columns(files)], how="diagonal_relaxed")
    cast = pl.concat([told, pl.DataFrame(schema=ISSUES_SCHEMA)], how="diagonal_relaxed")
    own = cast.select(*ISSUES_SCHEMA).cast(ISSUES_SCHEMA)
    return pl.concat([own, unsorted(found.rows, reading.files), reading.issues])


def _times(rows: pl.DataFrame) -> pl.DataFrame:
    """A flag on the last of a symbol's different bars of one day that have different times."""
    doubled = rows.filter(pl.col("code") == "DUPLICATE")
    clock = (pl.col("second") * 1_000_000_000).cast(pl.Time).cast(pl.String).str.slice(0, 8)
    told = doubled.group_by("symbol", "date", maintain_order=True).agg(
        pl.col("row").last(),
        clock.fill_null("no time").sort().str.join(", ").alias("before"),
        times=pl.col("second").n_unique(),
    )
    return told.filter(pl.col("times") > 1).select("row", "before", code=pl.lit("TIMES"))
