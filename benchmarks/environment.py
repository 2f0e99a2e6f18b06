"""Environment steps per second, with observations: `python benchmarks/environment.py`.

Needs the packages compared with: `make install-bench`. Ours steps many accounts side by side,
with every cost, on all cores; the others step one account in one process, as they are built to.
One symbol: 98 features and 2 account values; actions are drawn beforehand, episodes restart.
Portfolio: 30 symbols, 8 features each, against an environment of FinRL's kind. Window: 260 bars of
98 features for every account, and the share of the memory's bandwidth that this reaches, measured
by copying a gigabyte. Medians of five.
"""

import os
import statistics
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import gym_anytrading.envs
import gym_trading_env.environments
import gymnasium as gym
import numpy as np
import pandas as pd
import torch
from portfolio_frame import FrameEnv

warnings.resetwarnings()  # gym_trading_env turns every warning into an error
warnings.simplefilter("ignore")
ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/support")]

from walkforge.market.environment import AccountBatch  # noqa: E402
from walkforge.market.rewards.log_return import Reward  # noqa: E402
from walkforge.market.schemes import discrete9, weights  # noqa: E402
from walkforge.market.schemes.scheme import Scheme  # noqa: E402
from worlds import money, random_walks  # noqa: E402

DAYS = 1_260
SYMBOLS = 30
FEATURES = 98
FEW_FEATURES = 8
WINDOW = 260
BATCHES = (256, 2_048, 16_384, 65_536)
REPEATS = 5
PEER_STEPS = 2_000
COSTS = money(
    commission_bps=10.0,
    spread_bps=2.0,
    slippage_bps=5.0,
    impact="square_root",
    impact_coefficient=1.0,
)


def rate(step: Callable[[], None], steps: int, count: int = 1) -> float:
    """The median number of environment steps a second."""
    step()
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for _ in range(steps):
            step()
        times.append(time.perf_counter() - start)
    return steps * count / statistics.median(times)


def batch(scheme: Scheme, count: int, features: int, *, compiled: bool) -> AccountBatch:
    """Accounts over random walks with all costs."""
    return AccountBatch(
        random_walks(0, days=DAYS, symbols=SYMBOLS, features=features),
        scheme=scheme,
        reward=Reward(trade_penalty=0.0),
        config=COSTS,
        rows=range(WINDOW, DAYS),
        count=count,
        episode_days=252,
        generator=torch.Generator().manual_seed(0),
        compiled=compiled,
    )


def our_rate(
    scheme: Scheme, count: int, features: int, *, window: int = 1, compiled: bool = True
) -> float:
    """Our steps a second: what is seen, an action, a restart of what has ended."""
    torch.compiler.reset()
    accounts = batch(scheme, count, features, compiled=compiled)
    space = scheme.space(accounts.symbols)
    actions = iter(draw_actions(space.kind, (count, space.size), space.choices))

    seen = torch.empty(count if window > 1 else 0, window * accounts.symbols * features)

    def step() -> None:
        if window == 1:
            accounts.observation()
        else:
            accounts.windows(window, out=seen)
        accounts.step_with_reset(next(actions))

    return rate(step, max(8, 400_000 // count // window), count)


def draw_actions(kind: str, shape: tuple[int, int], choices: int):  # noqa: ANN201
    """Yield actions for ever, from eight drawn beforehand."""
    generator = torch.Generator().manual_seed(1)
    if kind == "box":
        drawn = [torch.randn(shape, generator=generator) for _ in range(8)]
    else:
        drawn = [torch.randint(choices, shape[:1], generator=generator) for _ in range(8)]
    while True:
        yield from drawn


def peer_rate(environment: gym.Env) -> float:
    """The steps a second of one gymnasium environment; actions drawn beforehand."""
    environment.action_space.seed(0)
    actions = [environment.action_space.sample() for _ in range(64)]
    environment.reset(seed=0)
    place = 0

    def step() -> None:
        nonlocal place
        _, _, terminated, truncated, _ = environment.step(actions[place % 64])
        place += 1
        if terminated or truncated:
            environment.reset()

    return rate(step, PEER_STEPS)


def frame_of_one() -> pd.DataFrame:
    """One symbol with its features as a frame."""
    market = random_walks(0, days=DAYS, symbols=1, features=FEATURES)
    frame = pd.DataFrame({"open": market.open[:, 0].numpy(), "close": market.close[:, 0].numpy()})
    frame["high"], frame["low"] = frame.max(axis=1), frame.min(axis=1)
    frame["volume"], frame["Close"] = 1e6, frame["close"]
    named = {f"feature_{i}": market.features[:, 0, i].numpy() for i in range(FEATURES)}
    index = pd.date_range("2010-01-04", periods=DAYS, freq="B")
    return pd.concat([frame, pd.DataFrame(named)], axis=1).set_index(index)


def peers_of_one() -> dict[str, float]:
    """The steps a second of the environments of one symbol."""
    frame = frame_of_one()
    theirs = gym_trading_env.environments.TradingEnv(
        frame, positions=[0, 0.5, 1], trading_fees=0.001, max_episode_duration=252, verbose=0
    )
    other = gym_anytrading.envs.StocksEnv(frame, window_size=1, frame_bound=(1, DAYS))
    return {"gym-trading-env": peer_rate(theirs), "gym-anytrading": peer_rate(other)}


def bandwidth() -> float:
    """The bytes a second that copying a gigabyte reads and writes."""
    source = torch.ones(2**27)
    target = torch.empty_like(source)
    return rate(lambda: target.copy_(source), 1, 2 * 4 * 2**27)


def frame_peer() -> float:
    """The steps a second of a portfolio over a pandas frame."""
    market = random_walks(0, days=DAYS, symbols=SYMBOLS, features=FEW_FEATURES)
    values = market.features.numpy().reshape(DAYS * SYMBOLS, FEW_FEATURES)
    frame = pd.DataFrame(values, columns=[f"x{i}" for i in range(FEW_FEATURES)])
    frame["close"] = market.close.numpy().ravel()
    frame.index = pd.Index(np.repeat(np.arange(DAYS), SYMBOLS))
    return peer_rate(FrameEnv(frame, SYMBOLS))


def main() -> None:
    """Print the tables."""
    torch.set_num_threads(os.cpu_count() or 1)
    peers = peers_of_one()
    print(f"one symbol, {FEATURES + 2} numbers seen; steps/s, {os.cpu_count()} cores")
    for name, theirs in peers.items():
        print(f"{name:<28}{theirs:>14,.0f}   (one environment, one process)")
    for count in BATCHES:
        ours = our_rate(discrete9.Scheme(), count, FEATURES)
        ratios = ", ".join(f"{ours / theirs:,.0f} x {name}" for name, theirs in peers.items())
        print(f"{'walkforge, ' + format(count, ','):<28}{ours:>14,.0f}   {ratios}")
    frames = frame_peer()
    print(f"portfolio of {SYMBOLS} symbols, {FEW_FEATURES} features each")
    print(f"{'pandas, as FinRL':<28}{frames:>14,.0f}   (one environment, one process)")
    for count in BATCHES[:3]:
        ours = our_rate(weights.Scheme(kappa=0.5, cash_bias=-1.0), count, FEW_FEATURES)
        print(f"{'walkforge, ' + format(count, ','):<28}{ours:>14,.0f}   {ours / frames:,.0f} x")
    limit = bandwidth()
    print(f"window of {WINDOW} bars x {FEATURES} features; memory copies {limit / 1e9:.0f} GB/s")
    for count in BATCHES[:2]:
        ours = our_rate(discrete9.Scheme(), count, FEATURES, window=WINDOW)
        share = ours * 2 * 4 * WINDOW * FEATURES / limit
        print(f"{'walkforge, ' + format(count, ','):<28}{ours:>14,.0f}   {share:.0%} of it")


if __name__ == "__main__":
    main()
