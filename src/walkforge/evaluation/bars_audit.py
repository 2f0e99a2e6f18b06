"""The audit of ingest: bars up to a date are those of the rows up to that date, and all of them."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import polars as pl

from walkforge.data.bars import PRICE_COLUMNS
from walkforge.data.config import DataConfig, data_config
from walkforge.data.ingest import bars_of, raw_bars
from walkforge.data.source_entry import source_entry
from walkforge.evaluation.leaks import (
    EVERY,
    Difference,
    Finding,
    added,
    frame_difference,
)
from walkforge.features.audit import AuditConfig, cuts_of
from walkforge.features.sample import some_symbols

CUTS = 3  # at which some symbols' raw rows end
FIRST_DATES = 120


def audit_source(
    bars: pl.DataFrame, issues: pl.DataFrame, settings: Mapping[str, Any], *, today: date
) -> list[Finding]:
    """How bars as stored differ from those that the configured source gives; see audit_bars.

    Args:
        bars, issues: as ingest wrote them. settings: sections data and audit.
        today: see data.ingest.ingest.

    Raises:
        InputError: the source cannot be read.
    """
    config = data_config(settings["data"])
    dropped = issues.filter(pl.col("action") == "DROP")["symbol"]
    symbols = AuditConfig(**settings["audit"]).symbols
    # What a download answers today is another: the bars stand for its rows.
    if source_entry(config.source).path == "cache":
        rows = bars.select("date", "symbol", *PRICE_COLUMNS, "volume")
        return list(_at_prefixes(some_symbols(rows, symbols), config))
    raw = raw_bars(config, today=today)
    return list(audit_bars(raw, bars, dropped, config=config, symbols=symbols))


def audit_bars(
    raw: pl.DataFrame,
    bars: pl.DataFrame,
    dropped: pl.Series,
    *,
    config: DataConfig,
    symbols: int,
) -> Iterator[Finding]:
    """Yield how bars differ where raw rows end early, and how the stored ones differ from all.

    Args:
        raw: of data.ingest.raw_bars. bars: as stored. dropped: symbols that ingest says it dropped.
        config: the data section. symbols: of which rows that end early are made bars again.
    """
    rows = raw.drop_nulls(["symbol", "date"])
    yield from _at_prefixes(some_symbols(rows, symbols), config)
    yield _finding("as stored", _stored(bars_of(rows, config), bars, dropped, config=config))


def _at_prefixes(rows: pl.DataFrame, config: DataConfig) -> Iterator[Finding]:
    """Yield how bars up to some dates differ where the rows end there."""
    whole = bars_of(rows, config)
    for cut in cuts_within(whole["date"], CUTS):
        known = pl.col("date") <= cut
        bars = whole.filter(known)
        again = bars_of(rows.filter(known), config)
        yield _finding("prefix", _told(frame_difference(bars, again), bars))


def cuts_within(dates: pl.Series, count: int) -> list[date]:
    """So many dates to cut at, none of them among the first: few do not tell their spacing."""
    days = dates.unique().sort()
    return cuts_of(days.slice(min(FIRST_DATES, len(days) // 2)), count)


def _finding(check: str, found: Difference) -> Finding:
    return Finding(EVERY, EVERY, "bars", check, found)


def _stored(
    whole: pl.DataFrame, bars: pl.DataFrame, dropped: pl.Series, *, config: DataConfig
) -> Difference:
    """How stored bars differ from those of all rows, within their dates.

    A symbol that is not stored has no bar there, was dropped by name, or has too few bars.
    """
    inside = whole.filter(pl.col("date").is_between(bars["date"].min(), bars["date"].max()))
    known = set(bars["symbol"].unique())
    counts = inside.group_by("symbol").len().filter(pl.col("len") >= config.minimum_bars)
    absent = sorted(set(counts["symbol"]) - known - set(dropped.drop_nulls()))
    lost = Difference(counts.height)
    if absent:
        last = inside.filter(pl.col("symbol") == absent[0])["date"].max()
        words = "has bars up to that date, is not among the bars and was not dropped by name"
        lost = Difference(counts.height, len(absent), last, absent[0], None, words)  # type: ignore[arg-type]
    kept = inside.filter(pl.col("symbol").is_in(sorted(known)))
    since = pl.col("segment") - pl.col("segment").first().over("symbol")
    kept = kept.with_columns(segment=since, cut=pl.col("cut") & (since > 0))
    return added([lost, _told(frame_difference(bars, kept), bars)])


def _told(found: Difference, bars: pl.DataFrame) -> Difference:
    """The place of a difference with the symbol, where it is of a row."""
    if not found.leaks or found.day is None or found.place is None:
        return found
    if not found.place.startswith("row "):
        return found
    row = int(found.place.removeprefix("row ")) - 1
    return found if row >= bars.height else found._replace(place=bars["symbol"][row])
