"""The page of trades: the pictures of the symbols traded most, each under its name."""

import base64
from collections.abc import Sequence
from typing import NamedTuple

from walkforge.reporting.catalogue import Entry
from walkforge.reporting.html.render import render_page
from walkforge.reporting.look_ahead import warned
from walkforge.reporting.material import Material

ENTRY = Entry(
    place="figures/trades_{agent}",
    inputs={
        "traded": "figures/trades/{agent}.json",
        "pictures": "figures/trades/{agent}",
    },
    keys=("market.execution",),
    category="2. Evaluation",
    caption=(
        "Every fill of the agent's first seed on the price of the symbols that it traded "
        "most, at the date and price that the ledger holds."
    ),
)


def write(material: Material) -> str:
    """The page, of what it is made of."""
    traded = material.files["traded"]
    drawn = {path.stem: png for path, png in material.files["pictures"].items()}
    return trades_html(
        [
            Picture(each["symbol"], each["fills"], drawn[each["picture"]])
            for each in traded["shown"]
        ],
        whose=traded["whose"],
        traded=traded["symbols"],
        execution=material.execution,
    )


class Picture(NamedTuple):
    """A symbol, how many fills its picture shows, and the picture itself as PNG."""

    symbol: str
    fills: int
    png: bytes


def trades_html(pictures: Sequence[Picture], *, whose: str, traded: int, execution: str) -> str:
    """A self-contained page with a picture for each symbol, most traded first.

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
