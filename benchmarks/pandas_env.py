"""A trading environment of one symbol over a pandas frame, as it is mostly written."""

from typing import Any

import gymnasium as gym
import numpy as np
import pandas as pd
from numpy.typing import NDArray

FEE = 0.0
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0, -0.25, -0.5, -0.75, -1.0)


class PandasEnv(gym.Env[NDArray[np.float32], int]):
    """Discrete(9): hold, or buy or sell a share of cash or holdings; pays the log return.

    Args:
        frame: `close`, then features, a row for each day. days: length of an episode.
    """

    def __init__(self, frame: pd.DataFrame, days: int) -> None:
        self.frame = frame
        self.days = days
        self.features = [name for name in frame.columns if name != "close"]
        self.action_space = gym.spaces.Discrete(len(SHARES))
        shape = (len(self.features) + 2,)
        self.observation_space = gym.spaces.Box(-np.inf, np.inf, shape, np.float32)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[NDArray[np.float32], dict[str, Any]]:
        """Start on a random day with cash alone."""
        super().reset(seed=seed, options=options)
        self.row = int(self.np_random.integers(len(self.frame) - self.days - 1))
        self.last = self.row + self.days
        self.cash = 10_000.0
        self.units = 0.0
        self.history = [self.cash]
        return self._seen(), {}

    def step(self, action: int) -> tuple[NDArray[np.float32], float, bool, bool, dict[str, Any]]:
        """Trade at today's close, then move on a day."""
        share = SHARES[int(action)]
        price = self.frame.iloc[self.row]["close"]
        if share > 0:
            spent = self.cash * share
            self.units += spent * (1 - FEE) / price
            self.cash -= spent
        elif share < 0:
            sold = self.units * -share
            self.cash += sold * price * (1 - FEE)
            self.units -= sold
        before = self.cash + self.units * price
        self.row += 1
        worth = self.cash + self.units * self.frame.iloc[self.row]["close"]
        self.history.append(worth)
        return self._seen(), float(np.log(worth / before)), False, self.row >= self.last, {}

    def _seen(self) -> NDArray[np.float32]:
        """Today's features and the account."""
        row = self.frame.iloc[self.row]
        worth = self.cash + self.units * row["close"]
        account = [self.units * row["close"] / worth, self.cash / worth]
        return np.concatenate([row[self.features].to_numpy(), account]).astype(np.float32)
