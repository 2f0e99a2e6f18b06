"""Words that a figure decides: by its value what is said of it; `*` is any other, null none.

What stands in braces is a figure, see told.say. verify reads these literals, so that each choice on
a page is held to its figure.
"""

AT_ONCE = {
    "same_close": (
        "FOR STUDY ONLY: orders fill at the very close on which they are decided "
        "(market.execution is same_close), which no one can trade. Nothing on this page is "
        "evidence."
    ),
    "*": "",
}
STUDY = {"same_close": "For study only, no evidence. ", "*": ""}
ACTIONS = {"buy": "▲ buy", "hold": "hold", "sell": "▼ sell"}
STALE = {"True": " (stale)", "False": ""}
SEEDS = {
    "": "",
    "mean": ", mean of seeds",
    "consensus": ", consensus of seeds",
    "*": ", seed {seed}",
}
KNOWN = {"null": "none ranked", "*": "known at the close of {as_of}"}

# Of the verdict.
RATIO = {
    "null": (
        "The returns of {key} are those of equal weight, differ from them by the same every day, "
        "or are too few: there is no ratio to judge."
    ),
}
LUCK = {
    "null": (
        "since there is nothing to choose, a z of alpha to equal weight above {alpha_least:z.2f} "
        "(it is {alpha_z:z.2f})"
    ),
    "*": "a Sharpe ratio above those of {random_least:g %} of random policies with its turnover",
}
DECIDES = {
    "decided": "",
    "skill": ("At this rate it would take a record of {years_to_skill:years} to show skill."),
    "no skill": (
        "At this rate it would take a record of {years_to_no_skill:years} to show that there is "
        "none."
    ),
    "never": "At this rate no length of record would decide.",
}
SPREAD = {
    "none": "",
    "*": (
        "Over {over_seeds/seeds:, seed|seeds} and {over_seeds/folds:, fold|folds} the "
        "interquartile mean of the Sharpe ratio less equal weight's is "
        "{over_seeds/interquartile_mean:+z.2f} ({confidence:.0f %} interval "
        "{spread:@INTERVALS}); a seed is above equal weight in "
        "{over_seeds/probability_of_improvement:.0f %} of all seeds and folds."
    ),
}
INTERVALS = {
    "seeds": (
        "{over_seeds/by_seed/0:z.2f} to {over_seeds/by_seed/1:z.2f} for the training's chance alone"
    ),
    "folds": "{over_seeds/by_fold/0:z.2f} to {over_seeds/by_fold/1:z.2f} with the market's path",
    "both": (
        "{over_seeds/by_seed/0:z.2f} to {over_seeds/by_seed/1:z.2f} for the training's chance "
        "alone, {over_seeds/by_fold/0:z.2f} to {over_seeds/by_fold/1:z.2f} with the market's path"
    ),
}
LIKENESS = {
    "buys and holds": "is buy and hold in disguise",
    "moves with the market": "moves with the market",
    "goes its own way": "goes its own way",
    "never moves": "never moves",
}
AMONG = {
    "none": "",
    "unmatched": (
        "No random policies trade as it does: theirs is {chance/turnover_ratio:.2f} times its "
        "turnover."
    ),
    "matched": (
        "Of random policies with its turnover and cash {chance/share_below:.0f %} have a lower "
        "Sharpe ratio (theirs is {chance/sharpe:z.2f} on average)."
    ),
}
OVERFITTING = {
    "null": "",
    "*": (
        "The best agent in one half of the record is at or below their median in the other with "
        "probability {overfitting_probability:z.2f} ({luck_alone:z.2f} is luck alone)."
    ),
}
OPENED = {
    "0": "No hold-out has been opened.",
    "1": "A hold-out has been opened once.",
    "*": "Hold-outs have been opened {holdout_opened} times.",
}

# Of the finding.
BARS = {"day": "{days:, trading day|trading days}", "bar": "{days:, bar|bars}"}
A_DAY = {"day": "", "bar": "Bars are not daily: what is called a day is one bar."}
CALLED = {"equal_weight": "Equal weight"}
SHARPE = {
    "null": "an undefined value",
    "*": "{sharpe:z.2f} (standard error {sharpe_standard_error:z.2f})",
}
WHOSE = {"1": "its only seed", "*": "the mean daily return of its {seeds:,} seeds"}
DIFFERENCE = {"null": "", "*": ", a difference of {difference:+z.2f} from equal weight"}
RANGE = {"null": "", "*": "; seed by seed from {least:z.2f} to {most:z.2f}"}
APART = {
    "same": "{key} has the returns of equal weight on every day.",
    "undefined": "Its record is too short or too even to compare {key} with equal weight.",
    "*": (
        "Its daily returns less equal weight's average {annual_difference:+z.1f %} a year, with a "
        "Sharpe ratio of {difference_sharpe:+z.2f} (standard error "
        "{difference_standard_error:z.2f}): {key} {apart:@PLACE}."
    ),
}
PLACE = {
    "not distinguishable": "is not distinguishable from equal weight",
    "above": "lies above equal weight by more than two standard errors",
    "below": "lies below equal weight by more than two standard errors",
}
MARKET = {"none": "Equal weight was not among the baselines, so no agent can be judged against it."}
AGENTS = {"none": "No agent was evaluated."}

# Of the data and their checks.
VOLUME = {
    "absent": "; no volume is read, and nothing goes by it",
    "silent": "; some symbols have no volume, see there",
    "read": "",
}
LARGEST = {"null": "", "*": ", largest difference {largest:.1e} standard deviations"}
SPAN = {"null": "", "*": ", from {first} to {last}"}
