"""The audit of the record: what is written is what the policies on disk do, rolled once more.

The audit rolls by its own call: what stands between a policy and its record in the scripts, such as
orders of another source, features of another day or a policy of another fold, shows as a record
that is not the policy's.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import polars as pl
import torch
from torch import Tensor

from walkforge.agents import api
from walkforge.agents.policy import market_of_policy
from walkforge.evaluation.leaks import (
    Difference,
    Finding,
    added,
    difference,
    frame_difference,
)
from walkforge.evaluation.record import Frames, record_frames
from walkforge.market.account import Observation
from walkforge.market.closing import Closing
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.plan import filled_rows
from walkforge.market.rollout import Decide, Rolled, Stretch, roll_record
from walkforge.splits.manifest import WARM_IN
from walkforge.splits.windows import Window

AGAIN = "rolled again"


class Terms(NamedTuple):
    """When and on what terms a record is rolled.

    windows: by fold, in order of time. config: costs and execution. warm_in_days: before the first.
    """

    windows: Mapping[str, Window]
    config: MarketConfig
    warm_in_days: int


def rolled_again(
    policies: Mapping[str, api.Policy], market: Market, terms: Terms
) -> tuple[Rolled, dict[str, Difference]]:
    """The record of one seed's policies or of a consensus, by fold whether it saw its own rows.

    Args:
        policies: by fold. market: with all their features, on their device.
    """
    stretches = []
    watched = {}
    end = -1
    for fold, window in terms.windows.items():
        policy = policies[fold]
        known = market_of_policy(policy, market)
        rows = filled_rows(market, window)
        warm = terms.warm_in_days if rows.start != end else 0
        watched[fold] = _OwnRows(policy.orders, known, range(rows.start - warm, rows.stop))
        stretches.append(Stretch(window, watched[fold], known))
        end = rows.stop
    single = next(iter(policies.values())).scheme.single_symbol
    rolled = roll_record(
        stretches, config=terms.config, warm_in_days=terms.warm_in_days, single_symbol=single
    )
    return rolled, {fold: each.found() for fold, each in watched.items()}


class _OwnRows:
    """Decides as a policy does, and compares the features that it is shown with its window's rows.

    Args:
        decide: the policy's. market: as it reads it. rows: that its orders are marked on.
    """

    def __init__(self, decide: Decide, market: Market, rows: range) -> None:
        self._decide = decide
        self._market = market
        self._rows = rows
        self._seen = 0
        self._wrong: list[int] = []

    def __call__(self, seen: Observation) -> Tensor:
        row = self._rows.start - 1 + self._seen
        due = self._market.features[min(row, len(self._market.dates) - 1)]
        shown = seen.features
        if shown.numel() != due.numel() or not torch.equal(shown.reshape(due.shape), due):
            self._wrong.append(row)
        self._seen += 1
        return self._decide(seen)

    def found(self) -> Difference:
        """How many decisions there were, and how many saw another row than their own."""
        wrong = [*self._wrong, *range(abs(self._seen - len(self._rows)))]
        if not wrong:
            return Difference(self._seen)
        day = self._market.dates[min(wrong[0], len(self._market.dates) - 1)]
        told = f"are not what the policy of this window is shown ({self._seen} decisions)"
        return Difference(self._seen, len(wrong), day, "features", None, told)


def audit_record(
    name: str,
    written: Frames,
    rolled: Rolled,
    *,
    folds: Sequence[str],
    closing: tuple[Closing, Closing] | None = None,
) -> Iterator[Finding]:
    """Yield how a record as it was written differs from one that was rolled again.

    The warm-in's is said of the first fold, the closing account's of the last.

    Args:
        name: whose. written: by fold and frame. rolled: through the windows of these folds.
        closing: the account as it was written, and rolled again; None where none is written.
    """
    for (fold, frame), again in record_frames(rolled, folds).items():
        found = _written_apart(written.get((fold, frame)), again)
        if found.leaks:
            found = found._replace(place=f"{frame}, {found.place}")
        yield Finding(name, folds[0] if fold == WARM_IN else fold, "record", AGAIN, found)
    if closing is not None:
        yield Finding(name, folds[-1], "record", "closing account", _closing_apart(*closing))


def _written_apart(written: pl.DataFrame | None, again: pl.DataFrame) -> Difference:
    if written is None:
        return Difference(again.height, 1, None, "frame", None, "is missing")
    return frame_difference(written, again)


def _closing_apart(written: Closing, again: Closing) -> Difference:
    """How two closing accounts differ, to the last bit."""
    if written.day != again.day:
        return Difference(1, 1, written.day, "date", None, f"is {again.day} made again")
    parts = [
        difference(
            one.cpu(),
            getattr(again.accounts, name).cpu(),
            locate=lambda index, name=name: (again.day, name),  # type: ignore[misc]
        )
        for name, one in written.accounts._asdict().items()
    ]
    return added(parts)


def audit_frames(
    name: str, written: Mapping[str, pl.DataFrame], again: Mapping[str, pl.DataFrame], *, check: str
) -> Iterator[Finding]:
    """Yield how frames as they were written differ from those made again, by fold."""
    for fold, frame in again.items():
        yield Finding(name, fold, "record", check, _written_apart(written.get(fold), frame))


def lacking(names: Iterable[str], written: Iterable[str], fold: str) -> Iterator[Finding]:
    """Yield a finding for each name of which nothing is written, or that nothing asked for."""
    for name in sorted(set(names) ^ set(written)):
        told = Difference(1, 1, None, "record", None, "is missing, or of no strategy of the study")
        yield Finding(name, fold, "record", AGAIN, told)
