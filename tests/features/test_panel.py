"""The grid of all symbols: nothing is filled backwards, nothing is lost, nothing is trusted."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from safetensors.numpy import load_file, save

from walkforge.errors import InputError
from walkforge.features.panel import (
    Panel,
    build_panel,
    load_panel,
    names_content,
    tensor_content,
)
from walkforge.provenance import write_artifacts

D1 = date(2020, 1, 2)
D2 = date(2020, 1, 3)
D3 = date(2020, 1, 6)


def frames() -> tuple[pl.DataFrame, pl.DataFrame]:
    keys = {"date": [D1, D2, D3, D2], "symbol": ["A", "A", "A", "B"]}
    prices = {"open": [1.0, 2.0, 3.0, 7.0], "close": [1.5, 2.5, 3.5, 7.5]}
    rest = {
        "volume": [10.0, 30.0, 20.0, 5.0],
        "tradable": [True] * 4,
        "segment": [0] * 4,
        "cut": [False] * 4,
    }
    bars = pl.DataFrame(keys | prices | rest)
    features = pl.DataFrame(keys | {"x": [None, 0.2, 0.3, 0.4], "y": [1.0, 2.0, 3.0, 4.0]})
    return bars, features


def save_panel(panel: Panel, tensor: Path, names: Path) -> None:
    contents = {tensor: tensor_content(panel), names: names_content(panel)}
    write_artifacts("build_market", contents)


def test_cells_stand_where_date_and_symbol_say_by_hand() -> None:
    panel = build_panel(*frames(), kinds=("number", "flag"))
    assert panel.dates == (D1, D2, D3)
    assert panel.symbols == ("A", "B")
    np.testing.assert_array_equal(panel.tradable, [[False, False], [True, True], [True, False]])
    np.testing.assert_array_equal(panel.close, [[1.5, 1.0], [2.5, 7.5], [3.5, 7.5]])
    np.testing.assert_array_equal(panel.open, [[1.0, 1.0], [2.0, 7.0], [3.0, 7.5]])
    np.testing.assert_array_equal(panel.features[1], np.float32([[0.2, 2.0], [0.4, 4.0]]))
    assert np.isnan(panel.features[2, 1]).all()
    np.testing.assert_allclose(panel.daily_value, [[15.0, 0.0], [45.0, 37.5], [160 / 3, 0.0]])
    moves = np.log([2.5 / 1.5, 3.5 / 2.5])
    spread = np.std(moves, ddof=1)
    np.testing.assert_allclose(panel.volatility, [[0.0, 0.0], [0.0, 0.0], [spread, 0.0]])
    assert not panel.momentum.any()


def test_recent_figures_are_of_the_last_20_bars_of_a_segment() -> None:
    generator = np.random.default_rng(0)
    days = [date(2020, 1, 1) + timedelta(i) for i in range(90)]
    close = np.exp(generator.normal(0, 0.1, 90))
    volume = generator.uniform(1, 9, 90)
    keys = {"date": days, "symbol": ["A"] * 90}
    bars = pl.DataFrame(
        {**keys, "open": close, "close": close, "volume": volume,
         "tradable": [True] * 90, "segment": [0] * 50 + [1] * 40,
         "cut": [False] * 90}
    )  # fmt: skip
    panel = build_panel(bars, pl.DataFrame(keys | {"x": [1.0] * 90}), kinds=("number",))
    for t in (30, 49, 75):
        moves = np.diff(np.log(close[t - 20 : t + 1]))
        assert panel.volatility[t, 0] == pytest.approx(np.std(moves, ddof=1))
        assert panel.momentum[t, 0] == pytest.approx(close[t] / close[t - 20] - 1)
        expected = (close * volume)[t - 19 : t + 1].mean()
        assert panel.daily_value[t, 0] == pytest.approx(expected)
    assert panel.momentum[50:70, 0].tolist() == [0.0] * 20
    assert panel.daily_value[50, 0] == pytest.approx(close[50] * volume[50])


def test_a_stored_panel_comes_back_the_same(tmp_path: Path) -> None:
    panel = build_panel(*frames(), kinds=("number", "flag"))
    save_panel(panel, tmp_path / "m.safetensors", tmp_path / "m.json")
    again = load_panel(tmp_path / "m.safetensors", tmp_path / "m.json")
    for name in (
        "features",
        "open",
        "close",
        "daily_value",
        "volatility",
        "momentum",
        "tradable",
        "delisted",
        "cut",
    ):
        np.testing.assert_array_equal(getattr(again, name), getattr(panel, name))
    assert (again.dates, again.symbols, again.feature_names, again.kinds) == (
        panel.dates,
        panel.symbols,
        panel.feature_names,
        panel.kinds,
    )


@pytest.mark.parametrize("place", [0, 0.5, 1])
def test_one_flipped_bit_is_refused_with_the_rule_that_rebuilds(
    tmp_path: Path, place: float
) -> None:
    tensor = tmp_path / "m.safetensors"
    names = tmp_path / "m.json"
    save_panel(build_panel(*frames(), kinds=("number", "flag")), tensor, names)
    data = bytearray(tensor.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    tensor.write_bytes(data)
    with pytest.raises(InputError, match="HASH: .*--forcerun build_market"):
        load_panel(tensor, names)


def test_an_altered_name_is_refused(tmp_path: Path) -> None:
    tensor = tmp_path / "m.safetensors"
    names = tmp_path / "m.json"
    save_panel(build_panel(*frames(), kinds=("number", "flag")), tensor, names)
    names.write_text(names.read_text().replace('"B"', '"C"'))
    with pytest.raises(InputError, match="HASH: .*--forcerun build_market"):
        load_panel(tensor, names)


def test_names_of_another_panel_are_refused(tmp_path: Path) -> None:
    tensor = tmp_path / "m.safetensors"
    names = tmp_path / "m.json"
    bars, features = frames()
    save_panel(build_panel(bars, features, kinds=("number", "flag")), tensor, names)
    fewer = build_panel(bars[:3], features[:3], kinds=("number", "flag"))
    write_artifacts("build_market", {names: names_content(fewer)})
    told = r"m\.json \('close' is float64 \(3, 2\), float64 \(3, 1\) is needed"
    with pytest.raises(InputError, match=told):
        load_panel(tensor, names)


HOSTILE = [
    (
        "names",
        {"dates": ["2020-01-02", "2020-01-02", "2020-01-06"]},
        "its dates are not in ascending order",
    ),
    ("names", {"dates": 3}, "does not describe a market"),
    ("names", {"symbols": ["A", "A"]}, "repeat a name"),
    ("names", {"kinds": ["number", "word"]}, "its kinds"),
    ("tensor", {"close": np.ones((3, 2), dtype=np.float32)}, r"'close' is float32 \(3, 2\)"),
    ("tensor", {"more": np.ones(3)}, "'more' is float64 .*none is needed"),
    ("tensor", {"volatility": np.full((3, 2), -1.0)}, "volatility holds"),
    ("tensor", {"momentum": np.full((3, 2), np.nan)}, "momentum holds"),
]


@pytest.mark.parametrize(("which", "changes", "said"), HOSTILE)
def test_a_hostile_market_is_refused_whatever_its_hashes_say(
    tmp_path: Path, which: str, changes: dict[str, Any], said: str
) -> None:
    tensor = tmp_path / "m.safetensors"
    names = tmp_path / "m.json"
    save_panel(build_panel(*frames(), kinds=("number", "flag")), tensor, names)
    if which == "names":
        described = json.loads(names.read_text()) | changes
        write_artifacts("build_market", {names: json.dumps(described)})
    else:
        write_artifacts("build_market", {tensor: save(load_file(tensor) | changes)})
    with pytest.raises(InputError, match=said):
        load_panel(tensor, names)
    write_artifacts("build_market", {tensor: b"\xff" * 8 + b"{}", names: "[" * 100_000})
    with pytest.raises(InputError, match="not JSON"):
        load_panel(tensor, names)
