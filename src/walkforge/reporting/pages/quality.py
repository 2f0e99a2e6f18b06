"""The page of data quality: the score, what lowered it, and where to look."""

from collections.abc import Mapping, Sequence
from typing import Any

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Column, Table, make_table, text_cell

ENTRY = Entry(
    place="bars/quality",
    inputs={
        "quality": "bars/quality.json",
    },
    keys=("data.quality_gate",),
    after="",
    category="5. Data and features",
    caption=(
        "How good the bars are: the score and its formula, what was set aside, repaired or "
        "flagged, and the first and last bar of each symbol."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    return quality_html(material.files["quality"], gate=material.config["data"]["quality_gate"])


_SHOWN_SYMBOLS = 100
_NAMED = 10
_MOVES_NOTE = (
    "Of equal weights: what the move alone is to an account that holds all symbols with a "
    "bar on that date alike. It counts in the record where the move was kept."
)

# What each code means, in a line; the contract itself is docs/data.md.
MEANINGS: Mapping[str, str] = {
    "FIELDS": "too few or too many fields on the line",
    "HEADER": "the header once more",
    "DATE": "no day of the calendar, or an impossible one",
    "NULL": "an empty cell, or a word for one",
    "NONFINITE": "an infinite number",
    "NUMBER": "text where a number must be",
    "NONPOSITIVE": "a price of 0 or less",
    "VOLUME": "a volume below 0 or beyond belief",
    "OHLC": "high below low, or open or close outside of them",
    "DUPLICATE": "different rows for one symbol and date; none is kept",
    "SESSION": "a day on which the exchange did not trade",
    "SPIKE": "a price far from the one believed before, that went back",
    "STEP": "a lasting step of price: its first bars are set aside, and the segment is cut",
    "UNCONFIRMED": "a price far from the one believed before, at the end of the data",
    "JUMP": "a move that neither the symbol's history nor the market makes plausible; kept",
    "LIMIT": "rows of a symbol dropped because too many of its rows were quarantined",
    "TOO_SHORT": "a symbol with fewer bars than data.minimum_bars",
    "SUSPECT_SPLIT": "what looks like a split that was not adjusted",
    "BOM": "a byte-order mark was removed",
    "STRIP": "white space around a name or value was removed",
    "TIME": "a time of day or time zone was removed from a date",
    "SORT": "rows were sorted by date",
    "DEDUP": "an exact copy of a row was removed",
    "CLAMP": "an open or close was moved to high or low by a millionth at most",
    "HALT": "no volume; not tradable where the price did not move",
    "NO_VOLUME": "60 bars or more of one volume, 0 or another, while the price moved",
    "STALE": "the fifth or later of identical bars; not tradable",
    "GAP": "sessions without a bar, never filled",
    "SEGMENT": "over 10 sessions without a bar: indicators warm up again",
    "REUSED": "over 252 sessions (52 weeks, 12 months) without a bar: another company's symbol",
    "LEFT_OUT": "what the folder at data.path holds beside the files that are read",
    "EXTRA_COLUMNS": "columns that no key of data.columns names",
    "TIMES": "different bars of one symbol and date at several times of day; none is kept",
    "ADJ_CLOSE": "closes that look adjusted, which data.columns.adj_close does not name",
    "NO_NEWLINE": "the last line has no line feed",
}

_OUTCOMES: Mapping[str, str] = {
    "STEP": "cut",
    "JUMP": "kept",
    "SUSPECT_SPLIT": "suspected split",
    "UNCONFIRMED": "held until confirmed",
    "SPIKE": "set aside",
}
_COUNT = ","
_FINDINGS = (
    Column("code", "text", "code"),
    Column("outcome", "text", lambda each: each["action"].lower()),
    Column("count", "number", "count", _COUNT),
    Column("meaning", "text", lambda each: MEANINGS.get(each["code"], _UNREAD)),
)
_UNREAD = "the file could not be read"
_MARKET = (
    Column("days", "number", "count", _COUNT),
    Column("what was found", "text", "told"),
    Column("what to do", "text", "remedy"),
)
_DROPPED = (
    Column("symbol", "text", "symbol"),
    Column("code", "text", "code"),
    Column("reason", "text", "reason"),
)
_SYMBOLS = (
    Column("symbol", "text", "symbol"),
    Column("score", "number", "score", ".4f"),
    Column("rows read", "number", "rows_in", _COUNT),
    Column("bars", "number", "bars", _COUNT),
    Column("quarantined", "number", "quarantined", _COUNT),
    Column("copies", "number", "copies", _COUNT),
    Column("sessions missed", "number", "missing", _COUNT),
    Column("flagged", "number", "flagged", _COUNT),
    Column("not traded", "number", "doubted", _COUNT),
    Column("first bar", "date", "first"),
    Column("last bar", "date", "last"),
)
_MOVES = (
    Column("symbol", "text", "symbol"),
    Column("date", "date", "date"),
    Column("outcome", "text", lambda each: _OUTCOMES[each["code"]]),
    Column("ratio", "number", "ratio", ".4g"),
    Column("close before", "number", "before", ".4g"),
    Column("close", "number", "close", ".4g"),
    Column("most likely", "text", "cause"),
    Column("of equal weights", "number", "equal_weight", "+.2%"),
)
_SEGMENTS = (
    Column("symbol", "text", "symbol"),
    Column("segment", "number", "segment", _COUNT),
    Column("first bar", "date", "first"),
    Column("last bar", "date", "last"),
    Column("bars", "number", "bars", _COUNT),
    Column("begins with", "text", "reason"),
)
_WORST = (
    Column("code", "text", "code"),
    Column("symbol", "text", "symbol"),
    Column("date", "text", lambda each: text_cell(each["date"], look="date")),
    Column("where", "text", lambda each: f"{each['file']}:{each['line']}"),
    Column("as it was read", "text", "text"),
)


def quality_html(quality: Mapping[str, Any], *, gate: float) -> str:
    """A self-contained page about the quality of the data.

    Args:
        quality: see data.quality.quality_of. gate: the score below which the run stops.
    """
    return render_page(
        "quality.html.j2",
        title="Data quality",
        quality=quality,
        gate=gate,
        verdict="passes" if quality["score"] >= gate else "is below",
        score=f"{quality['score']:.4f}",
        survivorship=_survivorship(quality),
        volume=_volume(quality),
        findings=make_table("What was found, by code", _FINDINGS, rows=_findings(quality)),
        market=make_table(
            "Days that the market did not trade, or that lack the bars of all symbols",
            _MARKET,
            rows=quality["market"],
        ),
        likeliest=_likeliest(quality),
        dropped=_first("Files and symbols that were dropped", _DROPPED, quality["dropped"]),
        symbols=_first("Symbols, worst first", _SYMBOLS, quality["symbols"]),
        moves=_first(
            "Moves from close to close that history does not make plausible, largest first",
            _MOVES,
            quality["moves"],
            notes=(_MOVES_NOTE,),
        ),
        segments=_first(
            "Symbols whose history is in segments, each of which warms up anew",
            _SEGMENTS,
            quality["segments"],
        ),
        worst=make_table(
            "Some of the rows that were set aside, rare faults first",
            _WORST,
            rows=quality["worst_rows"],
            notes=("All of them are in quarantine.parquet.",) if quality["worst_rows"] else (),
        ),
        columns=quality["columns"][:_SHOWN_SYMBOLS],
    )


def _volume(quality: Mapping[str, Any]) -> str:
    """What is to be known of volumes, '' where all symbols have one."""
    if quality["volume"] == "absent":
        return (
            "data.volume is absent: no volume is read. Features and baselines that need it are "
            "left out, impact does not go by it, no bar counts as a halt for want of it "
            "(identical bars are still stale), and the portfolio small_size of regimes is equal "
            "weight."
        )
    silent = quality["without_volume"]
    if not silent:
        return ""
    more = f" and {len(silent) - _NAMED} more" if len(silent) > _NAMED else ""
    return (
        f"The volume is 0, or the same, on nearly every bar of {len(silent)} of "
        f"{len(quality['symbols'])} symbols ({', '.join(silent[:_NAMED])}{more}). Where impact "
        "goes by volume none of their orders is filled. Leave them out (data.symbols), or set "
        "data.volume to absent."
    )


def _survivorship(quality: Mapping[str, Any]) -> str:
    """What first and last bars say about how the symbols were chosen."""
    late = quality["late"]
    ended = quality["ended"]
    count = sum(each["bars"] > 0 for each in quality["symbols"])
    told = (
        f"Of {count} symbols, {late} begin after the first date, {quality['first']}, and {ended} "
        f"end more than 10 sessions before the last, {quality['last']}. "
    )
    if ended:
        return told + (
            "Some were delisted and are in the record until then, at a loss on their last close "
            "(market.delisting_haircut)."
        )
    return told + (
        "None ever ends: such a list was most likely drawn up from companies that survived, and "
        "every return measured on it is flattered by that."
    )


def _findings(quality: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was found, by outcome and code."""
    found = [{"action": "QUARANTINE", **each} for each in quality["quarantine"]]
    return [*found, *quality["issues"]]


def _likeliest(quality: Mapping[str, Any]) -> str:
    """Which exchange has the holidays of the dates, where no calendar was named."""
    name = quality["likeliest_calendar"]
    if name is None:
        return ""
    return (
        f"By the holidays that they leave out, the dates are those of {name}. With data.calendar: "
        f"{name} its sessions would be held against every symbol."
    )


def _first(
    caption: str,
    columns: Sequence[Column],
    rows: Sequence[Mapping[str, Any]],
    *,
    notes: tuple[str, ...] = (),
) -> Table:
    """A table of the first rows, and a note of those that are not shown."""
    shown = rows[:_SHOWN_SYMBOLS]
    return make_table(caption, columns, rows=shown, notes=(*notes, *_more(rows)))


def _more(rows: Sequence[object]) -> tuple[str, ...]:
    """A note about rows that are not shown."""
    left = len(rows) - _SHOWN_SYMBOLS
    return (f"And {left} more, in quality.json.",) if left > 0 else ()
