"""The verdict follows its rules, and names what decided."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from walkforge.evaluation.verdict import Grounds, Luck, judge
from walkforge.metrics.uncertainty import Interval

T = 1_500
LUCK = Luck(share_below=0.99, turnover_ratio=1.0, alpha_z=3.0)


def series(sharpe: float) -> np.ndarray:
    """Daily values of exactly this annual Sharpe ratio, close to normal."""
    values = np.random.default_rng(0).normal(size=T)
    values = (values - values.mean()) / values.std(ddof=1)
    return 0.01 * (values + sharpe / math.sqrt(252))


def grounds(**changes) -> Grounds:
    plain = {
        "interval": Interval(0.4, 2.0), "superior_p": 0.01, "trials": 1,
        "trial_variance": 1.0 / T, "least_sharpe": 0.3, "confidence": 0.95, "per_year": 252,
        "luck": LUCK,
    }  # fmt: skip
    return Grounds(**plain | changes)


def test_all_four_conditions_make_skill():
    assert judge(series(1.2), grounds()).word == "skill"


@pytest.mark.parametrize(
    "changes",
    [
        {"interval": Interval(-0.01, 2.0)},
        {"superior_p": 0.05},
        {"trials": 1_000},
        {"luck": replace(LUCK, share_below=0.95)},
        {"luck": replace(LUCK, turnover_ratio=1.06)},
        {"luck": replace(LUCK, share_below=None, alpha_z=1.64)},
        {"luck": replace(LUCK, share_below=None, alpha_z=None)},
    ],
    ids=["lower bound", "SPA", "trials", "luck", "turnover", "alpha", "no alpha"],
)
def test_one_condition_that_fails_makes_it_inconclusive(changes):
    found = judge(series(1.2), grounds(**changes))
    assert found.word == "inconclusive"
    assert sum(reason.startswith("not met") for reason in found.reasons) == 2


def test_where_nothing_can_be_chosen_alpha_decides():
    alone = replace(LUCK, share_below=None, alpha_z=1.65)
    found = judge(series(1.2), grounds(luck=alone))
    assert found.word == "skill"
    assert any("z 1.65 of alpha to equal weight above 1.64" in each for each in found.reasons)


def test_no_length_of_record_makes_skill_of_what_luck_gives_too():
    for luck in (replace(LUCK, share_below=0.5), replace(LUCK, turnover_ratio=2.0)):
        assert judge(series(1.2), grounds(luck=luck)).years_to_skill is None
    # z of 0.90 is 1.2816, of 0.95 1.6449: the share is there in (1.6449 / 1.2816)^2 the days.
    found = judge(series(1.2), grounds(luck=replace(LUCK, share_below=0.90)))
    assert found.years_to_skill == pytest.approx(T * (1.6449 / 1.2816) ** 2 / 252, rel=1e-3)


def test_an_upper_bound_below_the_least_is_no_skill():
    found = judge(series(-0.6), grounds(interval=Interval(-1.4, 0.2), superior_p=0.9))
    assert found.word == "no skill"
    assert "met: upper bound 0.20 of the Sharpe ratio below 0.30" in found.reasons


def test_returns_of_equal_weight_have_no_skill_and_no_ratio():
    found = judge(np.zeros(T), grounds())
    assert (found.word, found.sharpe, found.deflated) == ("no skill", None, None)


@pytest.mark.parametrize("days", [1, 3, 59])
def test_few_days_are_inconclusive(days):
    found = judge(series(3.0)[:days], grounds())
    assert (found.word, found.sharpe) == ("inconclusive", None)
    assert found.reasons == (f"not met: {days} of 60 days",)


def test_a_gain_that_never_changes_is_not_called_no_skill():
    assert judge(np.full(T, 1e-4), grounds()).word == "inconclusive"
    assert judge(np.full(T, -1e-4), grounds()).word == "no skill"


@pytest.mark.parametrize("trials", [1, 20])
def test_the_record_that_it_would_take_meets_the_rules_when_it_is_there(trials):
    found = judge(series(0.5), grounds(interval=Interval(-0.3, 1.3), trials=trials))
    days = round(found.years_to_skill * 252)
    values = np.random.default_rng(3).normal(size=days)
    values = (values - values.mean()) / values.std(ddof=1)
    later = judge(
        0.01 * (values + 0.5 / math.sqrt(252)), grounds(trials=trials, trial_variance=1.0 / days)
    )
    assert later.deflated >= 0.949
    assert 0.5 - 1.96 * math.sqrt(252 / days) > -0.01


def test_figures_equal_the_formulas():
    x = series(0.5)
    found = judge(x, grounds(trials=10))
    ratio = x.mean() / x.std(ddof=1)
    skew = stats.skew(x)
    kurtosis = stats.kurtosis(x, fisher=False)
    spread = 1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2
    assert found.sharpe == pytest.approx(0.5)
    assert found.probabilistic == pytest.approx(stats.norm.cdf(ratio / math.sqrt(spread / (T - 1))))
    e = 0.5772156649015329
    best = math.sqrt(1.0 / T) * (
        (1 - e) * stats.norm.ppf(1 - 1 / 10) + e * stats.norm.ppf(1 - 1 / (10 * math.e))
    )
    assert found.deflated == pytest.approx(
        stats.norm.cdf((ratio - best) / math.sqrt(spread / (T - 1)))
    )
    # The deflated ratio asks for more than the interval: the best of ten by luck in so many days.
    best_of_ten = best * math.sqrt(T)
    needed = (math.sqrt(spread) * stats.norm.ppf(0.95) + best_of_ten) / ratio
    assert found.years_to_skill == pytest.approx((1 + needed**2) / 252)
    assert found.years_to_no_skill is None  # 0.5 is above 0.3: no record bounds it there
    assert found.annual_difference == pytest.approx(x.mean() * 252)


def test_a_negative_ratio_never_shows_skill_but_its_absence():
    found = judge(series(-0.2), grounds(interval=Interval(-1.0, 0.6), superior_p=0.9))
    assert found.word == "inconclusive"
    assert found.years_to_skill is None
    # Upper bound of two sides: 1.96 standard errors of about 1 / sqrt(T) above -0.2.
    assert found.years_to_no_skill == pytest.approx((1.96 / 0.5) ** 2, rel=0.02)
