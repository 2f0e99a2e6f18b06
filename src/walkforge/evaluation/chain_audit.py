"""The audit of the chain from bars to equity: nothing up to a date may know what comes after it.

Three checks of each agent and fold, the policy frozen, on some symbols. cut: all from bars on,
recomputed on bars that end at t. changed future: the same with every later bar changed. last row:
what is seen and ordered at t where the market ends at t, on many dates in a row. How the orders of
t fill besides: see fill_audit.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

import numpy as np
import polars as pl

from walkforge.data.spacing import REUSED_AFTER
from walkforge.errors import InputError
from walkforge.evaluation.chain import (
    Chain,
    Ground,
    Recorded,
    Run,
    changed_bars,
    changed_market,
    cut_bars,
    differences,
    record,
    settled,
    span,
)
from walkforge.evaluation.fill_audit import closed_otherwise, fill_prices, next_close, next_open
from walkforge.evaluation.leaks import Finding
from walkforge.features.audit import FUTURE_BARS, AuditConfig
from walkforge.features.sample import some_symbols
from walkforge.market.market import Market
from walkforge.market.plan import filled_rows
from walkforge.splits.windows import Window

# Days that are rolled up to each cut, and up to the last rows, some of which share their start.
STRETCH_DAYS = 8
BLOCK_DAYS = 5
# Of so many cuts one is computed again with the future changed, of so many sessions; of so many,
# one changes the session after it.
CHANGED_EVERY = 6
CHANGED_BARS = 63
FILLED_EVERY = 2
# Until so many sessions later it may turn out that bars have ended for good, or have not.
GRACE = max(REUSED_AFTER.values()) + 2


def audit_chain(
    bars: pl.DataFrame, chain: Chain, runs: Sequence[Run], *, config: AuditConfig
) -> list[Finding]:
    """What was compared of each run, and what differs.

    Args:
        bars: a bars frame, sorted by symbol, then date.
        chain: from bars to a market. runs: policies and their windows.
        config: symbols that it is done on; cuts of each window; last_rows of all windows together.

    Raises:
        ValueError: what is recomputed has another shape.
        InputError: no symbol has bars before a window and in it; see also market.rollout.
    """
    windows = [list(each) for _, each in groupby(sorted(runs, key=_window), key=_window)]
    last_rows = math.ceil(config.last_rows / max(len(windows), 1))
    findings: list[Finding] = []
    for same in windows:
        ground = _ground(bars, chain, same[0].window, symbols=config.symbols)
        findings += _at_cuts(ground, chain, same, count=config.cuts)
        for run in same:
            findings += _last_rows(ground, chain, run, count=last_rows)
    return findings


def _window(run: Run) -> Window:
    """The window of a run."""
    return run.window


def _ground(bars: pl.DataFrame, chain: Chain, window: Window, *, symbols: int) -> Ground:
    """The ground of a window: symbols listed before it that are still traded in it."""
    days = bars["date"].unique().sort()
    start, stop = (int(days.search_sorted(day)) for day in window)
    first = max(start - chain.history, 0)
    last = min(stop + FUTURE_BARS, len(days)) - 1
    around = bars.filter(pl.col("date").is_between(days[first], days[last]))
    before, inside = (
        set(around.filter(pl.col("date").is_between(one, end, closed="left"))["symbol"])
        for one, end in ((days[first], window.start), window)
    )
    if not before & inside:
        raise InputError(
            f"no symbol has bars before {window.start} and up to {window.end}: the audit of the "
            "chain needs one: start the folds later"
        )
    listed = around.filter(pl.col("symbol").is_in(sorted(before & inside)))
    around = some_symbols(listed, symbols)
    features = chain.features(around)
    market = chain.market(around, features)
    return Ground(bars=around, features=features, market=market, rows=filled_rows(market, window))


def _at_cuts(ground: Ground, chain: Chain, runs: Sequence[Run], *, count: int) -> Iterator[Finding]:
    """Yield what is found at so many decisions of a window, spread from its start to its end."""
    market = ground.market
    rows = ground.rows
    places = np.linspace(len(rows) - 1, min(STRETCH_DAYS, len(rows)) - 1, count).astype(int)
    for number, place in enumerate(np.unique(places)):
        row = rows.start - 1 + int(place)
        window = span(market, max(rows.start, row + 2 - STRETCH_DAYS), row + 1)
        again = {"cut": _cut(ground, chain, row)}
        if number % CHANGED_EVERY == 0:
            again["changed future"] = _changed(ground, chain, row)
        filled = number % FILLED_EVERY == 0
        closed = closed_otherwise(ground, chain, row + 1) if filled else None
        for run in runs:
            base = record(run.roll, market, window)
            for check, other in again.items():
                yield from _compared(run, base, other, check=check, row=row)
            yield run.finding("execution", "fill price", fill_prices(ground, chain, base))
            if filled:
                yield from next_open(ground, chain, run, base=base, number=number // FILLED_EVERY)
            if closed is not None:
                yield from next_close(run, base, closed)


def _cut(ground: Ground, chain: Chain, row: int) -> Market:
    """The market of bars that end on a row's date, recomputed from bars on."""
    cut, following = ground.market.dates[row : row + 2]
    bars = cut_bars(ground.bars, cut, following=following)
    return chain.market(bars, chain.features(bars))


def _changed(ground: Ground, chain: Chain, row: int) -> Market:
    """The market with every bar after a row changed, recomputed from bars on."""
    dates = ground.market.dates
    last = dates[min(row + CHANGED_BARS, len(dates) - 1)]
    bars = changed_bars(ground.bars.filter(pl.col("date") <= last), dates[row])
    return chain.market(bars, chain.features(bars))


def _compared(
    run: Run, base: Recorded, other: Market, *, check: str, row: int
) -> Iterator[Finding]:
    """Yield how a run differs up to the decision of a row where it is rolled on another market."""
    again = record(run.roll, other, Window(*span(base.market, base.rows.start, row + 1)))
    last = settled(base.market, other, row=row, grace=GRACE)
    decisions = max(last + 2 - base.rows.start, 0)
    for stage, found in differences(base, again, decisions=decisions).items():
        yield run.finding(stage, check, found)


def _last_rows(ground: Ground, chain: Chain, run: Run, *, count: int) -> Iterator[Finding]:
    """Yield what is found at the newest decisions of a window, the market ending at each."""
    market = ground.market
    rows = ground.rows
    for first in range(max(rows.stop - count, rows.start), rows.stop, BLOCK_DAYS):
        last = min(first + BLOCK_DAYS, rows.stop) - 1
        base = record(run.roll, market, span(market, first, last))
        yield run.finding("execution", "fill price", fill_prices(ground, chain, base))
        for row in range(first - 1, last):
            known = market.until(market.dates[row + 1])
            ended = changed_market(known, row)
            yield from _compared(run, base, ended, check="last row", row=row)
