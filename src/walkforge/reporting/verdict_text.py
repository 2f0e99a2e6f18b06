"""The verdict in sentences that say what decided, and what it would take."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from walkforge.evaluation.series import ALPHA_LEAST, RANDOM_LEAST, is_matched
from walkforge.reporting.look_ahead import is_look_ahead
from walkforge.reporting.tables import two_decimals

Figures = Mapping[str, Any]


class Told(NamedTuple):
    """One agent's verdict: the heading, and paragraphs of what decided."""

    heading: str
    paragraphs: tuple[str, ...]


def verdicts_told(verdict: Figures) -> list[Told]:
    """Each agent's verdict in words.

    Args:
        verdict: what verdict.json holds, see evaluation.assess.
    """
    return [
        Told(_heading(name, found, verdict), _paragraphs(name, found, verdict))
        for name, found in verdict["agents"].items()
    ]


def _heading(name: str, found: Figures, verdict: Figures) -> str:
    """The verdict's heading; what nobody could have traded says so first."""
    study = "For study only, no evidence. " if is_look_ahead(verdict["execution"]) else ""
    return f"{study}Verdict on {name}: {found['word']}"


def general(verdict: Figures) -> str:
    """What concerns all agents: trials, the hold-out, better strategies, overfitting."""
    better = verdict["superior_to_equal_weight"]
    named = ", ".join(better) if better else "none"
    opened = verdict["holdout_opened"]
    text = (
        f"{_count(verdict['trials'], 'configuration')} tried so far; strategies better than equal "
        f"weight with a family-wise error of 5 % (StepM): {named}. "
    )
    chosen = verdict["overfitting_probability"]
    if chosen is not None:
        count = len(verdict["agents"])
        luck = (count + 1) // 2 / count  # an odd number has a median, which counts
        text += (
            f"The best agent in one half of the record is at or below their median in the other "
            f"with probability {two_decimals(chosen)} ({two_decimals(luck)} is luck alone). "
        )
    times = {0: "No hold-out has been opened", 1: "A hold-out has been opened once"}
    return text + times.get(opened, f"Hold-outs have been opened {opened} times") + "."


def _paragraphs(name: str, found: Figures, verdict: Figures) -> tuple[str, ...]:
    """What decided on one agent."""
    if found["sharpe"] is None:
        return (
            f"The returns of {name} are those of equal weight, differ from them by the same every "
            "day, or are too few: there is no ratio to judge.",
        )
    share = f"{100.0 * verdict['confidence']:.0f} %"
    return tuple(
        text
        for text in (
            f"Over {found['days']:,} days out of sample its net returns less equal weight's "
            f"average {100.0 * found['annual_difference']:+z.1f} % a year: a Sharpe ratio of "
            f"{found['sharpe']:+z.2f} ({share} interval {_interval(found['low'], found['high'])}). "
            f"The deflated Sharpe ratio after {_count(found['trials'], 'trial')} is "
            f"{found['deflated']:.3f}, the p value of SPA over all agents "
            f"{found['superior_p']:.3f}. Skill takes a lower bound above 0, a deflated "
            f"ratio of at least 0.95, a p value below 0.05 and {_beyond_luck(found)}; no skill "
            f"takes an upper bound below {two_decimals(verdict['no_skill_sharpe'])}. "
            f"{_record_needed(found)}".rstrip(),
            _seeds(found["over_seeds"], share),
            f"{_market(name, found['market'])} {_chance(found['chance'])}".rstrip(),
        )
        if text
    )


def _beyond_luck(found: Figures) -> str:
    """What skill takes beside luck at the agent's exposure."""
    if found["chance"]["share_below"] is not None:
        share = f"{100.0 * RANDOM_LEAST:g} %"
        return f"a Sharpe ratio above those of {share} of random policies with its turnover"
    return (
        f"since there is nothing to choose, a z of alpha to equal weight above "
        f"{two_decimals(ALPHA_LEAST)} (it is {_known(found['alpha_z'])})"
    )


def _record_needed(found: Figures) -> str:
    """The length of record that would decide: of the two ways, the one that comes first."""
    skill = found["years_to_skill"]
    no_skill = found["years_to_no_skill"]
    if found["word"] != "inconclusive":
        return ""
    if skill is not None and (no_skill is None or skill <= no_skill):
        return f"If it goes on like this, that is skill after {_years(skill)} of record."
    if no_skill is not None:
        return f"If it goes on like this, that is no skill after {_years(no_skill)} of record."
    return "If it goes on like this, no length of record decides."


def _seeds(found: Figures, share: str) -> str:
    """What seeds and folds say."""
    middle = found["interquartile_mean"]
    bounds = {
        "for the training's chance alone": found["by_seed"],
        "with the market's path": found["by_fold"],
    }
    told = [f"{_interval(*each)} {what}" for what, each in bounds.items() if each is not None]
    if middle is None or not told:
        return ""  # of one seed and one fold it is the ratio that stands above
    return (
        f"Over {_count(found['seeds'], 'seed')} and {_count(found['folds'], 'fold')} the "
        f"interquartile mean of the Sharpe ratio less equal weight's is {middle:+z.2f} "
        f"({share} interval {', '.join(told)}); a seed is above equal weight in "
        f"{100.0 * found['probability_of_improvement']:.0f} % of all seeds and folds."
    )


def _market(name: str, found: Figures) -> str:
    """How like the market an agent is."""
    figures = (
        f"correlation {_known(found['with_equal_weight'])} with equal weight and "
        f"{_known(found['with_buy_and_hold'])} with buy and hold, turnover "
        f"{found['annual_turnover']:.1f} times equity a year, entropy of its actions "
        f"{two_decimals(found['entropy'])} of 1"
    )
    words = {
        "buys and holds": "is buy and hold in disguise",
        "moves with the market": "moves with the market",
        "goes its own way": "goes its own way",
        "never moves": "never moves",
    }
    return f"{name} {words[found['name']]}: {figures}."


def _chance(found: Figures) -> str:
    """Where the agent lies among its random policies; nothing where they cannot differ."""
    ratio = found["turnover_ratio"]
    if found["share_below"] is None or ratio is None:
        return ""
    if not is_matched(ratio):
        return f"No random policies trade as it does: theirs is {ratio:.2f} times its turnover."
    return (
        f"Of random policies with its turnover and cash {100.0 * found['share_below']:.0f} % "
        f"have a lower Sharpe ratio (theirs is {_known(found['sharpe'])} on average)."
    )


def _interval(low: float, high: float) -> str:
    """An interval."""
    return f"{low:z.2f} to {high:z.2f}"


def _known(value: float | None) -> str:
    """A number that may be undefined."""
    return "undefined" if value is None else two_decimals(value)


def _years(years: float) -> str:
    """A number of years."""
    return f"{years:,.0f} years" if years >= 10.0 else f"{years:.1f} years"


def _count(number: int, noun: str) -> str:
    """A number of things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
