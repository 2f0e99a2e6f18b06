"""Accounts at the close of a record's last date, as a file that what comes after goes on from."""

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.market.simulator import Accounts, open_accounts
from walkforge.provenance import canonical_json, check_artifact

SCHEMA_VERSION = 1
# All that is said of the tensors stands under one key: several would be written in any order.
SAID = "walkforge"
MOST_HEADER_BYTES = 1 << 20


class Closing(NamedTuple):
    """What accounts were at the close of a date; [1, K], or [K, 1] where each has one symbol."""

    day: date
    accounts: Accounts


def closing_content(closing: Closing, market: Market) -> bytes:
    """Accounts as safetensors, with their date and the symbols of their market."""
    said = {
        "date": closing.day.isoformat(),
        "schema_version": SCHEMA_VERSION,
        "symbols": list(market.symbols),
    }
    tensors = {
        name: tensor.contiguous().cpu() for name, tensor in closing.accounts._asdict().items()
    }
    return save(tensors, metadata={SAID: canonical_json(said)})


def read_closing(path: Path, symbols: Sequence[str], *, single_symbol: bool) -> Closing:
    """The accounts of a file, on the CPU.

    Args:
        path: that closing_content was written to. symbols: that they must be of.
        single_symbol: whether each symbol has an account of its own.

    Raises:
        InputError: missing, altered since it was written, or not such accounts.
    """
    count = len(symbols)
    accounts, width = (count, 1) if single_symbol else (1, count)
    expected = open_accounts(accounts, width, cash=0.0, device=torch.device("cpu"))
    most = sum(tensor.nbytes for tensor in expected) + MOST_HEADER_BYTES
    if path.is_file() and path.stat().st_size > most:
        raise _unfit(path, f"it is larger than {most} bytes")
    try:
        with safe_open(check_artifact(path), framework="pt") as file:
            said = json.loads((file.metadata() or {}).get(SAID, "{}"))
            found = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        day = date.fromisoformat(said["date"])
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unfit(path, "it says no date and symbols of accounts") from error
    if said.get("schema_version") != SCHEMA_VERSION or said.get("symbols") != list(symbols):
        raise _unfit(path, "it is of another format or of other symbols")
    _check(path, found, expected)
    return Closing(day, Accounts(**found))


def _check(path: Path, found: dict[str, Tensor], expected: Accounts) -> None:
    """Raise unless tensors are an account's, of its shapes and numbers."""
    due = {name: (each.shape, each.dtype) for name, each in expected._asdict().items()}
    if {name: (each.shape, each.dtype) for name, each in found.items()} != due:
        raise _unfit(path, "its tensors have other names, shapes or types")
    if not all(bool(torch.isfinite(each).all()) for each in found.values()):
        raise _unfit(path, "a value is not finite")


def _unfit(path: Path, why: str) -> InputError:
    """What to say of a file that holds no accounts of the market."""
    return InputError(
        f"{path}: does not hold accounts of this market: {why}: rerun with -R evaluate_agent"
    )
