"""Where the time of a training goes: parts that add up, and operations counted by hand."""

import math
import time

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from resumable import AGENT, FOLD, MARKET, MONEY
from sb3_loop import small_batch, small_network
from walkforge.agents.training.profile import PARTS, Profile, matmul_peak, network_flops
from walkforge.agents.training.train import train

CPU = torch.device("cpu")


def test_the_parts_of_a_training_add_up_to_its_time() -> None:
    begun = time.perf_counter()
    profile = train(AGENT, MARKET, FOLD, config=MONEY, seed=1).profile
    whole = time.perf_counter() - begun
    assert profile["parts"].keys() == {*PARTS, "other"}
    assert all(seconds > 0.0 for seconds in profile["parts"].values())
    assert sum(profile["parts"].values()) == pytest.approx(profile["seconds"], rel=1e-9)
    assert profile["seconds"] < whole
    assert profile["steps"] == 1_280
    assert profile["steps_per_second"] * profile["seconds"] == pytest.approx(1_280)
    assert 0.0 < profile["share_of_peak"] < 1.0


def test_a_block_is_charged_to_its_part_alone() -> None:
    profile = Profile(CPU)
    for part, seconds in (("forward", 0.05), ("update", 0.1), ("forward", 0.05)):
        with profile.measure(part):
            time.sleep(seconds)
    time.sleep(0.02)
    table = profile.table(profile.elapsed(), steps=10, flops=0.2, peak=1.0)
    assert table["parts"]["environment"] == 0.0
    assert table["parts"]["forward"] >= 0.1
    assert table["parts"]["update"] >= 0.1
    assert table["parts"]["other"] >= 0.02
    busy = table["parts"]["forward"] + table["parts"]["update"]
    assert table["share_of_peak"] == pytest.approx(0.2 / busy)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_work_of_a_gpu_is_charged_to_the_block_that_asked_for_it() -> None:
    profile = Profile(torch.device("cuda"))
    large = torch.ones(8_192, 8_192, device="cuda")
    for _ in range(3):
        with profile.measure("forward"):
            for _ in range(20):
                large @ large
        with profile.measure("environment"):
            float(large[0, 0])
    assert profile.seconds["forward"] > 20.0 * profile.seconds["environment"]


def test_operations_of_a_plain_network_are_those_counted_by_hand() -> None:
    network = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2))
    # 5 x 7 + 7 x 2 = 49 weights, a product and a sum each; there and back costs three times that
    assert network_flops(network, symbols=4, forward=10, backward=0) == 2 * 49 * 10
    assert network_flops(network, symbols=4, forward=10, backward=3) == 2 * 49 * (10 + 9)


def test_layers_of_symbols_count_once_for_each() -> None:
    network = small_network("weights")
    # encoder (3 + 2) x 16 + 16 x 16 and a score of 16, for 4 symbols; score of cash and value once
    each = 2 * (4 * (80 + 256 + 16) + 16 + 16)
    assert network_flops(network, symbols=4, forward=1, backward=0) == each


@pytest.mark.parametrize("name", ["weights", "discrete9", "signals3"])
@pytest.mark.parametrize("separate", [False, True], ids=["shared", "separate"])
def test_torch_counts_the_same_operations(name: str, *, separate: bool) -> None:
    batch = small_batch(name)
    network = small_network(name, separate=separate)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        network(batch.observation())
    ours = network_flops(network, symbols=batch.symbols, forward=batch.count, backward=0)
    assert ours == counter.get_total_flops()


def test_the_peak_is_a_number_of_this_machine() -> None:
    peak = matmul_peak(CPU)
    assert math.isfinite(peak)
    assert 1e8 < peak < 1e16
