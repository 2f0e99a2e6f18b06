"""What a baseline is built from: the market, the windows of its fold, and the settings."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from walkforge.features.panel import Panel
from walkforge.market.config import Execution
from walkforge.market.market import Market
from walkforge.market.plan import plan_days
from walkforge.market.rollout import Decide
from walkforge.provenance import read_json
from walkforge.settings import Bounds, Size
from walkforge.splits.manifest import check_rows, window_of
from walkforge.splits.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineConfig:
    """What the agents are compared with."""

    baselines: Annotated[
        list[str],
        Size(1, 100, distinct=True),
        "on the same dates, execution and costs; equal_weight and buy_and_hold always are",
    ]
    lookback_days: Annotated[
        int,
        Bounds(at_least=20, at_most=2_520),
        "daily returns up to the day of decision that allocations are made from",
    ]
    rebalance_days: Annotated[
        int, Bounds(at_least=1, at_most=2_520), "sessions from one allocation to the next"
    ]
    ranker_kappa: Annotated[
        float,
        Bounds(above=0, at_most=1),
        "share of the way to its target that the ranker trades each day",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineContext:
    """One fold as a baseline meets it.

    Attributes:
        market: bars and features; a decision at the close of t reads rows up to t alone.
        window: through which it is rolled. train: all that anything may be fitted on.
        execution: where orders fill, which says what return a decision earns.
        config: settings of the baselines.
        warm_in_days: sessions before the window that it is rolled through too, unscored.
    """

    market: Market
    window: Window
    train: Window
    execution: Execution
    config: BaselineConfig
    warm_in_days: int = 0

    @property
    def decisions(self) -> range:
        """The rows at whose closes is decided: each one before a row that is rolled.

        Raises:
            InputError: see market.plan.
        """
        planned = plan_days(self.market, [self.window], warm_in_days=self.warm_in_days)
        return range(planned[0].row - 1, planned[-1].row)

    @property
    def by_name(self) -> list[int]:
        """The columns in the order of the symbols' names, so that no other order matters."""
        symbols = self.market.symbols
        return sorted(range(len(symbols)), key=symbols.__getitem__)


class Baseline(NamedTuple):
    """What gives a baseline's policy of one roll-out.

    Attributes:
        policy: of a fold. fitted: anew for each window; the others go on over its border.
    """

    policy: Callable[[BaselineContext], Decide]
    fitted: bool = False


def context_before(market: Market, window: Window, terms: Mapping[str, Any]) -> BaselineContext:
    """The context of a window of no fold: all dates before it may be fitted on.

    Args:
        market, window: which data, and when. terms: `baselines` and `market`, of the configuration.
    """
    return BaselineContext(
        market=market,
        window=window,
        train=Window(market.dates[0], window.start),
        execution=terms["market"]["execution"],
        config=BaselineConfig(**terms["baselines"]),
    )


def contexts_of(
    panel: Panel,
    settings: Mapping[str, Any],
    manifests: Iterable[tuple[Path, Path]],
    *,
    market: Market,
    execution: Execution,
) -> dict[str, BaselineContext]:
    """The contexts of folds' test windows by name, in the order given.

    Args:
        panel: bars and features. settings: of the baselines, from the configuration.
        manifests: of each fold, that of what may be trained on and that of its test window.
        market: of the panel, on the device of the roll-outs. execution: where orders fill.

    Raises:
        InputError: a manifest is of other rows than the panel's, or lacks its window.
    """
    known = {}
    for train_file, test_file in manifests:
        fold = train_file.parent.name
        train = read_json(train_file)
        test = read_json(test_file)
        check_rows(train, panel, fold=fold)
        check_rows(test, panel, fold=fold)
        known[fold] = BaselineContext(
            market=market,
            window=window_of(test, "test"),
            train=window_of(train, "train"),
            execution=execution,
            config=BaselineConfig(**settings),
        )
    return known
