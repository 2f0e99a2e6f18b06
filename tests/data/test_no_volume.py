"""Bars without volume: named as the cause, or read as what they are, never a silent nothing."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bar_files import as_lines, ingested, joined, sound_bars
from configurations import OWN
from walkforge.configuration.layers import merge
from walkforge.data.gate import check_quality
from walkforge.data.notes import notes_of
from walkforge.data.quality import quality_of
from walkforge.errors import InputError
from walkforge.features.catalogue import FAMILIES, FEATURES
from walkforge.features.compute import compute_features
from walkforge.no_volume import FAMILY, NEED_VOLUME, without_volume

BARS = sound_bars(("AAA", "BBB", "CCC"), count=90)


def saved(tmp_path: Path, bars: pl.DataFrame) -> Path:
    (tmp_path / "a.csv").write_text(joined(as_lines(bars)))
    return tmp_path / "a.csv"


@pytest.mark.parametrize("volume", [0, 1])
def test_a_volume_that_never_changes_stops_the_run_and_names_the_remedy(
    tmp_path: Path, volume: int
) -> None:
    file = saved(tmp_path, BARS.with_columns(volume=pl.lit(volume)))
    quality = quality_of(ingested("csv", file))
    assert quality["without_volume"] == ["AAA", "BBB", "CCC"]
    told = r"VOLUME: .*3 of 3 symbols \('AAA'.* set data.volume to absent"
    with pytest.raises(InputError, match=told):
        check_quality(quality, gate=0.0)


def test_one_symbol_without_volume_is_named_and_ends_nothing(tmp_path: Path) -> None:
    index = pl.when(pl.col("symbol") == "BBB").then(0).otherwise("volume")
    found = ingested("csv", saved(tmp_path, BARS.with_columns(volume=index)))
    quality = quality_of(found)
    assert quality["without_volume"] == ["BBB"]
    (note,) = notes_of(found)
    assert "on nearly every bar of 1 of 3 symbols ('BBB')" in note
    check_quality(quality, gate=0.0)
    with pytest.raises(InputError, match=r"QUALITY: .*1 of 3 symbols \('BBB'\)"):
        check_quality(quality, gate=1.0)


def test_first_years_without_volume_are_flagged_with_their_dates(tmp_path: Path) -> None:
    early = pl.when(pl.int_range(pl.len()).over("symbol") < 70).then(0).otherwise("volume")
    found = ingested("csv", saved(tmp_path, BARS.with_columns(volume=early)))
    flags = found.issues.filter(pl.col("code") == "NO_VOLUME")
    assert flags["symbol"].to_list() == ["AAA", "BBB", "CCC"]
    assert flags["before"][0] == "volume 0.0 on 70 bars"
    assert flags["after"][0] == f"{BARS['date'][0]} to {BARS['date'][69]}"
    assert found.without_volume == []


def test_a_column_of_nothing_is_rejected_with_the_remedy(tmp_path: Path) -> None:
    for nothing in ("", "NaN"):
        file = saved(tmp_path, BARS.with_columns(volume=pl.lit(nothing)))
        told = "270 rows have prices and no volume: .*data.volume to absent"
        with pytest.raises(InputError, match=told):
            ingested("csv", file)


@pytest.mark.parametrize("column", ["volume", None])
def test_absent_reads_no_volume_and_halts_nothing_but_stale_bars(
    tmp_path: Path, column: str | None
) -> None:
    still = pl.int_range(pl.len()).over("symbol").is_between(40, 49)
    price = pl.col("close").get(40).over("symbol")
    prices = ("open", "high", "low", "close")
    bars = BARS.with_columns(pl.when(still).then(price).otherwise(c).alias(c) for c in prices)
    file = saved(tmp_path, bars if column else bars.drop("volume"))
    found = ingested("csv", file, volume="absent", columns={"volume": column})
    assert found.bars["volume"].unique().to_list() == [0.0]
    assert found.issues["code"].unique().sort().to_list() == (
        ["EXTRA_COLUMNS", "STALE"] if column else ["STALE"]
    )
    assert found.bars.filter(~pl.col("tradable")).height == 3 * 6
    assert quality_of(found)["volume"] == "absent"


def test_what_needs_volume_is_exactly_what_changes_with_it() -> None:
    bars = sound_bars(("AAA", "BBB", "CCC"), count=340).with_columns(
        pl.col("volume").cast(pl.Float64), tradable=pl.lit(True), segment=pl.lit(0)
    )
    generator = np.random.default_rng(0)
    other = bars.with_columns(volume=pl.Series(generator.uniform(1e3, 1e6, bars.height)))
    names = list(FEATURES)
    one, two = (compute_features(each, names) for each in (bars, other))
    changed = {name for name in names if not one[name].equals(two[name])}
    assert changed == {*FAMILIES[FAMILY], *NEED_VOLUME}


def absent(**changes: object) -> dict[str, object]:
    return without_volume(merge(OWN, {"data": {"volume": "absent"}} | changes), FAMILIES)


def test_the_configuration_loses_what_needs_volume_and_nothing_else() -> None:
    assert without_volume(OWN, FAMILIES) is OWN
    config = absent()
    assert FAMILY not in config["features"]["select"]
    kept = [name for name in OWN["features"]["select"] if name != FAMILY]
    assert config["features"]["select"] == kept
    assert "regime_small_size" not in config["evaluation"]["baselines"]
    assert "obv_flow_20" not in config["ablation"]["few"]
    parts = absent(features={"select": ["momentum", "factor"]})["features"]["select"]
    assert parts == ["momentum", *(n for n in FAMILIES["factor"] if n != "size_factor_20")]


@pytest.mark.parametrize(
    ("select", "said"),
    [
        (["momentum", "obv_flow_20"], r"features.select\[1\] is 'obv_flow_20', which needs volume"),
        (["volume"], "holds nothing but features that need volume"),
    ],
)
def test_a_feature_that_needs_volume_is_refused_by_name(select: list[str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        absent(features={"select": select})


def test_the_published_case_is_told_and_is_read_once_volume_is_absent(shared_data: Path) -> None:
    file = shared_data / "faults/fx_zero_volume/bars.csv"
    with pytest.raises(InputError, match="VOLUME: .* 3 of 3 symbols"):
        check_quality(quality_of(ingested("csv", file)), gate=0.4)
    quality = quality_of(ingested("csv", file, volume="absent"))
    assert check_quality(quality, gate=0.8)["score"] == 1.0
