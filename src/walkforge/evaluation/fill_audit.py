"""The audit of fills: where and at what price the orders of t fill, and what that may know.

fill price: every fill is at the price of the bar that the execution names. next open: the open of
t+1 alone moves the equity of t+1 where orders fill there, and nothing before. next close: where
they do, nothing else of t+1 moves the ledger of t+1: which orders fill, how much of them, at what
cost.
"""

from collections.abc import Iterator

import polars as pl
import torch
from torch import Tensor

from walkforge.evaluation.chain import (
    Chain,
    Ground,
    Recorded,
    Run,
    closed_bars,
    differences,
    opened_bars,
    record,
    span,
)
from walkforge.evaluation.leaks import Difference, Finding, difference
from walkforge.market.ledger import ORDERED
from walkforge.market.market import Market

PRICE_TOLERANCE = 1e-9
# A symbol has at most one row of each side on a date.
KEYS = ("date", "symbol", "side")


def next_open(
    ground: Ground, chain: Chain, run: Run, *, base: Recorded, number: int
) -> Iterator[Finding]:
    """Yield whether one symbol's open moves the equity of the day on which its order filled.

    With fills at a close it must not.
    """
    traded = base.rolled.ledger.filter(pl.col("side").is_in(ORDERED))
    if traded.is_empty():
        yield run.finding("execution", "next open", Difference(0))
        return
    newest = traded.filter(pl.col("date") == pl.col("date").max()).sort("symbol")
    filled = newest.row(number % newest.height, named=True)
    dates = ground.market.dates
    row = dates.index(filled["date"]) + (chain.execution == "same_close")
    row = min(row, base.rows.stop - 1)
    bars = opened_bars(ground.bars, dates[row], filled["symbol"])
    other = chain.market(bars, ground.features)
    again = _again(run, base, other)
    decisions = row - base.rows.start + 1
    for stage, found in differences(base, again, decisions=decisions).items():
        yield run.finding(stage, "next open", found)
    equity = [each.rolled.daily["equity"][row - base.rows.start] for each in (base, again)]
    moved = equity[0] != equity[1]
    told = Difference(1)
    if moved != (chain.execution == "open"):
        how = (
            "moves equity, although it is not" if moved else "does not move equity, although it is"
        )
        words = f"opens higher, which {how} where orders fill (execution {chain.execution})"
        size = abs(equity[1] - equity[0])
        told = Difference(1, 1, dates[row], filled["symbol"], size, words)
    yield run.finding("execution", "next open", told)


def closed_otherwise(ground: Ground, chain: Chain, row: int) -> Market | None:
    """The market where all but the opens of a row's date is another.

    None where orders do not fill at an open: what fills at a close may know it.
    """
    if chain.execution != "open":
        return None
    bars = closed_bars(ground.bars, ground.market.dates[row])
    return chain.market(bars, ground.features)


def next_close(run: Run, base: Recorded, other: Market) -> Iterator[Finding]:
    """Yield how a run differs where its last date moves otherwise once its orders have filled.

    Args:
        run: that was recorded as `base`. other: see closed_otherwise, of the last row of `base`.
    """
    again = _again(run, base, other)
    for stage, found in differences(base, again, decisions=len(base.rows)).items():
        yield run.finding(stage, "next close", found)
    yield run.finding("execution", "next close", _fills_apart(base, again))


def _again(run: Run, base: Recorded, other: Market) -> Recorded:
    """A run through the dates of what was recorded, on another market."""
    window = span(base.market, base.rows.start, base.rows.stop - 1)
    return record(run.roll, other, window)


def _fills_apart(base: Recorded, again: Recorded) -> Difference:
    """How two ledgers differ, to the last bit; a row that one lacks is a missing value."""
    ledger = base.rolled.ledger
    both = ledger.join(
        again.rolled.ledger, on=KEYS, how="full", coalesce=True, suffix=" again"
    ).sort(KEYS)
    names = [name for name in ledger.columns if name not in KEYS]
    found = difference(
        _numbers(both, names),
        _numbers(both, [f"{name} again" for name in names]),
        locate=lambda index: (both["date"][index[0]], both["symbol"][index[0]]),
    )
    if found.leaks == 0:
        return found
    words = f"fills otherwise where that date closes otherwise: a figure of the fill {found.told}"
    return found._replace(told=words)


def _numbers(frame: pl.DataFrame, names: list[str]) -> Tensor:
    """Columns [N, C], null as NaN."""
    return torch.tensor(frame.select(pl.col(names).fill_null(float("nan"))).to_numpy())


def fill_prices(ground: Ground, chain: Chain, base: Recorded) -> Difference:
    """How many fills are not at the price of the bar that the execution names."""
    price = "open" if chain.execution == "open" else "close"
    fills = base.rolled.ledger.filter(pl.col("side").is_in(ORDERED)).join(
        ground.bars.select("date", "symbol", expected=price), on=["date", "symbol"], how="left"
    )
    apart = (pl.col("price") / pl.col("expected") - 1.0).abs().fill_null(float("inf"))
    wrong = fills.with_columns(apart=apart).filter(pl.col("apart") > PRICE_TOLERANCE)
    if wrong.is_empty():
        return Difference(fills.height)
    worst = wrong.row(int(wrong["apart"].arg_max() or 0), named=True)
    words = f"fills at {worst['price']:.6g}, the {price} of the bar is {worst['expected']}"
    place = (worst["date"], worst["symbol"], worst["apart"])
    return Difference(fills.height, wrong.height, *place, words)
