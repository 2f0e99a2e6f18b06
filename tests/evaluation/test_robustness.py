"""Paths of cross-validation: blocks put in a row, figures by hand, and what is undefined."""

from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl
import pytest

from walkforge.evaluation.baselines.naive import buy_and_hold, equal_weight
from walkforge.evaluation.blocks import roll_always_on, roll_blocks
from walkforge.evaluation.robustness import Terms, measure_robustness, path_returns, spread
from walkforge.evaluation.stitch import Record
from walkforge.market.rollout import rollout
from walkforge.splits.combinatorial import RobustnessConfig
from walkforge.splits.windows import Window
from worlds import money, random_walks

THREE = RobustnessConfig(n_folds=3, n_test_folds=2, embargo_days=1)
# By hand: the splits test on groups 1 2, 1 3 and 2 3; the paths take groups from these.
TESTED = {"split_01": (1, 2), "split_02": (1, 3), "split_03": (2, 3)}
PATHS = {1: ("split_01", "split_01", "split_02"), 2: ("split_02", "split_03", "split_03")}
DAYS = [date(2010, 1, 4) + timedelta(days=i) for i in range(12)]
TERMS = Terms(THREE, purge_days=2, execution="open", warm_in_days=60, unscored=0)


def days_of(group: int) -> list[date]:
    return DAYS[4 * group - 4 : 4 * group]


def value(name: str, seed: int, day: date) -> float:
    return float(np.random.default_rng([len(name), ord(name[-1]), seed, day.day]).normal(0, 0.01))


def record(split: str, seed: int, *, agent: str = "ppo") -> Record:
    parts = [
        pl.DataFrame(
            {
                "group": [group] * 4,
                "date": days_of(group),
                "net_return": [value(split, seed, day) for day in days_of(group)],
                "turnover": [0.0] * 4,
            }
        )
        for group in TESTED[split]
    ]
    return Record(agent, "agent", str(seed), split, pl.concat(parts))


def market_day(day: date) -> float:
    return value("market", 0, day)


ALWAYS_ON = pl.concat(
    [
        pl.DataFrame(
            {
                "strategy": name,
                "group": [i // 4 + 1 for i in range(12)],
                "date": DAYS,
                "net_return": [share * market_day(day) for day in DAYS],
                "turnover": 0.0,
            }
        )
        for name, share in (("equal_weight", 1.0), ("buy_and_hold", 0.5))
    ]
)


def walk_forward() -> pl.DataFrame:
    series = {
        ("agent", "ppo", "mean"): 0.002,
        ("agent", "ppo", "0"): 0.002,
        ("baseline", "equal_weight", ""): 0.0,
    }
    return pl.concat(
        [
            pl.DataFrame(
                {
                    "date": DAYS[6:],
                    "kind": kind, "strategy": strategy, "seed": seed,
                    "net_return": [more + market_day(day) for day in DAYS[6:]],
                }
            )
            for (kind, strategy, seed), more in series.items()
        ]
    )  # fmt: skip


RECORDS = [record(split, seed) for split in TESTED for seed in (0, 1)]


def ratio(values: list[float]) -> float:
    return float(np.mean(values) / np.std(values, ddof=1) * np.sqrt(252))


def by_hand(path: int, seed: int) -> list[float]:
    return [
        value(PATHS[path][group - 1], seed, day) for group in (1, 2, 3) for day in days_of(group)
    ]


def test_a_path_takes_each_group_from_the_split_that_it_names() -> None:
    found = path_returns(RECORDS, THREE)
    for path in (1, 2):
        for seed in (0, 1):
            own = found.filter(path=path, seed=str(seed))
            assert own["date"].to_list() == DAYS
            assert own["net_return"].to_list() == by_hand(path, seed)
    mean = found.filter(path=1, seed="mean")["net_return"].to_list()
    expected = np.mean([by_hand(1, 0), by_hand(1, 1)], axis=0)
    np.testing.assert_allclose(mean, expected, rtol=1e-12)


def test_figures_are_those_by_hand() -> None:
    found = measure_robustness(RECORDS, ALWAYS_ON, walk_forward(), TERMS)
    assert found.paths.height == 2 * 3 * 2
    market = [market_day(day) for day in DAYS]
    for path in (1, 2):
        own = by_hand(path, 1)
        apart = [a - b for a, b in zip(own, market, strict=True)]
        (row,) = found.paths.filter(path=path, seed="1", dates="all").rows(named=True)
        assert row["days"] == 12
        assert row["sharpe"] == pytest.approx(ratio(own), rel=1e-9)
        assert row["sharpe_beyond"] == pytest.approx(ratio(apart), rel=1e-9)
        assert row["annual_difference"] == pytest.approx(252 * np.mean(apart), rel=1e-9)
        (row,) = found.paths.filter(path=path, seed="1", dates="walk_forward").rows(named=True)
        assert row["days"] == 6  # of which the walk-forward record has returns
        assert row["sharpe"] == pytest.approx(ratio(own[6:]), rel=1e-9)
        assert row["sharpe_beyond"] == pytest.approx(ratio(apart[6:]), rel=1e-9)


def test_what_is_said_holds_spreads_and_the_walk_forward_figure() -> None:
    paths, said = measure_robustness(RECORDS, ALWAYS_ON, walk_forward(), TERMS)
    assert (said["splits"], said["paths"], said["groups"], said["embargo_days"]) == (3, 2, 3, 1)
    assert said["dates"] == ["2010-01-04", "2010-01-15"]
    assert said["walk_forward_dates"] == ["2010-01-10", "2010-01-15"]
    own = said["agents"]["ppo"]
    headline = [0.002 + market_day(day) for day in DAYS[6:]]
    assert own["walk_forward"]["sharpe"] == pytest.approx(ratio(headline))
    assert own["walk_forward"]["annual_difference"] == pytest.approx(252 * 0.002)
    means = sorted(paths.filter(seed="mean", dates="all")["sharpe"])
    over = own["over_paths"]["sharpe"]
    assert (over["count"], over["least"], over["most"]) == (2, *means)
    assert own["over_paths_and_seeds"]["sharpe"]["count"] == 4
    assert own["seeds"] == 2
    same = sorted(paths.filter(seed="mean", dates="walk_forward")["sharpe"])
    assert own["over_paths_on_the_same_dates"]["sharpe"]["least"] == same[0]
    market = [market_day(day) for day in DAYS]
    assert said["baselines"]["equal_weight"] == pytest.approx(ratio(market))
    assert said["baselines"]["buy_and_hold"] == pytest.approx(ratio(market))  # scale is nothing


def test_the_order_of_records_does_not_matter() -> None:
    one = measure_robustness(RECORDS, ALWAYS_ON, walk_forward(), TERMS)
    two = measure_robustness(RECORDS[::-1], ALWAYS_ON.reverse(), walk_forward(), TERMS)
    assert one.figures == two.figures
    assert one.paths.equals(two.paths)


def test_a_group_that_lacks_a_day_is_refused() -> None:
    cut = record("split_01", 0)
    short = [cut._replace(daily=cut.daily.head(7)), *RECORDS[1:]]
    with pytest.raises(ValueError, match="path 1 of ppo, seed 0, has other dates"):
        measure_robustness(short, ALWAYS_ON, walk_forward(), TERMS)


def test_a_record_without_volatility_has_no_ratio() -> None:
    flat = [each._replace(daily=each.daily.with_columns(net_return=0.0)) for each in RECORDS]
    own = measure_robustness(flat, ALWAYS_ON, walk_forward(), TERMS).figures["agents"]["ppo"]
    assert own["over_paths"]["sharpe"] == {
        "count": 0, "least": None, "lower_quartile": None, "median": None,
        "upper_quartile": None, "most": None, "above_zero": None,
    }  # fmt: skip
    assert own["over_paths"]["sharpe_beyond"]["count"] == 2


def test_spread_by_hand() -> None:
    assert spread([1.0, -1.0, 3.0, float("nan"), 0.0, 2.0]) == {
        "count": 5, "least": -1.0, "lower_quartile": 0.0, "median": 1.0, "upper_quartile": 2.0,
        "most": 3.0, "above_zero": 0.6,
    }  # fmt: skip


@pytest.mark.parametrize("days", [0, 8])
def test_every_block_has_an_account_of_its_own_that_is_warmed_in(days: int) -> None:
    market = random_walks(0)
    config = money(commission_bps=10.0)
    dates = market.dates
    blocks = {2: Window(dates[30], dates[45]), 1: Window(dates[10], dates[30])}
    found = roll_always_on(market, blocks, config=config, warm_in_days=days)
    assert found["strategy"].unique().sort().to_list() == ["buy_and_hold", "equal_weight"]
    for group, window in blocks.items():
        for name, decide in (("equal_weight", equal_weight), ("buy_and_hold", buy_and_hold())):
            longer = Window(dates[dates.index(window.start) - days], window.end)
            alone = rollout(decide, market, longer, config=config).daily[days:]
            own = found.filter(strategy=name, group=group)
            assert own.drop("strategy", "group").equals(alone.select("date", *own.columns[3:]))
            assert (own["turnover"][0] > 0.9) == (days == 0)


def test_blocks_come_in_the_order_of_their_groups() -> None:
    market = random_walks(0)
    dates = market.dates
    blocks = {3: Window(dates[30], dates[40]), 1: Window(dates[10], dates[20])}
    roll = partial(rollout, equal_weight, market, config=money())
    found = roll_blocks(roll, blocks)
    assert found["group"].to_list() == [1] * 10 + [3] * 10
    assert found["date"].is_sorted()
