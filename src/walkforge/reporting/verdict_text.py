"""The verdict in sentences that say what decided, and what it would take."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from walkforge.evaluation.series import is_matched
from walkforge.reporting.told import RULES, Source, Told, named, say, together

Figures = Mapping[str, Any]
VERDICT = "evaluation/verdict.json#"


class Verdict(NamedTuple):
    """One agent's verdict: the heading, and paragraphs of what decided."""

    heading: Told
    paragraphs: tuple[Told, ...]


def verdicts_told(verdict: Figures) -> list[Verdict]:
    """Each agent's verdict in words.

    Args:
        verdict: what verdict.json holds, see evaluation.assess.
    """
    whole = Source(VERDICT, verdict)
    agents = [named(f"{VERDICT}agents/", *each) for each in verdict["agents"].items()]
    return [
        # What nobody could have traded says so first.
        Verdict(
            say("{execution:@STUDY}Verdict on {key}: {word}", own, whole), _paragraphs(own, whole)
        )
        for own in agents
    ]


def general(verdict: Figures) -> Told:
    """What concerns all agents: trials, the hold-out, better strategies, overfitting."""
    whole = Source(VERDICT, verdict)
    count = len(verdict["agents"])
    # An odd number has a median, which counts.
    alone = Source("computed#verdict", {"luck_alone": (count + 1) // 2 / count})
    return together(
        say(
            "{trials:, configuration|configurations} tried so far; strategies better than equal "
            "weight with a family-wise error of {family_size:.0f %} (StepM): "
            "{superior_to_equal_weight:list}.",
            whole,
            RULES,
        ),
        say("{overfitting_probability:@OVERFITTING}", whole, alone),
        say("{holdout_opened:@OPENED}", whole),
    )


def _paragraphs(own: Source, whole: Source) -> tuple[Told, ...]:
    """What decided on one agent."""
    if own["sharpe"] is None:
        return (say("{sharpe:@RATIO}", own),)
    decided = named(
        "computed#agents/",
        own["key"],
        {"decides": _decides(own), "spread": _spread(own), "among": _among(own)},
    )
    sources = (own, decided, whole, RULES)
    return tuple(
        text
        for text in (
            together(
                say(
                    "Over {days:,} days out of sample its net returns less equal weight's average "
                    "{annual_difference:+z.1f %} a year: a Sharpe ratio of {sharpe:+z.2f} "
                    "({confidence:.0f %} interval {low:z.2f} to {high:z.2f}).",
                    *sources,
                ),
                say(
                    "The deflated Sharpe ratio after {trials:, trial|trials} is {deflated:.3f}, "
                    "the p value of SPA over all agents {superior_p:.3f}.",
                    *sources,
                ),
                say(
                    "Skill takes a lower bound above {zero:d}, a deflated ratio of at least "
                    "{deflated_least:.2f}, a p value below {superior_most:.2f} and "
                    "{chance/share_below:@LUCK}; no skill takes an upper bound below "
                    "{no_skill_sharpe:z.2f}.",
                    *sources,
                ),
                say("{decides:@DECIDES}", *sources),
            ),
            say("{spread:@SPREAD}", *sources),
            together(
                say(
                    "{key} {market/name:@LIKENESS}: correlation {market/with_equal_weight:z.2f} "
                    "with equal weight and {market/with_buy_and_hold:z.2f} with buy and hold, "
                    "turnover {market/annual_turnover:.1f} times equity a year, entropy of its "
                    "actions {market/entropy:z.2f} of at most {one:d}.",
                    *sources,
                ),
                say("{among:@AMONG}", *sources),
            ),
        )
        if text
    )


def _decides(found: Figures) -> str:
    """Which length of record would decide: of the two ways, the one that comes first."""
    skill = found["years_to_skill"]
    no_skill = found["years_to_no_skill"]
    if found["word"] != "inconclusive":
        return "decided"
    if skill is not None and (no_skill is None or skill <= no_skill):
        return "skill"
    return "never" if no_skill is None else "no skill"


def _spread(found: Figures) -> str:
    """Which intervals seeds and folds have; none of one seed and one fold, nor without a ratio."""
    seeds = found["over_seeds"]
    known = [name for name in ("seeds", "folds") if seeds[f"by_{name[:-1]}"] is not None]
    if seeds["interquartile_mean"] is None or not known:
        return "none"
    return "both" if len(known) == 2 else known[0]


def _among(found: Figures) -> str:
    """Whether random policies trade as the agent does; none where they cannot differ."""
    ratio = found["chance"]["turnover_ratio"]
    if found["chance"]["share_below"] is None or ratio is None:
        return "none"
    return "matched" if is_matched(ratio) else "unmatched"
