"""Accounts that restart by themselves, fused or not, on the CPU or a GPU: the same money."""

import shutil

import pytest
import torch

from schemes_and_rewards import SCHEMES, random_actions
from walkforge.market.environment import AccountBatch
from walkforge.market.environment_step import StepResult
from walkforge.market.rewards.differential_sharpe import Reward
from worlds import money, random_walks

COSTLY = money(
    commission_bps=10.0, stamp_duty_bps=50.0, spread_bps=2.0, slippage_bps=5.0,
    impact="square_root", impact_coefficient=1.0,
)  # fmt: skip
COUNT = 32
DAYS = 25


def batch(name: str, *, device: str = "cpu", compiled: bool = False) -> AccountBatch:
    return AccountBatch(
        random_walks(7).to(device),
        scheme=SCHEMES[name],
        reward=Reward(eta=0.01, burn_in_days=2, trade_penalty=0.0),
        config=COSTLY,
        rows=range(25, 55),
        count=COUNT,
        episode_days=10,
        generator=torch.Generator().manual_seed(3),
        compiled=compiled,
    )


def steps(accounts: AccountBatch, name: str) -> list[StepResult]:
    device = accounts.market.device
    actions = (random_actions(SCHEMES[name], accounts.symbols, COUNT, n) for n in range(DAYS))
    return [accounts.step_with_reset(action.to(device)) for action in actions]


def assert_same(one: list[StepResult], other: list[StepResult]) -> None:
    for a, b in zip(one, other, strict=True):
        for x, y in ((a.reward, b.reward), (a.turnover, b.turnover), (a.weights, b.weights)):
            torch.testing.assert_close(x.cpu(), y.cpu(), rtol=1e-6, atol=1e-9)
        assert torch.equal(a.truncated.cpu(), b.truncated.cpu())
        assert torch.equal(a.terminated.cpu(), b.terminated.cpu())


@pytest.mark.parametrize("name", SCHEMES)
def test_a_step_with_reset_is_a_step_and_a_restart_of_what_ended(name: str) -> None:
    resetting = batch(name)
    stepping = batch(name)
    for n in range(DAYS):
        action = random_actions(SCHEMES[name], resetting.symbols, COUNT, n)
        a = resetting.step_with_reset(action)
        b = stepping.step(action)
        torch.testing.assert_close(a.weights, stepping.observation().weights, rtol=0, atol=0)
        stepping.restart(b.terminated | b.truncated)  # draws as step_with_reset does, every day
        assert_same([a], [b])
        for x, y in zip(resetting.observation()[:3], stepping.observation()[:3], strict=True):
            assert torch.equal(x, y)
        assert bool(b.truncated.any()) == (n % 10 == 9)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("g++") is None, reason="torch.compile needs a C++ compiler")
@pytest.mark.parametrize("name", ["discrete9", "weights"])
def test_fused_steps_give_the_same_money(name: str) -> None:
    assert_same(steps(batch(name, compiled=True), name), steps(batch(name), name))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
@pytest.mark.parametrize("name", SCHEMES)
def test_a_gpu_gives_the_same_money(name: str) -> None:
    assert_same(steps(batch(name, device="cuda"), name), steps(batch(name), name))
