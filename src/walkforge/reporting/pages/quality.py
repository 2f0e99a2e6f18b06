"""The page of data quality: the score, what lowered it, and where to look."""

from collections.abc import Mapping, Sequence
from typing import Any

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.material import Material
from walkforge.reporting.tables import Cell, Column, Row, Table, number_cell, text_cell

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
_MOVED = ("ratio", "before", "close")

_COUNTS = {
    "rows_in": "rows read",
    "bars": "bars",
    "quarantined": "quarantined",
    "copies": "copies",
    "missing": "sessions missed",
    "flagged": "flagged",
    "doubted": "not traded",
}


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
        findings=_findings_table(quality),
        market=_market_table(quality["market"]),
        likeliest=_likeliest(quality),
        dropped=_dropped_table(quality["dropped"]),
        symbols=_symbols_table(quality["symbols"]),
        moves=_moves_table(quality["moves"]),
        segments=_segments_table(quality["segments"]),
        worst=_worst_table(quality["worst_rows"]),
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


def _findings_table(quality: Mapping[str, Any]) -> Table:
    """What was found, by outcome and code."""
    found = [{"action": "QUARANTINE", **each} for each in quality["quarantine"]]
    rows = [
        Row(
            cells=[
                text_cell(each["code"]),
                text_cell(each["action"].lower()),
                _count(each["count"]),
                text_cell(MEANINGS.get(each["code"], "the file could not be read")),
            ]
        )
        for each in [*found, *quality["issues"]]
    ]
    return Table(
        caption="What was found, by code",
        columns=[
            Column(label="code", kind="text"),
            Column(label="outcome", kind="text"),
            Column(label="count", kind="number"),
            Column(label="meaning", kind="text"),
        ],
        rows=rows,
    )


def _market_table(found: Sequence[Mapping[str, Any]]) -> Table:
    """What the days of all symbols together show, and what to do."""
    names = ("told", "remedy")
    return Table(
        caption="Days that the market did not trade, or that lack the bars of all symbols",
        columns=[
            Column(label="days", kind="number"),
            Column(label="what was found", kind="text"),
            Column(label="what to do", kind="text"),
        ],
        rows=[
            Row(cells=[_count(each["count"]), *(text_cell(each[name]) for name in names)])
            for each in found
        ],
    )


def _likeliest(quality: Mapping[str, Any]) -> str:
    """Which exchange has the holidays of the dates, where no calendar was named."""
    name = quality["likeliest_calendar"]
    if name is None:
        return ""
    return (
        f"By the holidays that they leave out, the dates are those of {name}. With data.calendar: "
        f"{name} its sessions would be held against every symbol."
    )


def _dropped_table(dropped: Sequence[Mapping[str, Any]]) -> Table:
    """Files and symbols that are not in the data."""
    return Table(
        caption="Files and symbols that were dropped",
        columns=[Column(label=name, kind="text") for name in ("symbol", "code", "reason")],
        rows=[
            Row(cells=[text_cell(each[name]) for name in ("symbol", "code", "reason")])
            for each in dropped[:_SHOWN_SYMBOLS]
        ],
        notes=_more(dropped),
    )


def _symbols_table(symbols: Sequence[Mapping[str, Any]]) -> Table:
    """The symbols, worst first."""
    days = ("first", "last")
    return Table(
        caption="Symbols, worst first",
        columns=[
            Column(label="symbol", kind="text"),
            Column(label="score", kind="number"),
            *(Column(label=label, kind="number") for label in _COUNTS.values()),
            *(Column(label=f"{day} bar", kind="date") for day in days),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(each["symbol"]),
                    number_cell(each["score"], "{:.4f}".format),
                    *(_count(each[name]) for name in _COUNTS),
                    *(text_cell(each[day], look="date") for day in days),
                ]
            )
            for each in symbols[:_SHOWN_SYMBOLS]
        ],
        notes=_more(symbols),
    )


def _moves_table(moves: Sequence[Mapping[str, Any]]) -> Table:
    """The moves beyond what history makes plausible, the largest first."""
    return Table(
        caption="Moves from close to close that history does not make plausible, largest first",
        columns=[
            Column(label="symbol", kind="text"),
            Column(label="date", kind="date"),
            Column(label="outcome", kind="text"),
            Column(label="ratio", kind="number"),
            Column(label="close before", kind="number"),
            Column(label="close", kind="number"),
            Column(label="most likely", kind="text"),
            Column(label="of equal weights", kind="number"),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(each["symbol"]),
                    text_cell(each["date"], look="date"),
                    text_cell(_OUTCOMES[each["code"]]),
                    *(number_cell(each[name], "{:.4g}".format) for name in _MOVED),
                    text_cell(each["cause"]),
                    number_cell(each["equal_weight"], "{:+.2%}".format),
                ]
            )
            for each in moves[:_SHOWN_SYMBOLS]
        ],
        notes=(
            "Of equal weights: what the move alone is to an account that holds all symbols with a "
            "bar on that date alike. It counts in the record where the move was kept.",
            *_more(moves),
        ),
    )


def _segments_table(segments: Sequence[Mapping[str, Any]]) -> Table:
    """The segments of symbols that have more than one."""
    return Table(
        caption="Symbols whose history is in segments, each of which warms up anew",
        columns=[
            Column(label="symbol", kind="text"),
            Column(label="segment", kind="number"),
            Column(label="first bar", kind="date"),
            Column(label="last bar", kind="date"),
            Column(label="bars", kind="number"),
            Column(label="begins with", kind="text"),
        ],
        rows=[
            Row(
                cells=[
                    text_cell(each["symbol"]),
                    _count(each["segment"]),
                    *(text_cell(each[day], look="date") for day in ("first", "last")),
                    _count(each["bars"]),
                    text_cell(each["reason"]),
                ]
            )
            for each in segments[:_SHOWN_SYMBOLS]
        ],
        notes=_more(segments),
    )


def _worst_table(rows: Sequence[Mapping[str, Any]]) -> Table:
    """Some quarantined rows as they stood in their files."""
    return Table(
        caption="Some of the rows that were set aside, rare faults first",
        columns=[
            Column(label=label, kind="text")
            for label in ("code", "symbol", "date", "where", "as it was read")
        ],
        rows=[
            Row(
                cells=[
                    text_cell(each["code"]),
                    text_cell(each["symbol"]),
                    text_cell(each["date"], look="date"),
                    text_cell(f"{each['file']}:{each['line']}"),
                    text_cell(each["text"]),
                ]
            )
            for each in rows
        ],
        notes=("All of them are in quarantine.parquet.",) if rows else (),
    )


def _more(rows: Sequence[object]) -> tuple[str, ...]:
    """A note about rows that are not shown."""
    left = len(rows) - _SHOWN_SYMBOLS
    return (f"And {left} more, in quality.json.",) if left > 0 else ()


def _count(value: int) -> Cell:
    """A cell of a whole number."""
    return number_cell(value, "{:,}".format)
