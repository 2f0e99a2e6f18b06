"""The market tensor in its stored form: row-major [T, K, F], memory-mapped, with its names."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from safetensors.numpy import load_file, save

from walkforge.errors import InputError
from walkforge.provenance import (
    canonical_json,
    read_json,
    sha256_bytes,
    sha256_file,
    write_bytes_atomic,
    write_json,
)

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars and features of all symbols on one grid of dates.

    Attributes:
        features: [T, K, F] float32; NaN where a symbol has no complete row.
        open: [T, K] float64; the last close where a symbol has no bar, 1.0 before its first.
        close: [T, K] float64; likewise.
        tradable: [T, K]; True where the symbol has a bar and all its features.
        dates: T dates, increasing. symbols: K names, sorted.
        feature_names: F names. kinds: F kinds, 'number' or 'flag'.
    """

    features: NDArray[np.float32]
    open: NDArray[np.float64]
    close: NDArray[np.float64]
    tradable: NDArray[np.bool_]
    dates: tuple[date, ...]
    symbols: tuple[str, ...]
    feature_names: tuple[str, ...]
    kinds: tuple[str, ...]


def build_panel(bars: pl.DataFrame, features: pl.DataFrame, *, kinds: tuple[str, ...]) -> Panel:
    """Return the grid of a bars frame and its feature frame; nothing is filled backwards."""
    names = tuple(features.columns[2:])
    dates = bars["date"].unique().sort()
    symbols = bars["symbol"].unique().sort()
    row = dates.search_sorted(bars["date"]).to_numpy()
    column = symbols.search_sorted(bars["symbol"]).to_numpy()
    shape = (len(dates), len(symbols))
    cube = np.full((*shape, len(names)), np.nan, dtype=np.float32)
    cube[row, column] = features.select(names).fill_null(float("nan")).to_numpy()
    close = _carried(_grid(bars["close"], row, column, shape))
    opening = _grid(bars["open"], row, column, shape)
    return Panel(
        features=cube,
        open=np.where(np.isnan(opening), close, opening),
        close=close,
        tradable=~np.isnan(opening) & ~np.isnan(cube).any(axis=2),
        dates=tuple(dates),
        symbols=tuple(symbols),
        feature_names=names,
        kinds=kinds,
    )


def _grid(
    values: pl.Series, row: NDArray[Any], column: NDArray[Any], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Return values placed on the [T, K] grid, NaN elsewhere."""
    grid = np.full(shape, np.nan)
    grid[row, column] = values.to_numpy()
    return grid


def _carried(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return prices with gaps marked at the last close, and 1.0 before the first."""
    last = np.where(np.isnan(prices), 0, np.arange(len(prices))[:, None])
    carried = np.take_along_axis(prices, np.maximum.accumulate(last, axis=0), axis=0)
    return np.where(np.isnan(carried), 1.0, carried)


def save_panel(panel: Panel, tensor: Path, names: Path) -> None:
    """Write the arrays to `tensor` (safetensors) and their names and hash to `names` (JSON)."""
    arrays: dict[str, NDArray[Any]] = {
        "features": panel.features,
        "open": panel.open,
        "close": panel.close,
        "tradable": panel.tradable,
    }
    write_bytes_atomic(tensor, save(arrays))
    described = {
        "schema_version": SCHEMA_VERSION,
        "dates": [day.isoformat() for day in panel.dates],
        "symbols": list(panel.symbols),
        "features": list(panel.feature_names),
        "kinds": list(panel.kinds),
        "sha256": sha256_file(tensor),
    }
    write_json(names, described | {"names_sha256": _names_hash(described)})


def read_names(names: Path) -> dict[str, Any]:
    """Return the names beside a stored tensor.

    Raises:
        InputError: written by another version of the format.
    """
    described: dict[str, Any] = read_json(names)
    if described.get("schema_version") != SCHEMA_VERSION:
        raise InputError(f"{names}: another format version: delete it and rerun build_market")
    if described.get("names_sha256") != _names_hash(described):
        raise InputError(f"{names}: its hash has changed: delete it and rerun build_market")
    return described


def _names_hash(described: dict[str, Any]) -> str:
    """Return the SHA-256 of all that a names file says but its own hash."""
    said = {key: value for key, value in described.items() if key != "names_sha256"}
    return sha256_bytes(canonical_json(said).encode())


def check_tensor(tensor: Path, described: dict[str, Any]) -> None:
    """Raise unless a tensor's bytes are those its names were written for.

    Raises:
        InputError: names the file and the rule that rebuilds it.
    """
    if sha256_file(tensor) != described["sha256"]:
        raise InputError(f"{tensor}: its hash has changed: delete it and rerun build_market")


def load_panel(tensor: Path, names: Path) -> Panel:
    """Return a stored panel, its hash checked.

    Raises:
        InputError: missing, of another version, or altered since it was written.
    """
    described = read_names(names)
    check_tensor(tensor, described)
    arrays = load_file(tensor)
    return Panel(
        **arrays,
        dates=tuple(date.fromisoformat(day) for day in described["dates"]),
        symbols=tuple(described["symbols"]),
        feature_names=tuple(described["features"]),
        kinds=tuple(described["kinds"]),
    )
