"""A portfolio environment over a pandas frame, in the manner of FinRL's stock environments.

One row group of the frame per day is looked up by label, the state is a Python list of cash,
prices, units held and features, and orders go through loops over the symbols: sales first, then
purchases while the cash lasts. Written for comparison; FinRL itself needs brokers' packages.
"""

from typing import Any

import gymnasium as gym
import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_UNITS = 100
FEE = 0.001


class FrameEnv(gym.Env[NDArray[np.float32], NDArray[np.float32]]):
    """Cash and units of K symbols; actions in [-1, 1] are shares of the most units traded a day.

    Args:
        frame: rows of all symbols under each day's number; `close` and features.
        symbols: K.
    """

    def __init__(self, frame: pd.DataFrame, symbols: int) -> None:
        self.frame = frame
        self.symbols = symbols
        self.features = [name for name in frame.columns if name != "close"]
        self.days = int(frame.index[-1])
        size = 1 + symbols * (2 + len(self.features))
        self.action_space = gym.spaces.Box(-1.0, 1.0, (symbols,))
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, (size,))

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start on the first day with cash alone."""
        super().reset(seed=seed, options=options)
        self.day = 0
        self.cash = 1e6
        self.units = [0.0] * self.symbols
        self.values = [self.cash]
        self.rewards = []
        return self._state(), {}

    def step(
        self, action: NDArray[np.float32]
    ) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Sell, then buy, then move on a day."""
        orders = (action * MOST_UNITS).astype(int)
        order = np.argsort(orders)
        before = self._worth()
        for place in order[: int((orders < 0).sum())]:
            self._sell(place, -orders[place])
        for place in order[::-1][: int((orders > 0).sum())]:
            self._buy(place, orders[place])
        self.day += 1
        state = self._state()
        after = self._worth()
        self.values.append(after)
        self.rewards.append(after - before)
        return state, self.rewards[-1], False, self.day >= self.days, {}

    def _worth(self) -> float:
        """Cash and units at today's closes."""
        held = np.array(self.units) * np.array(self.prices)
        return float(self.cash + held.sum())

    def _sell(self, place: int, units: int) -> None:
        sold = min(units, self.units[place])
        self.cash += sold * self.prices[place] * (1 - FEE)
        self.units[place] -= sold

    def _buy(self, place: int, units: int) -> None:
        bought = min(units, self.cash // (self.prices[place] * (1 + FEE)))
        self.cash -= bought * self.prices[place] * (1 + FEE)
        self.units[place] += bought

    def _state(self) -> NDArray[np.float32]:
        """Cash, prices, units and features as one list."""
        today = self.frame.loc[self.day, :]
        self.prices = today["close"].values.tolist()
        features = [value for name in self.features for value in today[name].values.tolist()]
        return np.array([self.cash, *self.prices, *self.units, *features], dtype=np.float32)
