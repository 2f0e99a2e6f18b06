"""Baselines: policies of no reinforcement learning, rolled by the same simulator at its costs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from walkforge.evaluation.allocation import (
    Allocate,
    inverse_volatility,
    momentum,
    rebalanced,
)
from walkforge.evaluation.baseline_context import BaselineContext
from walkforge.evaluation.naive_baselines import buy_and_hold, cash, equal_weight
from walkforge.evaluation.optimised import hierarchical_risk_parity, minimum_variance
from walkforge.evaluation.ranker import ranker
from walkforge.market.config import MarketConfig
from walkforge.market.plan import plan_days
from walkforge.market.regimes import REGIMES, regime_targets
from walkforge.market.rollout import Decide, Rolled, Stretch, roll_record
from walkforge.metrics.series import periods_per_year
from walkforge.splits.windows import Window


def _allocation(allocate: Allocate) -> Callable[[BaselineContext], Decide]:
    """What gives the policy of an allocation, of the configured lookback."""
    return lambda context: rebalanced(allocate, context, days=context.config.lookback_days)


def _momentum(context: BaselineContext) -> Decide:
    """Policy of momentum, which looks back a year of the dates up to its first decision."""
    known = context.market.dates[: context.decisions.start + 1]
    return rebalanced(momentum, context, days=periods_per_year(known))


def _regime(name: str) -> Callable[[BaselineContext], Decide]:
    """What gives the policy that holds one regime."""
    return lambda context: partial(regime_targets, name)


# Name -> what gives the policy of one rollout.
BASELINES: Mapping[str, Callable[[BaselineContext], Decide]] = {
    "cash": lambda context: cash,
    "buy_and_hold": lambda context: buy_and_hold(),
    "equal_weight": lambda context: equal_weight,
    "inverse_volatility": _allocation(inverse_volatility),
    "minimum_variance": _allocation(minimum_variance),
    "hierarchical_risk_parity": _allocation(hierarchical_risk_parity),
    "momentum_12_1": _momentum,
    **{f"regime_{name}": _regime(name) for name in REGIMES},
    "ranker": ranker,
}


FITTED = frozenset({"ranker"})  # anew for each window; the others go on over its border


def roll_baselines(
    names: Iterable[str],
    contexts: Sequence[BaselineContext],
    *,
    config: MarketConfig,
    warm_in_days: int,
) -> dict[str, Rolled]:
    """Each named baseline's record through the windows of contexts, in one account.

    Args:
        names: among BASELINES. contexts: in order of time, of one market. config: on what terms.
        warm_in_days: see market.rollout.roll_record.

    Raises:
        InputError: see market.plan.plan_days.
    """
    runs = _runs(contexts, warm_in_days=warm_in_days)
    rolled = {}
    for name in names:
        stretches = [each for run in runs for each in _stretches(name, run)]
        rolled[name] = roll_record(stretches, config=config, warm_in_days=warm_in_days)
    return rolled


def _runs(contexts: Sequence[BaselineContext], *, warm_in_days: int) -> list[list[BaselineContext]]:
    """The contexts whose windows follow each other without a gap, the first warmed in."""
    windows = [context.window for context in contexts]
    planned = plan_days(contexts[0].market, windows, warm_in_days=warm_in_days)
    opening = {day.window for day in planned if day.opens}
    runs: list[list[BaselineContext]] = []
    for place, context in enumerate(contexts):
        if place in opening:
            runs.append([replace(context, warm_in_days=warm_in_days)])
        else:
            runs[-1].append(context)
    return runs


def _stretches(name: str, run: Sequence[BaselineContext]) -> list[Stretch]:
    """Who decides in each window of a run: what is not fitted is one policy for all."""
    if name in FITTED:
        decides = [BASELINES[name](context) for context in run]
    else:
        whole = replace(run[0], window=Window(run[0].window.start, run[-1].window.end))
        decides = [BASELINES[name](whole)] * len(run)
    return [
        Stretch(context.window, decide, context.market)
        for context, decide in zip(run, decides, strict=True)
    ]
