"""The complete state of a training, taken between two roll-outs and put back."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from walkforge.agents.api import Algorithm
from walkforge.agents.training.checkpoints import Checkpoint, prefixed, under
from walkforge.agents.training.curve import Rows, check_rows
from walkforge.errors import InputError
from walkforge.foreign import MALFORMED
from walkforge.market.environment import AccountBatch
from walkforge.market.environment_step import State
from walkforge.market.simulator import Accounts
from walkforge.provenance import canonical_json

Identity = Mapping[str, Any]  # what a training is of: fold, windows, seed, network and so on


def state_of(algorithm: Algorithm, rows: Rows, identity: Identity) -> Checkpoint:
    """The state of a training and the rows of its curve.

    The accounts' view is made anew, as it will be after a resume: so both go on with equal bits.
    """
    algorithm.batch.enter(algorithm.batch.state)
    own = algorithm.state_dict()
    state = {
        "num_timesteps": algorithm.num_timesteps,
        "rows": rows,
        "identity": dict(identity),
    }
    tensors = _shared(algorithm) | own.tensors
    copies = {name: value.detach().clone() for name, value in tensors.items()}
    return Checkpoint(copies, own.state | state)


def load_state(algorithm: Algorithm, checkpoint: Checkpoint, identity: Identity) -> Rows:
    """Put a state into a fresh training and give the rows of its curve.

    Raises:
        InputError: the state does not fit; says what differs.
    """
    tensors, state = checkpoint
    _check_identity(identity, state.get("identity"))
    _check_fit(_shared(algorithm) | algorithm.state_dict().tensors, tensors)
    check_counts(state, "num_timesteps")
    done = state["num_timesteps"]
    total = algorithm.config.total_timesteps
    if done > total:
        raise InputError(f"has done {done} steps of {total}: raise the total")
    check_rows(state.get("rows"), steps=done)
    try:
        algorithm.load_state_dict(checkpoint)
        _load_shared(algorithm, tensors)
    except InputError:
        raise
    except MALFORMED as error:
        raise InputError(
            f"the checkpoint holds a value that does not fit: {error!r:.300}"
        ) from error
    algorithm.num_timesteps = done
    rows: Rows = state["rows"]
    return rows


def check_counts(state: Mapping[str, Any], *names: str) -> None:
    """Raise unless entries of a state are counts.

    Raises:
        InputError: names the first that is none.
    """
    for name in names:
        value = state.get(name)
        if type(value) is not int or value < 0:
            raise InputError(f"{name} is {value!r}: a whole number is needed")


def moments(optimiser: torch.optim.AdamW) -> dict[str, Tensor]:
    """AdamW's tensors by parameter number and name; zeros before the first step."""
    found: dict[str, Tensor] = {}
    for number, parameter in enumerate(_parameters(optimiser)):
        state: dict[str, Any] = optimiser.state.get(parameter) or {
            "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
        found |= {f"{number}.{name}": value for name, value in state.items()}
    return found


def fill_moments(optimiser: torch.optim.AdamW, tensors: Mapping[str, Tensor]) -> None:
    """Put AdamW's tensors back."""
    for number, parameter in enumerate(_parameters(optimiser)):
        own = under(str(number), tensors)
        optimiser.state[parameter] = {k: v.to(parameter.device).clone() for k, v in own.items()}


def _parameters(optimiser: torch.optim.AdamW) -> list[nn.Parameter]:
    """An optimiser's parameters in their order."""
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def _shared(algorithm: Algorithm) -> dict[str, Tensor]:
    """The tensors that every training depends on: network, accounts, generators."""
    batch = algorithm.batch
    accounts = prefixed("accounts", _accounts_tensors(batch.state))
    chance = {"starts": batch.generator.get_state(), "torch": torch.get_rng_state()}
    network = prefixed("network", algorithm.network.state_dict())
    return network | accounts | prefixed("chance", chance)


def _load_shared(algorithm: Algorithm, tensors: Mapping[str, Tensor]) -> None:
    """Put back the tensors that every training depends on."""
    batch = algorithm.batch
    algorithm.network.load_state_dict(under("network", tensors), strict=True)
    batch.enter(_accounts_state(batch, under("accounts", tensors)))
    batch.generator.set_state(tensors["chance.starts"])
    torch.set_rng_state(tensors["chance.torch"])


def _accounts_tensors(state: State) -> dict[str, Tensor]:
    """The accounts' state as tensors by name."""
    kept: dict[str, Tensor] = {**state.accounts._asdict()}
    kept |= {"reward_state": state.reward_state, "day": state.day, "last": state.last}
    return kept if state.symbol is None else kept | {"symbol": state.symbol}


def _accounts_state(batch: AccountBatch, tensors: Mapping[str, Tensor]) -> State:
    """The accounts' state from its tensors."""
    there = {name: value.to(batch.market.device) for name, value in tensors.items()}
    accounts = Accounts(*(there[name] for name in Accounts._fields))
    return State(accounts, there["reward_state"], there["day"], there["last"], there.get("symbol"))


def _check_identity(own: Identity, given: Any) -> None:
    """Raise unless a checkpoint is of this very training, its algorithm's arguments aside."""
    theirs = given if isinstance(given, dict) else {}
    for name in sorted(own.keys() | theirs.keys()):
        if canonical_json(own.get(name)) != canonical_json(theirs.get(name)):
            raise InputError(
                f"is of another training: its {name} is {theirs.get(name)!r:.300}, "
                f"{own.get(name)!r} is needed"
            )


def _check_fit(own: Mapping[str, Tensor], given: Mapping[str, Tensor]) -> None:
    """Raise unless both hold tensors of the same names, shapes and kinds."""
    for name in sorted(own.keys() | given.keys()):
        here = _kind(own.get(name))
        there = _kind(given.get(name))
        if here != there:
            raise InputError(f"does not fit this training: {name} is {there}, {here} is needed")


def _kind(value: Tensor | None) -> str:
    """What a tensor is, in words."""
    return "missing" if value is None else f"{str(value.dtype)[6:]} {list(value.shape)}"
