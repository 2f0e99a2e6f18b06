"""The seam of training: an agent, a market, a fold and a seed in, a policy out."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl
import torch

from walkforge.agents.policy import Policy, make_network, make_scheme, policy_contents
from walkforge.agents.sb3.export import sb3_zip
from walkforge.agents.scaler import Scaled, Scaler, fit_scaler, scaled_market
from walkforge.agents.training.checkpoints import training_key
from walkforge.agents.training.loop import Makes, learn
from walkforge.agents.training.ownership import NOWHERE, Places
from walkforge.console import log_line
from walkforge.frames import parquet_content
from walkforge.market.config import MarketConfig
from walkforge.market.environment import AccountBatch
from walkforge.market.market import Market
from walkforge.provenance import Content, canonical_json, sha256_bytes
from walkforge.registry import load, parameters
from walkforge.splits.windows import Fold, Split

Agent = Mapping[str, Mapping[str, Any]]


class _Ground(NamedTuple):
    """What a training reads: the market up to its last row, scaled; its rows; what it leaves out.

    scaler: that the features were scaled with.
    """

    scaled: Market
    scaler: Scaler
    rows: range
    left_out: list[range]


class Trained(NamedTuple):
    """A policy, its training curve (a row per roll-out), and where the time went.

    exported: the policy as stable-baselines3's zip.
    """

    policy: Policy
    curve: pl.DataFrame
    profile: dict[str, Any]
    exported: bytes


def train(  # noqa: PLR0913
    agent: Agent,
    market: Market,
    fold: Fold | Split,
    *,
    config: MarketConfig,
    seed: int,
    places: Places = NOWHERE,
) -> Trained:
    """The policy that an agent learns on a fold's train window with one seed.

    Bit-identical for the same arguments, versions and CPU; torch is set to one thread.

    Args:
        agent: resolved slice of the configuration: algorithm, network, scheme, reward; where it
            reads a part of the features, `features` with their `names`.
        market: all dates and features; only rows of the train window are read, without what is
            left out of it.
        fold: its train window is used, validation and test are not. A split of cross-validation
            has none to validate on: nothing is chosen on it.
        config: money settings.
        seed: of everything random.
        places: where checkpoints lie, from which a training that was ended goes on.

    Raises:
        InputError: the market lacks a feature that the agent reads.
    """
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    ground = _ground(agent, market, fold)
    module = load(agent, "algorithm")
    makes = Makes(
        algorithm=module.Algorithm,
        batch=_batches(agent, ground, config=config, seed=seed),
        network=lambda: make_network(agent, Scaled(ground.scaler.features)),
    )
    result = learn(
        makes,
        module.Config(**parameters(agent, "algorithm")),
        seed=seed,
        identity=_identity(agent, ground, config=config, seed=seed),
        places=places,
    )
    network = result.algorithm.network
    network.scaler = ground.scaler
    policy = Policy(
        agent={kind: dict(values) for kind, values in agent.items()},
        network=network,
        scheme=make_scheme(agent),
        feature_names=ground.scaled.feature_names,
        kinds=ground.scaled.kinds,
        distribution=getattr(module, "DISTRIBUTION", None),
    )
    exported = sb3_zip(result.algorithm.get_parameters())
    return Trained(policy, result.curve, result.profile, exported)


def places_of(log: Path, kept: Mapping[str, Any], **depends_on: Any) -> Places:
    """The places of the training that writes a log: checkpoints under what it depends on.

    Args:
        kept: checkpoint_every, on_unfit and tensorboard, see Places.
    """
    workdir = Path(".work") / training_key(**depends_on)
    return Places(workdir, log.with_suffix(".tensorboard"), **kept)


def trained_contents(trained: Trained, manifest: str, *, profile: str) -> dict[Path, Content]:
    """What is written of a training, by path.

    Args:
        trained: what it gave.
        manifest: path of the policy's; its other files lie beside it, the curve beside its folder.
        profile: path of where the time went.
    """
    folder = Path(manifest).parent
    contents: dict[Path, Content] = {
        folder / name: content for name, content in policy_contents(trained.policy).items()
    }
    contents[folder / "policy.zip"] = trained.exported
    contents[folder.parent / "training.parquet"] = parquet_content(trained.curve)
    contents[Path(profile)] = canonical_json(trained.profile)
    return contents


def fit_fold(market: Market, fold: Fold | Split) -> Scaler:
    """The scaler of a fold's train window, without what is left out of it.

    Raises:
        ValueError: no symbol is tradable in it.
    """
    known = market.without([market.rows(window) for window in fold.left_out])
    return fit_scaler(known, known.rows(fold.train))


def _ground(agent: Agent, market: Market, fold: Fold | Split) -> _Ground:
    """What an agent's training on a fold reads, and say in the log which dates."""
    market = market.with_features(agent.get("features", {}).get("names", market.feature_names))
    left_out = [market.rows(window) for window in fold.left_out]
    market = market.without(left_out)
    rows = _from_first_tradable(market, market.rows(fold.train))
    log_line(f"{fold.name}: training on {market.dates[rows.start]} to {market.dates[rows[-1]]}")
    scaler = fit_fold(market, fold)
    return _Ground(scaled_market(market, scaler, rows=rows), scaler, rows, left_out)


def _batches(
    agent: Agent, ground: _Ground, *, config: MarketConfig, seed: int
) -> Callable[[int, int], AccountBatch]:
    """What gives the training's accounts, from their number and their longest episode."""
    generator = torch.Generator().manual_seed(seed)

    def make_batch(count: int, episode_days: int) -> AccountBatch:
        return AccountBatch(
            ground.scaled,
            scheme=make_scheme(agent),
            reward=load(agent, "reward").Reward(**parameters(agent, "reward")),
            config=config,
            rows=ground.rows,
            count=count,
            episode_days=episode_days,
            generator=generator,
            left_out=ground.left_out,
        )

    return make_batch


def _identity(
    agent: Agent, ground: _Ground, *, config: MarketConfig, seed: int
) -> dict[str, object]:
    """What a checkpoint must have been made of, to be gone on from."""
    dates = ground.scaled.dates
    rows = ground.rows
    left_out = [dates[part.start : part.stop] for part in ground.left_out]
    own = {
        "train_window": [str(dates[rows.start]), str(dates[rows.stop - 1])],
        "left_out": [[str(part[0]), str(part[-1])] for part in left_out if part],
        "data": _digest(ground.scaled),
        "seed": seed,
        "money": repr(config),
    }
    return own | {kind: dict(agent[kind]) for kind in ("network", "scheme", "reward")}


def _digest(market: Market) -> str:
    """The hash of all that a market holds: each entry shapes trades, rewards or schemes."""
    digests = []
    for field in fields(market):
        value = getattr(market, field.name)
        data = repr(value).encode()
        if isinstance(value, torch.Tensor):
            data = f"{value.dtype} {list(value.shape)} ".encode() + value.cpu().numpy().tobytes()
        digests.append(f"{field.name} {sha256_bytes(data)}")
    return sha256_bytes("\n".join(digests).encode())


def _from_first_tradable(market: Market, rows: range) -> range:
    """The rows from the first on which any symbol can be traded."""
    usable = market.tradable[rows.start : rows.stop].any(dim=1).nonzero()
    if len(usable) == 0:
        raise ValueError(f"no tradable symbol in rows {rows.start} to {rows.stop}")
    return range(rows.start + int(usable[0]), rows.stop)
