"""Every action scheme, and every reward beside a slow, plain loop over one account."""

import itertools
import math

import torch

from walkforge.market.adapters import AccountEnv
from walkforge.market.environment import AccountBatch
from walkforge.market.rewards import (
    calmar,
    differential_sharpe,
    excess_log_return,
    log_return,
    realised_pnl,
    sortino,
    weighted,
)
from walkforge.market.schemes import (
    continuous1,
    discrete9,
    regimes12,
    regimes_dynamic,
    signals3,
    weights,
)
from worlds import money, random_walks

SCHEMES = {
    "weights": weights.Scheme(kappa=0.5, cash_bias=-1.0),
    "discrete9": discrete9.Scheme(),
    "continuous1": continuous1.Scheme(dead_zone=0.05),
    "regimes12": regimes12.Scheme(),
    "regimes_dynamic": regimes_dynamic.Scheme(tilt=0.5),
    "signals3": signals3.Scheme(),
}


def weights_environment(seed: int) -> AccountEnv:
    """An environment of the first scheme, importable in other processes."""
    generator = torch.Generator().manual_seed(seed)
    return AccountEnv(accounts_of(random_walks(8), SCHEMES["weights"], 1, generator=generator))


def accounts_of(market, scheme, count: int, **other) -> AccountBatch:
    """Accounts that a plain log return pays, in episodes of 20 days."""
    settings = {
        "reward": log_return.Reward(trade_penalty=0.0),
        "config": money(),
        "rows": range(25, 55),
        "episode_days": 20,
        "generator": torch.Generator().manual_seed(0),
    } | other
    return AccountBatch(market, scheme=scheme, count=count, **settings)


def random_actions(scheme, symbols: int, count: int, seed: int) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    space = scheme.space(symbols)
    if space.kind == "box":
        return torch.randn(count, space.size, generator=generator) * 3.0
    shape = (count,) if space.kind == "discrete" else (count, space.size)
    return torch.randint(space.choices, shape, generator=generator)


PENALTY = 0.003


def plain_log_return(days):
    return [math.log(d["after"] / d["before"]) for d in days]


def plain_excess(days):
    return [math.log(d["after"] / d["before"]) - math.log(1 + d["market"]) for d in days]


def settled(paid, days):
    return [0.0] * days + paid[days:]


def plain_differential_sharpe(days, eta):
    a = b = 0.0
    paid = []
    for d in days:
        r = d["after"] / d["before"] - 1
        da = r - a
        db = r * r - b
        variance = b - a * a
        paid.append((b * da - 0.5 * a * db) / variance**1.5 if variance > 1e-12 else 0.0)
        a = a + eta * da
        b = b + eta * db
    return paid


def plain_sortino(days, eta):
    a = dd2 = 0.0
    paid = []
    for d in days:
        r = d["after"] / d["before"] - 1
        if dd2 <= 1e-12:
            paid.append(0.0)
        elif r > 0:
            paid.append((r - a / 2) / math.sqrt(dd2))
        else:
            paid.append((dd2 * (r - a / 2) - a * r * r / 2) / dd2**1.5)
        a = a + eta * (r - a)
        dd2 = dd2 + eta * (min(r, 0.0) ** 2 - dd2)
    return paid


def plain_realised(days, gain, loss, decay):
    paid = []
    for n, d in enumerate(days):
        share = d["realised"] / d["before"]
        paid.append((gain if share > 0 else loss) * share * decay**n)
    return paid


def plain_drawdowns(days):
    peak = days[0]["before"]
    falls = []
    for d in days:
        peak = max(peak, d["after"])
        falls.append(1 - d["after"] / peak)
    return falls


def plain_weighted(days, weights, eta):
    sharpes = settled(plain_differential_sharpe(days, eta), 4)
    falls = plain_drawdowns(days)
    return [
        weights[0] * sharpe
        + weights[1] * (d["after"] / d["before"] - 1)
        - weights[2] * fall
        - weights[3] * d["cost"] / d["before"]
        for d, sharpe, fall in zip(days, sharpes, falls, strict=True)
    ]


def plain_calmar(days, least):
    falls = plain_drawdowns(days)
    ratios = [0.0]
    for n, d in enumerate(days):
        deepest = max(*falls[: n + 1], least)
        ratios.append((d["after"] / days[0]["before"] - 1) / deepest)
    return [after - before for before, after in itertools.pairwise(ratios)]


REWARDS = {
    "log_return": (log_return.Reward(trade_penalty=PENALTY), plain_log_return),
    "excess_log_return": (excess_log_return.Reward(trade_penalty=PENALTY), plain_excess),
    "differential_sharpe": (
        differential_sharpe.Reward(eta=0.02, burn_in_days=3, trade_penalty=PENALTY),
        lambda days: settled(plain_differential_sharpe(days, 0.02), 3),
    ),
    "sortino": (
        sortino.Reward(eta=0.05, burn_in_days=0, trade_penalty=PENALTY),
        lambda days: plain_sortino(days, 0.05),
    ),
    "realised_pnl": (
        realised_pnl.Reward(gain_weight=1.5, loss_weight=2.0, decay=0.9, trade_penalty=PENALTY),
        lambda days: plain_realised(days, 1.5, 2.0, 0.9),
    ),
    "weighted": (
        weighted.Reward(
            sharpe_weight=0.1, return_weight=2.0, drawdown_weight=0.5, cost_weight=3.0, eta=0.02,
            burn_in_days=4, trade_penalty=PENALTY,
        ),
        lambda days: plain_weighted(days, (0.1, 2.0, 0.5, 3.0), 0.02),
    ),
    "calmar": (
        calmar.Reward(least_drawdown=0.02, trade_penalty=PENALTY),
        lambda days: plain_calmar(days, 0.02),
    ),
}  # fmt: skip
