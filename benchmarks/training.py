"""Training steps per second, roll-outs and updates: `python benchmarks/training.py`.

One symbol of thirty, 98 features and 2 account values, nine actions; actor and critic of two layers
of 256 with tanh, minibatches of 4,096, 4 epochs. All stacks run in this one process (the first has
two more for its environments) with the same memory settings and all cores. What each has learned is
shown beside it: the mean reward of the last quarter. The market has something to learn: a feature
tells the sign of the next day's return in three of five cases, and trading is free. Then the same
with windows: the network reads the features of the last 60 bars of one symbol.
"""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from pandas_env import PandasEnv
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback, CallbackList
from stable_baselines3.common.logger import Logger
from stable_baselines3.common.vec_env import SubprocVecEnv
from torch import nn

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/support")]

from sb3_loop import batch_of, ppo_config, sb3_model  # noqa: E402
from schemes_and_rewards import SCHEMES  # noqa: E402
from walkforge.agents.algorithms.ppo.algorithm import DevicePPO  # noqa: E402
from walkforge.agents.networks.shared_mlp import Config as NetworkConfig  # noqa: E402
from walkforge.agents.networks.shared_mlp import Network  # noqa: E402
from walkforge.agents.scaler import Scaled  # noqa: E402
from walkforge.agents.training.precision import matmul_seconds  # noqa: E402
from walkforge.agents.training.profile import matmul_peak, network_flops  # noqa: E402
from walkforge.market.market import Market  # noqa: E402
from walkforge.market.rewards.log_return import Reward  # noqa: E402
from worlds import market_of, money  # noqa: E402

DAYS = 1_260
SYMBOLS = 30
FEATURES = 98
EPISODE = 252
WINDOW = 60
WINDOW_FEATURES = 85
GPU_ENVIRONMENTS = (2_048, 8_192, 32_768, 65_536)
ENVIRONMENTS = 256
ROLLOUT = 64
MINIBATCH = 4_096
EPOCHS = 4
# glibc keeps what it has got, instead of handing pages back and faulting them in again.
MALLOC = {
    "MALLOC_TRIM_THRESHOLD_": str(2**30),
    "MALLOC_TOP_PAD_": str(2**28),
    "MALLOC_MMAP_THRESHOLD_": str(2**30),
}
SIZES: dict[str, Any] = {
    "n_envs": ENVIRONMENTS, "n_steps": ROLLOUT, "batch_size": MINIBATCH,
    "n_epochs": EPOCHS, "episode_days": EPISODE, "learning_rate": 1e-3,
}  # fmt: skip


class Rewards(BaseCallback):
    """The mean reward of every step of stable-baselines3's own loop."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[float] = []

    def _on_step(self) -> bool:
        self.kept.append(float(np.mean(self.locals["rewards"])))
        return True


def world(symbols: int = SYMBOLS, features_each: int = FEATURES) -> Market:
    """Random walks, and features of which the first tells something of tomorrow."""
    generator = np.random.default_rng(0)
    moves = generator.normal(0.0, 0.01, (DAYS, symbols))
    close = 50.0 * np.exp(np.cumsum(moves, axis=0))
    features = generator.normal(size=(DAYS, symbols, features_each)).astype(np.float32)
    told = np.sign(np.vstack([moves[1:], moves[:1]]))
    features[..., 0] = told * np.where(generator.random(told.shape) < 0.6, 1.0, -1.0)
    opening = np.vstack([close[:1], close[:-1]])
    return market_of(opening, close, features, np.ones(close.shape, dtype=bool))


def windowed() -> Market:
    """A market of one symbol whose features are those of the last bars, oldest first.

    They are a view [T, 1, bars x F]: a window is gathered from the bars, which are there once.
    """
    market = world(1, WINDOW_FEATURES)
    padded = nn.functional.pad(market.features[:, 0], (0, 0, WINDOW - 1, 0)).flatten()
    width = WINDOW * WINDOW_FEATURES
    return replace(
        market,
        features=padded.as_strided((DAYS, 1, width), (WINDOW_FEATURES, 1, 1)),
        feature_names=tuple(f"x{place}" for place in range(width)),
        kinds=market.kinds * WINDOW,
    )


def network(features: int = FEATURES) -> nn.Module:
    """An actor and a critic of two layers of 256."""
    config = NetworkConfig(
        hidden=(256, 256), separate_critic=True, score_gain=0.01, initial_std=1.0
    )
    return Network(config, Scaled(features), SCHEMES["discrete9"].heads)


def batch(market: Market, count: int = ENVIRONMENTS) -> Any:
    """The accounts that all batched stacks trade with."""
    return batch_of(
        market, "discrete9", reward=Reward(trade_penalty=0.0), config=money(),
        rows=range(DAYS), count=count, episode_days=EPISODE,
    )  # fmt: skip


def frame_of(market: Market, symbol: int) -> pd.DataFrame:
    """One symbol as a frame."""
    values = market.features[:, symbol].numpy()
    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(FEATURES)])
    frame.insert(0, "close", market.close[:, symbol].numpy())
    return frame


def quarter(rewards: list[float]) -> float:
    """The mean of the last quarter, in basis points."""
    return float(np.mean(rewards[-max(len(rewards) // 4, 1) :])) * 1e4


def pandas_stack(market: Market, steps: int) -> tuple[float, float]:
    """Steps/s and reward of PPO with pandas environments in two processes."""
    makers = [partial(PandasEnv, frame_of(market, k), EPISODE) for k in range(2)]
    environment = SubprocVecEnv(makers)  # type: ignore[arg-type]
    layers = {"pi": [256, 256], "vf": [256, 256]}
    model = PPO(
        "MlpPolicy", environment, n_steps=MINIBATCH // 2, batch_size=MINIBATCH, n_epochs=EPOCHS,
        learning_rate=1e-3, gamma=0.5, policy_kwargs={"net_arch": layers}, seed=0, device="cpu",
    )  # fmt: skip
    try:
        return timed(lambda callback: model.learn(steps, callback=callback), steps)
    finally:
        environment.close()


def sb3_stack(market: Market, steps: int) -> tuple[float, float]:
    """Steps/s and reward of stable-baselines3's loop over our accounts."""
    make_network = partial(network, market.features.shape[-1])
    model = sb3_model(batch(market), make_network, ppo_config(**SIZES), seed=0)
    model.set_logger(Logger(folder=None, output_formats=[]))
    return timed(lambda callback: model.learn(steps, callback=callback), steps)


def timed(learn: Callable[[BaseCallback], Any], steps: int) -> tuple[float, float]:
    """Steps/s and the reward of the last quarter."""
    rewards = Rewards()
    start = time.perf_counter()
    learn(rewards)
    return steps / (time.perf_counter() - start), quarter(rewards.kept)


def our_stack(market: Market, steps: int, **changes: Any) -> tuple[float, float, float]:
    """Steps/s, reward, and the share of the machine's matmul peak in updates and acting."""
    config = ppo_config(**SIZES | changes)
    torch.set_float32_matmul_precision(config.matmul)
    make_network = partial(network, market.features.shape[-1])
    model = DevicePPO(batch(market, config.n_envs), make_network, config=config, seed=0)
    model.set_logger(Logger(folder=None, output_formats=[]))
    model.learn(config.rollout, callback=CallbackList([]))  # compiled and warm
    kept: list[float] = []

    class Kept(BaseCallback):
        def _on_step(self) -> bool:
            return True

        def _on_rollout_end(self) -> None:
            kept.append(float(model.buffer.stacked("reward").mean()))

    done = model.num_timesteps
    model.profile.seconds = dict.fromkeys(model.profile.seconds, 0.0)
    start = time.perf_counter()
    model.learn(steps, callback=Kept(), reset_num_timesteps=False)
    seconds = time.perf_counter() - start
    did = model.num_timesteps - done
    flops = network_flops(model.network, symbols=1, forward=did, backward=did * EPOCHS)
    busy = model.profile.seconds["forward"] + model.profile.seconds["update"]
    kind = torch.bfloat16 if config.precision == "bf16" else torch.float32
    share = flops / busy / matmul_peak(market.device, dtype=kind)
    return did / seconds, quarter(kept), share


def main() -> None:
    """Print the table."""
    if any(os.environ.get(name) != value for name, value in MALLOC.items()):
        os.execve(sys.executable, [sys.executable, *sys.argv], {**os.environ, **MALLOC})  # noqa: S606
    torch.set_num_threads(os.cpu_count() or 1)
    market = world()
    slow, learned = pandas_stack(market, 3 * MINIBATCH)
    print(f"{os.cpu_count()} cores; steps/s of the whole loop, reward of the last quarter (bps)")
    print(f"{'SB3, 2 processes, pandas':<38}{slow:>10,.0f}  {learned:6.2f}")
    steps = 12 * ENVIRONMENTS * ROLLOUT
    usual, learned = sb3_stack(market, steps)
    print(f"{'SB3, our accounts':<38}{usual:>10,.0f}  {learned:6.2f}  {usual / slow:.1f} x")
    for name, changes in variants():
        rate, learned, share = our_stack(market, steps, **changes)
        ratios = f"{rate / slow:.1f} x, {rate / usual:.2f} x SB3 with our accounts"
        print(f"{name:<38}{rate:>10,.0f}  {learned:6.2f}  {ratios}; {share:.0%} of matmul peak")
    window_table(windowed(), 3 * ENVIRONMENTS * ROLLOUT)
    if torch.cuda.is_available():
        gpu_table(market.to("cuda"))


def variants() -> list[tuple[str, dict[str, Any]]]:
    """The names and options of ours; without bf16 where its products are slower."""
    every: dict[str, dict[str, Any]] = {
        "walkforge, fp32": {"matmul": "medium"},
        "walkforge, fp32, compiled": {"matmul": "medium", "compiled": True},
        "walkforge, bf16": {"matmul": "medium", "precision": "bf16"},
        "walkforge, bf16, compiled": {"precision": "bf16", "compiled": True},
    }
    cpu = torch.device("cpu")
    slower = matmul_seconds(cpu, torch.bfloat16) / matmul_seconds(cpu, torch.float32)
    if slower <= 2.0:
        return list(every.items())
    print(f"bf16 is left out: its products take {slower:.0f} x the time of fp32 here")
    return [each for each in every.items() if each[1].get("precision") != "bf16"]


def window_table(market: Market, steps: int) -> None:
    """Print steps/s of networks that read windows."""
    usual, learned = sb3_stack(market, steps)
    print(f"window of {WINDOW} bars x {WINDOW_FEATURES} features")
    print(f"{'SB3, our accounts':<38}{usual:>10,.0f}  {learned:6.2f}")
    for name, changes in variants():
        torch.compiler.reset()
        rate, learned, share = our_stack(market, steps, **changes)
        ratio = f"{rate / usual:.2f} x SB3 with our accounts"
        print(f"{name:<38}{rate:>10,.0f}  {learned:6.2f}  {ratio}; {share:.0%} of matmul peak")


def gpu_table(market: Market) -> None:
    """Print steps/s on a GPU: of roll-outs alone, and of the whole loop, eager and as graphs."""
    print(f"{torch.cuda.get_device_name(0)}; steps/s of roll-out, whole loop, as CUDA graphs")
    for count in GPU_ENVIRONMENTS:
        sizes = {"n_envs": count, "n_steps": 16, "batch_size": count * 4}
        steps = 8 * 16 * count
        rollout = rollout_rate(market, sizes, steps)
        rates = []
        for graphs in (False, True):
            torch.compiler.reset()
            rates.append(our_stack(market, steps, cuda_graphs=graphs, precision="bf16", **sizes)[0])
        print(f"{count:>8} environments {rollout:>14,.0f} {rates[0]:>14,.0f} {rates[1]:>14,.0f}")


def rollout_rate(market: Market, sizes: dict[str, int], steps: int) -> float:
    """Steps/s of roll-outs alone."""
    config = ppo_config(**SIZES | sizes | {"precision": "bf16"})
    model = DevicePPO(batch(market, config.n_envs), network, config=config, seed=0)
    model._setup_learn(steps, callback=CallbackList([]))  # what learn() does before its loop
    callback = CallbackList([])
    callback.init_callback(model)
    for timed_now in (False, True):
        if timed_now:
            torch.cuda.synchronize()
            start = time.perf_counter()
        for _ in range(steps // config.rollout if timed_now else 1):
            model.collect_rollouts(model.env, callback, model.buffer, config.n_steps)
    torch.cuda.synchronize()
    return steps / (time.perf_counter() - start)


if __name__ == "__main__":
    main()
