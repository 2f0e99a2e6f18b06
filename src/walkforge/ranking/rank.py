"""The ranking of a date: every symbol with what is said of it, what changed, and a summary."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import polars as pl
import torch

from walkforge.agents.policy import market_of_policy
from walkforge.data.spacing import frequency_of
from walkforge.market.config import market_config
from walkforge.ranking.carried import NO_HISTORY, History, carry
from walkforge.ranking.changes import change_frame, moved_by_features
from walkforge.ranking.consensus import (
    Array,
    Consensus,
    RankingConfig,
    RankTerms,
    account_consensus,
    flat_consensus,
)
from walkforge.ranking.ensemble import Ensemble
from walkforge.ranking.out_of_distribution import train_distances
from walkforge.ranking.point_in_time import Data, PointInTime
from walkforge.ranking.summary import summary_of
from walkforge.splits.arrived import check_arrived
from walkforge.splits.windows import plan_folds, splits_config

_COLUMNS = (
    "rank", "symbol", "action", "target_weight", "score", "probability", "agreement",
    "account_action", "held_weight", "account_target_weight", "order_weight", "account_rank",
    "account_score", "account_probability", "account_agreement", "out_of_distribution", "distance",
    "last_bar", "stale_sessions", "as_of",
)  # fmt: skip


class Ranked(NamedTuple):
    """A date's ranking: see ranking_frame, changes.change_frame and summary.summary_of."""

    ranking: pl.DataFrame
    changes: pl.DataFrame
    summary: dict[str, Any]


def rank_terms(sections: Mapping[str, Any]) -> RankTerms:
    """The terms of sections `ranking`, `market` and `splits`, and of `warm_in_days`."""
    return RankTerms(
        ranking=RankingConfig(**sections["ranking"]),
        money=market_config(sections["market"]),
        warm_in_days=sections["warm_in_days"],
        folds=plan_folds(splits_config(sections["splits"])),
    )


def rank_symbols(
    ensemble: Ensemble,
    data: Data,
    as_of: date,
    *,
    terms: RankTerms,
    history: History = NO_HISTORY,
) -> Ranked:
    """The ranking of a date, what changed since the session before, and a summary.

    Args:
        ensemble: the policies. data: all there are; nothing after the date is read.
        as_of: a date with bars. terms: the band of actions, and those of money.
        history: whose accounts are carried on to the date; without one they are in cash.

    Raises:
        InputError: the date has no bars or too few (ranking.coverage), the policies know later
            data, or a feature that the data lack.
    """
    ensemble.check_knows(as_of, frequency_of(data.panel.dates))
    current = _seen(ensemble, data.at(as_of))
    check_arrived(current.panel, coverage=terms.ranking.coverage)
    with _one_thread():
        flat = flat_consensus(ensemble, current.market, terms=terms)
        carried = carry(
            ensemble, history, current.market, money=terms.money, warm_in_days=terms.warm_in_days
        )
        accounts = account_consensus(ensemble, current.market, carried.accounts, terms=terms)
        distances = train_distances(ensemble, current)
        ranking = ranking_frame(current, flat, accounts, distances=distances)
        changes = _changes(ensemble, data, current, flat=flat, terms=terms)
        summary = summary_of(ensemble, current, ranking, carried=carried, terms=terms)
        return Ranked(ranking, changes, summary)


def _seen(ensemble: Ensemble, current: PointInTime) -> PointInTime:
    """What was known with the features of the policies alone; seeds read the same."""
    return current._replace(market=market_of_policy(ensemble.policy, current.market))


@contextmanager
def _one_thread() -> Iterator[None]:
    """Compute on one thread: the last bits may depend on how many there are."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def ranking_frame(
    current: PointInTime, flat: Consensus, accounts: Consensus, *, distances: Array | None
) -> pl.DataFrame:
    """A row for each symbol, best first; ties by symbol.

    Columns: rank (1 is best), symbol; action (buy, hold, sell), target_weight, score, probability
    (of the action) and agreement (share of seeds; null of one) for a flat account; account_action,
    held_weight, account_target_weight, order_weight (to be traded tomorrow, sales below 0),
    account_rank, account_score, account_probability and account_agreement for the account carried
    to the date; out_of_distribution, distance (above 1 where it is; null where it is not known);
    last_bar, stale_sessions, as_of. What cannot be traded comes last, on hold.

    Args:
        current: the data. flat, accounts: what the policies say. distances: of train_distances.
    """
    tradable = current.market.tradable[-1].numpy()
    unknown = np.full(len(tradable), np.nan)
    frame = pl.DataFrame(
        {
            "symbol": list(current.panel.symbols),
            "action": flat.action,
            "target_weight": flat.target,
            "score": flat.score,
            "probability": flat.probability,
            "agreement": flat.agreement,
            "account_action": accounts.action,
            "held_weight": accounts.held,
            "account_target_weight": accounts.target,
            "order_weight": accounts.order,
            "account_score": accounts.score,
            "account_probability": accounts.probability,
            "account_agreement": accounts.agreement,
            "distance": np.where(tradable, unknown if distances is None else distances, np.nan),
            "last_bar": list(current.last_bars),
            "stale_sessions": current.stale_sessions,
            "tradable": tradable,
        }
    )
    ranked = _ranked(_ranked(frame, "account_score", "account_rank"), "score", "rank")
    return (
        ranked.with_columns(
            pl.col("distance", "agreement", "account_agreement").fill_nan(None),
            as_of=pl.lit(current.as_of),
        )
        .with_columns(out_of_distribution=pl.col("distance") > 1.0)
        .select(_COLUMNS)
    )


def _ranked(frame: pl.DataFrame, score: str, name: str) -> pl.DataFrame:
    """The frame sorted by a score, tradable symbols first, with the place as a column."""
    ordered = frame.sort("tradable", score, "symbol", descending=[True, True, False])
    return ordered.with_columns(pl.int_range(1, pl.len() + 1).alias(name))


def _changes(
    ensemble: Ensemble, data: Data, current: PointInTime, *, flat: Consensus, terms: RankTerms
) -> pl.DataFrame:
    """What changed since the session before, by the same policies; no row without one."""
    if len(current.panel.dates) == 1:
        return change_frame(_flat_frame(current, flat), None, None)
    before = _seen(ensemble, data.at(current.panel.dates[-2]))
    earlier = _flat_frame(before, flat_consensus(ensemble, before.market, terms=terms))
    return change_frame(_flat_frame(current, flat), earlier, moved_by_features(ensemble, current))


def _flat_frame(current: PointInTime, flat: Consensus) -> pl.DataFrame:
    """Rank, symbol, action, target_weight, score, tradable and as_of."""
    frame = pl.DataFrame(
        {
            "symbol": list(current.panel.symbols),
            "action": flat.action,
            "target_weight": flat.target,
            "score": flat.score,
            "tradable": current.market.tradable[-1].numpy(),
        }
    )
    return _ranked(frame, "score", "rank").with_columns(as_of=pl.lit(current.as_of))
