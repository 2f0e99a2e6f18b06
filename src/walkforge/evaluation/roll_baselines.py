"""Baselines are rolled by the simulator that rolls agents, at its costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from walkforge.evaluation.baseline_context import Baseline, BaselineContext
from walkforge.market.config import MarketConfig
from walkforge.market.plan import plan_days
from walkforge.market.rollout import Rolled, Stretch, roll_record
from walkforge.registry import load_baselines
from walkforge.splits.windows import Window


def baseline_of(name: str) -> Baseline:
    """The baseline of a name, whose module is imported."""
    known: Mapping[str, Baseline] = load_baselines(name).BASELINES
    return known[name]


def roll_baselines(
    names: Iterable[str],
    contexts: Sequence[BaselineContext],
    *,
    config: MarketConfig,
    warm_in_days: int,
) -> dict[str, Rolled]:
    """Each named baseline's record through the windows of contexts, in one account.

    Args:
        names: of baselines. contexts: in order of time, of one market. config: on what terms.
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
    baseline = baseline_of(name)
    if baseline.fitted:
        decides = [baseline.policy(context) for context in run]
    else:
        whole = replace(run[0], window=Window(run[0].window.start, run[-1].window.end))
        decides = [baseline.policy(whole)] * len(run)
    return [
        Stretch(context.window, decide, context.market)
        for context, decide in zip(run, decides, strict=True)
    ]
