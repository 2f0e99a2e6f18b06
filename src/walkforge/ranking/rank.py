"""Rankings: what the live policies of all seeds would do with a flat account at a date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
import polars as pl
import torch
from numpy.typing import NDArray

from walkforge.agents.policy import Policy, market_of_policy
from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.market.simulator import open_accounts
from walkforge.market.turn import observe


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingConfig:
    """Section `ranking`: the agent that ranks, and how far from equal weight an action begins."""

    agent: str
    action_band: float


def rank_symbols(
    policies: Sequence[Policy], market: Market, *, as_of: date, config: RankingConfig
) -> pl.DataFrame:
    """Return the ranking of all symbols at the close of a date, best first.

    Columns: rank (1 is best; ties by symbol), symbol, action (buy, hold, sell), target_weight
    and score (means over seeds), agreement (share of seeds with the same action), last_bar,
    as_of. Symbols without a complete bar on that date come last, on hold.

    Args:
        policies: one per seed.
        market: bars after `as_of` are cut off before anything is computed.
        as_of: a date with bars.
        config: width of the band.

    Raises:
        InputError: the date has no bars, or lacks a feature of a policy.
    """
    seen_market = market.until(as_of)
    if seen_market.dates[-1] != as_of:
        raise InputError(
            f"no bars on {as_of}: the last session before it is {seen_market.dates[-1]}"
        )
    decided = [_decided(each, market_of_policy(each, seen_market)) for each in policies]
    weights = np.stack([each.weights for each in decided])
    scores = np.stack([each.scores for each in decided])
    tradable = seen_market.tradable[-1].cpu().numpy()
    actions = np.stack([_actions(row, tradable, config.action_band) for row in weights])
    combined = _actions(weights.mean(axis=0), tradable, config.action_band)
    frame = pl.DataFrame(
        {
            "symbol": list(market.symbols),
            "action": combined,
            "target_weight": weights.mean(axis=0),
            "score": scores.mean(axis=0),
            "agreement": (actions == combined).mean(axis=0),
            "last_bar": _last_bars(seen_market),
            "tradable": tradable,
        }
    )
    ordered = frame.sort(
        "tradable", "score", "symbol", descending=[True, True, False]
    ).with_columns(as_of=pl.lit(as_of), rank=pl.int_range(1, pl.len() + 1))
    return ordered.select(
        "rank", "symbol", "action", "target_weight", "score", "agreement", "last_bar", "as_of"
    )


class _Decided(NamedTuple):
    """What one policy wants of a flat account: weights [K] of the capital, and scores [K]."""

    weights: NDArray[np.float64]
    scores: NDArray[np.float64]


def _decided(policy: Policy, market: Market) -> _Decided:
    """Return what a policy wants of a flat account at the close of the market's last date."""
    count, single = len(market.symbols), policy.scheme.single_symbol
    accounts, width = (count, 1) if single else (1, count)
    flat = open_accounts(accounts, width, cash=1.0, device=market.device)
    day = torch.full((accounts,), len(market.dates) - 1, device=market.device)
    symbol = torch.arange(count, device=market.device) if single else None
    seen = observe(market, flat, day=day, symbol=symbol, factors=policy.scheme.uses_factors)
    weights = policy.targets(seen)[:, :-1].flatten() / accounts
    return _Decided(weights.cpu().numpy(), policy.scores(seen).flatten().cpu().numpy())


def _actions(
    weights: NDArray[np.float64], tradable: NDArray[np.bool_], band: float
) -> NDArray[np.str_]:
    """Return buy, hold or sell per symbol: its weight against equal weight, give or take a band."""
    ratio = weights * max(int(tradable.sum()), 1)
    return np.select(
        [~tradable, ratio > 1.0 + band, ratio < 1.0 - band], ["hold", "buy", "sell"], "hold"
    )


def _last_bars(market: Market) -> list[date | None]:
    """Return each symbol's last date with a complete bar, None where it has none."""
    steps = torch.arange(1, len(market.dates) + 1, device=market.device).unsqueeze(-1)
    last = (market.tradable * steps).amax(dim=0).tolist()
    return [market.dates[row - 1] if row else None for row in last]
