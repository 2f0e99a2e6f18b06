"""Bars unlike those of train raise an alarm; bars like them do so about as often as designed."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rankable import policy_of
from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.ranking import out_of_distribution
from walkforge.ranking.out_of_distribution import BLOCK_SESSIONS, RATE, RIDGE, train_distribution
from worlds import market_of, random_walks

TRAIN = range(800)


def correlated(seed: int = 0) -> Market:
    """1,000 days of 5 symbols; x1 is x0 but for a little noise, the others are free."""
    market = random_walks(seed, days=1_000, symbols=5, features=6)
    values = market.features.numpy().copy()
    values[..., 1] = values[..., 0] + 0.1 * values[..., 1]
    arrays = (market.open.numpy(), market.close.numpy(), values, market.tradable.numpy())
    return market_of(*arrays)


MARKET = correlated()
USUAL = train_distribution(policy_of(MARKET), MARKET, TRAIN)


def distances(rows: torch.Tensor) -> torch.Tensor:
    scaler = policy_of(MARKET).network.scaler
    return USUAL.distances(scaler(rows, torch.ones(rows.shape[:-1], dtype=torch.bool)).double())


def test_rows_like_those_of_train_alarm_at_the_designed_rate() -> None:
    fresh = distances(MARKET.features[800:].flatten(0, 1))
    share = float((fresh > 1.0).double().mean())
    error = (RATE * (1.0 - RATE) / len(fresh)) ** 0.5
    assert share < RATE + 4.0 * error
    assert share > 0.0


def test_the_threshold_is_measured_on_blocks_that_were_not_fitted() -> None:
    """Few rows, so that the distance of a row from what it was fitted with is much too small."""
    rows = range(3 * BLOCK_SESSIONS)
    found = train_distribution(policy_of(MARKET), MARKET, rows)
    scaler = policy_of(MARKET).network.scaler
    tradable = torch.ones(len(rows), len(MARKET.symbols), dtype=torch.bool)
    values = scaler(MARKET.features[rows.start : rows.stop], tradable).double().numpy()
    odd = np.arange(len(rows)) // BLOCK_SESSIONS % 2 == 1
    parts = [values[which].reshape(-1, values.shape[-1]) for which in (odd, ~odd)]

    def apart(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        spread = np.cov(other.T, ddof=0) + RIDGE * np.eye(other.shape[1])
        away = one - other.mean(axis=0)
        return np.sqrt(np.einsum("nf,fg,ng->n", away, np.linalg.inv(spread), away))

    crossed = np.concatenate([apart(parts[0], parts[1]), apart(parts[1], parts[0])])
    inside = apart(whole := np.concatenate(parts), whole)
    due, wrong = (np.quantile(each, 1.0 - RATE, method="higher") for each in (crossed, inside))
    assert abs(due / wrong - 1.0) > 0.01
    assert found.threshold == pytest.approx(due, rel=1e-9)


def test_a_shift_and_a_broken_correlation_alarm() -> None:
    usual = torch.zeros(1, 6)
    assert float(distances(usual)[0]) < 1.0
    shifted = usual.clone()
    broken = usual.clone()
    shifted[0, 3] = 8.0
    broken[0, :2] = torch.tensor([2.0, -2.0])  # each is usual on its own
    assert float(distances(shifted)[0]) > 1.0
    assert float(distances(broken)[0]) > 1.0


def test_what_is_usual_is_told_from_train_alone() -> None:
    changed = MARKET.features.clone()
    changed[800:] = 1e3 * np.pi
    again = train_distribution(policy_of(MARKET), replace(MARKET, features=changed), TRAIN)
    assert again.threshold == USUAL.threshold
    assert torch.equal(again.precision, USUAL.precision)


@pytest.mark.parametrize("step", [2, BLOCK_SESSIONS, 2 * BLOCK_SESSIONS, 4 * BLOCK_SESSIONS])
def test_a_sample_of_train_rows_tells_nearly_the_same(monkeypatch, step: int) -> None:
    monkeypatch.setattr(out_of_distribution, "MOST_ROWS", len(TRAIN) * len(MARKET.symbols) // step)
    found = train_distribution(policy_of(MARKET), MARKET, TRAIN)
    assert 0.5 < found.threshold / USUAL.threshold < 2.0


def test_fewer_train_rows_than_two_blocks_name_the_remedy() -> None:
    with pytest.raises(InputError, match=r"105 train rows are too few .*splits\.train_months"):
        train_distribution(policy_of(MARKET), MARKET, range(BLOCK_SESSIONS))
