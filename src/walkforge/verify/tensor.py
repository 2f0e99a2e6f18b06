"""Claims on what policies saw: the tensor's prices are the bars, the folds' hashes the tensor's."""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.study import Study

TENSOR, NAMES = "features/market.safetensors", "features/market.json"
KINDS = {"F64": "<f8", "F32": "<f4", "BOOL": "?"}
RECENT = 20  # bars over which the traded value of a day is meant
# What a fold reads of a row, in the order in which it is hashed.
READ = ("features", "open", "close", "daily_value", "volatility", "momentum", "tradable",
        "delisted")  # fmt: skip
Arrays = Mapping[str, NDArray[Any]]


def arrays_of(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file.

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
        raise Unreadable(f"{TENSOR}: no safetensors") from error


def check_tensor(study: Study, claim: Claim) -> None:
    """Compare the tensor's prices, traded values and ends with the bars."""
    prices, found = study.prices, arrays_of(study.folder.content(TENSOR))
    names = study.folder.json(NAMES)
    claim.same(f"{NAMES}, dates", found=names["dates"], expected=[*map(str, prices.dates)])
    claim.same(f"{NAMES}, symbols", found=names["symbols"], expected=prices.symbols)
    close = np.where(np.isnan(prices.last), 1.0, prices.last)
    due = {
        "close": close,
        "open": np.where(np.isnan(prices.opening), close, prices.opening),
        "delisted": prices.gone,
        "daily_value": _daily_value(study),
    }
    width = len(prices.symbols)

    def place(index: int) -> str:
        return f"{prices.dates[index // width]} {prices.symbols[index % width]}"

    for name, values in due.items():
        scale = np.maximum(np.abs(values), 1.0) if name == "daily_value" else 1.0
        claim.near(f"{TENSOR}, {name}", found=found[name] / scale, expected=values / scale,
                   place=place)  # fmt: skip


def _daily_value(study: Study) -> NDArray[np.float64]:
    """Return [T, K]: the mean traded value of the last bars of a segment, 0 without a bar."""
    columns = ("date", "symbol", "segment", "close", "volume")
    bars = study.folder.frame("bars/bars.parquet", *columns)
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
    found, names = arrays_of(study.folder.content(TENSOR)), study.folder.json(NAMES)
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
        rows = [row for name in ("train", "validation", "test") if name in manifest
                for row in _rows(manifest[name], dates, lead=name == "test")]  # fmt: skip
        digest = hashlib.sha256(b"".join(digests[row] for row in rows)).hexdigest()
        claim.same(f"{at}, rows", found=manifest["rows"], expected=len(rows))
        claim.same(f"{at}, rows_sha256", found=manifest["rows_sha256"], expected=digest)


def _rows(window: Mapping[str, str], dates: list[date], *, lead: bool) -> list[int]:
    """Return the rows of a half-open window, with the one before where it leads in."""
    start, end = (date.fromisoformat(window[edge]) for edge in ("start", "end"))
    rows = [row for row, day in enumerate(dates) if start <= day < end]
    return [rows[0] - 1, *rows] if lead and rows else rows
