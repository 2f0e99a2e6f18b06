"""The ablation's figures: against hand values, numpy alone, and worlds with a known answer."""

import math

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.evaluation.ablation import Ablation, measure_ablation
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.stitch import Record, stitch
from worlds import weekdays

DAYS = 300
SEEDS = 3
BOOTSTRAP = Bootstrap(replications=200, confidence=0.95, seed=0)
STRATEGIES = [
    {"agent": "ppo", "change": "all", "family": "", "features": ["a", "b", "c"]},
    {"agent": "ppo__without_up", "change": "without", "family": "up", "features": ["b", "c"]},
    {"agent": "ppo__without_wide", "change": "without", "family": "wide", "features": ["a"]},
    {"agent": "ppo__few", "change": "few", "family": "", "features": ["b"]},
]


def daily(returns: np.ndarray, first: int) -> pl.DataFrame:
    count = len(returns)
    return pl.DataFrame(
        {
            "date": weekdays(first + count)[first:],
            "net_return": returns,
            "turnover": [0.02] * count,
            "cash_weight": [0.0] * count,
            "effective_names": [2.0] * count,
            "selection": returns / 2.0,
            "bought": [0.1] * count,
            "sold": [0.0] * count,
        }
    )


def stitched(series: dict[str, np.ndarray]) -> pl.DataFrame:
    """The record of net returns [S, T] by strategy, in two folds."""
    half = next(iter(series.values())).shape[1] // 2
    records = [
        Record(name, "agent", str(seed), fold, daily(part, first))
        for name, values in series.items()
        for seed, whole in enumerate(values)
        for fold, part, first in (("fold_1", whole[:half], 0), ("fold_2", whole[half:], half))
    ]
    return stitch(records)


def measured(series: dict[str, np.ndarray], **changes: float) -> Ablation:
    bootstrap = Bootstrap(**{**{name: getattr(BOOTSTRAP, name) for name in Bootstrap.__slots__},
                             **changes})  # fmt: skip
    strategies = [each for each in STRATEGIES if each["agent"] in series]
    return measure_ablation(stitched(series), strategies, bootstrap=bootstrap, execution="open")


def world(edge: float = 0.003, noise: float = 0.0005) -> dict[str, np.ndarray]:
    """An agent with an edge a day that it loses without `up` and keeps without `wide`."""
    generator = np.random.default_rng(5)
    market = generator.normal(0.0, 0.01, DAYS)

    def seeds(own: float) -> np.ndarray:
        return market + own + generator.normal(0.0, noise, (SEEDS, DAYS))

    return {
        "ppo": seeds(edge),
        "ppo__without_up": seeds(0.0),
        "ppo__without_wide": seeds(edge),
        "ppo__few": seeds(edge),
    }


def mean_rows(found: Ablation) -> dict[str, dict]:
    return {row["agent"]: row for row in found.frame.filter(seed="mean").rows(named=True)}


def annual(returns: np.ndarray) -> float:
    return float(returns.mean() / returns.std(ddof=1) * math.sqrt(260))


def test_the_family_that_carries_the_edge_is_told_and_no_other() -> None:
    found = measured(world())
    assert found.found["distinguishable"] == ["ppo__without_up"]
    rows = mean_rows(found)
    assert rows["ppo__without_up"]["high"] < 0.0
    for name in ("ppo__without_wide", "ppo__few"):
        assert rows[name]["low"] <= 0.0 <= rows[name]["high"]


def test_ratios_and_differences_are_those_of_numpy_seed_by_seed() -> None:
    series = world()
    found = measured(series)
    frame = found.frame
    assert frame["seed"].to_list() == ["mean", "0", "1", "2"] * 4
    assert frame["agent"].unique(maintain_order=True).to_list() == list(series)
    for name, values in series.items():
        own = frame.filter(agent=name)
        expected = [annual(values.mean(axis=0)), *map(annual, values)]
        assert own["sharpe"].to_list() == pytest.approx(expected)
        whole = [annual(series["ppo"].mean(axis=0)), *map(annual, series["ppo"])]
        if name != "ppo":
            apart = [a - b for a, b in zip(expected, whole, strict=True)]
            assert own["difference"].to_list() == pytest.approx(apart)
    assert frame.filter(agent="ppo")["difference"].is_null().all()
    assert frame["turnover"].to_list() == pytest.approx([0.02 * 260] * frame.height)


def test_what_is_said_of_the_whole() -> None:
    found = measured(world()).found
    dates = weekdays(DAYS)
    assert found["block_days"] >= 1.0
    assert {key: value for key, value in found.items() if key != "block_days"} == {
        "schema_version": 1, "agent": "ppo", "days": DAYS, "first": str(dates[0]),
        "last": str(dates[-1]), "folds": 2, "seeds": SEEDS, "confidence": 0.95, "comparisons": 3,
        "replications": 600, "execution": "open", "periods_per_year": 260,
        "distinguishable": ["ppo__without_up"],
    }  # fmt: skip


def test_an_agent_that_decides_alike_differs_by_nothing() -> None:
    series = world()
    series["ppo__few"] = series["ppo"].copy()
    row = mean_rows(measured(series))["ppo__few"]
    assert [row[each] for each in ("difference", "low", "high", "low_alone")] == [0.0] * 4
    assert row["improvement"] == pytest.approx(0.5)
    assert row["distinguishable"] is False


def test_days_are_drawn_for_all_together_so_that_the_market_cancels() -> None:
    row = mean_rows(measured(world()))["ppo__without_up"]
    unpaired = math.sqrt(2.0 * 252 / DAYS)  # standard error of a difference of independent ratios
    assert row["high_alone"] - row["low_alone"] < 0.5 * 2 * 1.96 * unpaired


def test_the_interval_of_all_at_once_is_bonferronis() -> None:
    series = world()
    three = mean_rows(measured(series))["ppo__few"]
    two_and_none = {name: series[name] for name in ("ppo", "ppo__few")}
    one = mean_rows(measured(two_and_none))["ppo__few"]
    assert (one["low"], one["high"]) == (one["low_alone"], one["high_alone"])
    assert three["low"] < three["low_alone"]
    assert three["high"] > three["high_alone"]
    wider = mean_rows(measured(series, confidence=1.0 - 0.05 / 3))["ppo__few"]
    assert (wider["low_alone"], wider["high_alone"]) == (three["low"], three["high"])


def test_a_difference_in_which_seeds_overlap_does_not_count() -> None:
    series = world()
    series["ppo__without_up"][2] = series["ppo"][2] + 1e-4
    row = mean_rows(measured(series))["ppo__without_up"]
    assert row["high"] < 0.0
    assert row["distinguishable"] is False


def test_the_probability_of_improvement_is_the_share_of_pairs_by_hand() -> None:
    generator = np.random.default_rng(3)
    base = generator.normal(0.0, 0.01, 40)
    # The order of ratios follows the shift: fold by fold ours are 1, 4, 5 and theirs 2, 3, 4.
    ours, theirs = (
        np.array([base + each * 1e-4 for each in shifts]) for shifts in ((1, 4, 5), (2, 3, 4))
    )
    row = mean_rows(measured({"ppo": theirs, "ppo__few": ours}))["ppo__few"]
    assert row["improvement"] == pytest.approx((0 + 2.5 + 3) / 9)


def test_a_variant_that_never_trades_is_undefined_and_does_not_count() -> None:
    series = world()
    series["ppo__without_up"] = np.zeros((SEEDS, DAYS))
    found = measured(series)
    row = mean_rows(found)["ppo__without_up"]
    assert all(math.isnan(row[each]) for each in ("sharpe", "difference", "low", "improvement"))
    assert row["distinguishable"] is False


def test_one_seed_that_is_undefined_cannot_be_on_one_side() -> None:
    series = world()
    series["ppo__without_up"][1] = 0.0
    assert mean_rows(measured(series))["ppo__without_up"]["distinguishable"] is False


def test_the_same_record_gives_the_same_figures_and_another_seed_other_draws() -> None:
    series = world()
    one, two, other = (measured(series, seed=seed).frame for seed in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_a_record_of_few_days_is_refused() -> None:
    short = {name: values[:, :12] for name, values in world().items()}
    with pytest.raises(InputError, match="hold 12 days"):
        measured(short)
