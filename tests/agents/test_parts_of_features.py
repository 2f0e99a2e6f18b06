"""An agent that reads a part of the features trains, decides and is audited on that part alone."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch

from rankable import TERMS, data_of
from walkforge.agents.policy import Policy, load_policy, policy_contents
from walkforge.agents.training.train import Trained, train
from walkforge.errors import InputError
from walkforge.evaluation.policies import Training, roll_policy
from walkforge.evaluation.scaler_audit import audit_scalers
from walkforge.market.market import Market
from walkforge.provenance import write_artifacts
from walkforge.ranking.ensemble import Ensemble, Member
from walkforge.ranking.rank import rank_symbols
from walkforge.splits.windows import Fold, Window
from worlds import market_of, money, planted_momentum, random_walks

Agent = dict[str, dict[str, Any]]
MONEY = money(cash=1e6)
NAMES = ["x0", "x2"]


def fold_of(market: Market, stop: int) -> Fold:
    train_window = Window(market.dates[0], market.dates[stop])
    return Fold("fold_1", train_window, Window(market.dates[stop], market.dates[stop + 5]), None)


def trained(agent: Agent, market: Market, names: list[str] | None, stop: int = 40) -> Trained:
    own = agent if names is None else agent | {"features": {"names": names}}
    return train(own, market, fold_of(market, stop), config=MONEY, seed=1)


def only(market: Market, columns: list[int]) -> Market:
    """A market built from these columns, under their names."""
    part = market_of(market.open, market.close, market.features[..., columns], market.tradable)
    names = tuple(market.feature_names[each] for each in columns)
    return Market(**{**{name: getattr(part, name) for name in Market.__slots__},
                     "feature_names": names})  # fmt: skip


def ranked(policy: Policy, market: Market) -> pl.DataFrame:
    """The ranking by one policy, 50 days after the first."""
    ensemble = Ensemble("ppo", fold_of(market, 40), (Member("seed_1", f"{1:064}", policy),))
    return rank_symbols(ensemble, data_of(market), market.dates[50], terms=TERMS).ranking


def test_a_part_trains_to_the_bits_of_a_market_that_holds_nothing_else(agent: Agent) -> None:
    market = random_walks(0)
    part = trained(agent, market, NAMES)
    alone = trained(agent, only(market, [0, 2]), None)
    assert part.policy.feature_names == ("x0", "x2")
    ours, theirs = (each.policy.network.state_dict() for each in (part, alone))
    assert all(torch.equal(ours[key], theirs[key]) for key in theirs)
    assert part.curve.equals(alone.curve)


def test_what_it_does_not_read_moves_nothing(agent: Agent) -> None:
    market = random_walks(0)
    features = market.features.numpy().copy()
    features[..., 1] *= 7.0
    other = market_of(market.open, market.close, features, market.tradable)
    one, two = (trained(agent, each, NAMES).policy for each in (market, other))
    window = Window(market.dates[41], market.dates[55])
    rolled = [roll_policy(one, market, window, config=MONEY),
              roll_policy(two, other, window, config=MONEY)]  # fmt: skip
    assert rolled[0].daily.equals(rolled[1].daily)


def test_a_saved_policy_finds_its_columns_wherever_they_stand(agent: Agent, tmp_path: Path) -> None:
    market = random_walks(0)
    mixed = only(random_walks(0), [2, 1, 0])
    policy = trained(agent, market, NAMES).policy
    write_artifacts("test", {tmp_path / key: x for key, x in policy_contents(policy).items()})
    loaded = load_policy(tmp_path, device=torch.device("cpu"))
    assert loaded.feature_names == ("x0", "x2")
    window = Window(market.dates[41], market.dates[55])
    one, two = (roll_policy(loaded, each, window, config=MONEY) for each in (market, mixed))
    assert one.daily.equals(two.daily)
    assert ranked(loaded, market).equals(ranked(loaded, mixed))


def test_its_scaler_is_audited_on_its_own_columns(agent: Agent) -> None:
    market = random_walks(0)
    policies = {
        Training("part", "fold_1", 0): trained(agent, market, NAMES).policy,
        Training("whole", "fold_1", 0): trained(agent, market, None).policy,
    }
    found = audit_scalers(policies, market, folds={"fold_1": fold_of(market, 40)})
    assert [each.difference.compared for each in found] == [2 * 2, 2 * 3]
    assert [each.difference.leaks for each in found] == [0, 0]


def test_a_market_that_lacks_what_it_reads_is_refused_by_name(agent: Agent) -> None:
    market = random_walks(0)
    policy = trained(agent, market, NAMES).policy
    fewer = only(market, [0, 1])
    window = Window(market.dates[41], market.dates[55])
    with pytest.raises(InputError, match=r"2 features \(x0, x1\) and lack x2: select"):
        roll_policy(policy, fewer, window, config=MONEY)
    with pytest.raises(InputError, match="lack x2"):
        ranked(policy, fewer)
    with pytest.raises(InputError, match="feature 'x2' is not in the market"):
        trained(agent, fewer, NAMES)


@pytest.mark.slow
def test_where_one_family_carries_the_signal_its_absence_alone_is_felt(agent: Agent) -> None:
    """x0 knows tomorrow in a world of AR(1) returns; x1 and x2 are noise."""
    planted = planted_momentum(0)
    noise = np.random.default_rng(1).normal(size=(*planted.close.shape, 1))
    features = np.concatenate([planted.features.numpy(), noise], axis=2)
    market = market_of(planted.open, planted.close, features, planted.tradable)
    sizes = {"total_timesteps": 32_768, "n_envs": 64, "n_steps": 32}
    algorithm = agent["algorithm"] | sizes | {"batch_size": 512, "episode_days": 252}
    own = agent | {"algorithm": algorithm, "network": agent["network"] | {"hidden": [32, 32]}}
    window = Window(market.dates[1_005], market.dates[1_999])
    z = {}
    for left_out in ("x0", "x1"):
        names = [name for name in market.feature_names if name != left_out]
        policy = trained(own, market, names, stop=1_000).policy
        selection = roll_policy(policy, market, window, config=MONEY).daily["selection"]
        z[left_out] = selection.mean() / selection.std() * len(selection) ** 0.5
    assert abs(z["x0"]) < 3.0, z
    assert z["x1"] > 5.0, z
