"""A trained policy: network and scheme, saved as safetensors and JSON, never unpickled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from walkforge.agents import api
from walkforge.agents.account_scaler import standardise_account
from walkforge.agents.api import Distribution, Named, Network, Output
from walkforge.agents.distributions import distribution_of
from walkforge.agents.scaler import Scaled, Scaler
from walkforge.errors import InputError
from walkforge.foreign import (
    MALFORMED,
    MOST_JSON_BYTES,
    MOST_POLICY_BYTES,
    check_safetensors,
    check_settings,
    strict_mapping,
)
from walkforge.market.account import Observation
from walkforge.market.market import Market
from walkforge.market.schemes.scheme import Scheme
from walkforge.provenance import canonical_json, read_bytes, sha256_bytes
from walkforge.registry import load, parameters

SCHEMA_VERSION = 1
MOST_FEATURES = 10_000
TENSORS = "policy.safetensors"
CONFIG = "config.json"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decides: a network with its scaler, the scheme of its actions, and its features.

    Attributes:
        agent: the resolved slice of the configuration it was trained with.
        network: an api.Network.
        scheme: turns actions into target weights and scores.
        feature_names, kinds: what the network's inputs are, in order.
        distribution: that the algorithm draws actions from, where it names one, see api.Output.
    """

    agent: dict[str, dict[str, Any]]
    network: nn.Module
    scheme: Scheme
    feature_names: tuple[str, ...]
    kinds: tuple[str, ...]
    distribution: Named | None = None

    def targets(self, seen: Observation) -> Tensor:
        """Target weights [B, K+1] of the action without noise."""
        return self.scheme.targets(self.actions(seen).mode(), seen)

    def output(self, seen: Observation) -> Output:
        """What the network says, without gradients."""
        with torch.no_grad():
            output: Output = self.network(seen)
        if self.distribution is None:
            return output
        return output._replace(distribution=self.distribution)

    def actions(self, seen: Observation) -> Distribution:
        """The distribution that accounts draw their actions from."""
        return distribution_of(self.scheme.space(seen.tradable.shape[-1]), self.output(seen))

    def scores(self, seen: Observation) -> Tensor:
        """[B, K]: how much the policy is for each symbol."""
        return self.scheme.score(self.actions(seen).expected(), seen)

    def orders(self, seen: Observation) -> Tensor:
        """The weights to order [B, K+1]: the targets after partial adjustment."""
        return self.scheme.adjusted(self.targets(seen), seen)


def make_scheme(agent: Mapping[str, Mapping[str, Any]]) -> Scheme:
    """An agent's action scheme."""
    scheme: Scheme = load(agent, "scheme").Scheme(**parameters(agent, "scheme"))
    return scheme


def make_network(agent: Mapping[str, Mapping[str, Any]], scaler: Scaler | Scaled) -> nn.Module:
    """An agent's network, freshly initialised, with this scaler as its first layer.

    Raises:
        InputError: account state is to be normalised, and the network reads none.
        TypeError: it is no api.Network, or reads more bars than an observation holds.
    """
    module = load(agent, "network")
    config = module.Config(**parameters(agent, "network"))
    network: nn.Module = module.Network(config, scaler, make_scheme(agent).heads)
    if not isinstance(network, Network) or network.lookback != 1:
        raise TypeError(
            f"{module.__name__}.Network needs encode, decide, scaler, and a lookback of 1, as many "
            "bars as an observation holds: see agents/api.py"
        )
    if _normalises_account(agent):
        standardise_account(network)
    return network


def _normalises_account(agent: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether an agent normalises account state; policies older than the key do not."""
    asked = agent.get("algorithm", {}).get("normalise_account", False)
    if not isinstance(asked, bool):
        raise TypeError(f"normalise_account must be true or false, not {asked!r:.80}")
    return asked


def check_features(policy: api.Policy, market: Market) -> None:
    """Raise unless the market has every feature that the policy was trained on.

    Raises:
        InputError: names what is lacking; the lists by their first names, so that it all fits.
    """
    there = set(market.feature_names)
    lacking = [name for name in policy.feature_names if name not in there]
    if lacking:
        raise InputError(
            f"the policy was trained on {_listed(policy.feature_names)}, "
            f"the data have {_listed(market.feature_names)} and lack {_first(lacking)}: "
            "select what is lacking (features.select) or retrain it (-R train_agent)"
        )


def market_of_policy(policy: api.Policy, market: Market) -> Market:
    """A market with the policy's features alone, by name and in its order.

    Raises:
        InputError: the market lacks one; see check_features.
    """
    check_features(policy, market)
    return market.with_features(policy.feature_names)


def _listed(names: Sequence[str]) -> str:
    """Names as text with their number."""
    return f"{len(names)} features ({_first(names)})"


def _first(names: Sequence[str], *, most: int = 10) -> str:
    """The first names as text, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def policy_contents(policy: Policy) -> dict[str, bytes]:
    """Policy.safetensors, config.json, and manifest.json with their sizes and hashes."""
    state = {key: value.contiguous().cpu() for key, value in policy.network.state_dict().items()}
    config = {
        "schema_version": SCHEMA_VERSION,
        "agent": policy.agent,
        "features": list(policy.feature_names),
        "kinds": list(policy.kinds),
        "shapes": {key: list(value.shape) for key, value in state.items()},
    }
    if policy.distribution is not None:
        config["distribution"] = policy.distribution
    contents = {TENSORS: save_tensors(state), CONFIG: canonical_json(config).encode()}
    files = {
        name: {"bytes": len(data), "sha256": sha256_bytes(data)} for name, data in contents.items()
    }
    manifest = canonical_json({"schema_version": SCHEMA_VERSION, "files": files})
    return contents | {MANIFEST: manifest.encode()}


def load_policy(folder: Path, *, device: torch.device) -> Policy:
    """A saved policy: sizes, hashes, names, shapes and finiteness checked, nothing executed.

    Raises:
        InputError: a file is missing, altered or does not fit; names it and the rule that rebuilds.
    """
    contents = _checked_contents(folder)
    policy = _described(contents[CONFIG], folder / CONFIG)
    try:
        check_safetensors(contents[TENSORS][:8])
        state = load_tensors(contents[TENSORS])
    except (SafetensorError, *MALFORMED) as error:
        raise InputError(f"{folder / TENSORS}: not safetensors: {_rebuild()}") from error
    misfit = _misfit(_shapes(state), _shapes(policy.network.state_dict()))
    if misfit:
        raise InputError(f"{folder / TENSORS}: tensors do not fit {CONFIG}: {misfit}: {_rebuild()}")
    if not all(bool(torch.isfinite(value).all()) for value in state.values()):
        raise InputError(f"{folder / TENSORS}: holds NaN or infinite values: {_rebuild()}")
    for name, value in state.items():
        if name.endswith(".scale") and not bool((value > 0.0).all()):
            raise InputError(f"{folder / TENSORS}: {name!r:.80} divides by 0 or less: {_rebuild()}")
    policy.network.load_state_dict(state, strict=True, assign=True)
    policy.network.to(device).eval()
    return policy


def _shapes(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    """Types and shapes of tensors as text, by name."""
    return {key: f"{value.dtype} {list(value.shape)}" for key, value in tensors.items()}


def _misfit(found: Mapping[str, str], expected: Mapping[str, str]) -> str:
    """The first tensor, by name, that is not as expected, with both shapes; '' if none."""
    for name in sorted({*found, *expected}):
        is_ = found.get(name, "missing")
        due = expected.get(name, "no such tensor")
        if is_ != due:
            return f"{name!r:.80} is {is_:.80}, {due} is expected"
    return ""


def _described(data: bytes, path: Path) -> Policy:
    """The policy that a config describes; its network is without memory until it is filled.

    So a config that asks for a huge network costs nothing before its tensors are found missing.
    """
    try:
        config = strict_mapping(data)
        if config["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"schema version {config['schema_version']!r}")
        agent = config["agent"]
        features = _names(config["features"])
        check_settings(load(agent, "network").Config, parameters(agent, "network"))
        check_settings(load(agent, "scheme").Scheme, parameters(agent, "scheme"))
        with torch.device("meta"):
            network = make_network(agent, Scaler(len(features)))
        return Policy(
            agent=agent,
            network=network,
            scheme=make_scheme(agent),
            feature_names=features,
            kinds=_kinds(config["kinds"], len(features)),
            distribution=_distribution(config, make_scheme(agent)),
        )
    except MALFORMED as error:
        raise InputError(f"{path}: describes no policy ({error!r:.300}): {_rebuild()}") from error


def _names(value: Any) -> tuple[str, ...]:
    """A list of names."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"names are expected, not {value!r:.80}")
    if not len(set(value)) == len(value) <= MOST_FEATURES:
        raise ValueError(f"{len(value)} names: 1 to {MOST_FEATURES} different ones are expected")
    return tuple(value)


def _kinds(value: Any, count: int) -> tuple[str, ...]:
    """The kinds of so many features."""
    if not isinstance(value, list) or len(value) != count or not set(value) <= {"number", "flag"}:
        raise ValueError(f"{count} kinds, number or flag, are expected, not {value!r:.80}")
    return tuple(value)


def _distribution(config: Mapping[str, Any], scheme: Scheme) -> Named | None:
    """The distribution that a config names, None where it names none."""
    named: Named | None = config.get("distribution")
    fitting = "squashed_gaussian" if scheme.space(1).kind == "box" else "greedy"
    if named not in (None, fitting):
        raise ValueError(f"distribution {named!r:.80}: its scheme's actions fit {fitting} alone")
    return named


def _checked_contents(folder: Path) -> dict[str, bytes]:
    """The policy's files, each of the size and hash that the manifest names."""
    try:
        manifest = strict_mapping(read_bytes(folder / MANIFEST, most=MOST_JSON_BYTES))
        version = manifest["schema_version"]
        files = dict(manifest["files"])
    except InputError:
        raise
    except MALFORMED as error:
        raise InputError(
            f"{folder / MANIFEST}: no manifest ({error!r:.300}): {_rebuild()}"
        ) from error
    if version != SCHEMA_VERSION:
        raise InputError(f"{folder}: another format version: {_rebuild()}")
    contents = {}
    for name in (TENSORS, CONFIG):
        expected = files.get(name)
        contents[name] = read_bytes(folder / name, most=MOST_POLICY_BYTES)
        found = {"bytes": len(contents[name]), "sha256": sha256_bytes(contents[name])}
        if found != expected:
            raise InputError(f"{folder / name}: not the file of its manifest.json: {_rebuild()}")
    return contents


def _rebuild() -> str:
    """What to do about a bad policy."""
    return "delete its folder and rerun train_agent"
