"""The market tensor in its stored form: row-major [T, K, F], memory-mapped, with its names."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from walkforge.data.spacing import DELISTED_AFTER_SESSIONS, REUSED_AFTER, frequency_of
from walkforge.errors import InputError
from walkforge.foreign import MALFORMED, check_safetensors
from walkforge.provenance import canonical_json, check_artifact, read_json

SCHEMA_VERSION = 4
_KINDS: Mapping[str, type] = {
    **dict.fromkeys(("open", "close", "daily_value", "volatility", "momentum"), np.float64),
    **dict.fromkeys(("tradable", "delisted", "cut"), np.bool_),
}
# Daily value and volatility are over so many bars, or all of a younger segment.
RECENT_BARS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """Bars and features of all symbols on one grid of dates.

    Attributes:
        features: [T, K, F] float32; NaN where a symbol has no complete row.
        open: [T, K] float64; the last close where a symbol has no bar or is cut, 1.0 before its
            first.
        close: [T, K] float64; likewise.
        tradable: [T, K]; True where the symbol has a bar, itself tradable, and all its features.
        daily_value: [T, K] float64; mean traded value (close x volume) of the last 20 bars, in
            currency units; 0 where a symbol has no bar.
        volatility: [T, K] float64; standard deviation of the last 20 daily log returns; likewise.
        momentum: [T, K] float64; close over that of 20 bars ago, less 1; 0 for younger segments.
        delisted: [T, K]; True on the first date after bars that end for good: what is held of the
            symbol is closed out. An appended bar can add a mark, 11 dates before it.
        cut: [T, K]; True at the first bar of a segment after a step of price: what is held of the
            symbol is closed out at the close before the step, which `close` still shows there.
        dates: T dates, increasing. symbols: K names, sorted.
        feature_names: F names. kinds: F kinds, 'number' or 'flag'.
    """

    features: NDArray[np.float32]
    open: NDArray[np.float64]
    close: NDArray[np.float64]
    daily_value: NDArray[np.float64]
    volatility: NDArray[np.float64]
    momentum: NDArray[np.float64]
    tradable: NDArray[np.bool_]
    delisted: NDArray[np.bool_]
    cut: NDArray[np.bool_]
    dates: tuple[date, ...]
    symbols: tuple[str, ...]
    feature_names: tuple[str, ...]
    kinds: tuple[str, ...]

    def map(self, function: Callable[[NDArray[Any]], NDArray[Any]]) -> "Panel":
        """The panel with a function applied to each of its arrays."""
        names = ("features", *_KINDS)
        changed: dict[str, Any] = {name: function(getattr(self, name)) for name in names}
        return replace(self, **changed)


def build_panel(bars: pl.DataFrame, features: pl.DataFrame, *, kinds: tuple[str, ...]) -> Panel:
    """The grid of a bars frame and its feature frame; nothing is filled backwards."""
    names = tuple(features.columns[2:])
    dates = bars["date"].unique().sort()
    symbols = bars["symbol"].unique().sort()
    row = dates.search_sorted(bars["date"]).to_numpy()
    column = symbols.search_sorted(bars["symbol"]).to_numpy()
    shape = (len(dates), len(symbols))
    cube = np.full((*shape, len(names)), np.nan, dtype=np.float32)
    cube[row, column] = features.select(names).fill_null(float("nan")).to_numpy()
    allowed = np.zeros(shape, dtype=np.bool_)
    allowed[row, column] = bars["tradable"].to_numpy()
    cut = np.zeros(shape, dtype=np.bool_)
    cut[row, column] = bars["cut"].to_numpy()
    opening, last = (
        np.where(cut, np.nan, _grid(bars[name], row, column, shape)) for name in ("open", "close")
    )
    close = _carried(last)
    recent = {each.name: np.nan_to_num(_grid(each, row, column, shape)) for each in _recent(bars)}
    return Panel(
        features=cube,
        open=np.where(np.isnan(opening), close, opening),
        close=close,
        **recent,
        tradable=allowed & ~np.isnan(cube).any(axis=2),
        cut=cut,
        delisted=delisted_marks(
            bars["segment"], row, column, shape, reused_after=REUSED_AFTER[frequency_of([*dates])]
        ),
        dates=tuple(dates),
        symbols=tuple(symbols),
        feature_names=names,
        kinds=kinds,
    )


def _recent(bars: pl.DataFrame) -> list[pl.Series]:
    """Daily_value, volatility and momentum of each bar, as of its close."""
    segment = ("symbol", "segment")
    before = bars.select(
        value=pl.col("close") * pl.col("volume"),
        move=(pl.col("close") / pl.col("close").shift(1).over(segment)).log(),
        momentum=pl.col("close") / pl.col("close").shift(RECENT_BARS).over(segment) - 1.0,
    )
    return (
        pl.concat([bars.select(segment), before], how="horizontal")
        .select(
            pl.col("value").rolling_mean(RECENT_BARS, min_samples=1).over(segment).clip(0.0)
            .alias("daily_value"),
            pl.col("move").rolling_std(RECENT_BARS, min_samples=2).over(segment)
            .alias("volatility"),
            pl.col("momentum"),
        )
        .get_columns()
    )  # fmt: skip


def _grid(
    values: pl.Series, row: NDArray[Any], column: NDArray[Any], shape: tuple[int, int]
) -> NDArray[np.float64]:
    """Values placed on the [T, K] grid, NaN elsewhere."""
    grid = np.full(shape, np.nan)
    grid[row, column] = values.to_numpy()
    return grid


def _carried(prices: NDArray[np.float64]) -> NDArray[np.float64]:
    """Prices with gaps marked at the last close, and 1.0 before the first."""
    last = np.where(np.isnan(prices), 0, np.arange(len(prices))[:, None])
    carried = np.take_along_axis(prices, np.maximum.accumulate(last, axis=0), axis=0)
    return np.where(np.isnan(carried), 1.0, carried)


def delisted_marks(
    segment: pl.Series,
    row: NDArray[Any],
    column: NDArray[Any],
    shape: tuple[int, int],
    *,
    reused_after: int,
) -> NDArray[np.bool_]:
    """[T, K]: True on the first date after a segment that no bar of its company follows.

    That is a symbol's last segment, where over DELISTED_AFTER_SESSIONS dates follow it, and any
    other, where over `reused_after` dates lie between it and the next.

    Args:
        segment, row, column: of each bar. shape: dates and symbols.
    """
    rows = pl.DataFrame({"column": column, "segment": segment, "row": row})
    spans = rows.group_by("column", "segment").agg(
        first=pl.col("row").min().cast(pl.Int64), last=pl.col("row").max().cast(pl.Int64)
    )
    following = pl.col("first").shift(-1).over("column", order_by="segment")
    reused = following - pl.col("last") - 1 > reused_after
    ended = shape[0] - pl.col("last") - 1 > DELISTED_AFTER_SESSIONS
    over = spans.filter(pl.when(following.is_null()).then(ended).otherwise(reused))
    delisted = np.zeros(shape, dtype=np.bool_)
    delisted[over["last"].to_numpy() + 1, over["column"].to_numpy()] = True
    return delisted


def tensor_content(panel: Panel) -> bytes:
    """The arrays of a panel as safetensors."""
    arrays: dict[str, NDArray[Any]] = {
        "features": panel.features,
        "open": panel.open,
        "close": panel.close,
        "daily_value": panel.daily_value,
        "volatility": panel.volatility,
        "momentum": panel.momentum,
        "tradable": panel.tradable,
        "delisted": panel.delisted,
        "cut": panel.cut,
    }
    return save(arrays)


def names_content(panel: Panel) -> str:
    """What the axes of a panel's arrays stand for, as JSON."""
    described = {
        "schema_version": SCHEMA_VERSION,
        "dates": [day.isoformat() for day in panel.dates],
        "symbols": list(panel.symbols),
        "features": list(panel.feature_names),
        "kinds": list(panel.kinds),
    }
    return canonical_json(described)


def load_panel(tensor: Path, names: Path) -> Panel:
    """A stored panel, its files checked.

    Raises:
        InputError: missing, altered since they were written, of another version, of two panels, or
            with what no panel holds.
    """
    described: dict[str, Any] = read_json(names)
    try:
        if described["schema_version"] != SCHEMA_VERSION:
            raise InputError(
                f"{names}: it has another format version: rerun with --forcerun build_market"
            )
        axes = _axes_of(described)
    except InputError:
        raise
    except MALFORMED as error:
        raise InputError(
            f"{names}: does not describe a market ({error!r:.300}): rerun with "
            "--forcerun build_market"
        ) from error
    try:
        arrays = _arrays_of(tensor, tuple(map(len, axes.values()))[:3])
    except (SafetensorError, *MALFORMED) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{tensor}: is not the market of {names.name} ({error!s:.300}): "
            "rerun with --forcerun build_market"
        ) from error
    fields: dict[str, Any] = {**arrays, **axes}
    return Panel(**fields)


def _axes_of(described: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Dates, symbols, feature_names and kinds of a described panel.

    Raises:
        ValueError, TypeError, KeyError: they are not what a panel has.
    """
    dates = tuple(map(date.fromisoformat, described["dates"]))
    symbols = tuple(described["symbols"])
    features = tuple(described["features"])
    kinds = tuple(described["kinds"])
    if any(later <= earlier for earlier, later in pairwise(dates)):
        raise ValueError("its dates are not in ascending order")
    for named in (symbols, features):
        if not all(type(name) is str for name in named) or len(set(named)) != len(named):
            raise ValueError("its symbols or features repeat a name")
    if len(kinds) != len(features) or not set(kinds) <= {"number", "flag"}:
        raise ValueError("its kinds are not those of its features")
    return {"dates": dates, "symbols": symbols, "feature_names": features, "kinds": kinds}


def _arrays_of(tensor: Path, shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    """The arrays of a stored panel of a shape [T, K, F].

    Raises:
        ValueError: their names, types, shapes or values are not those of a panel.
        SafetensorError: the file is no safetensors.
    """
    with check_artifact(tensor).open("rb") as file:
        check_safetensors(file.read(8))
    arrays = load_file(tensor)
    due = {name: f"{np.dtype(kind)} {shape[:2]}" for name, kind in _KINDS.items()}
    due["features"] = f"{np.dtype(np.float32)} {shape}"
    found = {name: f"{array.dtype} {array.shape}" for name, array in arrays.items()}
    for name in sorted({*due, *found}):
        if due.get(name) != found.get(name):
            told = found.get(name, "missing")
            raise ValueError(f"{name!r:.80} is {told}, {due.get(name, 'none')} is needed")
    for name in ("daily_value", "volatility"):
        if not (np.isfinite(arrays[name]) & (arrays[name] >= 0.0)).all():
            raise ValueError(f"{name} holds a number that is not finite, or below 0")
    if not np.isfinite(arrays["momentum"]).all():
        raise ValueError("momentum holds a number that is not finite")
    return arrays
