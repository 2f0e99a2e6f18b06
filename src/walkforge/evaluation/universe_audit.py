"""The audit of the universe and of windows: who is there on a day, and which days are whose.

prefix: the market is laid anew from bars that end at a cut. Its symbols are those with a bar up to
there, and their masks and prices those of the whole, whatever becomes of a symbol later.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.data.spacing import DELISTED_AFTER_SESSIONS
from walkforge.evaluation.bars_audit import cuts_within
from walkforge.evaluation.chain import Chain, settled
from walkforge.evaluation.chain_audit import GRACE
from walkforge.evaluation.leaks import EVERY, Difference, Finding, Locate, added, difference
from walkforge.features.panel import Panel
from walkforge.market.market import Market
from walkforge.splits.windows import Fold, Window

CUTS = 4  # at which the market of all symbols is laid anew
Mask = NDArray[np.bool_]
MASKS = ("tradable", "cut", "delisted")
PRICES = ("open", "close", "daily_value", "volatility", "momentum")


def audit_universe(bars: pl.DataFrame, panel: Panel, chain: Chain) -> Iterator[Finding]:
    """Yield how symbols, masks and prices differ at prefixes, and from what is stored.

    Features are left out: they have audits of their own.

    Args:
        bars: all. panel: as stored. chain: from bars to a market.
    """
    whole = _laid(bars, chain)
    yield _finding("as stored", _stored(bars, panel, whole))
    for cut in cuts_within(bars["date"], CUTS):
        known = bars.filter(pl.col("date") <= cut)
        yield _finding("prefix", _prefix(known, whole, _laid(known, chain)))


def _finding(check: str, found: Difference) -> Finding:
    return Finding(EVERY, EVERY, "universe", check, found)


def _laid(bars: pl.DataFrame, chain: Chain) -> Market:
    """The market of bars, with a feature that is known of each."""
    return chain.market(bars, bars.select("date", "symbol", nothing=pl.lit(0.0)))


def _stored(bars: pl.DataFrame, panel: Panel, whole: Market) -> Difference:
    """How symbols and masks are others than those of the bars and of the stored features."""
    named = _symbols_apart(list(panel.symbols), bars, panel.dates[-1])
    if named.leaks:
        return named
    if (panel.dates, panel.symbols) != (whole.dates, whole.symbols):
        told = "are not those that the bars give"
        return named._replace(leaks=1, day=panel.dates[-1], place="dates or symbols", told=told)
    due = whole.tradable.numpy() & ~np.isnan(panel.features).any(axis=2)
    masks = {"tradable": due, "cut": whole.cut.numpy(), "delisted": whole.delisted.numpy()}
    parts = [_mask_apart(getattr(panel, name) != mask, panel) for name, mask in masks.items()]
    return added([named, *parts, _mask_apart(_told_early(bars, panel), panel)])


def _told_early(bars: pl.DataFrame, panel: Panel) -> Mask:
    """[T, K]: where a symbol is marked as delisted but on the first date without a bar."""
    dates, symbols = (pl.Series(each) for each in (panel.dates, panel.symbols))
    there = np.zeros(panel.delisted.shape, dtype=np.bool_)
    there[dates.search_sorted(bars["date"]), symbols.search_sorted(bars["symbol"])] = True
    ended = np.zeros_like(there)
    ended[1:] = there[:-1] & ~there[1:]
    return np.asarray(panel.delisted & ~ended)


def _mask_apart(wrong: Mask, panel: Panel) -> Difference:
    """What is wrong with a mask [T, K]."""
    rows, columns = wrong.nonzero()
    if not len(rows):
        return Difference(wrong.size)
    place = panel.dates[rows[0]], panel.symbols[columns[0]]
    return Difference(wrong.size, len(rows), *place, 1.0, "has another mask than its bars give")


def _prefix(known: pl.DataFrame, whole: Market, again: Market) -> Difference:
    """How a market laid from bars up to a cut differs from the whole up to there."""
    cut = again.dates[-1]
    named = _symbols_apart(list(again.symbols), known, cut)
    missing = [name for name in again.symbols if name not in whole.symbols]
    if named.leaks or missing or again.dates != whole.dates[: len(again.dates)]:
        return named if named.leaks else Difference(
            len(again.symbols), 1, cut, (missing or ["dates"])[0], None,
            "is there where bars end at that date, and not where they go on",
        )  # fmt: skip
    places = [whole.symbols.index(name) for name in again.symbols]
    rows = len(again.dates)
    tensors = {name: getattr(whole, name)[:rows, places] for name in (*MASKS, *PRICES)}
    base = replace(again, **tensors)
    last = settled(base, again, row=rows - 1, grace=GRACE)
    locate: Locate = lambda index: (again.dates[index[0]], again.symbols[index[1]])  # noqa: E731
    parts = [
        difference(getattr(base, name)[:stop], getattr(again, name)[:stop], locate=locate)
        for name in (*MASKS, *PRICES)
        for stop in [last + 1 if name == "delisted" else rows]
    ]
    return added([named, *parts, _known_early(base, again)])


def _known_early(whole: Market, again: Market) -> Difference:
    """How many symbols are marked as delisted in the whole alone, after dates enough to know it."""
    rows = max(len(again.dates) - DELISTED_AFTER_SESSIONS - 1, 0)
    early = (whole.delisted[:rows] & ~again.delisted[:rows]).nonzero().tolist()
    if not early:
        return Difference(rows)
    row, column = early[0]
    told = "is delisted from there on, and not where bars end later"
    return Difference(rows, len(early), again.dates[row], again.symbols[column], 1.0, told)


def _symbols_apart(symbols: list[str], bars: pl.DataFrame, day: date) -> Difference:
    """How symbols are others than those of the bars."""
    apart = sorted(set(symbols) ^ set(bars["symbol"].unique()))
    if not apart:
        return Difference(len(symbols))
    words = "has bars up to that date, and is not in the market, or the other way round"
    return Difference(len(symbols), len(apart), day, apart[0], None, words)


def audit_windows(
    folds: Mapping[str, Fold], tests: Mapping[str, Window], market: Market, *, purge_days: int
) -> Iterator[Finding]:
    """Yield how windows of a fold come too close: train, validation and test, in this order.

    Args:
        folds, tests: by name; one that is not scored has no test window. market: whose dates count.
        purge_days: sessions that lie between them at least.
    """
    for name, fold in folds.items():
        windows = [fold.train, fold.validation, *([tests[name]] if name in tests else [])]
        found = Difference(len(windows))
        for before, after in pairwise(windows):
            between = market.rows(after).start - market.rows(before).stop
            if between < purge_days or before.end > after.start:
                told = (
                    f"begins {between} sessions after the window before it ends "
                    f"({before.end}), {purge_days} are purged"
                )
                found = Difference(len(windows), 1, after.start, "window", None, told)
        yield Finding(EVERY, name, "windows", "purge", found)
