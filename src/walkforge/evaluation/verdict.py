"""The verdict on an agent: skill, no skill or inconclusive, with the figures that decided.

Everything is about x, the mean over seeds of the daily net return less that of equal weight on the
same dates and costs.
"""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np

from walkforge.evaluation.series import (
    ALPHA_LEAST,
    RANDOM_LEAST,
    ROUNDING,
    Daily,
    is_matched,
)
from walkforge.metrics.significance import (
    NORMAL,
    Moments,
    deflated_sharpe,
    expected_best_sharpe,
    moments,
    probabilistic_sharpe,
    standard_error,
)
from walkforge.metrics.uncertainty import Interval

Word = Literal["skill", "no skill", "inconclusive"]
DEFLATED_LEAST = 0.95
SUPERIOR_MOST = 0.05
LEAST_DAYS = 60  # of a record on which anything can be decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Luck:
    """Where an agent stands among what luck alone gives at its exposure.

    share_below: of its random policies, those with a lower Sharpe ratio; None where there is
    nothing to choose, so that all of them are one. turnover_ratio: theirs over the agent's, None
    where it trades nothing. alpha_z: alpha to equal weight over its standard error, None where it
    is undefined; it decides where there is nothing to choose.
    """

    share_below: float | None
    turnover_ratio: float | None
    alpha_z: float | None

    @property
    def met(self) -> bool:
        """Whether luck at the same exposure does not explain the record."""
        if self.share_below is not None:
            return is_matched(self.turnover_ratio) and self.share_below > RANDOM_LEAST
        return self.alpha_z is not None and self.alpha_z > ALPHA_LEAST

    @property
    def text(self) -> str:
        """The condition with its figure."""
        least = f"{100.0 * RANDOM_LEAST:g} %"
        if self.share_below is None:
            z = "undefined" if self.alpha_z is None else f"{self.alpha_z:.2f}"
            return (
                f"nothing to choose, so that no random policies compare: z {z} of alpha to equal "
                f"weight above {ALPHA_LEAST:.2f}"
            )
        if not is_matched(self.turnover_ratio):
            return f"above {least} of the random policies: none trade as it does"
        return f"above {100.0 * self.share_below:.1f} % of the random policies, more than {least}"

    def days_to_skill(self, days: int) -> float:
        """Days after which the condition is met if things go on alike, inf for never."""
        if self.met:
            return 0.0
        z = self.alpha_z
        if self.share_below is not None:
            matched = is_matched(self.turnover_ratio)
            z = NORMAL.inv_cdf(max(self.share_below, 0.5)) if matched else None
        if z is None or z <= 0.0:
            return math.inf
        return days * (ALPHA_LEAST / z) ** 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What else was found of x.

    interval: of the annual Sharpe ratio, by the stationary bootstrap. superior_p: of Hansen's SPA
    over all agents against equal weight. trials: how many configurations were tried.
    trial_variance: of their daily Sharpe ratios. least_sharpe: annual, below which the upper bound
    must lie for no skill. confidence: of the interval. luck: at the agent's exposure. per_year:
    days in a year.
    """

    interval: Interval
    superior_p: float
    trials: int
    trial_variance: float
    least_sharpe: float
    confidence: float
    luck: Luck
    per_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The word and the figures behind it; ratios are annual, None where one is undefined.

    years_to_skill, years_to_no_skill: the record that would decide, if things went on alike; None
    where no record would.
    """

    word: Word
    days: int
    annual_difference: float
    sharpe: float | None
    low: float | None
    high: float | None
    probabilistic: float | None
    deflated: float | None
    superior_p: float
    trials: int
    years_to_skill: float | None
    years_to_no_skill: float | None
    reasons: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON can hold them."""
        return {**asdict(self), "reasons": list(self.reasons)}


def judge(difference: Daily, grounds: Grounds) -> Verdict:
    """The verdict on x [T]."""
    if len(difference) < LEAST_DAYS:
        return _undecided(difference, grounds, f"not met: {len(difference)} of {LEAST_DAYS} days")
    if np.abs(difference - difference.mean()).max() <= ROUNDING:
        even = "its returns differ from equal weight's by the same amount every day"
        above = difference.mean() > ROUNDING
        word: Word = "inconclusive" if above else "no skill"
        return _undecided(difference, grounds, f"{'not met' if above else 'met'}: {even}", word)
    record = moments(difference)
    deflated = deflated_sharpe(
        record, trials=float(grounds.trials), variance=grounds.trial_variance
    )
    word, reasons = _decided(grounds, deflated)
    return Verdict(
        word=word,
        days=len(difference),
        annual_difference=float(difference.mean()) * grounds.per_year,
        sharpe=record.sharpe * math.sqrt(grounds.per_year),
        low=grounds.interval.low,
        high=grounds.interval.high,
        probabilistic=probabilistic_sharpe(record),
        deflated=deflated,
        superior_p=grounds.superior_p,
        trials=grounds.trials,
        years_to_skill=_years(_days_to_skill(record, grounds), grounds.per_year),
        years_to_no_skill=_years(_days_to_bound(record, grounds), grounds.per_year),
        reasons=reasons,
    )


def _decided(grounds: Grounds, deflated: float) -> tuple[Word, tuple[str, ...]]:
    """The word, and each condition with its figure."""
    low, high = grounds.interval
    conditions = {
        f"lower bound {low:.2f} of the Sharpe ratio above 0": low > 0.0,
        f"deflated Sharpe ratio {deflated:.3f} at least {DEFLATED_LEAST}": (
            deflated >= DEFLATED_LEAST
        ),
        f"SPA p value {grounds.superior_p:.3f} below {SUPERIOR_MOST}": (
            grounds.superior_p < SUPERIOR_MOST
        ),
        grounds.luck.text: grounds.luck.met,
    }
    bounded = high < grounds.least_sharpe
    reasons = tuple(f"{'met' if met else 'not met'}: {text}" for text, met in conditions.items())
    bound = f"upper bound {high:.2f} of the Sharpe ratio below {grounds.least_sharpe:.2f}"
    reasons += (f"{'met' if bounded else 'not met'}: {bound}",)
    if all(conditions.values()):
        return "skill", reasons
    return ("no skill" if bounded else "inconclusive"), reasons


def _undecided(
    difference: Daily, grounds: Grounds, reason: str, word: Word = "inconclusive"
) -> Verdict:
    """The verdict on what has no ratio: too few days, or a difference that never moves."""
    return Verdict(
        word=word,
        days=len(difference),
        annual_difference=float(difference.mean()) * grounds.per_year,
        sharpe=None,
        low=None,
        high=None,
        probabilistic=None,
        deflated=None,
        superior_p=grounds.superior_p,
        trials=grounds.trials,
        years_to_skill=None,
        years_to_no_skill=None,
        reasons=(reason,),
    )


def _days_to_skill(record: Moments, grounds: Grounds) -> float:
    """The days after which a ratio like this meets the rules of skill.

    The lower bound of two sides has to leave 0, the deflated ratio to reach its least with the
    trials' variance that of luck over so many days, and the record to stand out from luck at its
    exposure; SPA is taken to follow.
    """
    if record.sharpe <= 0.0:
        return math.inf
    spread = standard_error(record) * math.sqrt(record.periods - 1)
    bound = spread * NORMAL.inv_cdf(0.5 + grounds.confidence / 2.0)
    best = expected_best_sharpe(float(grounds.trials), 1.0)
    deflated = spread * NORMAL.inv_cdf(DEFLATED_LEAST) + best
    days = 1.0 + (max(bound, deflated) / record.sharpe) ** 2
    return max(days, grounds.luck.days_to_skill(record.periods))


def _days_to_bound(record: Moments, grounds: Grounds) -> float:
    """The days after which the upper bound of a ratio like this lies below the least."""
    room = grounds.least_sharpe / math.sqrt(grounds.per_year) - record.sharpe
    if room <= 0.0:
        return math.inf
    z = NORMAL.inv_cdf(0.5 + grounds.confidence / 2.0)
    spread = standard_error(record) * math.sqrt(record.periods - 1)
    return 1.0 + (spread * z / room) ** 2


def _years(days: float, per_year: int) -> float | None:
    """Days as years, None for never."""
    return days / per_year if math.isfinite(days) else None
