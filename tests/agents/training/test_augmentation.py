"""Train windows that are varied: what changes, what never does, and that it comes back."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from walkforge.agents.training.augmentation import Augmentation, AugmentationConfig
from worlds import market_of

ROWS = range(10, 310)
OFF: dict[str, Any] = {"noise": 0.0, "time_shift": 0, "magnitude_warp": 0.0}


def varied(
    steps: int = 0, seed: int = 0, rows: list[range] | None = None, **changes: Any
) -> tuple[Tensor, Tensor]:
    """Features [400, 3, 4] before and after, of which symbol 1 is listed from row 50 on."""
    generator = np.random.default_rng(5)
    features = generator.normal(size=(400, 3, 4)) + 3.0
    tradable = np.ones((400, 3), dtype=bool)
    tradable[:50, 1] = False
    prices = np.ones((400, 3))
    market = market_of(prices, prices, features, tradable)
    before = market.features.clone()
    config = AugmentationConfig(**OFF | changes)
    Augmentation(market, rows or [ROWS], config=config, seed=seed).vary(steps)
    return before, market.features


ALL = {"noise": 0.1, "time_shift": 5, "magnitude_warp": 0.2}


def test_all_at_0_changes_nothing() -> None:
    before, after = varied()
    assert torch.equal(before, after)


def test_rows_outside_and_absent_symbols_are_never_touched() -> None:
    before, after = varied(**ALL, rows=[range(10, 100), range(150, 310)])
    for rows in (slice(0, 10), slice(100, 150), slice(310, 400)):
        assert torch.equal(before[rows], after[rows])
    assert torch.equal(after[:50, 1], torch.zeros(50, 4))
    assert not torch.equal(before[150:310], after[150:310])


def test_it_depends_on_seed_and_steps_alone() -> None:
    assert torch.equal(varied(64, **ALL)[1], varied(64, **ALL)[1])
    assert not torch.equal(varied(64, **ALL)[1], varied(128, **ALL)[1])
    assert not torch.equal(varied(64, **ALL)[1], varied(64, seed=1, **ALL)[1])


def test_flags_come_late_at_most() -> None:
    prices = np.ones((400, 3))
    flags = np.random.default_rng(0).integers(0, 2, size=(400, 3, 4))
    market = replace(
        market_of(prices, prices, flags, np.ones((400, 3), dtype=bool)), kinds=("flag",) * 4
    )
    Augmentation(market, [ROWS], config=AugmentationConfig(**ALL), seed=0).vary(0)
    assert set(market.features.unique().tolist()) == {0.0, 1.0}


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    before, after = varied(noise=0.5)
    added = (after - before)[ROWS.start : ROWS.stop, 0]
    assert abs(float(added.std()) - 0.5) < 0.03
    assert abs(float(added.mean())) < 0.05


def test_a_shift_shows_what_was_known_before_and_nothing_of_later() -> None:
    seen = set()
    for steps in range(20):
        before, after = varied(steps, time_shift=3)
        for symbol in range(3):
            late = next(
                late
                for late in range(4)
                if torch.equal(after[60:300, symbol], before[60 - late : 300 - late, symbol])
            )
            seen.add(late)
    assert seen == {0, 1, 2, 3}


def test_a_shift_never_reaches_rows_that_are_left_out_or_before_a_listing() -> None:
    before, after = varied(3, time_shift=3, rows=[range(100, 310)])
    own = before[100:103]
    first = after[100:103]
    assert all(
        bool((first[row, symbol] == own[: row + 1, symbol]).all(-1).any())
        for row in range(3)
        for symbol in range(3)
    )
    before, after = varied(3, time_shift=3)
    assert bool((after[50:53, 1] != 0.0).all())


def test_a_warp_is_one_slow_curve_for_each_symbol() -> None:
    before, after = varied(magnitude_warp=0.2)
    ratio = after[60:300] / before[60:300]
    torch.testing.assert_close(ratio, ratio[..., :1].expand_as(ratio))
    assert float(ratio.std()) > 0.05
    assert float((ratio[1:] - ratio[:-1]).abs().max()) < 0.02


@pytest.mark.parametrize("change", [{"noise": 0.3}, {"time_shift": 2}, {"magnitude_warp": 0.1}])
def test_each_roll_out_is_varied_from_what_was_read_and_not_from_the_last(
    change: dict[str, Any],
) -> None:
    before, _ = varied()
    prices = np.ones((400, 3))
    market = market_of(prices, prices, before.numpy(), np.ones((400, 3), dtype=bool))
    augmentation = Augmentation(market, [ROWS], config=AugmentationConfig(**OFF | change), seed=0)
    augmentation.vary(64)
    first = market.features.clone()
    augmentation.vary(128)
    augmentation.vary(64)
    assert torch.equal(market.features, first)
