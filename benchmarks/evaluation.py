"""Seconds to evaluate one policy on every symbol: `python benchmarks/evaluation.py`.

500 symbols x 252 days of 85 features, a policy with the scheme discrete9 and a network of two
layers of 32, with every cost. Ours rolls all symbols side by side and writes daily figures,
weights and ledger. The other side is what is mostly written: stable-baselines3's model.predict()
in a loop over a NumPy environment of one symbol, episode after episode, of which only the equity
is kept; it is measured on 50 symbols and scaled linearly. Medians of three (the loop: once).
"""

import statistics
import sys
import time
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from numpy.typing import NDArray
from stable_baselines3 import PPO

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/support")]

from walkforge.agents.policy import Policy, make_network, make_scheme  # noqa: E402
from walkforge.agents.scaler import fit_scaler  # noqa: E402
from walkforge.evaluation.policies import roll_policy  # noqa: E402
from walkforge.market.market import Market  # noqa: E402
from walkforge.splits.windows import Window  # noqa: E402
from worlds import money, random_walks  # noqa: E402

SYMBOLS = 500
DAYS = 252
FEATURES = 85
LOOPED = 50
REPEATS = 3
HIDDEN = [32, 32]
FEE = 0.0016
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, -0.25, -0.5, -0.75, -1.0)
COSTS = money(
    cash=1e6,
    commission_bps=10.0,
    spread_bps=2.0,
    slippage_bps=5.0,
    impact="square_root",
    impact_coefficient=1.0,
)
AGENT: dict[str, dict[str, Any]] = {
    "network": {
        "name": "shared_mlp",
        "hidden": HIDDEN,
        "separate_critic": False,
        "score_gain": 1.0,
        "initial_std": 1.0,
    },
    "scheme": {"name": "discrete9"},
}


class OneSymbol(gym.Env[NDArray[np.float32], int]):
    """Discrete(9) on one symbol: decide at a close, fill at the next open, mark at that close.

    Args:
        features: [T, F]. opening, close: [T].
    """

    def __init__(
        self, features: NDArray[np.float32], opening: NDArray[Any], close: NDArray[Any]
    ) -> None:
        self.features = features
        self.opening = opening
        self.close = close
        self.action_space = gym.spaces.Discrete(len(SHARES))
        shape = (features.shape[1] + 2,)
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, shape, np.float32)
        self.seen = np.empty(shape, dtype=np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start on the first day with cash alone."""
        super().reset(seed=seed, options=options)
        self.row = 0
        self.cash = 2_000.0
        self.units = 0.0
        self.equity = 2_000.0
        return self._observed(), {}

    def step(self, action: int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Trade at the next open and move on to its close."""
        share = SHARES[action]
        self.row = self.row + 1
        price = self.opening[self.row]
        if share > 0.0:
            spent = self.cash * share
            self.units += spent / (price * (1.0 + FEE))
            self.cash -= spent
        elif share < 0.0:
            sold = self.units * -share
            self.cash += sold * price * (1.0 - FEE)
            self.units -= sold
        before = self.equity
        self.equity = self.cash + self.units * self.close[self.row]
        last = self.row == len(self.close) - 1
        return self._observed(), float(np.log(self.equity / before)), False, last, {}

    def _observed(self) -> NDArray[np.float32]:
        """The day's features, the weight of the symbol and that of cash."""
        self.seen[:-2] = self.features[self.row]
        self.seen[-1] = self.cash / self.equity
        self.seen[-2] = 1.0 - self.seen[-1]
        return self.seen


def our_seconds(market: Market) -> float:
    """The median seconds of rolling all symbols through the window."""
    policy = Policy(
        agent=AGENT,
        network=make_network(AGENT, fit_scaler(market, range(len(market.dates)))).eval(),
        scheme=make_scheme(AGENT),
        feature_names=market.feature_names,
        kinds=market.kinds,
    )
    window = Window(market.dates[-DAYS - 1], market.dates[-1])
    times = []
    for _ in range(REPEATS + 1):
        start = time.perf_counter()
        rolled = roll_policy(policy, market, window, config=COSTS)
        times.append(time.perf_counter() - start)
    print(f"  {rolled.ledger.height:,} fills of ours", file=sys.stderr)
    return statistics.median(times[1:])


def loop_seconds(market: Market) -> float:
    """The seconds that the loop takes for all symbols, from those of the first."""
    rows = slice(-DAYS - 2, -1)
    environments = [
        OneSymbol(
            market.features[rows, place].numpy(),
            market.open[rows, place].numpy(),
            market.close[rows, place].numpy(),
        )
        for place in range(LOOPED)
    ]
    model = PPO("MlpPolicy", environments[0], policy_kwargs={"net_arch": HIDDEN}, device="cpu")
    start = time.perf_counter()
    steps = 0
    for environment in environments:
        seen, _ = environment.reset()
        last = False
        while not last:
            action, _ = model.predict(seen, deterministic=True)
            seen, _, _, last, _ = environment.step(int(action))
            steps += 1
    assert steps == LOOPED * DAYS  # noqa: S101
    return (time.perf_counter() - start) * SYMBOLS / LOOPED


def main() -> None:
    """Print the table."""
    torch.set_num_threads(1)  # as the rule that evaluates has it; fair to the loop, too
    torch.manual_seed(0)
    market = random_walks(0, days=DAYS + 24, symbols=SYMBOLS, features=FEATURES)
    print(f"{SYMBOLS} symbols x {DAYS} days, {FEATURES} features, one thread")
    theirs = loop_seconds(market)
    ours = our_seconds(market)
    print(f"{'model.predict() in a loop':<28}{theirs:>9.2f} s   ({LOOPED} symbols, scaled)")
    print(f"{'walkforge':<28}{ours:>9.2f} s   {theirs / ours:,.0f} x")


if __name__ == "__main__":
    main()
