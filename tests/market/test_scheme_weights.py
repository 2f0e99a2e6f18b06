"""The weights scheme: always a portfolio, whatever the action."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from walkforge.market.account import Observation
from walkforge.market.schemes.weights import Scheme


def account(weights: list[float], tradable: list[bool]) -> Observation:
    return Observation(
        torch.zeros(1, len(tradable), 1),
        torch.tensor([weights], dtype=torch.float64),
        torch.tensor([tradable]),
    )


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    action=st.lists(st.floats(-1e6, 1e6, width=32), min_size=5, max_size=5),
    held=st.lists(st.floats(0.0, 1.0), min_size=5, max_size=5),
    tradable=st.lists(st.booleans(), min_size=4, max_size=4),
    kappa=st.floats(0.01, 1.0),
)
def test_targets_are_never_negative_and_sum_to_one(
    action: list[float], held: list[float], tradable: list[bool], kappa: float
) -> None:
    total = sum(held) + 1e-3
    seen = account([(h + 2e-4) / total for h in held], tradable)
    scheme = Scheme(kappa=kappa, cash_bias=-3.0)
    for weights in (
        scheme.targets(torch.tensor([action]), seen),
        scheme.adjusted(scheme.targets(torch.tensor([action]), seen), seen),
    ):
        assert float(weights.min()) >= -1e-7
        assert float(weights.sum()) == pytest.approx(1.0, abs=1e-6)


def test_hand_values_of_target_adjustment_and_score() -> None:
    seen = account([0.0, 0.0, 1.0], [True, True])
    scheme = Scheme(kappa=0.1, cash_bias=0.0)
    targets = scheme.targets(torch.tensor([[0.0, 0.0, 0.0]]), seen)
    torch.testing.assert_close(targets, torch.full((1, 3), 1 / 3, dtype=torch.float64))
    moved = scheme.adjusted(targets, seen)
    expected = torch.tensor([[1 / 30, 1 / 30, 14 / 15]], dtype=torch.float64)
    torch.testing.assert_close(moved, expected)
    score = scheme.score(torch.tensor([[0.0, 0.0, 0.0]]), seen)
    torch.testing.assert_close(score, torch.full((1, 2), 1 / 3 - 1 / 2, dtype=torch.float64))


def test_a_symbol_that_cannot_be_traded_keeps_its_weight() -> None:
    seen = account([0.3, 0.2, 0.5], [True, False])
    targets = Scheme(kappa=1.0, cash_bias=-3.0).targets(torch.tensor([[5.0, 5.0, -5.0]]), seen)
    assert float(targets[0, 1]) == pytest.approx(0.2)
    assert float(targets[0, 0]) == pytest.approx(0.8, abs=1e-5)
