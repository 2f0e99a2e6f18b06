"""Health of features: missing, saturated and constant, by hand."""

from datetime import date, timedelta

import numpy as np
import pytest

from walkforge.features.panel import Panel
from walkforge.splits.health import constant_features, health_of

DAYS = tuple(date(2020, 1, 1) + timedelta(days=i) for i in range(100))


def window(first: int, last: int) -> dict[str, str]:
    return {"start": DAYS[first].isoformat(), "end": DAYS[last].isoformat()}


@pytest.fixture
def panel() -> Panel:
    """Two symbols: a plain number, a flag, and a number that jumps in the test window."""
    generator = np.random.default_rng(0)
    features = np.empty((100, 2, 3), dtype=np.float32)
    features[..., 0] = generator.normal(5, 2, (100, 2))
    features[..., 1] = np.arange(100)[:, None] % 2
    features[..., 2] = generator.normal(0, 1, (100, 2))
    features[80:, 0, 2] = 50.0
    features[60:70, :, 1] = 0.0
    features[:10, 1] = np.nan  # listed late
    features[65, 0] = np.nan  # a halt
    price = np.ones((100, 2))
    return Panel(
        features=features, open=price, close=price, daily_value=price,
        volatility=price, momentum=price, tradable=~np.isnan(features).any(axis=2),
        delisted=np.zeros((100, 2), dtype=bool), cut=np.zeros((100, 2), dtype=bool),
        dates=DAYS, symbols=("A", "B"),
        feature_names=("plain", "flag", "jumps"), kinds=("number", "flag", "number"),
    )  # fmt: skip


def test_shares_are_those_of_the_window_by_hand(panel):
    train = {"fold": "fold_1", "train": window(0, 60), "validation": window(60, 70)}
    found = health_of([train, {"fold": "fold_1", "test": window(70, 99)}], panel)
    assert found.height == 9
    rows = {(r["window"], r["feature"]): r for r in found.iter_rows(named=True)}
    assert rows["train", "plain"]["missing"] == 0.0  # before its listing nothing is missing
    assert rows["validation", "plain"]["missing"] == pytest.approx(1 / 20)
    assert rows["test", "jumps"]["saturated"] == pytest.approx(19 / 58)
    assert rows["train", "jumps"]["saturated"] == 0.0
    assert rows["validation", "flag"]["constant"]
    assert constant_features(found) == [
        "flag is constant in validation of fold_1: it tells a policy nothing there"
    ]


def test_flags_are_not_scaled_and_so_never_saturated(panel):
    rare = panel.features.copy()
    rare[..., 1] = 0.0
    rare[30, 0, 1] = 1.0
    changed = Panel(**{name: getattr(panel, name) for name in Panel.__slots__} | {"features": rare})
    train = {"fold": "live", "train": window(0, 60), "validation": window(60, 99)}
    found = health_of([train], changed)
    assert found.filter(found["feature"] == "flag")["saturated"].to_list() == [0.0, 0.0]


def test_a_column_that_is_constant_in_train_keeps_its_scale(panel):
    flat = panel.features.copy()
    flat[:60, :, 0] = 3.0
    changed = Panel(**{name: getattr(panel, name) for name in Panel.__slots__} | {"features": flat})
    train = {"fold": "live", "train": window(0, 60), "validation": window(60, 99)}
    found = health_of([train], changed)
    assert found.filter(found["feature"] == "plain")["constant"].to_list() == [True, False]
    assert found["saturated"].is_finite().all()


def test_missing_is_a_share_of_dates_from_first_features_to_last(panel):
    gone = panel.features.copy()
    gone[:, :, 2] = np.nan
    gone[50:, 1] = np.nan  # ended
    changed = Panel(**{name: getattr(panel, name) for name in Panel.__slots__} | {"features": gone})
    found = health_of(
        [{"fold": "live", "train": window(0, 60), "validation": window(60, 99)}], changed
    )
    rows = {(r["window"], r["feature"]): r for r in found.iter_rows(named=True)}
    assert rows["train", "plain"]["missing"] == 0.0
    assert rows["validation", "plain"]["missing"] == pytest.approx(1 / 39)  # a halt, one symbol
    assert rows["train", "jumps"]["missing"] == 1.0
    assert not rows["train", "jumps"]["constant"]


def test_scales_are_those_of_rows_that_can_be_traded(panel):
    wild = panel.features.copy()
    tradable = panel.tradable.copy()
    wild[:, 1, 0] *= 1e6
    tradable[:, 1] = False
    changed = Panel(
        **{name: getattr(panel, name) for name in Panel.__slots__}
        | {"features": wild, "tradable": tradable}
    )
    found = health_of(
        [{"fold": "live", "train": window(0, 60), "validation": window(60, 99)}], changed
    )
    plain = found.filter(feature="plain", window="train").row(0, named=True)
    assert plain["saturated"] == pytest.approx(50 / 110)
