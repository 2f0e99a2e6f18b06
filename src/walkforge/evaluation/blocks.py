"""Roll-outs of test blocks, each in an account of its own that is warmed in before it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import polars as pl

from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.evaluation.series import BUY_AND_HOLD, EQUAL_WEIGHT
from walkforge.features.panel import Panel
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Decide, Rollout, Stretch, roll_record
from walkforge.provenance import read_json
from walkforge.splits.manifest import blocks_of, check_rows
from walkforge.splits.windows import Window


def read_blocks(path: Path, panel: Panel, *, fold: str) -> dict[int, Window]:
    """The test blocks of a split's manifest, by the number of their group.

    Raises:
        InputError: the manifest is another split's, or of other rows than the panel's.
    """
    manifest = read_json(path)
    check_rows(manifest, panel, fold=fold)
    return blocks_of(manifest)


def roll_blocks(roll: Callable[[Window], Rollout], blocks: Mapping[int, Window]) -> pl.DataFrame:
    """Date, net_return and turnover of every day of every block, and its group.

    Args:
        roll: rolls a policy through one window. blocks: windows by the number of their group.

    Raises:
        InputError: see market.rollout.
    """
    parts = [
        roll(window).daily.select(
            pl.lit(group).cast(pl.Int64).alias("group"), "date", "net_return", "turnover"
        )
        for group, window in sorted(blocks.items())
    ]
    return pl.concat(parts)


def roll_always_on(
    market: Market, blocks: Mapping[int, Window], *, config: MarketConfig, warm_in_days: int
) -> pl.DataFrame:
    """The days of equal weight and of buy and hold, under `strategy`.

    They are fitted on nothing, so that every path holds the same days of them.
    """

    def roll(decide: Decide, window: Window) -> Rollout:
        stretch = Stretch(window, decide, market)
        return roll_record([stretch], config=config, warm_in_days=warm_in_days).windows[0]

    def roll_equal_weight(window: Window) -> Rollout:
        return roll(equal_weight, window)

    def roll_buy_and_hold(window: Window) -> Rollout:
        return roll(buy_and_hold(), window)

    rolled = {EQUAL_WEIGHT: roll_equal_weight, BUY_AND_HOLD: roll_buy_and_hold}
    parts = [
        roll_blocks(roll, blocks).select(pl.lit(name).alias("strategy"), pl.all())
        for name, roll in rolled.items()
    ]
    return pl.concat(parts)
