"""The page of trades: the pictures of the symbols traded most, each under its name."""

import base64
from collections.abc import Sequence
from typing import NamedTuple

from walkforge.reporting.encoding import encode_all
from walkforge.reporting.look_ahead import warned
from walkforge.reporting.pages import render_page
from walkforge.reporting.trades_figure import Traded, file_name, most_traded, plot_trades


def draw_trades(
    traded: Traded, *, whose: str, most: int, execution: str
) -> tuple[str, dict[str, bytes]]:
    """Return a page of the symbols traded most, and their pictures by name of the file.

    Args:
        traded: see trades_figure.traded_by. whose: the policy. most: symbols that are drawn.
        execution: where orders fill.
    """
    shown: list[Picture] = []
    files: dict[str, bytes] = {}
    for place, trades in enumerate(most_traded(traded, most=most), start=1):
        figure = plot_trades(trades, whose=whose, starts=traded.starts)
        name = file_name(trades.symbol, place=place)
        drawn = encode_all({name: figure}, execution=execution)
        files |= {f"{name}.{kind}": drawn[f"{name}_{kind}"] for kind in ("png", "svg")}
        shown.append(Picture(trades.symbol, trades.fills.height, drawn[f"{name}_png"]))
    symbols = traded.ledger["symbol"].n_unique()
    return trades_html(shown, whose=whose, traded=symbols, execution=execution), files


class Picture(NamedTuple):
    """A symbol, how many fills its picture shows, and the picture itself as PNG."""

    symbol: str
    fills: int
    png: bytes


def trades_html(pictures: Sequence[Picture], *, whose: str, traded: int, execution: str) -> str:
    """Return a self-contained page with a picture for each symbol, most traded first.

    Args:
        pictures: those that are shown. whose: the policy. traded: symbols that it traded in all.
        execution: where orders fill.
    """
    shown = [
        {
            "caption": f"{each.symbol}: {each.fills:,} {'fill' if each.fills == 1 else 'fills'}",
            "base64": base64.b64encode(each.png).decode(),
        }
        for each in pictures
    ]
    lead = (
        f"{whose} traded {traded:,} {'symbol' if traded == 1 else 'symbols'} in its test windows; "
        f"shown {'is the one' if len(shown) == 1 else f'are the {len(shown):,}'} with the largest "
        "value traded. Every marker is a row of the ledger, at its date and price; what was bought "
        "in the warm-in, before the first window, has none."
        if traded
        else f"{whose} traded nothing in its test windows."
    )
    said = " ".join((*warned(execution), lead))
    return render_page("trades.html.j2", title="Trades on the price", lead=said, pictures=shown)
