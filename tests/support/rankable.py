"""Policies of every scheme, and data to rank, each a plain function of a seed."""

from typing import Any

import numpy as np
import polars as pl
import torch

from walkforge.agents.policy import Policy, make_network, make_scheme
from walkforge.agents.scaler import Scaler, fit_scaler
from walkforge.evaluation.policies import roll_policies
from walkforge.features.panel import Panel
from walkforge.market.closing import Closing
from walkforge.market.market import Market
from walkforge.market.rollout import Rolled
from walkforge.ranking.carried import History
from walkforge.ranking.consensus import RankingConfig, RankTerms
from walkforge.ranking.ensemble import Ensemble, Member
from walkforge.ranking.point_in_time import Data
from walkforge.splits.windows import Fold, Window
from worlds import money

SCHEMES: dict[str, dict[str, Any]] = {
    "weights": {"kappa": 0.1, "cash_bias": -3.0},
    "discrete9": {},
    "continuous1": {"dead_zone": 0.05},
    "regimes12": {},
    "regimes_dynamic": {"tilt": 0.5},
    "signals3": {},
}
WARM_IN = 15
TERMS = RankTerms(
    ranking=RankingConfig(agent="ppo", action_band=0.1, coverage=0.9),
    money=money(),
    warm_in_days=WARM_IN,
)
TRAIN = 100
OPENS = 120  # rows of train, and the first row that no training could read
TESTED = (108, 114, OPENS)  # first rows of two test windows, and the row at which the second ends


def policy_of(
    market: Market, *, scheme: str = "weights", seed: int = 0, std: float = 1.0
) -> Policy:
    """An untrained policy with strong opinions, its scaler fitted on the train rows."""
    network = {"name": "shared_mlp", "hidden": [8], "separate_critic": False, "score_gain": 2.0}
    agent = {
        "network": {**network, "initial_std": std},
        "scheme": {"name": scheme, **SCHEMES[scheme]},
    }
    scaler = fit_scaler(market, range(min(TRAIN, len(market.dates))))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        made: torch.nn.Module = make_network(agent, Scaler(len(market.feature_names)))
    made.scaler = scaler
    return Policy(
        agent=agent,
        network=made,
        scheme=make_scheme(agent),
        feature_names=market.feature_names,
        kinds=market.kinds,
    )


def ensemble_of(market: Market, *, scheme: str = "weights", seeds: int = 2) -> Ensemble:
    """Policies of a fold that trains on the first rows of a market of 130 days or more."""
    members = tuple(
        Member(f"seed_{seed}", f"{seed:064}", policy_of(market, scheme=scheme, seed=seed))
        for seed in range(seeds)
    )
    dates = market.dates
    train = Window(dates[0], dates[TRAIN])
    validation = Window(dates[TRAIN], dates[OPENS])
    return Ensemble("ppo", Fold("fold_1", train, validation, None), members)


def fold_of(market: Market, place: int) -> Fold:
    """A fold whose test window is the first or the second."""
    dates = market.dates
    test = Window(dates[TESTED[place]], dates[TESTED[place + 1]])
    train = Window(dates[0], dates[TRAIN])
    validation = Window(dates[TRAIN], test.start)
    return Fold(f"fold_{place + 1}", train, validation, test)


def record_of(market: Market, *, scheme: str = "weights", seeds: int = 2) -> list[Ensemble]:
    """The policies of two folds with test windows, those of a seed by the same name."""
    folds = []
    for place in (0, 1):
        members = tuple(
            Member(f"seed_{seed}", f"{seed:064}",
                   policy_of(market, scheme=scheme, seed=10 + 10 * place + seed))
            for seed in range(seeds)
        )  # fmt: skip
        folds.append(Ensemble("ppo", fold_of(market, place), members))
    return folds


def rolled_record(market: Market, folds: list[Ensemble], *, seed: int) -> Rolled:
    """The record of one seed through all test windows."""
    return roll_policies(
        [fold.members[seed].policy for fold in folds],
        market,
        [fold.fold.test for fold in folds if fold.fold and fold.fold.test],
        config=TERMS.money,
        warm_in_days=WARM_IN,
    )


def history_at_the_end(market: Market, *, scheme: str = "weights", seeds: int = 2) -> History:
    """What came before live policies: the accounts in which the record ends."""
    folds = record_of(market, scheme=scheme, seeds=seeds)
    closing = {
        f"seed_{seed}": Closing(
            market.dates[OPENS - 1], rolled_record(market, folds, seed=seed).closing
        )
        for seed in range(seeds)
    }
    scored = tuple(fold.fold for fold in folds if fold.fold)
    return History(scored=scored, closing=closing, symbols=market.symbols)


def data_of(market: Market, *, listed: np.ndarray | None = None, minimum_bars: int = 1) -> Data:
    """A market as data; `listed` [T, K] says where there is a bar, else everywhere."""
    there = np.ones(market.close.shape, dtype=bool) if listed is None else listed
    tradable = market.tradable.numpy() & there
    features = np.where(tradable[..., None], market.features.numpy(), np.nan).astype(np.float32)
    panel = Panel(
        features=features,
        tradable=tradable,
        **{
            name: getattr(market, name).numpy()
            for name in (
                "open",
                "close",
                "daily_value",
                "volatility",
                "momentum",
                "delisted",
                "cut",
            )
        },
        **{name: getattr(market, name) for name in ("dates", "symbols", "feature_names", "kinds")},
    )
    row, column = np.nonzero(there)
    dates = pl.Series(market.dates, dtype=pl.Date).gather(row)
    symbols = pl.Series(market.symbols, dtype=pl.String).gather(column)
    segment = pl.Series(np.zeros(len(row), dtype=np.int32))
    bars = pl.DataFrame({"date": dates, "symbol": symbols, "segment": segment})
    return Data(panel, bars, minimum_bars)
