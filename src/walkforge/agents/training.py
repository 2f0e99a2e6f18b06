"""The seam of training: an agent, a market, a fold and a seed in, a policy out."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl
import torch
from torch import nn

from walkforge.agents.policy import Policy, make_network, make_scheme
from walkforge.agents.registry import load, parameters
from walkforge.agents.scaler import Scaler, fit_scaler
from walkforge.console import log_line
from walkforge.market.config import MarketConfig
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.splits.windows import Fold

Agent = Mapping[str, Mapping[str, Any]]


class Trained(NamedTuple):
    """A policy and its training curve (a row per rollout)."""

    policy: Policy
    curve: pl.DataFrame


def choose_device() -> torch.device:
    """Return the first GPU where there is one, else the CPU, and say which in the log."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "no GPU found"
    log_line(f"device {device} ({name}), torch {torch.__version__}")
    return device


def train(agent: Agent, market: Market, fold: Fold, *, config: MarketConfig, seed: int) -> Trained:
    """Return the policy that an agent learns on a fold's train window with one seed.

    Bit-identical for the same arguments, versions and CPU; torch is set to one thread.

    Args:
        agent: resolved slice of the configuration: algorithm, network, scheme, reward.
        market: all dates; only rows of the train window are read.
        fold: its train window is used, validation and test are not.
        config: money settings.
        seed: of everything random.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rows = _from_first_tradable(market, market.rows(fold.train))
    log_line(f"{fold.name}: training on {market.dates[rows.start]} to {market.dates[rows[-1]]}")
    scaler = fit_fold(market, fold)
    generator = torch.Generator().manual_seed(seed)

    def make_batch(count: int, episode_days: int) -> AccountBatch:
        return AccountBatch(
            market,
            scheme=make_scheme(agent),
            reward=load(agent, "reward").Reward(**parameters(agent, "reward")),
            config=config,
            rows=rows,
            count=count,
            episode_days=episode_days,
            generator=generator,
        )

    def make_scaled_network() -> nn.Module:
        return make_network(agent, scaler)

    algorithm = load(agent, "algorithm")
    settings = algorithm.Config(**parameters(agent, "algorithm"))
    network, curve = algorithm.train(settings, make_batch, make_scaled_network, seed=seed)
    policy = Policy(
        agent={kind: dict(values) for kind, values in agent.items()},
        network=network,
        scheme=make_scheme(agent),
        feature_names=market.feature_names,
        kinds=market.kinds,
    )
    return Trained(policy, curve)


def fit_fold(market: Market, fold: Fold) -> Scaler:
    """Return the scaler of a fold's train window.

    Raises:
        ValueError: no symbol is tradable in it.
    """
    return fit_scaler(market, market.rows(fold.train))


def _from_first_tradable(market: Market, rows: range) -> range:
    """Return the rows from the first on which any symbol can be traded."""
    usable = market.tradable[rows.start : rows.stop].any(dim=1).nonzero()
    if len(usable) == 0:
        raise ValueError(f"no tradable symbol in rows {rows.start} to {rows.stop}")
    return range(rows.start + int(usable[0]), rows.stop)
