"""The complete state of a training, taken between two roll-outs and put back."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from walkforge.agents.algorithms.ppo.device import DevicePPO
from walkforge.agents.training.checkpoints import Checkpoint, prefixed, under
from walkforge.agents.training.curve import Rows, check_rows
from walkforge.errors import InputError
from walkforge.foreign import MALFORMED
from walkforge.market.environment_step import State
from walkforge.market.simulator import Accounts
from walkforge.provenance import canonical_json

Identity = Mapping[str, Any]  # what a training is of: fold, windows, seed, network and so on


def captured(model: DevicePPO, rows: Rows, identity: Identity) -> Checkpoint:
    """Return the state of a training and the rows of its curve.

    The accounts' view is made anew, as it will be after a resume: so both go on with equal bits.
    """
    model.batch.enter(model.batch.state)
    state = {
        "num_timesteps": model.num_timesteps,
        "updates": model._n_updates,
        "bad_steps": model.watch.bad,
        "scaler": model.stepper.scaler.state_dict(),
        "rows": rows,
        "identity": dict(identity),
    }
    return Checkpoint(_tensors(model), state)


def restored(model: DevicePPO, checkpoint: Checkpoint, identity: Identity) -> Rows:
    """Put a state into a fresh model and return the rows of its curve.

    Raises:
        InputError: the state does not fit; says what differs.
    """
    _check_identity(identity, checkpoint.state.get("identity"))
    _check_fit(_tensors(model), checkpoint.tensors)
    _check_state(checkpoint.state, model.config.total_timesteps)
    _check_scaler(model.stepper.scaler.state_dict(), checkpoint.state.get("scaler"))
    try:
        return _taken_over(model, checkpoint)
    except MALFORMED as error:
        raise InputError(
            f"the checkpoint holds a value that does not fit: {error!r:.300}"
        ) from error


def _taken_over(model: DevicePPO, checkpoint: Checkpoint) -> Rows:
    """Put a state into a model."""
    tensors, state = checkpoint.tensors, checkpoint.state
    device = model.batch.market.device
    model.network.load_state_dict(under("network", tensors), strict=True)
    for number, optimiser in enumerate(model.optimisers):
        _fill_optimiser(optimiser, under(f"optimiser{number}", tensors))
    model.batch.enter(_accounts_state(under("accounts", tensors), device))
    model.starts = tensors["starts"].to(device)
    model.normalisation.load(under("normalisation", tensors))
    model.generator.set_state(tensors["chance.actions"])
    model.batch.generator.set_state(tensors["chance.starts"])
    torch.set_rng_state(tensors["chance.torch"])
    model.num_timesteps, model.watch.bad = state["num_timesteps"], state["bad_steps"]
    model._n_updates = state["updates"]
    model.stepper.scaler.load_state_dict(state["scaler"])
    rows: Rows = state["rows"]
    return rows


def _check_identity(own: Identity, given: Any) -> None:
    """Raise unless a checkpoint is of this very training, its algorithm's arguments aside."""
    theirs = given if isinstance(given, dict) else {}
    for name in sorted(own.keys() | theirs.keys()):
        if canonical_json(own.get(name)) != canonical_json(theirs.get(name)):
            raise InputError(
                f"is of another training: its {name} is {theirs.get(name)!r:.300}, "
                f"{own.get(name)!r} is needed"
            )


def _check_state(state: dict[str, Any], total: int) -> None:
    """Raise unless counts are counts and rows are those of a curve."""
    for name in ("num_timesteps", "updates", "bad_steps"):
        value = state.get(name)
        if type(value) is not int or value < 0:
            raise InputError(f"{name} is {value!r}: a whole number is needed")
    if state["num_timesteps"] > total:
        raise InputError(f"has done {state['num_timesteps']} steps of {total}: raise the total")
    check_rows(state.get("rows"), steps=state["num_timesteps"])


def _check_scaler(own: dict[str, Any], given: Any) -> None:
    """Raise unless what is given of the scaler of fp16 are numbers as it has them."""
    entries = given if isinstance(given, dict) else {"": given}
    kinds = {name: type(value) for name, value in own.items()}
    if {name: type(value) for name, value in entries.items()} != kinds:
        raise InputError(f"its scaler is {given!r:.300}: numbers {sorted(own)} are needed")


def _tensors(model: DevicePPO) -> dict[str, Tensor]:
    """Return every tensor that a training depends on, by name."""
    now = model.batch.state
    kept: dict[str, Tensor] = {**now.accounts._asdict()}
    kept |= {"reward_state": now.reward_state, "day": now.day, "last": now.last}
    if now.symbol is not None:
        kept["symbol"] = now.symbol
    chance = {
        "actions": model.generator.get_state(),
        "starts": model.batch.generator.get_state(),
        "torch": torch.get_rng_state(),
    }
    tensors = prefixed("network", model.network.state_dict()) | prefixed("accounts", kept)
    tensors |= prefixed("chance", chance) | {"starts": model.starts}
    tensors |= prefixed("normalisation", model.normalisation.tensors())
    for number, optimiser in enumerate(model.optimisers):
        tensors |= prefixed(f"optimiser{number}", _moments(optimiser))
    return {name: value.detach().clone() for name, value in tensors.items()}


def _moments(optimiser: torch.optim.AdamW) -> dict[str, Tensor]:
    """Return AdamW's tensors by parameter number and name; zeros before the first step."""
    moments: dict[str, Tensor] = {}
    for number, parameter in enumerate(_parameters(optimiser)):
        state: dict[str, Any] = optimiser.state.get(parameter) or {
            "step": torch.zeros((), dtype=torch.float32, device=parameter.device),
            "exp_avg": torch.zeros_like(parameter),
            "exp_avg_sq": torch.zeros_like(parameter),
        }
        moments |= {f"{number}.{name}": value for name, value in state.items()}
    return moments


def _fill_optimiser(optimiser: torch.optim.AdamW, tensors: dict[str, Tensor]) -> None:
    """Put AdamW's tensors back."""
    for number, parameter in enumerate(_parameters(optimiser)):
        own = under(str(number), tensors)
        optimiser.state[parameter] = {k: v.to(parameter.device).clone() for k, v in own.items()}


def _parameters(optimiser: torch.optim.AdamW) -> list[nn.Parameter]:
    """Return an optimiser's parameters in their order."""
    return [parameter for group in optimiser.param_groups for parameter in group["params"]]


def _accounts_state(tensors: dict[str, Tensor], device: torch.device) -> State:
    """Return the accounts' state from its tensors."""
    there = {name: value.to(device) for name, value in tensors.items()}
    accounts = Accounts(*(there[name] for name in Accounts._fields))
    return State(accounts, there["reward_state"], there["day"], there["last"], there.get("symbol"))


def _check_fit(own: dict[str, Tensor], given: dict[str, Tensor]) -> None:
    """Raise unless both hold tensors of the same names, shapes and kinds."""
    for name in sorted(own.keys() | given.keys()):
        here, there = _kind(own.get(name)), _kind(given.get(name))
        if here != there:
            raise InputError(f"does not fit this training: {name} is {there}, {here} is needed")


def _kind(value: Tensor | None) -> str:
    """Return what a tensor is, in words."""
    return "missing" if value is None else f"{str(value.dtype)[6:]} {list(value.shape)}"
