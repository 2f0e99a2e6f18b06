"""What the verdict and the tables of figures hold: these fields and no others, and the reasons."""

import math
from collections.abc import Mapping
from typing import Any

from walkforge.verify.claim import Claim
from walkforge.verify.study import Study

VERDICT = "evaluation/verdict.json"
OF_ALL = frozenset(
    {"schema_version", "agents", "trials", "holdout_opened", "execution", "no_skill_sharpe"}
    | {"confidence", "block_days", "periods_per_year", "superior_to_equal_weight"}
    | {"overfitting_probability"}
)
OF_AGENT = frozenset(
    {"word", "days", "annual_difference", "sharpe", "low", "high", "probabilistic", "deflated"}
    | {"superior_p", "trials", "years_to_skill", "years_to_no_skill", "reasons", "over_seeds"}
    | {"market", "alpha_z", "chance"}
)
OF_PART = {
    "chance": frozenset({"sharpe", "share_below", "turnover_ratio"}),
    "market": frozenset(
        {"name", "with_equal_weight", "with_buy_and_hold", "annual_turnover", "beyond_holding"}
        | {"entropy"}
    ),
    "over_seeds": frozenset(
        {"seeds", "folds", "interquartile_mean", "by_seed", "by_fold", "probability_of_improvement"}
    ),
}
TABLES = {
    "returns": {"date", "fold", "strategy", "kind", "seed", "net_return", "turnover", "exposure",
                "effective_names", "selection", "bought", "sold"},
    "metrics": {"strategy", "kind", "seed", "days", "periods_per_year", "annual_return",
                "annual_volatility", "sharpe", "sharpe_standard_error", "sortino", "calmar",
                "max_drawdown", "max_drawdown_days", "value_at_risk", "expected_shortfall",
                "hit_rate", "profit_factor", "exposure", "effective_names", "annual_turnover"},
    "strategies": {"kind", "strategy", "sharpe", "low", "high", "probabilistic_sharpe",
                   "years_needed", "alpha", "alpha_standard_error", "beta", "beta_standard_error",
                   "correlation", "selection", "selection_z", "above_random", "random_sharpe",
                   "largest_date", "largest_return", "largest_share", "total_return",
                   "total_without", "sharpe_without"},
    "against": {"agent", "baseline", "annual_difference", "z", "sharpe_difference", "low", "high"},
}  # fmt: skip


def check_fields(study: Study, claim: Claim) -> None:
    """Compare the fields of the verdict, its reasons, and the columns of the tables of figures."""
    verdict = study.verdict
    market = study.config["market"]
    claim.same(f"{VERDICT}, fields", found=sorted(verdict), expected=sorted(OF_ALL))
    claim.same(f"{VERDICT}, schema_version", found=verdict.get("schema_version"), expected=1)
    claim.same(f"{VERDICT}, execution", found=verdict["execution"], expected=market["execution"])
    days = max(each["days"] for each in verdict["agents"].values())
    claim.holds(f"{VERDICT}, block_days", 1.0 <= verdict["block_days"] <= days,
                found=verdict["block_days"], expected="from 1 day to the record")  # fmt: skip
    for name, found in verdict["agents"].items():
        at = f"{VERDICT}, {name}"
        claim.same(f"{at}, fields", found=sorted(found), expected=sorted(OF_AGENT))
        for part, fields in OF_PART.items():
            claim.same(f"{at}, {part}, fields", found=sorted(found[part]),
                       expected=sorted(fields))  # fmt: skip
        claim.holds(f"{at}, superior_p", 0.0 <= found["superior_p"] <= 1.0,
                    found=found["superior_p"], expected="a probability")  # fmt: skip
        claim.same(f"{at}, reasons", found=list(found["reasons"]),
                   expected=reasons_of(found, verdict["no_skill_sharpe"]))  # fmt: skip
        middle = found["over_seeds"]["interquartile_mean"]
        for bounds in ("by_seed", "by_fold"):
            given = found["over_seeds"][bounds]
            alone = found["over_seeds"]["seeds" if bounds == "by_seed" else "folds"] == 1
            sound = (middle is None or alone) if given is None else given[0] <= given[1]
            claim.holds(f"{at}, over_seeds, {bounds}", sound, found=given,
                        expected="two bounds in order")  # fmt: skip
    for name, columns in TABLES.items():
        path = f"evaluation/{name}.parquet"
        claim.same(f"{path}, columns", found=sorted(study.folder.frame(path).columns),
                   expected=sorted(columns))  # fmt: skip


def reasons_of(found: Mapping[str, Any], least: float) -> list[str]:
    """What an agent's verdict must give as reasons, each with whether it is met.

    least: verdict.no_skill_sharpe.
    """
    if found["sharpe"] is None:
        if found["days"] < 60:
            return [f"not met: {found['days']} of 60 days"]
        met = "met" if found["word"] == "no skill" else "not met"
        return [f"{met}: its returns differ from equal weight's by the same amount every day"]
    chance = found["chance"]
    p = found["superior_p"]
    share = chance["share_below"]
    ratio = chance["turnover_ratio"]
    z = found["alpha_z"]
    if share is None:
        known = "undefined" if z is None else f"{z:.2f}"
        luck = (f"nothing to choose, so that no random policies compare: z {known} of alpha to "
                "equal weight above 1.64")  # fmt: skip
        beyond = z is not None and z > 1.6448536269514722
    elif ratio is None or abs(ratio - 1.0) > 0.05:
        luck = "above 95 % of the random policies: none trade as it does"
        beyond = False
    else:
        luck = f"above {100.0 * share:.1f} % of the random policies, more than 95 %"
        beyond = share > 0.95
    low, high = (math.nan if found[name] is None else found[name] for name in ("low", "high"))
    conditions = (
        (low > 0.0, f"lower bound {low:.2f} of the Sharpe ratio above 0"),
        (found["deflated"] >= 0.95, f"deflated Sharpe ratio {found['deflated']:.3f} at least 0.95"),
        (p < 0.05, f"SPA p value {p:.3f} below 0.05"),
        (beyond, luck),
        (high < least, f"upper bound {high:.2f} of the Sharpe ratio below {least:.2f}"),
    )
    return [f"{'met' if met else 'not met'}: {text}" for met, text in conditions]
