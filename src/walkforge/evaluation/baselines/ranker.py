"""Baseline `ranker`: gradient-boosted trees on the same features, fitted on the train window."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingRegressor
from threadpoolctl import threadpool_limits
from torch import Tensor

from walkforge.console import log_line
from walkforge.evaluation.allocation import best_half, invested
from walkforge.evaluation.baseline_context import Baseline, BaselineContext
from walkforge.market.account import Observation
from walkforge.market.config import Execution
from walkforge.market.market import Market
from walkforge.market.rollout import Decide

MOST_ROWS = 200_000  # that are fitted: 500 symbols over 20 years are 2.5 million
SEED = 0


class Labels(NamedTuple):
    """What is to be predicted: row and column [N] of each decision, and its label [N]."""

    row: NDArray[np.int64]
    column: NDArray[np.int64]
    label: NDArray[np.float64]


def ranker(context: BaselineContext) -> Decide:
    """A policy for one rollout: equal shares of the half with the best predictions.

    It goes ranker_kappa of the way each day. Equal predictions get equal shares: all of them where
    the train window holds nothing to learn from.
    """
    shares = _shares(context).to(context.market.device)
    kappa = context.config.ranker_kappa
    passed = iter(range(len(shares)))

    def decide(seen: Observation) -> Tensor:
        target = invested(shares[next(passed)], seen)
        return seen.weights + kappa * (target - seen.weights)

    return decide


def _shares(context: BaselineContext) -> Tensor:
    """Equal shares of the best half of the tradable symbols, at each decision, [R, K]."""
    market = context.market
    rows = context.decisions
    order = np.array(context.by_name)
    tradable = market.tradable[rows.start : rows.stop].cpu().numpy()
    scores = predictions(context)
    shares = np.zeros(scores.shape)
    for day in range(len(rows)):
        columns = order[tradable[day, order]]
        if len(columns) > 0:
            shares[day, columns] = best_half(scores[day, columns])
    return torch.from_numpy(shares)


def predictions(context: BaselineContext) -> NDArray[np.float64]:
    """The return above the mean that is expected of each decision's features, [R, K]."""
    market = context.market
    rows = context.decisions
    features = market.features[rows.start : rows.stop].cpu().numpy()
    model = fitted(context)
    if model is None:
        return np.zeros(features.shape[:2])
    with threadpool_limits(1):
        flat = model.predict(features.reshape(-1, features.shape[2]))
    return np.asarray(flat).reshape(features.shape[:2])


def fitted(context: BaselineContext) -> HistGradientBoostingRegressor | None:
    """The trees of the train window; None where it holds nothing to learn from.

    One thread: the order of sums decides the last bits.
    """
    market = context.market
    labels = thinned(
        labels_of(market, market.rows(context.train), execution=context.execution,
                  order=context.by_name)
    )  # fmt: skip
    if len(labels.label) == 0:
        log_line("ranker: no label in the train window, so that all predictions are equal")
        return None
    place = torch.from_numpy(labels.row), torch.from_numpy(labels.column)
    model = HistGradientBoostingRegressor(
        learning_rate=0.05, max_iter=100, max_leaf_nodes=15, min_samples_leaf=100,
        l2_regularization=1.0, early_stopping=False, random_state=SEED,
    )  # fmt: skip
    with threadpool_limits(1):
        model.fit(market.features.cpu()[place].numpy(), labels.label)
    log_line(f"ranker: fitted on {len(labels.label)} rows, {market.dates[labels.row[0]]} to "
             f"{market.dates[labels.row[-1]]}")  # fmt: skip
    return model


def labels_of(market: Market, rows: range, *, execution: Execution, order: list[int]) -> Labels:
    """What decisions at the closes of these rows earned until the next one, demeaned.

    A decision at the close of t fills at the open of t+1, and the next one at that of t+2; with
    execution close at the closes of those days, with same_close at those of t and t+1. The label
    is that return less its mean over the symbols that are tradable on all days it reads. None of
    them is past the last row, so that nothing after the train window is seen.

    Args:
        market: bars. rows: of the train window. execution: where orders fill.
        order: columns, in the order in which each date's labels come.
    """
    price = (market.open if execution == "open" else market.close).cpu().numpy()[:, order]
    tradable = market.tradable.cpu().numpy()[:, order]
    wait = 0 if execution == "same_close" else 1
    known = range(rows.start, max(rows.stop - wait - 1, rows.start))
    at = [slice(known.start + ahead, known.stop + ahead) for ahead in range(wait + 2)]
    valid = np.logical_and.reduce([tradable[days] for days in at])
    earned = np.where(valid, price[at[-1]] / price[at[wait]] - 1.0, 0.0)
    count = valid.sum(axis=1, keepdims=True)
    label = earned - earned.sum(axis=1, keepdims=True) / np.maximum(count, 1)
    day, place = np.nonzero(valid)
    return Labels(day + known.start, np.array(order)[place], label[day, place])


def thinned(labels: Labels, *, most: int = MOST_ROWS) -> Labels:
    """At most so many labels, one drawn from each of equal stretches of them."""
    count = len(labels.label)
    if count <= most:
        return labels
    edges = np.linspace(0, count, most + 1).astype(np.int64)
    chosen = np.random.default_rng(SEED).integers(edges[:-1], edges[1:])
    return Labels(labels.row[chosen], labels.column[chosen], labels.label[chosen])


BASELINES = {"ranker": Baseline(ranker, fitted=True)}
