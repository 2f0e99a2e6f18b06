"""How good the data are: a score for each symbol and in all, and what it is made of."""

from typing import Any

import polars as pl

from walkforge.data.bars import bars_digest
from walkforge.data.calendar import OBSERVED, sessions_of
from walkforge.data.market_days import doubted_days, lacking_days
from walkforge.data.market_text import findings
from walkforge.data.outcome import Ingested
from walkforge.data.spacing import DELISTED_AFTER_SESSIONS

FORMULA = (
    "(bars - half of the flagged bars - bars of days on which the market did not trade) / "
    "(rows read + sessions missed); 0 for what was dropped"
)

# Flags of a bar that make it worth less; gaps are counted as missed sessions.
COUNTED_FLAGS = ("HALT", "STALE", "SUSPECT_SPLIT", "STEP")

_WORST_ROWS = 20
_ROWS_OF_A_CODE = 4
_DIGITS = 6


def quality_of(ingested: Ingested) -> dict[str, Any]:
    """The quality of what was ingested, as values of JSON.

    Keys: score (0 to 1), formula, rows_in, bars, quarantined, copies, missing, flagged, doubted
    (bars of days on which the market did not trade), bars_sha256 (see bars.bars_digest), first,
    last; symbols (score, symbol, the same counts, first, last, segments, tradable as a share,
    dropped as a code or None), worst first; dropped (files and symbols, with code and reason);
    market (see market_text.findings) and likeliest_calendar, None where not looked for or found;
    issues (action, code, count) and quarantine (code, count), most frequent first; worst_rows
    (file, line, symbol, date, code, text), rare codes first; columns (file, names) without a role;
    moves (see moves.moves_of), the largest first; segments (symbol, segment, first, last, bars,
    reason) of symbols with several; late and ended: symbols that begin after the first date or end
    more than 10 sessions before the last; volume: data.volume; without_volume: symbols whose
    volume is 0, or the same, on nearly every bar.
    """
    symbols = _symbols(ingested)
    dates = ingested.bars["date"].unique().sort()
    listed = symbols.filter(pl.col("bars") > 0)
    final = dates[max(len(dates) - 1 - DELISTED_AFTER_SESSIONS, 0)]
    named = symbols.sort("score", "symbol")
    totals = ("rows_in", "bars", "quarantined", "copies", "missing", "flagged", "doubted")
    sums = {name: int(symbols[name].sum()) for name in totals}
    return {
        "score": _overall(symbols, ingested),
        "formula": FORMULA,
        **sums,
        "bars_sha256": bars_digest(ingested.bars),
        "first": str(dates[0]),
        "last": str(dates[-1]),
        "symbols": _records(named.filter(pl.col("symbol").is_not_null())),
        "dropped": _records(
            ingested.issues.filter(pl.col("action") == "DROP").select(
                "symbol", "file", "code", reason="before"
            )
        ),
        "market": findings(ingested.market),
        "likeliest_calendar": ingested.market.calendar,
        "issues": _counted(ingested.issues, "action", "code"),
        "quarantine": _counted(ingested.quarantine, "code"),
        "worst_rows": _records(_worst(ingested.quarantine)),
        "columns": _records(
            ingested.issues.filter(pl.col("code") == "EXTRA_COLUMNS").select("file", names="before")
        ),
        "moves": _records(_largest(ingested.moves)),
        "segments": _records(_segments(ingested)),
        "late": listed.filter(pl.col("first") > dates[0]).height,
        "ended": listed.filter(pl.col("last") < final).height,
        "volume": ingested.volume,
        "without_volume": ingested.without_volume,
    }


def _symbols(ingested: Ingested) -> pl.DataFrame:
    """One row for each symbol that was read; symbol is null for rows without one."""
    doubted = doubted_days(ingested.market)
    bars = ingested.bars.group_by("symbol").agg(
        bars=pl.len().cast(pl.Int64),
        doubted=pl.col("date").is_in(doubted.implode()).sum().cast(pl.Int64),
        first=pl.col("date").min(),
        last=pl.col("date").max(),
        segments=pl.col("segment").n_unique(),
        tradable=pl.col("tradable").mean().round(_DIGITS),
    )
    counted = pl.col("code").is_in(COUNTED_FLAGS) & (pl.col("action") == "FLAG")
    flags = ingested.issues.filter(counted & ~pl.col("date").is_in(doubted.implode()))
    flags = flags.unique(["symbol", "date"])
    flagged = flags.group_by("symbol").agg(flagged=pl.len().cast(pl.Int64))
    dropped = ingested.issues.filter((pl.col("action") == "DROP") & pl.col("file").is_null())
    joined = (
        ingested.counts.join(
            _with_lacking(bars, ingested), on="symbol", how="left", nulls_equal=True
        )
        .join(flagged, on="symbol", how="left")
        .join(dropped.select("symbol", dropped="code"), on="symbol", how="left")
        .with_columns(pl.col("bars", "flagged", "doubted", "lacking").fill_null(0))
        .with_columns(pl.col("missing") + pl.col("lacking"))
    )
    good = pl.col("bars") - pl.col("doubted") - pl.col("flagged") / 2
    score = good / (pl.col("rows_in") + pl.col("missing"))
    return joined.select(
        score.round(_DIGITS).alias("score"), *ingested.counts.columns, "bars", "flagged", "doubted",
        "first", "last", "segments", "tradable", "dropped",
    )  # fmt: skip


def _with_lacking(bars: pl.DataFrame, ingested: Ingested) -> pl.DataFrame:
    """Bars of symbols with lacking: days without a bar of any symbol that are not yet missing."""
    sessions = sessions_of(OBSERVED, ingested.bars["date"])
    days = lacking_days(ingested.market)
    days = days.filter(~days.is_in(sessions.implode()))
    before = [days.search_sorted(bars[edge]).cast(pl.Int64) for edge in ("last", "first")]
    return bars.with_columns(lacking=before[0] - before[1])


def _overall(symbols: pl.DataFrame, ingested: Ingested) -> float:
    """The score of all rows; a file that could not be read weighs as the median symbol."""
    weights = symbols["rows_in"] + symbols["missing"]
    unread = ingested.issues.filter((pl.col("action") == "DROP") & pl.col("file").is_not_null())
    median = weights.filter(symbols["symbol"].is_not_null()).median()
    weight = float(weights.sum()) + unread.height * float(median or 0)  # type: ignore[arg-type]
    bars, doubted, flagged = (float(symbols[name].sum()) for name in ("bars", "doubted", "flagged"))
    good = bars - doubted - flagged / 2
    return round(good / weight, _DIGITS)


def _largest(moves: pl.DataFrame) -> pl.DataFrame:
    """The moves, the largest ratio up or down first."""
    size = pl.col("ratio").log().abs()
    return moves.sort(size, "symbol", "date", descending=[True, False, False], maintain_order=True)


def _segments(ingested: Ingested) -> pl.DataFrame:
    """The segments of symbols that have several, and why each begins."""
    spans = ingested.bars.group_by("symbol", "segment", maintain_order=True).agg(
        pl.col("date").first().alias("first"),
        pl.col("date").last().alias("last"),
        pl.col("cut").first(),
        bars=pl.len(),
    )
    spans = spans.filter(pl.len().over("symbol") > 1)
    steps = ingested.moves.filter(pl.col("code") == "STEP").select(
        "symbol",
        pl.col("date").alias("first"),
        step=pl.format("a step on {}, x{}: {}", "date", pl.col("ratio").round_sig_figs(4), "cause"),
    )
    gaps = ingested.issues.filter(pl.col("code").is_in(["SEGMENT", "REUSED"])).select(
        "symbol", pl.col("date").alias("first"), gap="after"
    )
    told = spans.sort("first").join_asof(
        steps.sort("first"), on="first", by="symbol", check_sortedness=False
    )
    told = told.join(gaps, on=["symbol", "first"], how="left").sort("symbol", "segment")
    reason = pl.when("cut").then("step").otherwise("gap").fill_null("its first bar")
    return told.select("symbol", "segment", "first", "last", "bars", reason=reason)


def _counted(frame: pl.DataFrame, *keys: str) -> list[dict[str, Any]]:
    """How often each combination of keys stands in a frame, most frequent first."""
    counts = frame.group_by(keys).agg(count=pl.len())
    return _records(counts.sort("count", *keys, descending=[True, *(False for _ in keys)]))


def _worst(quarantine: pl.DataFrame) -> pl.DataFrame:
    """Some quarantined rows, a few of each code, rare codes first."""
    count = pl.len().over("code").alias("count")
    place = pl.int_range(pl.len()).over("code").alias("place")
    ranked = quarantine.with_columns(count, place).filter(pl.col("place") < _ROWS_OF_A_CODE)
    worst = ranked.sort("count", "code", "place", maintain_order=True).head(_WORST_ROWS)
    return worst.drop("count", "place")


def _records(frame: pl.DataFrame) -> list[dict[str, Any]]:
    """The rows as values of JSON, dates as text."""
    return frame.with_columns(pl.selectors.date().cast(pl.String)).to_dicts()
