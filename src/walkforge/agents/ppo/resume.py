"""The complete state of a training, taken between two roll-outs and put back."""

from typing import Any

import torch
from torch import Tensor, nn

from walkforge.agents.checkpoints import Checkpoint, prefixed, under
from walkforge.agents.ppo.device import DevicePPO
from walkforge.errors import InputError
from walkforge.market.simulator import Accounts
from walkforge.market.turn import State

Rows = list[dict[str, float]]


def captured(model: DevicePPO, rows: Rows) -> Checkpoint:
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
    }
    return Checkpoint(_tensors(model), state)


def restored(model: DevicePPO, checkpoint: Checkpoint) -> Rows:
    """Put a state into a fresh model and return the rows of its curve.

    Raises:
        InputError: the state does not fit; says what differs.
    """
    _check_fit(_tensors(model), checkpoint.tensors)
    tensors, state = checkpoint.tensors, checkpoint.state
    device = model.batch.market.device
    model.network.load_state_dict(under("network", tensors), strict=True)
    for number, optimiser in enumerate(model.optimisers):
        _fill_optimiser(optimiser, under(f"optimiser{number}", tensors))
    model.batch.enter(_accounts_state(under("accounts", tensors), device))
    model.starts = tensors["starts"].to(device)
    model.generator.set_state(tensors["chance.actions"])
    model.batch.generator.set_state(tensors["chance.starts"])
    torch.set_rng_state(tensors["chance.torch"])
    try:
        model.num_timesteps, model.watch.bad = state["num_timesteps"], state["bad_steps"]
        model._n_updates = state["updates"]
        model.stepper.scaler.load_state_dict(state["scaler"])
        rows: Rows = state["rows"]
    except KeyError as error:
        raise InputError(f"the checkpoint says nothing of {error}") from error
    return rows


def _tensors(model: DevicePPO) -> dict[str, Tensor]:
    """Return every tensor that a training depends on, by name."""
    now = model.batch.state
    kept: dict[str, Tensor] = {**now.accounts._asdict()}
    kept |= {"memory": now.memory, "day": now.day, "last": now.last}
    if now.symbol is not None:
        kept["symbol"] = now.symbol
    chance = {
        "actions": model.generator.get_state(),
        "starts": model.batch.generator.get_state(),
        "torch": torch.get_rng_state(),
    }
    tensors = prefixed("network", model.network.state_dict()) | prefixed("accounts", kept)
    tensors |= prefixed("chance", chance) | {"starts": model.starts}
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
    return State(accounts, there["memory"], there["day"], there["last"], there.get("symbol"))


def _check_fit(own: dict[str, Tensor], given: dict[str, Tensor]) -> None:
    """Raise unless both hold tensors of the same names, shapes and kinds."""
    for name in sorted(own.keys() | given.keys()):
        here, there = _kind(own.get(name)), _kind(given.get(name))
        if here != there:
            raise InputError(f"does not fit this training: {name} is {there}, {here} is needed")


def _kind(value: Tensor | None) -> str:
    """Return what a tensor is, in words."""
    return "missing" if value is None else f"{str(value.dtype)[6:]} {list(value.shape)}"
