"""The audit of decisions on the stored market: nothing that is decided may know what comes later.

The audit of the chain looks at policies on the bars around a window. Here all that follows a
decision is another up to the last date, for the baselines too, whose allocations look back further:
a symbol that is delisted years later must be treated as any other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from walkforge.evaluation.baseline_context import BaselineContext
from walkforge.evaluation.baselines.ranker import predictions
from walkforge.evaluation.chain import Run, changed_market, differences, record, span
from walkforge.evaluation.leaks import Difference, Finding
from walkforge.evaluation.policies import Watch
from walkforge.evaluation.roll_baselines import baseline_of
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.plan import filled_rows
from walkforge.market.rollout import Rollout, rollout
from walkforge.splits.windows import Window

# Decisions in a row that are looked at; what is not decided anew each day is decided at the first.
STRETCHES = (1, 1, 8)
CHECK = "later market"
FITTED_ON = 63  # decisions that what is fitted is compared on
ENDING = 2  # symbols whose bars end for good, taken besides those evenly spaced

Predict = Callable[[BaselineContext], NDArray[np.float64]]


def baseline_name(name: str) -> str:
    """What findings of a baseline are said of; no agent's name has a space."""
    return f"baseline {name}"


def baseline_runs(
    names: Sequence[str], contexts: Mapping[str, BaselineContext], *, config: MarketConfig
) -> list[Run]:
    """Each baseline in each fold's test window."""
    return [
        Run(baseline_name(name), fold, context.window, partial(_roll, name, context, config))
        for fold, context in contexts.items()
        for name in names
    ]


def _roll(  # noqa: PLR0913, PLR0917
    name: str,
    context: BaselineContext,
    config: MarketConfig,
    market: Market,
    window: Window,
    watch: Watch,
) -> Rollout:
    """Roll a baseline that is made anew for a market and a window."""
    made = replace(context, market=market, window=window, warm_in_days=0)
    decide = baseline_of(name).policy(made)
    return rollout(watch(decide), market, window, config=config)


def audit_decisions(runs: Sequence[Run], market: Market) -> Iterator[Finding]:
    """Yield how what is seen, ordered and earned differs once all that follows is changed.

    Args:
        runs: policies and baselines, and their windows. market: see columns_of.
    """
    for window, same in groupby(sorted(runs, key=_window), key=_window):
        rows = filled_rows(market, window)
        of_window = list(same)
        places = np.linspace(0, len(rows) - 1, len(STRETCHES) + 1).astype(int)[1:].tolist()
        for place, days in zip(places, STRETCHES, strict=True):
            row = rows.start - 1 + place
            first = max(rows.start, row + 2 - days)
            other = changed_market(market, row)
            for run in of_window:
                if days == 1 and _is_fitted(run):
                    continue  # decided anew each day, and fitted for each roll-out
                base, again = (
                    record(run.roll, each, span(each, first, row + 1)) for each in (market, other)
                )
                for stage, found in differences(base, again, decisions=row + 2 - first).items():
                    yield run.finding(stage, CHECK, found)


def _is_fitted(run: Run) -> bool:
    """Whether a run is of a baseline that is fitted for each window."""
    name = run.agent.rpartition(" ")[2]
    return baseline_name(name) == run.agent and baseline_of(name).fitted


def _window(run: Run) -> Window:
    return run.window


def audit_labels(
    contexts: Mapping[str, BaselineContext], predict: Predict = predictions
) -> Iterator[Finding]:
    """Yield how the ranker's predictions differ once prices after its train window are others.

    The features that it predicts from stay: only what it is fitted on could differ.

    Args:
        contexts: by fold, each of a market of few symbols. predict: fits and predicts.
    """
    for fold, context in contexts.items():
        market = context.market
        last = context.market.rows(context.train).stop - 1
        rows = filled_rows(market, context.window)
        window = span(market, rows.start, min(rows.start + FITTED_ON, rows.stop) - 1)
        changed = replace(changed_market(market, last), features=market.features)
        first, again = (
            predict(replace(context, market=each, window=window)) for each in (market, changed)
        )
        differ = first.view(np.int64) != again.view(np.int64)
        found = Difference(first.size)
        if differ.any():
            worst = np.unravel_index(int(np.abs(again - first).argmax()), first.shape)
            day = market.dates[rows.start - 1 + int(worst[0])]
            symbol = market.symbols[worst[1]]
            told = f"is expected otherwise once prices after {market.dates[last]} are others"
            size = float(np.abs(again - first)[worst])
            found = Difference(first.size, int(differ.sum()), day, symbol, size, told)
        yield Finding(baseline_name("ranker"), fold, "label", "fitted again", found)


def columns_of(market: Market, symbols: int) -> Market:
    """The market of so many symbols, evenly spaced, and of a few whose bars end for good."""
    count = len(market.symbols)
    even = np.linspace(0, count - 1, min(symbols, count)).round().astype(int)
    ended = market.delisted.any(dim=0).nonzero().flatten().tolist()
    return market.of_columns(sorted({*even.tolist(), *ended[:ENDING]}))
