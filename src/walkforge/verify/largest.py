"""Claims on the largest single day of each record, recomputed from the replayed accounts."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from walkforge.verify import figures
from walkforge.verify.accounts import Accounts
from walkforge.verify.claim import Claim
from walkforge.verify.study import Numbers


def check_largest_day(
    at: str, row: Mapping[str, Any], own: Numbers, *, accounts: Accounts, claim: Claim
) -> None:
    """Compare a row of strategies.parquet with the day that moved its record most."""
    with np.errstate(divide="ignore"):  # a day of total loss
        logs = np.log1p(own)
    due = {"total_return": math.expm1(math.fsum(logs))}
    day = None
    if np.abs(own).max() > 0.0:
        order = np.argsort(-np.abs(own), kind="stable")
        first = int(order[0])
        others = np.sort(order[1:])
        day = accounts.dates()[first]
        value = float(own[first])
        whole = float(own.sum())
        share = value / whole if (value > 0.0) == (whole > 0.0) and whole != 0.0 else math.nan
        due |= {"largest_return": value, "largest_share": share,
                "total_without": math.expm1(math.fsum(logs[others])),
                "sharpe_without": figures.sharpe(own[others], accounts.year)}  # fmt: skip
    else:
        names = ("largest_return", "largest_share", "total_without", "sharpe_without")
        due |= dict.fromkeys(names, math.nan)
    claim.same(f"{at}, largest_date", found=row.get("largest_date"), expected=day)
    for name, value in due.items():
        claim.near(f"{at}, {name}", found=row.get(name), expected=value)
