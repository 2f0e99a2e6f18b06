"""One episode of a policy, as a picture and a table.

    python -m walkforge.agents.render results/agents/AGENT/FOLD/seed_SEED/policy --out episode

The account opens in cash; what is drawn is one symbol's bars with the policy's fills, the weight
that it held, and the equity of the whole account.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style
import numpy as np
import polars as pl
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from walkforge.agents.policy import Policy, load_policy, market_of_policy
from walkforge.configuration.strict_yaml import read_recorded
from walkforge.errors import InputError, nearest
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content, read_frame
from walkforge.market.config import market_config
from walkforge.market.market import Market, market_of
from walkforge.market.rollout import Rollout, rollout
from walkforge.market.simulator import CostParts
from walkforge.provenance import Content, read_json, write_artifacts
from walkforge.splits.manifest import TEST_FILE
from walkforge.splits.windows import Window, overlap, sealed_window, window_from

DAYS = 120  # of an episode that is not asked for otherwise
MOST_DAYS = 2_000
LOOK_AHEAD = "for study only: same close (look-ahead)\n"
UP = "#0072B2"
DOWN = "#D55E00"
GREY = "#777777"
MARKERS = {"buy": ("^", UP), "sell": ("v", DOWN), "delisted": ("X", "black"), "cut": ("P", "black")}
STYLE = {
    "text.parse_math": False, "font.family": "DejaVu Sans", "font.size": 11.0,
    "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
    "axes.axisbelow": True, "grid.color": "#DDDDDD", "legend.frameon": False, "savefig.dpi": 150.0,
    "date.converter": "concise",
}  # fmt: skip


class Episode(NamedTuple):
    """A roll-out, and the one symbol of it that is looked at.

    table: date, open, high, low, close, target_weight (ordered at the close before), weight (at
        the close), side, quantity, price, cost (of the fills), equity (of the account).
    execution: where orders fill.
    """

    symbol: str
    table: pl.DataFrame
    execution: str


def render(results: Path, policy: Path, *, asked: argparse.Namespace) -> Episode:
    """The episode of a policy in a study's data.

    Args:
        results: folder of the study's results. policy: folder of a policy.
        asked: symbol and start, each None where it is to be chosen, and days.

    Raises:
        InputError: a file is missing or no longer what it was, an unknown symbol, no such dates,
            or dates of a sealed hold-out.
    """
    if not (results / "config.yaml").is_file():
        raise InputError(f"{results} holds no config.yaml: name the folder of results")
    config = read_recorded(results / "config.yaml")
    panel = load_panel(results / "features/market.safetensors", results / "features/market.json")
    market = market_of(panel, device=torch.device("cpu"))
    own = load_policy(policy, device=torch.device("cpu"))
    window = _window(market, policy, results, config=config, asked=asked)
    known = market_of_policy(own, market)
    targets: list[torch.Tensor] = []
    rolled = _rolled(own, known, window, config=config, targets=targets)
    symbol = _symbol(asked.symbol, rolled, market)
    bars = read_frame(results / "bars/bars.parquet").filter(
        pl.col("symbol") == symbol, pl.col("date").is_between(window.start, window.end, "left")
    )
    table = _table(symbol, rolled, bars, market, targets=targets)
    return Episode(symbol, table, config["market"]["execution"])


def _rolled(
    policy: Policy,
    market: Market,
    window: Window,
    *,
    config: dict[str, Any],
    targets: list[torch.Tensor],
) -> Rollout:
    """The roll-out from cash; the weights that are ordered each day go to `targets`, [K]."""

    def decide(seen: Any) -> torch.Tensor:
        ordered = policy.orders(seen)
        shares = ordered[:, :-1]
        single = policy.scheme.single_symbol
        targets.append(shares[:, 0] / len(shares) if single else shares[0])
        return ordered

    return rollout(
        decide, market, window, config=market_config(config["market"]),
        single_symbol=policy.scheme.single_symbol,
    )  # fmt: skip


def _window(
    market: Market,
    policy: Path,
    results: Path,
    *,
    config: dict[str, Any],
    asked: argparse.Namespace,
) -> Window:
    """The dates of the episode: as asked, else the first of the policy's test window."""
    days = asked.days
    if not 1 <= days <= MOST_DAYS:
        raise InputError(f"--days {days}: give 1 to {MOST_DAYS:,}")
    start = asked.start or _scored_from(policy, results)
    rows = [row for row, day in enumerate(market.dates) if day >= start]
    if not rows or rows[0] == 0:
        raise InputError(
            f"--start {start} leaves no day to trade: the data run from {market.dates[0]} to "
            f"{market.dates[-1]}, and the first date is only seen"
        )
    last = market.dates[min(rows[0] + days, len(market.dates)) - 1]
    window = Window(market.dates[rows[0]], date.fromordinal(last.toordinal() + 1))
    sealed = sealed_window(config["holdout"])
    if sealed is not None and overlap(window, sealed) is not None:
        raise InputError(
            f"the episode from {window.start} to {last} reaches into the sealed hold-out, from "
            f"{sealed.start} to {sealed.end}: end before it"
        )
    return window


def _scored_from(policy: Path, results: Path) -> date:
    """The first date of the test window of the fold that a policy's folder names."""
    fold = policy.resolve().parent.parent.name
    file = results / "folds" / fold / TEST_FILE
    if not file.is_file():
        raise InputError(f"{policy} is of no fold with a test window: give --start")
    return window_from(read_json(file)["test"]).start


def _symbol(asked: str | None, rolled: Rollout, market: Market) -> str:
    """The symbol that is looked at: as asked, else the one with the largest value traded."""
    if asked is not None:
        if asked not in market.symbols:
            raise InputError(
                f"--symbol {asked!r} is not in the data: the nearest is "
                f"{nearest(asked, market.symbols)!r}"
            )
        return asked
    traded = rolled.ledger.group_by("symbol").agg(pl.col("value").sum())
    most = traded.sort(["value", "symbol"], descending=[True, False])
    return str(most["symbol"][0]) if most.height else market.symbols[0]


def _table(
    symbol: str,
    rolled: Rollout,
    bars: pl.DataFrame,
    market: Market,
    *,
    targets: Sequence[torch.Tensor],
) -> pl.DataFrame:
    """A row for each date of the episode."""
    place = market.symbols.index(symbol)
    ordered = pl.Series("target_weight", [float(each[place]) for each in targets])
    fills = rolled.ledger.filter(pl.col("symbol") == symbol).select(
        "date", "side", "quantity", "price", cost=pl.sum_horizontal(CostParts._fields)
    )
    weights = rolled.weights.filter(pl.col("symbol") == symbol).select("date", "weight")
    days = rolled.daily.select("date", "equity").with_columns(ordered)
    prices = bars.select("date", "open", "high", "low", "close")
    joined = days.join(prices, on="date", how="left").join(weights, on="date", how="left")
    whole = joined.with_columns(pl.col("weight").fill_null(0.0)).join(fills, on="date", how="left")
    return whole.sort("date").select(
        "date", "open", "high", "low", "close", "target_weight", "weight", "side", "quantity",
        "price", "cost", "equity",
    )  # fmt: skip


def draw(episode: Episode, *, title: str) -> bytes:
    """The picture of an episode as PNG."""
    table = episode.table
    with matplotlib.style.context(["default", STYLE], after_reset=False):
        figure = Figure(figsize=(11.0, 8.5), layout="constrained")
        panels = figure.subplots(3, 1, sharex=True, height_ratios=(3.0, 1.3, 1.3))
        _draw_bars(panels[0], table)
        told = LOOK_AHEAD if episode.execution == "same_close" else ""
        panels[0].set_title(f"{told}{title}\n{episode.symbol[:60]}", loc="left")
        panels[0].set_ylabel("price (as in the bars)")
        panels[0].margins(y=0.15)
        panels[0].legend(loc="upper left", ncols=4)
        panels[1].step(table["date"], 100.0 * table["target_weight"], where="post", color=GREY,
                       linestyle="--", label="ordered at the close before")  # fmt: skip
        panels[1].plot(table["date"], 100.0 * table["weight"], color=UP, label="held at the close")
        panels[1].margins(y=0.3)
        panels[1].set_ylabel("weight, %")
        panels[1].legend(loc="upper left", ncols=2)
        panels[2].plot(table["date"], table["equity"], color="black")
        panels[2].axhline(1.0, color=GREY, linewidth=0.8)
        panels[2].set_ylabel("equity, opens at 1")
        stream = BytesIO()
        figure.savefig(stream, format="png", metadata={"Software": None})
    return stream.getvalue()


def _draw_bars(axes: Axes, table: pl.DataFrame) -> None:
    """Bars from low to high with a body from open to close, and the fills on them."""
    days = table.unique("date", keep="first", maintain_order=True).drop_nulls("close")
    rising = (days["close"] >= days["open"]).to_numpy()
    for own, colour, said in ((rising, UP, "close above open"), (~rising, DOWN, "below")):
        part = days.filter(own)
        axes.vlines(part["date"], part["low"], part["high"], color=colour, linewidth=0.8)
        axes.vlines(part["date"], part["open"], part["close"], color=colour, linewidth=3.0,
                    alpha=0.5, label=said)  # fmt: skip
    for side, (marker, colour) in MARKERS.items():
        own_fills = table.filter(pl.col("side") == side)
        if own_fills.height:
            value = (own_fills["quantity"].abs() * own_fills["price"]).to_numpy()
            area = 20.0 + 120.0 * value / max(float(np.max(value)), 1e-300)
            axes.scatter(own_fills["date"].to_numpy(), own_fills["price"].to_numpy(), s=area,
                         marker=marker, color=colour, edgecolors="black", linewidths=0.6,
                         zorder=3.0, label=f"{side}: {own_fills.height}")  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the policy that is named, and give the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m walkforge.agents.render",
        description="Draw one episode of a policy, and write its table.",
    )
    add = parser.add_argument
    add("policy", type=Path, help="the folder of a policy")
    add("--results", type=Path, default=Path("results"), help="of the study")
    add("--symbol", help="whose bars are drawn; without it the one traded most")
    add("--start", type=date.fromisoformat, help="first date; without it the test window's")
    add("--days", type=int, default=DAYS, help=f"sessions; without it {DAYS}")
    add("--out", type=Path, default=Path("episode"), help="path without an ending")
    asked = parser.parse_args(arguments)
    try:
        episode = render(asked.results, asked.policy, asked=asked)
        picture = asked.out.with_name(f"{asked.out.name}.png")
        table = asked.out.with_name(f"{asked.out.name}.parquet")
        title = " / ".join(asked.policy.resolve().parent.parts[-3:])
        content: dict[Path, Content] = {
            picture: draw(episode, title=title),
            table: parquet_content(episode.table),
        }
        write_artifacts("render", content)
    except InputError as error:
        sys.stderr.write(f"walkforge.agents.render: {error}\n")
        return 1
    sys.stdout.write(f"{picture}, {table}: {episode.table['date'].n_unique()} sessions of "
                     f"{episode.symbol!r}\n")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
