"""Claims on the account in which each agent's record ends, and from which rankings go on."""

import json
from collections.abc import Mapping, Sequence

import numpy as np

from walkforge.verify.accounts import Account, Accounts
from walkforge.verify.claim import Claim
from walkforge.verify.replay import Fills
from walkforge.verify.study import Numbers
from walkforge.verify.tensor import arrays_of


def check_closing(accounts: Accounts, claim: Claim) -> None:
    """Compare cash, holdings, equity, prices paid and trades with what all ledgers give."""
    study = accounts.study
    opening = float(accounts.study.config["market"]["initial_cash"])
    for key in study.keys:
        parts = [accounts.all[key, fold] for fold in accounts.rows]
        known = [part for part in parts if isinstance(part, Account)]
        if key.kind != "agent" or len(known) < len(parts):
            continue  # what is wrong with a ledger is said of it
        at = f"evaluation/{key.strategy}/seed_{key.seed}/closing.safetensors"
        content = study.folder.content(at)
        found = arrays_of(content, at)
        said = _said(content)
        claim.same(f"{at}, date", found=said["date"], expected=str(known[-1].replay.dates[-1]))
        claim.same(f"{at}, symbols", found=said["symbols"], expected=study.prices.symbols)
        last = study.prices.last[max(rows.stop for rows in accounts.rows.values()) - 1]
        all_due = _due(known, opening, last)
        for name, due in all_due.items():
            values = found[name].ravel() if due.ndim else found[name].sum()
            scale = scale_of(name, all_due)
            claim.near(f"{at}, {name}", found=values / scale, expected=due / scale)


def scale_of(name: str, due: Mapping[str, Numbers]) -> Numbers:
    """The size that a figure is exact to: cash that is left over, as far as the equity is."""
    size = np.abs(due[name])
    return np.maximum(size, np.abs(due["equity"]) if name == "cash" else 1e-300)


def _said(content: bytes) -> dict[str, object]:
    """What the file says of its arrays."""
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    return dict(json.loads(header["__metadata__"]["walkforge"]))


def _due(parts: Sequence[Account], cash: float, last: Numbers) -> dict[str, Numbers]:
    """What an account is at the end, by the names of its arrays; sleeves are added up."""
    held = parts[-1].replay.held[-1]
    trades = 0
    for part in parts:
        fills = part.fills
        moved = fills.sign * fills.quantity * fills.price
        cash -= float((moved + fills.costs.sum(axis=1)).sum())
        trades += int((~fills.forced).sum())
    paid = mean_paid([part.fills for part in parts], len(held))
    return {
        "cash": np.array(cash),
        "holdings": held,
        "equity": np.array(cash + float((held * last)[held != 0.0].sum())),
        "entry": np.where(held > 0.0, paid, 0.0),
        "trades": np.array(float(trades)),
    }


def mean_paid(ledgers: Sequence[Fills], symbols: int) -> Numbers:
    """The mean price [K] paid for what is held; a sale leaves it as it is."""
    held = np.zeros(symbols)
    paid = np.zeros(symbols)
    for fills in ledgers:
        moved = fills.sign * fills.quantity
        for column, units, price in zip(fills.column, moved, fills.price, strict=True):
            if units > 0.0:
                spent = held[column] * paid[column] + units * price
                paid[column] = spent / (held[column] + units)
            held[column] = max(held[column] + units, 0.0)
    return paid
