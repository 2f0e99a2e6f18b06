"""The audit of a study looks at the market that policies were trained and scored on."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from walkforge.consumed import BASELINE_KEYS
from walkforge.data.bars import check_bars
from walkforge.errors import InputError
from walkforge.evaluation.leaks import EVERY, check_chain, found_frame
from walkforge.evaluation.stored_audit import ACROSS
from walkforge.evaluation.study_audit import audit_study
from walkforge.features.catalogue import FAMILIES
from walkforge.features.compute import compute_features, kinds, select_names
from walkforge.features.panel import Panel, build_panel
from walkforge.reporting.pages.chain import chain_html
from walkforge.splits.manifest import cut_folds
from walkforge.splits.windows import SplitsConfig
from worlds import walking_bars, weekdays

DAYS = weekdays(330)
SELECT = ["log_return_1", "rsi_14", "volume_ratio_20"]
WARM_UP = 30


def universe() -> pl.DataFrame:
    """Five symbols: one ends early, one is cut; on three dates the fourth trades alone.

    Where three are looked at, it is not among them.
    """
    place = pl.int_range(pl.len())
    parts = [walking_bars(i, f"S<b>{i}", DAYS) for i in range(5)]
    gone = (40, 41, 190)
    parts = [each if i == 3 else each.filter(~place.is_in(gone)) for i, each in enumerate(parts)]
    parts[4] = parts[4].head(300)
    parts[2] = parts[2].with_columns(
        segment=(place >= 120).cast(pl.Int32), cut=place == 120, tradable=place != 120
    )
    return check_bars(pl.concat(parts))


BARS = universe()


def panel_of(bars: pl.DataFrame, select: list[str]) -> Panel:
    names = select_names(select)
    features = compute_features(bars, names, warm_up=WARM_UP)
    return build_panel(bars, features, kinds=kinds(names))


def audited(panel: Panel, select: list[str], *, symbols: int = 3) -> pl.DataFrame:
    """What the audit finds of a study without policies, manifests those of the panel."""
    config: dict[str, Any] = yaml.safe_load((Path(__file__).parents[2] / "config.yaml").read_text())
    splits = SplitsConfig(
        scheme="rolling", start=date(2010, 2, 22), end=date(2011, 3, 1), train_months=6,
        validation_months=2, test_months=2, shares=(0.6, 0.2, 0.2), purge_days=5,
    )  # fmt: skip
    settings = {
        "audit": {"symbols": symbols, "cuts": 1, "last_rows": 1, "compared_symbols": 1},
        "baselines": {key: config["evaluation"][key] for key in BASELINE_KEYS} | {"baselines": []},
        "features": {"select": select, "warm_up": WARM_UP},
        "splits": {"purge_days": splits.purge_days},
        "market": config["market"],
    }
    manifests = cut_folds(splits, panel, warm_in_days=0)
    return found_frame(audit_study(BARS, panel, {}, manifests, settings=settings))


def as_stored(found: pl.DataFrame) -> list[dict[str, Any]]:
    """What is found of the stored market."""
    rows = found.filter((pl.col("stage") == "observation") & (pl.col("check") == "as stored"))
    return rows.to_dicts()


@pytest.mark.parametrize("select", [SELECT, [*SELECT, *ACROSS]])
def test_a_market_as_its_bars_give_it_passes(select: list[str]) -> None:
    panel = panel_of(BARS, select)
    assert panel.delisted.any()
    (row,) = as_stored(check_chain(audited(panel, select)))
    assert (row["agent"], row["fold"]) == (EVERY, EVERY)
    # on three symbols, or on all where a feature asks for them; nine columns, one of them features
    looked_at = 3 if select == SELECT else 5
    assert row["compared"] == len(DAYS) * looked_at * (len(panel.feature_names) + 8)


def shifted(panel: Panel, name: str) -> Panel:
    """A panel of which one column shows what comes a row later."""
    values = getattr(panel, name).copy()
    values[:-1] = values[1:].copy()
    return replace(panel, **{name: values})


def one_entry(panel: Panel) -> Panel:
    """A panel with one close a last bit off."""
    close = panel.close.copy()
    close[200, 2] = np.nextafter(close[200, 2], np.inf)
    return replace(panel, close=close)


COLUMNS = (
    "features", "open", "close", "daily_value", "volatility", "momentum", "tradable", "delisted",
    "cut",
)  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_a_stored_market_that_knows_the_row_after_stops_the_run(name: str) -> None:
    found = audited(shifted(panel_of(BARS, SELECT), name), SELECT)
    with pytest.raises(InputError, match=r"LEAK: \d checks .*every one, observation \(as stored\)"):
        check_chain(found)


def test_the_last_bit_of_one_price_is_told_by_date_and_symbol() -> None:
    (row,) = as_stored(audited(one_entry(panel_of(BARS, SELECT)), SELECT))
    assert (row["leaks"], row["date"], row["place"]) == (1, DAYS[200], "S<b>2")


@pytest.mark.parametrize("family", [each for each in FAMILIES if each not in ACROSS])
def test_features_of_other_families_are_the_same_on_some_symbols(family: str) -> None:
    names = select_names([family])
    own = pl.col("symbol").is_in(["S<b>0", "S<b>2"])
    whole = compute_features(BARS, names).filter(own)
    assert compute_features(BARS.filter(own), names).equals(whole)


def test_features_across_symbols_are_not() -> None:
    names = select_names(list(ACROSS))
    own = pl.col("symbol").is_in(["S<b>0", "S<b>2"])
    whole = compute_features(BARS, names).filter(own)
    assert not compute_features(BARS.filter(own), names).equals(whole)


def test_a_market_of_other_features_is_an_error() -> None:
    with pytest.raises(InputError, match="--forcerun build_market"):
        audited(panel_of(BARS, SELECT), SELECT[:2])


def test_the_market_counts_as_no_pair_of_agent_and_fold() -> None:
    page = chain_html(audited(one_entry(panel_of(BARS, SELECT)), SELECT))
    assert "of 0 pairs of agent and fold" in page
    assert "1 are not as they must be" in page
