"""A small panel of noise for tests that cut rows."""

from datetime import date, timedelta

import numpy as np

from walkforge.features.panel import Panel
from walkforge.splits.windows import SplitsConfig

HALF_YEARS = SplitsConfig(
    scheme="expanding",
    start=date(2010, 1, 1),
    end=date(2012, 1, 1),
    train_months=6,
    validation_months=6,
    test_months=6,
    shares=(0.7, 0.15, 0.15),
    purge_days=3,
)

ARRAYS = (
    "features", "open", "close", "daily_value", "volatility", "momentum", "tradable", "delisted",
    "cut",
)  # fmt: skip


def panel(days: int = 530) -> Panel:
    dates = tuple(
        day
        for day in (date(2010, 1, 1) + timedelta(days=i) for i in range(days * 7 // 5 + 1))
        if day.weekday() < 5
    )
    generator = np.random.default_rng(0)
    shape = (len(dates), 2)
    return Panel(
        features=generator.normal(size=(*shape, 3)).astype(np.float32),
        open=generator.uniform(1, 2, shape),
        close=generator.uniform(1, 2, shape),
        daily_value=generator.uniform(1, 2, shape),
        volatility=generator.uniform(1, 2, shape),
        momentum=generator.uniform(1, 2, shape),
        tradable=np.ones(shape, dtype=bool),
        delisted=np.zeros(shape, dtype=bool),
        cut=np.zeros(shape, dtype=bool),
        dates=dates,
        symbols=("A", "B"),
        feature_names=("x", "y", "z"),
        kinds=("number",) * 3,
    )


def panel_of_masks(there: np.ndarray) -> Panel:
    """A panel of symbols S00, S01, ... with bars where a mask [T, K] says so."""
    ones = np.ones(there.shape)
    return Panel(
        features=np.where(there[..., None], 1.0, np.nan).astype(np.float32),
        **dict.fromkeys(("open", "close", "daily_value", "volatility", "momentum"), ones),
        tradable=there.copy(),
        delisted=np.zeros(there.shape, dtype=bool),
        cut=np.zeros(there.shape, dtype=bool),
        dates=tuple(date(2020, 1, 1) + timedelta(days=i) for i in range(len(there))),
        symbols=tuple(f"S{place:02}" for place in range(there.shape[1])),
        feature_names=("x",),
        kinds=("number",),
    )
