"""Market similarity: whether an agent in effect buys and holds, or holds the market."""

import math
from dataclasses import dataclass

import numpy as np

from walkforge.evaluation.series import Daily

ALIKE = 0.95  # correlation of daily returns from which two strategies go the same way
QUIET_TURNOVER = 1.0  # multiples of equity a year up to which an agent hardly trades
QUIET_ENTROPY = 0.2  # of buying, selling and leaving alone, as a share of the largest there is


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketSimilarity:
    """How like the market an agent is.

    with_equal_weight, with_buy_and_hold: correlations of daily net returns, nan where one never
    moves. annual_turnover: in multiples of equity; beyond_holding: of it what buy and hold does not
    trade, which buys once in every window. entropy: see action_entropy.
    """

    with_equal_weight: float
    with_buy_and_hold: float
    annual_turnover: float
    beyond_holding: float
    entropy: float

    @property
    def name(self) -> str:
        """In words: buys and holds, moves with the market, goes its own way, never moves."""
        if math.isnan(self.with_equal_weight) and math.isnan(self.with_buy_and_hold):
            return "never moves"
        correlations = np.nan_to_num([self.with_equal_weight, self.with_buy_and_hold])
        alike = float(max(correlations))
        if alike < ALIKE:
            return "goes its own way"
        quiet = self.beyond_holding <= QUIET_TURNOVER and self.entropy <= QUIET_ENTROPY
        return "buys and holds" if quiet else "moves with the market"


def correlation(one: Daily, other: Daily) -> float:
    """The correlation of two series [T]; nan where one does not move."""
    if np.ptp(one) == 0.0 or np.ptp(other) == 0.0:
        return math.nan
    return float(np.corrcoef(one, other)[0, 1])


def action_entropy(bought: Daily, sold: Daily) -> float:
    """The entropy of buying, selling and leaving alone, between 0 and 1.

    0 is one who does the same with every symbol every day, 1 one who does all three equally often.

    Args:
        bought, sold: [T], share of symbols of which a notable amount was bought or sold that day.
    """
    shares = np.array([bought.mean(), sold.mean(), 1.0 - bought.mean() - sold.mean()])
    held = shares[shares > 0.0]
    return float(-(held * np.log(held)).sum() / math.log(3.0)) + 0.0


def market_similarity(
    returns: Daily,
    *,
    equal_weight: Daily,
    buy_and_hold: Daily,
    turnover: tuple[float, float],
    entropy: float,
) -> MarketSimilarity:
    """How like the market an agent's daily net returns [T] are.

    Args:
        returns: of the agent. equal_weight, buy_and_hold: theirs.
        turnover: annual, of the agent and of buy and hold. entropy: see action_entropy.
    """
    return MarketSimilarity(
        with_equal_weight=correlation(returns, equal_weight),
        with_buy_and_hold=correlation(returns, buy_and_hold),
        annual_turnover=turnover[0],
        beyond_holding=turnover[0] - turnover[1],
        entropy=entropy,
    )
