"""The audit of the stored market: what policies are trained and scored on is what bars give."""

import polars as pl

from walkforge.errors import InputError
from walkforge.evaluation.chain import Chain
from walkforge.evaluation.leaks import EVERY, Difference, Finding, Locate, added, difference
from walkforge.features.catalogue import FEATURES
from walkforge.features.sample import some_symbols
from walkforge.market.market import TENSORS, Market

# Families of features that see the other symbols' bars of a date: no symbol has them alone.
ACROSS = ("cross_asset", "factor")
# Sorted after every symbol; it has a bar on each date that any symbol has one on.
CALENDAR = "\U0010ffff"


def audit_stored(bars: pl.DataFrame, stored: Market, chain: Chain, *, symbols: int) -> Finding:
    """How the stored market differs, to the last bit, from one laid anew from all bars.

    Args:
        bars: that it is said to be of. stored: as policies see it. chain: from bars to a market.
        symbols: on which it is laid anew; on all where a feature sees the other symbols.

    Raises:
        InputError: it is of other dates, symbols or features.
    """
    whole = any(FEATURES[name].family in ACROSS for name in stored.feature_names)
    chosen = bars if whole else some_symbols(bars, symbols)
    laid = _laid(bars, chosen, chain)
    if laid.dates != stored.dates or laid.feature_names != stored.feature_names or not (
        set(laid.symbols) <= set(stored.symbols)
    ):  # fmt: skip
        raise InputError(
            "the stored market has other dates, symbols or features than its bars and "
            "features.select: rerun with --forcerun build_market"
        )
    kept = stored.of_columns([stored.symbols.index(name) for name in laid.symbols])
    return Finding(EVERY, EVERY, "observation", "as stored", _apart(kept, laid))


def _laid(bars: pl.DataFrame, chosen: pl.DataFrame, chain: Chain) -> Market:
    """The market of the chosen symbols' bars, on the dates of all bars."""
    days = bars.unique("date", keep="first", maintain_order=True).sort("date")
    calendar = days.with_columns(
        pl.lit(CALENDAR).alias("symbol"),
        pl.lit(0, bars.schema["segment"]).alias("segment"),
        pl.lit(value=False).alias("cut"),
    )
    features = pl.concat(
        [chain.features(chosen), calendar.select("date", "symbol")], how="diagonal"
    )
    market = chain.market(pl.concat([chosen, calendar]), features)
    return market.of_columns(range(len(market.symbols) - 1))


def _apart(stored: Market, laid: Market) -> Difference:
    """How two markets of the same dates and symbols differ."""
    locate: Locate = lambda index: (laid.dates[index[0]], laid.symbols[index[1]])  # noqa: E731
    return added(
        difference(getattr(stored, name), getattr(laid, name), locate=locate) for name in TENSORS
    )
