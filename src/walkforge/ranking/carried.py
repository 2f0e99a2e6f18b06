"""The account of the record, one for each policy, carried on to a date by the policies of then."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import torch

from walkforge.agents.policy import check_features
from walkforge.errors import InputError
from walkforge.market.closing import Closing, read_closing
from walkforge.market.config import MarketConfig
from walkforge.market.market import Market
from walkforge.market.rollout import Stretch, opened_accounts, rolled_accounts
from walkforge.market.simulator import Accounts
from walkforge.ranking.ensemble import Ensemble, Member, load_ensemble
from walkforge.splits.windows import Fold, Window, warm_rows

ONE_DAY = timedelta(days=1)


class History(NamedTuple):
    """What came before the policies that rank: the record up to their first date.

    Attributes:
        scored: folds with a test window, in order of time; none for policies of no study.
        earlier: the policies of the folds before theirs, in order, seeds by the same names; none
            for live ones, whose accounts are stored.
        closing: by name of the seed, the account at the record's end; for live policies alone.
        symbols: of the stored accounts.
    """

    scored: tuple[Fold, ...] = ()
    earlier: tuple[Ensemble, ...] = ()
    closing: Mapping[str, Closing] = {}
    symbols: tuple[str, ...] = ()


def load_record(
    policies: Iterable[str],
    accounts: Iterable[str],
    *,
    folds: Sequence[Fold],
    symbols: Sequence[str],
) -> tuple[Ensemble, History]:
    """The policies that rank, and what came before them, see history_of.

    Args:
        policies: files of theirs. accounts: as history_of takes them.
        folds: as planned. symbols: of the data.
    """
    ensemble = load_ensemble({Path(file).parent for file in policies}, folds)
    return ensemble, history_of(ensemble, folds, map(Path, accounts), symbols=symbols)


def history_of(
    ensemble: Ensemble, folds: Sequence[Fold], files: Iterable[Path], *, symbols: Sequence[str]
) -> History:
    """What came before policies, from files.

    Args:
        ensemble: who ranks. folds: as planned. symbols: of the data.
        files: for live policies .../seed_SEED/closing.safetensors; for others those of the
            policies of all earlier folds, .../FOLD/seed_SEED/policy/FILE.

    Raises:
        InputError: a file is missing, altered or of other symbols.
    """
    if ensemble.fold is None:
        return NO_HISTORY
    scored = tuple(fold for fold in folds if fold.test is not None)
    if ensemble.fold.test is None:
        single = ensemble.policy.scheme.single_symbol
        closing = {
            path.parent.name: read_closing(path, symbols, single_symbol=single) for path in files
        }
        return History(scored=scored, closing=closing, symbols=tuple(symbols))
    folders: dict[str, set[Path]] = {}
    for path in files:
        folders.setdefault(path.parts[-4], set()).add(path.parent)
    before = scored[: scored.index(ensemble.fold)]
    earlier = tuple(load_ensemble(folders[fold.name], folds) for fold in before)
    return History(scored=scored, earlier=earlier)


NO_HISTORY = History()


class Carried(NamedTuple):
    """Accounts at the close of a market's last date.

    accounts: of each policy. opened: the first date of their warm-in, None where they never were
    rolled. sessions: they were rolled through so many.
    """

    accounts: list[Accounts]
    opened: date | None
    sessions: int


def carry(
    ensemble: Ensemble,
    history: History,
    market: Market,
    *,
    money: MarketConfig,
    warm_in_days: int,
) -> Carried:
    """Carry the record's accounts on to the close of a market's last date.

    That is what the record holds: opened in cash `warm_in_days` sessions before the first test
    window, rolled through its warm-in and test windows by the folds' policies, and after them by
    the live ones. Policies of no study have accounts in cash.

    Args:
        ensemble, history: who ranks, and what came before. market: up to the date.
        money, warm_in_days: on what terms.

    Raises:
        InputError: too few sessions before the first window, or a stored account of another date.
    """
    if ensemble.fold is None or not history.scored:
        cash = [_cash(member, market, money) for member in ensemble.members]
        return Carried(cash, None, 0)
    last = market.dates[-1]
    first = bisect_left(market.dates, _opening(history).start)
    warm = warm_rows(range(first, len(market.dates)), market.dates, sessions=warm_in_days)
    rolled = range(warm.start, len(market.dates))
    if ensemble.fold.test is None:
        accounts = [_resumed(member, ensemble.fold, history, market, money)
                    for member in ensemble.members]  # fmt: skip
    else:
        deciding = [*history.earlier, ensemble]
        windows = [_cut(each, last) for each in deciding]
        accounts = [
            _rolled(deciding, windows, member, market, money, warm=warm)
            for member in ensemble.members
        ]
    opened = market.dates[rolled.start] if rolled else None
    return Carried(accounts, opened, len(rolled))


def _opening(history: History) -> Window:
    """The first test window of the record."""
    test = history.scored[0].test
    if test is None:
        raise ValueError(f"fold {history.scored[0].name} has no test window")
    return test


def _cash(member: Member, market: Market, money: MarketConfig) -> Accounts:
    """An account that holds cash alone."""
    single = member.policy.scheme.single_symbol
    return opened_accounts(market, money, single_symbol=single)[0]


def _cut(ensemble: Ensemble, last: date) -> Window | None:
    """An ensemble's test window up to a date, None where it begins later."""
    test = ensemble.fold.test if ensemble.fold else None
    if test is None or test.start > last:
        return None
    return Window(test.start, min(test.end, last + ONE_DAY))


def _rolled(  # noqa: PLR0913
    deciding: Sequence[Ensemble],
    windows: Sequence[Window | None],
    member: Member,
    market: Market,
    money: MarketConfig,
    *,
    warm: range,
) -> Accounts:
    """One seed's account, rolled anew from its warm-in by the policies of each window's fold."""
    single = member.policy.scheme.single_symbol
    stretches = [
        Stretch(window, _of_seed(each, member.name, market).policy.orders, market)
        for each, window in zip(deciding, windows, strict=True)
        if window is not None
    ]
    if stretches:
        return rolled_accounts(stretches, config=money, warm_in_days=len(warm),
                               single_symbol=single)  # fmt: skip
    if len(warm) == 0:
        return _cash(member, market, money)
    # The warm-in as it stands: its window is still to come.
    window = Window(market.dates[warm.start], market.dates[-1] + ONE_DAY)
    stretch = Stretch(window, member.policy.orders, market)
    return rolled_accounts([stretch], config=money, warm_in_days=0, single_symbol=single)


def _of_seed(ensemble: Ensemble, name: str, market: Market) -> Member:
    """The policy of a seed, once the market is known to have its features."""
    found = [member for member in ensemble.members if member.name == name]
    if not found:
        raise InputError(
            f"{ensemble.agent} has no policy of {name} in every fold, so that its account is not "
            "known: run snakemake evaluation"
        )
    check_features(found[0].policy, market)
    return found[0]


def _resumed(
    member: Member, fold: Fold, history: History, market: Market, money: MarketConfig
) -> Accounts:
    """One seed's account at the record's end, rolled on by its live policy."""
    closing = history.closing[member.name]
    end = fold.validation.end
    row = bisect_left(market.dates, end)
    if row == 0 or market.dates[row - 1] != closing.day:
        raise InputError(
            f"the account of {member.name} is of {closing.day}, and the record ends before {end}: "
            "rerun with -R evaluate_agent"
        )
    single = member.policy.scheme.single_symbol
    accounts = _of_symbols(closing.accounts, history.symbols, market, single_symbol=single)
    if row == len(market.dates):
        return accounts
    window = Window(end, market.dates[-1] + ONE_DAY)
    stretch = Stretch(window, member.policy.orders, market)
    return rolled_accounts([stretch], config=money, warm_in_days=0, single_symbol=single,
                           accounts=accounts)  # fmt: skip


def _of_symbols(
    accounts: Accounts, symbols: Sequence[str], market: Market, *, single_symbol: bool
) -> Accounts:
    """Accounts without the symbols that a market does not have: nothing is held of them."""
    if tuple(symbols) == market.symbols:
        return accounts
    kept = torch.tensor([symbols.index(name) for name in market.symbols])
    if single_symbol:
        return Accounts(*(each.index_select(0, kept) for each in accounts))
    holdings, entry = (each.index_select(1, kept) for each in (accounts.holdings, accounts.entry))
    return accounts._replace(holdings=holdings, entry=entry)
