"""Claims on the verdict: its figures from the replayed record, its word from its own figures."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from walkforge.verify import figures
from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.evidence import MARKET, STRATEGIES, luck, turnover_of_chance
from walkforge.verify.study import BUY_AND_HOLD, EQUAL_WEIGHT, MEAN, Key, Numbers, Study

VERDICT = "evaluation/verdict.json"
HELD = Key("baseline", BUY_AND_HOLD, "")
DEFLATED_LEAST = 0.95
SUPERIOR_MOST = 0.05
LUCK_SHARE = 0.95
LUCK_Z = 1.6448536269514722
TURNOVER_APART = 0.05
EVEN = 1e-12  # a mean daily difference that is rounding
ALIKE = 0.95
QUIET_TURNOVER = 1.0
QUIET_ENTROPY = 0.2
BLOCKS = 16
LEAST_DAYS = 60


def check_verdict(accounts: Accounts, claim: Claim) -> None:
    """Compare verdict.json: mean difference, ratio, probabilities, years, likeness, overfitting."""
    study = accounts.study
    verdict = accounts.study.verdict
    claim.same(f"{VERDICT}, agents", found=sorted(verdict["agents"]), expected=study.agents)
    config = study.config["verdict"]
    claim.same(f"{VERDICT}, periods_per_year", found=verdict["periods_per_year"],
               expected=accounts.year)  # fmt: skip
    for name in ("confidence", "no_skill_sharpe"):
        claim.near(f"{VERDICT}, {name}", found=verdict[name], expected=config[name])
    market = accounts.record(MARKET, "net_return")
    beyond = {
        name: accounts.record(Key("agent", name, MEAN), "net_return") - market
        for name in study.agents
    }
    variance = trial_variance([*beyond.values()])
    for name, x in beyond.items():
        found = verdict["agents"][name]
        grounds = found | {"variance": variance, "year": accounts.year}
        for field, value in _ratios(x, grounds, config).items():
            claim.near(f"{VERDICT}, {name}, {field}", found=found[field], expected=value)
        claim.same(f"{VERDICT}, {name}, trials", found=found["trials"], expected=verdict["trials"])
        _market(accounts, name, claim)
        _alpha(study, name, claim)
        _seeds(accounts, name, claim)
    means = [Key("agent", name, MEAN) for name in study.agents]
    table = np.column_stack([accounts.record(key, "net_return") for key in means])
    apart = (table.max(axis=1) - table.min(axis=1)).max() > figures.ROUNDING
    enough = bool(apart) and len(market) >= 2 * BLOCKS
    claim.near(f"{VERDICT}, overfitting_probability", found=verdict["overfitting_probability"],
               expected=figures.overfitting(table, blocks=BLOCKS) if enough else None)  # fmt: skip
    known = {*study.agents, *study.baselines} - {EQUAL_WEIGHT}
    better = verdict["superior_to_equal_weight"]
    claim.holds(f"{VERDICT}, superior_to_equal_weight", known >= set(better), found=better,
                expected="names of strategies")  # fmt: skip


def trial_variance(beyond: list[Numbers]) -> float:
    """The variance of the agents' daily ratios, at least that of one without skill."""
    ratios = [figures.ratio(x) for x in beyond if float(np.ptp(x)) > figures.ROUNDING]
    least = 1.0 / max(len(beyond[0]) - 1, 1)
    return max(float(np.var(ratios, ddof=1)) if len(ratios) > 1 else 0.0, least)


def even(x: Numbers) -> bool:
    """Whether returns beyond equal weight's are too few or the same every day."""
    return len(x) < LEAST_DAYS or bool(np.abs(x - x.mean()).max() <= figures.ROUNDING)


def _ratios(
    x: Numbers, found: Mapping[str, Any], config: Mapping[str, Any]
) -> dict[str, float | None]:
    """The figures of returns beyond equal weight's; None where one is undefined.

    found: the agent's verdict, with the variance of the trials and the days in a year.
    """
    variance = found["variance"]
    trials = found["trials"]
    year = found["year"]
    base = {"days": float(len(x)), "annual_difference": float(x.mean()) * year}
    if even(x):
        names = ("sharpe", "probabilistic", "deflated", "years_to_skill", "years_to_no_skill")
        return base | dict.fromkeys(names)
    confidence = config["confidence"]
    skill = figures.years_to_skill(
        x, year, confidence=confidence, trials=trials, deflated=DEFLATED_LEAST
    )
    skill = max(skill, _sessions_beyond_luck(found, len(x)) / year)
    bound = figures.years_to_bound(x, year, least=config["no_skill_sharpe"], confidence=confidence)
    return base | {
        "sharpe": figures.sharpe(x, year),
        "probabilistic": figures.probability(x),
        "deflated": figures.probability(x, above=figures.best_of(trials, variance)),
        "years_to_skill": skill if math.isfinite(skill) else None,
        "years_to_no_skill": bound if math.isfinite(bound) else None,
    }


def _sessions_beyond_luck(found: Mapping[str, Any], days: int) -> float:
    """Sessions after which an agent would stand out from luck; 0 where it does, inf for never."""
    if _beyond_luck(found):
        return 0.0
    chance = found["chance"]
    z = found["alpha_z"]
    if chance["share_below"] is not None:
        ratio = chance["turnover_ratio"]
        share = chance["share_below"]
        apart = ratio is None or abs(ratio - 1.0) > TURNOVER_APART
        z = 0.0 if apart or share <= 0.5 else figures.NORMAL.inv_cdf(share)
    return days * (LUCK_Z / z) ** 2 if z is not None and z > 0.0 else math.inf


def _beyond_luck(found: Mapping[str, Any]) -> bool:
    """Whether an agent lies above its random policies, or has alpha where all of them are one."""
    chance = found["chance"]
    z = found["alpha_z"]
    if chance["share_below"] is None:
        return z is not None and z > LUCK_Z
    ratio = chance["turnover_ratio"]
    matched = ratio is not None and abs(ratio - 1.0) <= TURNOVER_APART
    return bool(matched and chance["share_below"] > LUCK_SHARE)


def _market(accounts: Accounts, name: str, claim: Claim) -> None:
    """Compare how like the market an agent is, and where it lies among random policies."""
    found = accounts.study.verdict["agents"][name]
    key = Key("agent", name, MEAN)
    own = accounts.record(key, "net_return")
    due = {
        "with_equal_weight": figures.correlation(own, accounts.record(MARKET, "net_return")),
        "with_buy_and_hold": figures.correlation(own, accounts.record(HELD, "net_return")),
        "annual_turnover": float(accounts.record(key, "turnover").mean()) * accounts.year,
        "entropy": figures.entropy(accounts.record(key, "bought"), accounts.record(key, "sold")),
    }
    held = float(accounts.record(HELD, "turnover").mean()) * accounts.year
    due["beyond_holding"] = due["annual_turnover"] - held
    for field, value in due.items():
        at = f"{VERDICT}, {name}, market, {field}"
        claim.near(at, found=found["market"][field], expected=value)
    quiet = due["beyond_holding"] <= QUIET_TURNOVER and due["entropy"] <= QUIET_ENTROPY
    both = [due[field] for field in ("with_equal_weight", "with_buy_and_hold")]
    word = "buys and holds" if quiet else "moves with the market"
    word = word if any(each >= ALIKE for each in both) else "goes its own way"
    word = "never moves" if all(map(math.isnan, both)) else word
    claim.same(f"{VERDICT}, {name}, market, name", found=found["market"]["name"], expected=word)
    chance = luck(accounts, key, own)
    for field, name_there in (("share_below", "above_random"), ("sharpe", "random_sharpe")):
        claim.near(f"{VERDICT}, {name}, chance, {field}", found=found["chance"][field],
                   expected=chance[name_there])  # fmt: skip
    own_turnover = due["annual_turnover"] / accounts.year
    ratio = turnover_of_chance(accounts, name) / own_turnover if own_turnover > 0.0 else None
    claim.near(f"{VERDICT}, {name}, chance, turnover_ratio",
               found=found["chance"]["turnover_ratio"], expected=ratio)  # fmt: skip


def _alpha(study: Study, name: str, claim: Claim) -> None:
    """Compare the z of alpha with the alpha and the error that strategies.parquet holds."""
    (row,) = study.folder.frame(STRATEGIES).filter(kind="agent", strategy=name).rows(named=True)
    alpha = row["alpha"]
    error = row["alpha_standard_error"]
    known = math.isfinite(alpha) and error > figures.ROUNDING
    claim.near(f"{VERDICT}, {name}, alpha_z", found=study.verdict["agents"][name]["alpha_z"],
               expected=alpha / error if known else None)  # fmt: skip


def _seeds(accounts: Accounts, name: str, claim: Claim) -> None:
    """Compare what seeds and folds say."""
    study = accounts.study
    found = accounts.study.verdict["agents"][name]["over_seeds"]
    at = f"{VERDICT}, {name}, over_seeds"
    claim.same(f"{at}, seeds", found=found["seeds"], expected=len(study.seeds))
    claim.same(f"{at}, folds", found=found["folds"], expected=len(study.folds))
    ours = np.array([_by_fold(accounts, Key("agent", name, str(seed))) for seed in study.seeds])
    market = _by_fold(accounts, MARKET)
    known = bool(np.isfinite(ours - market).all())
    better = float(np.mean((ours > market) + 0.5 * (ours == market)))
    claim.near(f"{at}, interquartile_mean", found=found["interquartile_mean"],
               expected=figures.middle_mean(ours - market) if known else None)  # fmt: skip
    claim.near(f"{at}, probability_of_improvement", found=found["probability_of_improvement"],
               expected=better if known else None)  # fmt: skip


def _by_fold(accounts: Accounts, key: Key) -> Numbers:
    """A strategy's annual Sharpe ratio in each fold."""
    accounts_of = [accounts.all[key, fold] for fold in accounts.study.folds]
    for account in accounts_of:
        if isinstance(account, str):
            raise Unreadable(account)
    returns = [a.replay.daily["net_return"] for a in accounts_of if not isinstance(a, str)]
    return np.array([figures.sharpe(each, accounts.year) for each in returns])


def check_word(study: Study, claim: Claim) -> None:
    """Compare the verdict's word with what its own figures give by the rules."""
    least = study.config["verdict"]["no_skill_sharpe"]
    year = study.verdict["periods_per_year"]
    for name, found in study.verdict["agents"].items():
        claim.same(
            f"{VERDICT}, {name}, word", found=found["word"], expected=word_of(found, least, year)
        )
        low = found["low"]
        high = found["high"]
        sound = found["sharpe"] is None or low <= high
        claim.holds(f"{VERDICT}, {name}, interval", sound, found=(low, high),
                    expected="two bounds in order")  # fmt: skip


def word_of(found: Mapping[str, Any], least: float, year: int) -> str:
    """The word that an agent's figures give.

    least: verdict.no_skill_sharpe. year: how many days it holds.
    """
    if found["sharpe"] is None:
        few = found["days"] < LEAST_DAYS
        above = found["annual_difference"] > EVEN * year
        return "inconclusive" if few or above else "no skill"
    certain = found["low"] > 0.0 and found["deflated"] >= DEFLATED_LEAST
    if certain and found["superior_p"] < SUPERIOR_MOST and _beyond_luck(found):
        return "skill"
    return "no skill" if found["high"] < least else "inconclusive"
