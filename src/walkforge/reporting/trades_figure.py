"""Pictures of trades: every fill of a policy on the price of its symbol."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from walkforge.reporting.colours import GREY, OKABE_ITO
from walkforge.reporting.encoding import Drawn, encode_kinds
from walkforge.reporting.panels import FOLD_MARK, column, mark_folds, short
from walkforge.reporting.records import Dates
from walkforge.reporting.style import figure_style

SIDES = {
    "buy": ("^", OKABE_ITO["blue"], "bought"),
    "sell": ("v", OKABE_ITO["vermillion"], "sold"),
    "delisted": ("X", OKABE_ITO["black"], "sold as its bars end"),
    "cut": ("P", OKABE_ITO["black"], "sold before a step of its price"),
}
_HEIGHT_INCHES = 4.6
# Areas of markers in square points: that of the largest fill is the sum.
_LEAST_AREA = 9.0
_MORE_AREA = 150.0
_KEPT_LETTERS = 24


class Traded(NamedTuple):
    """All that one policy traded: its fills, the bars of its windows, and where these start."""

    ledger: pl.DataFrame
    bars: pl.DataFrame
    starts: Dates


class Trades(NamedTuple):
    """One symbol: its bars, and its fills in the order of the ledger."""

    symbol: str
    bars: pl.DataFrame
    fills: pl.DataFrame


def traded_by(
    ledgers: Sequence[pl.DataFrame], dailies: Sequence[pl.DataFrame], bars: pl.DataFrame
) -> Traded:
    """The fills of all test windows in a row, and the bars from the first to the last day.

    Args:
        ledgers: see market.ledger, one for each window. dailies: daily frames of the same windows.
        bars: date, symbol, close.
    """
    starts = sorted(daily["date"][0] for daily in dailies)
    end = max(daily["date"][-1] for daily in dailies)
    return Traded(
        ledger=pl.concat(ledgers).sort("date", maintain_order=True),
        bars=bars.filter(pl.col("date").is_between(starts[0], end)),
        starts=np.array(starts, dtype="datetime64[D]"),
    )


def draw_trades(
    traded: Traded, *, whose: str, most: int, execution: str
) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the pictures of the symbols traded most show, ready for JSON, and each by its file.

    Args:
        traded: see traded_by. whose: the policy. most: symbols that are drawn.
        execution: where orders fill.
    """
    shown: list[dict[str, Any]] = []
    files: dict[str, bytes] = {}
    for place, trades in enumerate(most_traded(traded, most=most), start=1):
        figure = plot_trades(trades, whose=whose, starts=traded.starts)
        name = file_name(trades.symbol, place=place)
        drawn = encode_kinds(Drawn(figure, execution))
        files |= {f"{name}.{kind}": content for kind, content in drawn.items()}
        shown.append({"symbol": trades.symbol, "fills": trades.fills.height, "picture": name})
    return {"whose": whose, "symbols": traded.ledger["symbol"].n_unique(), "shown": shown}, files


def most_traded(traded: Traded, *, most: int) -> list[Trades]:
    """The symbols with the largest value traded, largest first, at most so many."""
    total = traded.ledger.group_by("symbol").agg(pl.col("value").sum())
    chosen = total.sort(["value", "symbol"], descending=[True, False]).head(most)["symbol"]
    wanted = pl.col("symbol").is_in(chosen.to_list())
    columns = ("date", "symbol", "close")
    prices = _by_symbol(traded.bars.filter(wanted).select(columns).sort("date"))
    fills = _by_symbol(traded.ledger.filter(wanted))
    nothing = traded.bars.select(columns).clear()
    return [Trades(name, prices.get(name, nothing), fills[name]) for name in chosen]


def _by_symbol(frame: pl.DataFrame) -> dict[str, pl.DataFrame]:
    parts = frame.partition_by("symbol", as_dict=True, maintain_order=True)
    return {str(name): part for (name,), part in parts.items()}


def file_name(symbol: str, *, place: int) -> str:
    """A safe name without an ending for a symbol's picture: its place, then its letters.

    Letters other than A to Z, digits, dot and hyphen become _; the place tells equal ones apart.
    """
    return f"{place:03d}_{re.sub(r'[^A-Za-z0-9.-]', '_', symbol)[:_KEPT_LETTERS]}"


def plot_trades(trades: Trades, *, whose: str, starts: Dates) -> Figure:
    """The close of one symbol with a marker for every fill, at its date and price.

    A marker's area grows with the value of the fill, relative to the symbol's largest.

    Args:
        trades: the symbol's. whose: the policy. starts: first dates of test windows.
    """
    largest = max(float(trades.fills["value"].to_numpy().max(initial=0.0)), 1e-300)
    with figure_style():
        figure, (axes,) = column([_HEIGHT_INCHES], legend_rows=3)
        axes.plot(
            trades.bars["date"], trades.bars["close"], color=GREY, linewidth=1.2,
            label="close", zorder=1.5,
        )  # fmt: skip
        for side, (marker, colour, said) in SIDES.items():
            own = trades.fills.filter(side=side)
            if own.is_empty():
                continue
            axes.scatter(
                own["date"].to_numpy(),
                own["price"].to_numpy(),
                s=_LEAST_AREA + _MORE_AREA * own["value"].to_numpy() / largest,
                marker=marker,
                color=colour,
                alpha=0.75,
                linewidths=0.0,
                label=f"{said}: {own.height:,} {'fill' if own.height == 1 else 'fills'}",
                gid=side,
                zorder=2.5,
            )
        mark_folds(axes, starts).set_label(FOLD_MARK)
        axes.margins(x=0.01)
        axes.set_title(f"Fills on the price: {short(trades.symbol)}\n{whose}")
        axes.set_ylabel("price (as in the bars)")
        figure.legend(loc="outside lower left", ncols=2, markerscale=1.0)
    return figure
