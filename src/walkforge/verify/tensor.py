"""Claims on what policies saw: bars, features, the tensor of both, the hash of each fold's rows."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.study import Study

TENSOR = "features/market.safetensors"
NAMES = "features/market.json"
BARS = "bars/bars.parquet"
FEATURES = "features/features.parquet"
QUALITY = "bars/quality.json"
KINDS = {"F64": "<f8", "F32": "<f4", "BOOL": "?"}
RECENT = 20  # bars over which the traded value of a day is meant
LEAST_SHARE = 1e-4  # of the close: a smaller range counts as this
LEAST_RANGE = 1e-6  # of the close: wicks are no share of a smaller range
# What a fold reads of a row, in the order in which it is hashed.
READ = ("features", "open", "close", "daily_value", "volatility", "momentum", "tradable",
        "delisted", "cut")  # fmt: skip
Arrays = Mapping[str, NDArray[Any]]


def arrays_of(content: bytes, at: str = TENSOR) -> dict[str, NDArray[Any]]:
    """The arrays of a safetensors file.

    Raises:
        Unreadable: it is damaged.
    """
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        return {
            name: np.frombuffer(
                content[start + each["data_offsets"][0] : start + each["data_offsets"][1]],
                KINDS[each["dtype"]],
            ).reshape(each["shape"])
            for name, each in header.items()
            if name != "__metadata__"
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable(f"{at}: no safetensors") from error


def check_tensor(study: Study, claim: Claim) -> None:
    """Compare the tensor's prices, traded values and ends with the bars."""
    _check_bars(study, claim)
    prices = study.prices
    found = arrays_of(study.folder.content(TENSOR))
    names = study.folder.json(NAMES)
    claim.same(f"{NAMES}, dates", found=names["dates"], expected=[*map(str, prices.dates)])
    claim.same(f"{NAMES}, symbols", found=names["symbols"], expected=prices.symbols)
    close = np.where(np.isnan(prices.last), 1.0, prices.last)
    due = {
        "close": close,
        "open": np.where(np.isnan(prices.opening), close, prices.opening),
        "delisted": prices.gone,
        "cut": prices.cut,
        "daily_value": _daily_value(study),
    }
    width = len(prices.symbols)

    def place(index: int) -> str:
        return f"{prices.dates[index // width]} {prices.symbols[index % width]}"

    for name, values in due.items():
        scale = np.maximum(np.abs(values), 1.0) if name == "daily_value" else 1.0
        claim.near(f"{TENSOR}, {name}", found=found[name] / scale, expected=values / scale,
                   place=place)  # fmt: skip


def _check_bars(study: Study, claim: Claim) -> None:
    """Compare the digest of all bars with that of the day they were read."""
    values = ("open", "high", "low", "close", "volume")
    bars = study.folder.frame(BARS, "date", "symbol", *values)
    digest = hashlib.sha256("\n".join(bars["symbol"].to_list()).encode())
    digest.update(bars["date"].to_numpy().astype("datetime64[D]").astype(np.int32).tobytes())
    for name in values:
        digest.update(bars[name].to_numpy().astype(np.float64).tobytes())
    said = study.folder.json(QUALITY).get("bars_sha256")
    claim.same(f"{BARS}, digest of {QUALITY}", found=digest.hexdigest(), expected=said)


def check_features(study: Study, claim: Claim) -> None:
    """Compare features with the tensor's, bit by bit, and those of one bar's range with the bars.

    The range and the wicks tie high and low, which nothing else that is kept depends on alone.
    """
    prices = study.prices
    names = study.folder.json(NAMES)["features"]
    columns = ("date", "symbol", "open", "high", "low", "close")
    bars = study.folder.frame(BARS, *columns)
    frame = study.folder.frame(FEATURES, "date", "symbol")
    places = [f"{day} {symbol}" for day, symbol in bars["date", "symbol"].rows()]
    same = frame["date", "symbol"].equals(bars["date", "symbol"])
    claim.holds(FEATURES, same, found="other rows", expected="those of the bars")
    claim.same(f"{FEATURES}, columns", found=frame.columns[2:], expected=names)
    row, column = (
        pl.Series(every).search_sorted(bars[name]).to_numpy()
        for name, every in (("date", prices.dates), ("symbol", prices.symbols))
    )
    cube = arrays_of(study.folder.content(TENSOR))["features"][row, column]
    values = frame.select(names).fill_null(float("nan")).to_numpy().astype(np.float32)
    apart = (cube != values) & ~(np.isnan(cube) & np.isnan(values))
    claim.compared += values.size
    for place, name in np.argwhere(apart).tolist():
        claim.wrong(f"{TENSOR}, {names[name]}, {places[place]}", found=float(cube[place, name]),
                    expected=float(values[place, name]))  # fmt: skip
    _ranges(bars, frame, claim, places=places)


def _ranges(bars: pl.DataFrame, frame: pl.DataFrame, claim: Claim, *, places: list[str]) -> None:
    """Compare the range and the wicks of each bar with the features that state them."""
    opening, high, low, close = (
        bars[name].to_numpy().astype(np.float64) for name in ("open", "high", "low", "close")
    )
    top = np.maximum(opening, close)
    bottom = np.minimum(opening, close)
    for place in np.flatnonzero(~((low <= bottom) & (top <= high))).tolist():
        found = (float(low[place]), float(high[place]))
        claim.wrong(f"{BARS}, {places[place]}", found=found, expected="open and close within")
    wide = high - low > LEAST_RANGE * close
    span = np.where(wide, high - low, 1.0)
    due = {
        "range_pct": np.log(np.maximum((high - low) / close, LEAST_SHARE)),
        "upper_wick": (high - top) / span,
        "lower_wick": (bottom - low) / span,
    }
    for name in [name for name in due if name in frame.columns]:
        said = frame[name].fill_null(float("nan")).to_numpy()
        known = np.flatnonzero(~np.isnan(said) & (wide | (name == "range_pct")))
        claim.near(f"{FEATURES}, {name}", found=said[known], expected=due[name][known],
                   place=[places[index] for index in known].__getitem__)  # fmt: skip


def _daily_value(study: Study) -> NDArray[np.float64]:
    """[T, K]: the mean traded value of the last bars of a segment, 0 without a bar."""
    columns = ("date", "symbol", "segment", "close", "volume")
    bars = study.folder.frame(BARS, *columns)
    prices = study.prices
    row_of = {day: row for row, day in enumerate(prices.dates)}
    values = np.zeros(prices.close.shape)
    for (symbol, _), part in bars.sort("date").group_by("symbol", "segment", maintain_order=True):
        traded = (part["close"] * part["volume"]).to_numpy()
        means = [traded[max(0, i - RECENT + 1) : i + 1].mean() for i in range(len(traded))]
        rows = [row_of[day] for day in part["date"]]
        values[rows, prices.symbols.index(str(symbol))] = np.maximum(means, 0.0)
    return values


def check_rows(study: Study, claim: Claim) -> None:
    """Compare the hash of the rows that each fold may read with those of the tensor."""
    found = arrays_of(study.folder.content(TENSOR))
    names = study.folder.json(NAMES)
    dates = [date.fromisoformat(day) for day in names["dates"]]
    said = repr(tuple(tuple(names[axis]) for axis in ("symbols", "features", "kinds"))).encode()
    digests = [
        hashlib.sha256(
            b"".join(
                [said, day.isoformat().encode(), *(found[name][row].tobytes() for name in READ)]
            )
        ).digest()
        for row, day in enumerate(dates)
    ]
    files = [f"folds/{fold}/manifest.json" for fold in [*study.folds, "live"]]
    for at in [*files, *(f"folds/{fold}/test.json" for fold in study.folds)]:
        manifest = study.folder.json(at)
        rows = [row for name in ("train", "validation") if name in manifest
                for row in _rows(manifest[name], dates)]  # fmt: skip
        if "test" in manifest:
            test = _rows(manifest["test"], dates)
            warm = study.warm_in(manifest["fold"])
            first = test[0] - warm if test else 0
            rows = [*range(first - 1, first + warm), *test]
            opening = manifest.get("warm_in", {}).get("start")
            claim.same(f"{at}, start of its warm-in", found=opening,
                       expected=str(dates[first]) if warm else None)  # fmt: skip
        digest = hashlib.sha256(b"".join(digests[row] for row in rows)).hexdigest()
        claim.same(f"{at}, rows", found=manifest["rows"], expected=len(rows))
        claim.same(f"{at}, rows_sha256", found=manifest["rows_sha256"], expected=digest)


def _rows(window: Mapping[str, str], dates: list[date]) -> list[int]:
    """The rows of a half-open window."""
    start, end = (date.fromisoformat(window[edge]) for edge in ("start", "end"))
    return [row for row, day in enumerate(dates) if start <= day < end]
