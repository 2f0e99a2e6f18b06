"""What moved a policy's scores from one session to the next, feature by feature."""

import math
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import Tensor

from walkforge.agents.policy import Policy
from walkforge.market.account import Factors, Observation
from walkforge.market.market import Market
from walkforge.market.simulator import open_accounts
from walkforge.ranking.ensemble import Ensemble
from walkforge.ranking.point_in_time import PointInTime
from walkforge.ranking.recommendation import last_seen

ORDERS = 4  # random orders of the features; each is walked forwards and backwards
ORDER_SEED = 0
AT_ONCE = 16  # steps of a walk that are scored at once
SHOWN = 3  # features named for each symbol

_COMPARED = ("rank", "action", "target_weight", "score")
_PARTS = {
    **{
        name: kind
        for place in range(1, SHOWN + 1)
        for name, kind in ((f"feature_{place}", pl.String), (f"moved_{place}", pl.Float64))
    },
    "other_features": pl.Float64,
}
_CHANGES = {
    "symbol": pl.String, "rank": pl.Int64, "rank_change": pl.Int64, "action": pl.String,
    "action_before": pl.String, "target_weight": pl.Float64, "weight_change": pl.Float64,
    "score": pl.Float64, "score_change": pl.Float64, **_PARTS, "universe": pl.Float64,
    "since": pl.Date, "as_of": pl.Date,
}  # fmt: skip


def moved_scores(policy: Policy, market: Market) -> Tensor:
    """What each feature's change since the session before did to flat scores, [F, K].

    Shapley values by antithetic permutations (Mitchell, Cooper, Frank and Holmes 2022): features
    go from yesterday's to today's value one after another, in all symbols at once, in ORDERS random
    orders and their reverses; a feature's part is the mean change of the score at its turn. In any
    order the parts sum to the score of today less that of yesterday's features on today's market,
    exactly; what is left of the day's change comes from symbols that can be traded on one of the
    two days alone and, for regimes, from their factors.

    Args:
        policy: whose scores. market: of which the last two dates are compared.
    """
    seen = flat_seen(policy, market)
    after = seen.features
    before = _yesterday(seen, market)
    generator = np.random.default_rng(ORDER_SEED)
    count = after.shape[-1]
    drawn = [generator.permutation(count) for _ in range(ORDERS)]
    orders = [each for order in drawn for each in (order, order[::-1])]
    parts = torch.zeros(count, len(market.symbols), dtype=torch.float64)
    for each in orders:
        order = torch.from_numpy(each.copy())
        scores = _walked(policy, seen, before, after, order=order)
        parts[order] += scores.diff(dim=0) / len(orders)
    return parts


def flat_seen(policy: Policy, market: Market) -> Observation:
    """What a flat account sees at the close of a market's last date."""
    count = len(market.symbols)
    shape = (count, 1) if policy.scheme.single_symbol else (1, count)
    return last_seen(policy, market, open_accounts(*shape, cash=1.0, device=market.device))


def _yesterday(seen: Observation, market: Market) -> Tensor:
    """The features of the session before, today's where a symbol was not tradable then."""
    shape = seen.features.shape
    both = (market.tradable[-2] & market.tradable[-1]).reshape(*shape[:2], 1)
    return torch.where(both, market.features[-2].reshape(shape), seen.features)


def _walked(
    policy: Policy, seen: Observation, before: Tensor, after: Tensor, *, order: Tensor
) -> Tensor:
    """The scores [F + 1, K] while features turn from `before` to `after`, in an order."""
    turn = torch.empty_like(order)
    turn[order] = torch.arange(len(order))
    scores = []
    for first in range(0, len(order) + 1, AT_ONCE):
        steps = torch.arange(first, min(first + AT_ONCE, len(order) + 1))
        turned = turn < steps.reshape(-1, 1, 1, 1)
        features = torch.where(turned, after, before)
        scores.append(_scores(policy, seen, features))
    return torch.cat(scores)


def _scores(policy: Policy, seen: Observation, features: Tensor) -> Tensor:
    """The scores [N, K] of N versions of the features [N, B, K, F]."""
    count = len(features)

    def again(part: Tensor) -> Tensor:
        return part.repeat(count, *[1] * (part.dim() - 1))

    factors = None if seen.factors is None else Factors(*map(again, seen.factors))
    asked = Observation(features.flatten(0, 1), again(seen.weights), again(seen.tradable), factors)
    return policy.scores(asked).reshape(count, -1)


def moved_by_features(ensemble: Ensemble, current: PointInTime) -> pl.DataFrame:
    """The part that each feature has in the change of each symbol's score.

    Columns: symbol, then a column for each feature: means over the policies; null for a symbol
    that could not be traded on both of the last two dates.
    """
    parts = [moved_scores(member.policy, current.market) for member in ensemble.members]
    market = current.market
    both = (market.tradable[-1] & market.tradable[-2]).numpy()
    mean = np.where(both, np.mean([part.numpy() for part in parts], axis=0), np.nan)
    features = pl.DataFrame(mean.T, schema=list(market.feature_names), orient="row")
    symbols = pl.Series("symbol", market.symbols, dtype=pl.String)
    return pl.DataFrame([symbols, *features.fill_nan(None).get_columns()])


def change_frame(
    now: pl.DataFrame, before: pl.DataFrame | None, moved: pl.DataFrame | None
) -> pl.DataFrame:
    """What changed for each symbol since the session before, largest change of score first.

    Columns: symbol, rank, rank_change (places won), action, action_before, target_weight,
    weight_change, score, score_change; feature_1 to feature_3 and moved_1 to moved_3, the features
    that moved the score most, and by how much; other_features, what the rest moved it by;
    universe, what remains: symbols that came or went, and the factors of regimes; since, as_of.
    moved_1 to moved_3, other_features and universe sum to score_change. What follows score_change
    is null for a symbol that could not be traded on both dates. No row without a session before.

    Args:
        now, before: rank, symbol, action, target_weight, score, tradable, as_of: flat accounts'.
        moved: of moved_by_features.
    """
    if before is None or moved is None:
        return pl.DataFrame(schema=_CHANGES)
    earlier = before.select(
        "symbol", pl.col("tradable").alias("was_tradable"),
        *(pl.col(name).alias(f"{name}_before") for name in _COMPARED),
    )  # fmt: skip
    joined = now.join(earlier, on="symbol", how="left")
    both = pl.col("tradable") & pl.col("was_tradable")
    score_change = pl.when(both).then(pl.col("score") - pl.col("score_before"))
    changed = joined.with_columns(
        rank_change=pl.col("rank_before") - pl.col("rank"),
        weight_change=pl.col("target_weight") - pl.col("target_weight_before"),
        score_change=score_change,
        since=pl.lit(before["as_of"][0]),
    ).join(_largest(moved), on="symbol", how="left")
    parts = [f"moved_{place}" for place in range(1, SHOWN + 1)]
    rest = pl.col("score_change") - pl.sum_horizontal(*parts, "other_features")
    whole = changed.with_columns(universe=rest)
    order = whole.sort(
        pl.col("score_change").abs(), "symbol", descending=[True, False], nulls_last=True
    )
    return order.select(pl.col(name).cast(kind) for name, kind in _CHANGES.items())


def _largest(moved: pl.DataFrame) -> pl.DataFrame:
    """Symbol, the SHOWN features that moved its score most with their parts, and the rest.

    Of equal parts the first feature by name comes first.
    """
    rows = []
    for symbol, *parts in moved.rows():
        if parts[0] is None:
            continue
        named = sorted(
            zip(moved.columns[1:], parts, strict=True), key=lambda each: (-abs(each[1]), each[0])
        )
        row: dict[str, Any] = {"symbol": symbol}
        for place in range(1, SHOWN + 1):
            name, part = named[place - 1] if place <= len(named) else (None, 0.0)
            row |= {f"feature_{place}": name, f"moved_{place}": part}
        rows.append(row | {"other_features": math.fsum(part for _, part in named[SHOWN:])})
    return pl.DataFrame(rows, schema={"symbol": pl.String, **_PARTS})
