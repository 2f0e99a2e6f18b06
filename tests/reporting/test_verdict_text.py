"""The verdict's sentences hold its figures, and claim no more."""

from copy import deepcopy

import pytest

from walkforge.reporting.verdict_text import general, verdicts_told

FOUND = {
    "word": "inconclusive", "days": 1_511, "annual_difference": 0.004, "sharpe": 0.14,
    "low": -0.66, "high": 0.95, "probabilistic": 0.63, "deflated": 0.61, "superior_p": 0.31,
    "trials": 3, "years_to_skill": 138.2, "years_to_no_skill": 150.0, "reasons": [],
    "over_seeds": {
        "seeds": 3, "folds": 4, "interquartile_mean": 0.1, "by_seed": [0.05, 0.15],
        "by_fold": [-0.4, 0.6], "probability_of_improvement": 7 / 12,
    },
    "chance": {"sharpe": 0.68, "share_below": 0.67, "turnover_ratio": 1.01},
    "alpha_z": 0.53,
    "market": {
        "name": "moves with the market", "with_equal_weight": 0.99, "with_buy_and_hold": 0.97,
        "annual_turnover": 2.25, "entropy": 0.12,
    },
}  # fmt: skip
VERDICT = {
    "agents": {"ppo": FOUND}, "trials": 3, "holdout_opened": 0, "no_skill_sharpe": 0.3,
    "confidence": 0.95, "execution": "open", "superior_to_equal_weight": [],
    "overfitting_probability": None,
}  # fmt: skip


def changed(**changes):
    verdict = deepcopy(VERDICT)
    verdict["agents"]["ppo"] |= changes
    return verdict


def test_word_figures_and_rules_are_said():
    ((heading, paragraphs),) = verdicts_told(VERDICT)
    text = " ".join(paragraphs)
    assert heading == "Verdict on ppo: inconclusive"
    for part in (
        "1,511 days", "+0.4 % a year", "Sharpe ratio of +0.14 (95 % interval -0.66 to 0.95)",
        "after 3 trials is 0.610", "SPA over all agents 0.310", "upper bound below 0.30",
        "a Sharpe ratio above those of 95 % of random policies with its turnover",
        "take a record of 138 years to show skill.",
        "3 seeds and 4 folds", "+0.10 (95 % interval 0.05 to 0.15 for the training's chance alone",
        "-0.40 to 0.60 with the market's path", "above equal weight in 58 % of all seeds and folds",
        "ppo moves with the market: correlation 0.99", "turnover 2.2 times equity a year",
        "cash 67 % have a lower Sharpe ratio (theirs is 0.68 on average)",
    ):  # fmt: skip
        assert part in text, part


def test_a_record_that_decided_asks_for_no_more():
    ((_, paragraphs),) = verdicts_told(changed(word="skill"))
    text = " ".join(paragraphs)
    assert "a record of" not in text


def test_no_record_shows_what_is_below_zero():
    ((_, paragraphs),) = verdicts_told(changed(years_to_skill=None))
    assert "take a record of 150 years to show that there is none." in " ".join(paragraphs)
    never = changed(years_to_skill=None, years_to_no_skill=None)
    assert "no length of record would decide" in " ".join(verdicts_told(never)[0].paragraphs)


def test_a_study_of_the_same_close_is_labelled_before_its_verdict():
    told = verdicts_told(changed(word="skill") | {"execution": "same_close"})
    assert told[0].heading == "For study only, no evidence. Verdict on ppo: skill"


def test_where_nothing_can_be_chosen_no_random_policy_is_mentioned():
    alone = {"sharpe": None, "share_below": None, "turnover_ratio": 1.0}
    text = " ".join(verdicts_told(changed(chance=alone))[0].paragraphs)
    assert "random policies" not in text
    assert "a z of alpha to equal weight above 1.64 (it is 0.53)" in text


def test_random_policies_that_trade_otherwise_are_not_compared():
    other = FOUND["chance"] | {"turnover_ratio": 1.28}
    text = " ".join(verdicts_told(changed(chance=other))[0].paragraphs)
    assert "theirs is 1.28 times its turnover" in text
    assert "lower Sharpe ratio" not in text


def test_one_seed_and_one_fold_have_no_mean_to_tell():
    alone = FOUND["over_seeds"] | {"seeds": 1, "folds": 1, "by_seed": None, "by_fold": None}
    text = " ".join(verdicts_told(changed(over_seeds=alone))[0].paragraphs)
    assert "interquartile" not in text
    assert "1 seed" not in text
    several = " ".join(
        verdicts_told(changed(over_seeds=alone | {"folds": 4, "by_fold": [0, 1]}))[0].paragraphs
    )
    assert "(95 % interval 0.00 to 1.00 with the market's path)" in several


def test_buy_and_hold_is_named():
    market = FOUND["market"] | {"name": "buys and holds", "with_buy_and_hold": None}
    ((_, paragraphs),) = verdicts_told(changed(market=market))
    text = " ".join(paragraphs)
    assert "ppo is buy and hold in disguise" in text
    assert "undefined with buy and hold" in text


def test_returns_of_equal_weight_have_no_ratio():
    ((heading, (text,)),) = verdicts_told(
        changed(word="no skill", sharpe=None, low=None, high=None)
    )
    assert heading.endswith("no skill")
    assert "no ratio to judge" in text


@pytest.mark.parametrize(
    ("opened", "said"),
    [(0, "No hold-out has been"), (1, "A hold-out has been opened once"), (3, "opened 3 times")],
)
def test_openings_of_the_hold_out_are_said(opened, said):
    assert said in general(VERDICT | {"holdout_opened": opened})


def test_what_concerns_all_is_said():
    text = general(
        VERDICT
        | {
            "agents": dict.fromkeys("abc"),
            "superior_to_equal_weight": ["a", "b"],
            "overfitting_probability": 0.4,
        }
    )
    assert text.startswith("3 configurations tried so far")
    assert "(StepM): a, b." in text
    assert "probability 0.40 (0.67 is luck alone)" in text
    assert "none" in general(VERDICT)
