"""What a user must hear of the data at once, on the terminal: one line each."""

import polars as pl

from walkforge.data.config import ABSENT, NO_VOLUME_REMEDY
from walkforge.data.market_text import findings
from walkforge.data.outcome import Ingested
from walkforge.errors import shown

_NAMED = 5


def notes_of(ingested: Ingested) -> list[str]:
    """The lines about what was ingested, most pressing first; none where all is as expected."""
    market = [f"{each['told']}: {each['remedy']}" for each in findings(ingested.market)]
    told = (_adjusted, _times, _left_out)
    market += _no_volume(ingested)
    return [*market, *(line for lines in told for line in lines(ingested.issues))]


def _no_volume(ingested: Ingested) -> list[str]:
    """A line where some symbols have no volume that tells anything; of all, the gate speaks."""
    silent = ingested.without_volume
    every = ingested.bars["symbol"].n_unique()
    if not silent or len(silent) == every or ingested.volume == ABSENT:
        return []
    more = f" and {len(silent) - _NAMED} more" if len(silent) > _NAMED else ""
    return [
        f"volume is 0, or the same, on nearly every bar of {len(silent)} of {every} symbols "
        f"({', '.join(map(shown, silent[:_NAMED]))}{more}): no order in them can be filled at a "
        f"known cost; leave them out with data.symbols, or set {NO_VOLUME_REMEDY}"
    ]


def _adjusted(issues: pl.DataFrame) -> list[str]:
    """A question where adjusted closes are there and not used."""
    found = issues.filter(pl.col("code") == "ADJ_CLOSE")
    if found.is_empty():
        return []
    name = shown(found["column"][0])
    return [
        f"column {name} ({_count(found.height, 'file')}) looks like closes adjusted for splits and "
        f"dividends, and is not read: set data.columns.adj_close to {name}, unless the other "
        "prices are adjusted already"
    ]


def _times(issues: pl.DataFrame) -> list[str]:
    """A line where a day has several bars of a symbol, as an unfinished one leaves behind."""
    found = issues.filter(pl.col("code") == "TIMES").sort("date", "symbol")
    if found.is_empty():
        return []
    last = found.row(-1, named=True)
    more = f", and {_count(found.height - 1, 'such day')} more" if found.height > 1 else ""
    return [
        f"{shown(last['symbol'])} has different bars of {last['date']} at several times "
        f"({last['before']}){more}: none of them is kept; remove the unfinished one from the source"
    ]


def _left_out(issues: pl.DataFrame) -> list[str]:
    """A line where a folder holds more than what is read of it."""
    found = issues.filter(pl.col("code") == "LEFT_OUT").select("file", "before").rows()
    if not found:
        return []
    named = ", ".join(f"{shown(name)} ({why})" for name, why in found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return [f"not read of the folder at data.path: {named}{more}"]


def _count(number: int, noun: str) -> str:
    """A number of things in words."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
