"""From daily returns to a verdict: skill where it was planted, and nowhere else."""

import datetime as dt
import json
import math

import numpy as np
import polars as pl
import pytest

from walkforge.errors import InputError
from walkforge.evaluation.assess import (
    RunFacts,
    assess,
    grouped,
    largest_day,
    trial_variance,
    with_largest_days,
)
from walkforge.evaluation.evidence import Bootstrap, common_block
from walkforge.evaluation.seeds import over_seeds
from walkforge.evaluation.series import Key, RandomReturns
from walkforge.metrics.performance import sharpe
from walkforge.metrics.uncertainty import superior, superior_ability
from walkforge.provenance import canonical_json
from worlds import weekdays

DAYS = 1_000
BOOTSTRAP = Bootstrap(replications=500, confidence=0.95, seed=0)
FACTS = RunFacts(trials=1, holdout_opened=0, execution="open", least_sharpe=0.3)
FIVE_DAYS = [dt.date(2020, 1, day) for day in range(1, 6)]


def record(edge: float, *, noise: float = 0.002) -> pl.DataFrame:
    """Two seeds of an agent that is `edge` a day above equal weight, and the baselines."""
    generator = np.random.default_rng(0)
    market = generator.normal(0.0004, 0.01, DAYS)
    seeds = [market + edge + generator.normal(0.0, noise, DAYS) for _ in range(2)]
    series = {
        ("agent", "ppo", "0"): seeds[0],
        ("agent", "ppo", "1"): seeds[1],
        ("agent", "ppo", "mean"): np.mean(seeds, axis=0),
        ("baseline", "equal_weight", ""): market,
        ("baseline", "buy_and_hold", ""): market + generator.normal(0.0, 0.001, DAYS),
        ("baseline", "cash", ""): np.zeros(DAYS),
    }
    days = weekdays(DAYS)
    fold = ["fold_1"] * (DAYS // 2) + ["fold_2"] * (DAYS // 2)
    frames = [
        pl.DataFrame(
            {
                "date": days, "fold": fold, "kind": kind, "strategy": strategy, "seed": seed,
                "net_return": values, "turnover": np.full(DAYS, 0.1),
                "exposure": np.full(DAYS, 0.9),
                "selection": values - market, "bought": np.full(DAYS, 0.3),
                "sold": np.full(DAYS, 0.3),
            }
        )
        for (kind, strategy, seed), values in series.items()
    ]  # fmt: skip
    return pl.concat(frames)


def random_policies(returns: pl.DataFrame) -> dict[str, RandomReturns]:
    market = returns.filter(strategy="equal_weight")["net_return"].to_numpy()
    noise = np.random.default_rng(1).normal(0.0, 0.002, (DAYS, 50))
    return {"ppo": RandomReturns(market[:, None] + noise, np.full(DAYS, 0.1))}


@pytest.mark.parametrize(
    ("edge", "word"), [(0.0004, "skill"), (0.0, "inconclusive"), (-0.0004, "no skill")]
)
def test_the_verdict_is_what_was_planted(edge: float, word: str) -> None:
    returns = record(edge)
    evidence = assess(returns, random_policies(returns), bootstrap=BOOTSTRAP, facts=FACTS)
    found = evidence.verdict["agents"]["ppo"]
    assert found["word"] == word, found
    (own,) = evidence.strategies.filter(strategy="ppo").rows(named=True)
    if word == "skill":
        assert own["selection_z"] > 5.0
        assert own["above_random"] == 1.0
        assert evidence.verdict["superior_to_equal_weight"] == ["ppo"]
        assert found["over_seeds"]["probability_of_improvement"] == 1.0
    assert own["beta"] == pytest.approx(1.0, abs=0.02)
    assert own["alpha"] == pytest.approx(260 * edge, abs=3 * own["alpha_standard_error"])
    assert found["market"]["name"] == "moves with the market"


def test_many_trials_take_the_skill_of_a_small_edge_away() -> None:
    returns = record(0.00019)
    few, many = (
        assess(
            returns, random_policies(returns), bootstrap=BOOTSTRAP,
            facts=FACTS._replace(trials=trials),
        ).verdict["agents"]["ppo"]
        for trials in (1, 10_000)
    )  # fmt: skip
    assert few["deflated"] > many["deflated"]
    assert (few["word"], many["word"]) == ("skill", "inconclusive")


def slow_baseline(returns: pl.DataFrame) -> pl.DataFrame:
    """A baseline whose lead over equal weight is that of one long swing, and no more."""
    market = returns.filter(strategy="equal_weight")
    swing = np.zeros(DAYS)
    for day, shock in enumerate(np.random.default_rng(5).normal(0.0, 0.0005, DAYS)):
        swing[day] = 0.97 * swing[day - 1] + shock
    lead = swing - swing.mean() + 0.12 * swing.std()
    slow = pl.lit("momentum_12_1").alias("strategy")
    return market.with_columns(slow, pl.col("net_return") + lead)


def test_the_stepwise_test_draws_blocks_that_baselines_ask_for() -> None:
    returns = record(0.0004)
    slow = slow_baseline(returns)
    market = returns.filter(strategy="equal_weight")["net_return"].to_numpy()
    strategies = slow["net_return"].to_numpy()[:, None]
    # Drawn day by day, as independent days would be, the swing passes for an advantage.
    assert superior(market, strategies, size=0.05, replications=500, seed=0, block=1.0) == (0,)
    evidence = assess(
        pl.concat([returns, slow]),
        random_policies(returns),
        bootstrap=BOOTSTRAP,
        facts=FACTS,
    )
    assert evidence.verdict["superior_to_equal_weight"] == ["ppo"]


def test_the_test_of_superior_ability_draws_the_blocks_that_agents_ask_for() -> None:
    returns = record(0.0001)
    days = np.arange(DAYS)
    swing = 0.0006 * np.sin(2.0 * np.pi * days / 150.0)
    slow = pl.when(kind="agent").then(pl.col("net_return") + np.tile(swing, 6))
    returns = returns.with_columns(net_return=slow.otherwise("net_return"))
    random_returns = random_policies(returns)
    found = assess(returns, random_returns, bootstrap=BOOTSTRAP, facts=FACTS).verdict["agents"][
        "ppo"
    ]
    market, own = (
        returns.filter(strategy=name, seed=seed)["net_return"].to_numpy()
        for name, seed in (("equal_weight", ""), ("ppo", "mean"))
    )
    block = common_block([own - market])
    assert block > 5.0
    drawn, daily = (
        superior_ability(market, own[:, None], replications=500, seed=0, block=length)
        for length in (block, 1.0)
    )
    assert found["superior_p"] == drawn
    assert drawn > 1.5 * daily


def test_a_slow_baseline_moves_no_agents_verdict() -> None:
    returns = record(0.0004)
    alone, beside = (
        assess(each, random_policies(returns), bootstrap=BOOTSTRAP, facts=FACTS).verdict["agents"]
        for each in (returns, pl.concat([returns, slow_baseline(returns)]))
    )
    assert alone == beside


def test_the_figures_are_json_and_the_same_each_time() -> None:
    returns = record(0.0)
    one, two = (
        assess(returns, random_policies(returns), bootstrap=BOOTSTRAP, facts=FACTS)
        for _ in range(2)
    )
    assert canonical_json(one.verdict) == canonical_json(two.verdict)
    assert one.strategies.equals(two.strategies)
    assert one.against.equals(two.against)
    assert json.loads(canonical_json(one.verdict))["trials"] == 1


def test_an_agent_that_is_equal_weight_has_no_skill() -> None:
    returns = record(0.0, noise=0.0)
    found = assess(returns, random_policies(returns), bootstrap=BOOTSTRAP, facts=FACTS).verdict
    assert found["agents"]["ppo"]["word"] == "no skill"
    assert found["agents"]["ppo"]["sharpe"] is None


def test_the_difference_to_each_baseline_is_paired() -> None:
    returns = record(0.0)
    evidence = assess(returns, random_policies(returns), bootstrap=BOOTSTRAP, facts=FACTS)
    (pair,) = evidence.against.filter(baseline="equal_weight").rows(named=True)
    (own,) = evidence.strategies.filter(strategy="ppo").rows(named=True)
    assert pair["high"] - pair["low"] < 0.5 * (own["high"] - own["low"])
    assert pair["low"] < pair["sharpe_difference"] < pair["high"]
    assert evidence.against["baseline"].sort().to_list() == ["buy_and_hold", "cash", "equal_weight"]


def test_variance_of_few_alike_agents_is_that_of_luck() -> None:
    generator = np.random.default_rng(2)
    one = generator.normal(0.0, 0.01, DAYS)
    assert trial_variance([one]) == pytest.approx(1.0 / (DAYS - 1))
    assert trial_variance([one, one + 1e-9]) == pytest.approx(1.0 / (DAYS - 1))
    ratios = [(one + k * 0.005).mean() / (one + k * 0.005).std(ddof=1) for k in range(3)]
    spread = [one + k * 0.005 for k in range(3)]
    assert trial_variance(spread) == pytest.approx(np.var(ratios, ddof=1))


def test_another_agent_that_is_equal_weight_but_for_rounding_moves_no_verdict() -> None:
    generator = np.random.default_rng(4)
    one = generator.normal(0.0008, 0.01, DAYS)
    rounding = 1e-17 * generator.choice([-1.0, 1.0], DAYS)
    assert trial_variance([one, rounding]) == trial_variance([one])


def test_random_policies_are_averaged_like_an_agents_seeds() -> None:
    returns = np.arange(14.0).reshape(2, 7)
    assert grouped(returns, 3).tolist() == [[1.0, 4.0], [8.0, 11.0]]
    assert grouped(returns, 1).tolist() == returns.tolist()


def test_what_random_policies_do_as_well_is_no_skill() -> None:
    returns = record(0.0004)
    market = returns.filter(strategy="equal_weight")["net_return"].to_numpy()
    lucky = market[:, None] + 0.0004 + np.random.default_rng(1).normal(0.0, 0.002, (DAYS, 50))
    random_returns = {"ppo": RandomReturns(lucky, np.full(DAYS, 0.1))}
    found = assess(returns, random_returns, bootstrap=BOOTSTRAP, facts=FACTS).verdict["agents"][
        "ppo"
    ]
    assert found["chance"]["share_below"] < 0.95
    assert found["word"] == "inconclusive"


def test_one_symbol_leaves_nothing_to_choose_and_alpha_decides() -> None:
    returns = record(0.0004)
    market = returns.filter(strategy="equal_weight")["net_return"].to_numpy()
    same = np.repeat(0.9 * market[:, None], 50, axis=1)
    random_returns = {"ppo": RandomReturns(same, np.full(DAYS, 0.1))}
    found = assess(returns, random_returns, bootstrap=BOOTSTRAP, facts=FACTS).verdict["agents"][
        "ppo"
    ]
    assert found["chance"]["share_below"] is None
    assert found["alpha_z"] > 3.0
    assert found["word"] == "skill"


@pytest.mark.parametrize(
    ("still", "said"),
    [
        (pl.lit(True), "nothing was traded by ppo in 1,000 sessions, nor by any baseline.*volume"),
        (pl.col("kind") == "agent", "by ppo in 1,000 sessions, though baselines.*kappa"),
    ],
    ids=["nobody", "the agent"],
)
def test_a_record_without_a_fill_is_an_error_and_no_verdict(still: pl.Expr, said: str) -> None:
    returns = record(0.0)
    none = [pl.when(still).then(0.0).otherwise(pl.col(name)).alias(name)
            for name in ("net_return", "turnover", "exposure")]  # fmt: skip
    with pytest.raises(InputError, match=said):
        assess(returns.with_columns(none), random_policies(returns), bootstrap=BOOTSTRAP,
               facts=FACTS)  # fmt: skip


def test_who_bought_before_the_record_and_holds_has_a_verdict() -> None:
    returns = record(0.0).with_columns(turnover=pl.lit(0.0))
    assert assess(returns, random_policies(returns), bootstrap=BOOTSTRAP, facts=FACTS)


def test_a_record_of_a_few_days_is_refused_in_words() -> None:
    returns = record(0.0)
    few = returns.filter(pl.col("date") < dt.date(2010, 1, 8))
    with pytest.raises(ValueError, match=r"hold 4 days.*enlarge splits.test_months"):
        assess(few, {}, bootstrap=BOOTSTRAP, facts=FACTS)


def test_seeds_alone_and_the_markets_path_are_told_apart() -> None:
    """Two seeds that are alike, far above equal weight in one fold and far below in the other."""
    side = pl.when(pl.col("fold") == "fold_1").then(0.002).otherwise(-0.002)
    apart = pl.when(kind="agent").then(side).otherwise(0.0)
    returns = record(0.0).with_columns(net_return=pl.col("net_return") + apart)
    found = over_seeds(returns, "ppo", BOOTSTRAP, per_year=252)
    seeds, folds = (high - low for low, high in (found["by_seed"], found["by_fold"]))
    assert 10.0 * seeds < folds


def test_agents_that_are_one_have_no_overfitting_and_no_choice_has_no_z() -> None:
    returns = record(0.0004)
    agents = returns.filter(kind="agent")
    twins = pl.concat([returns, agents.with_columns(strategy=pl.lit("twin"))])
    random_returns = random_policies(returns)
    twins = twins.with_columns(selection=pl.lit(1e-17) * (pl.col("net_return") > 0))
    found = assess(
        twins, random_returns | {"twin": random_returns["ppo"]}, bootstrap=BOOTSTRAP, facts=FACTS
    )
    assert found.verdict["overfitting_probability"] is None
    assert found.strategies["selection_z"].is_nan().all()
    moved = pl.when(strategy="twin").then(pl.col("net_return") - 0.001).otherwise("net_return")
    apart = twins.with_columns(net_return=moved)
    found = assess(
        apart, random_returns | {"twin": random_returns["ppo"]}, bootstrap=BOOTSTRAP, facts=FACTS
    )
    assert found.verdict["overfitting_probability"] == 0.0


def test_one_seed_and_one_fold_give_no_interval() -> None:
    returns = record(0.0).filter((pl.col("seed") != "1") & (pl.col("fold") == "fold_1"))
    market = returns.filter(strategy="equal_weight")["net_return"].to_numpy()
    random_returns = {"ppo": RandomReturns(market[:, None] + 0.001, np.full(len(market), 0.1))}
    found = assess(returns, random_returns, bootstrap=BOOTSTRAP, facts=FACTS).verdict["agents"][
        "ppo"
    ]
    assert found["over_seeds"]["by_seed"] is None
    assert found["over_seeds"]["by_fold"] is None


def test_one_day_carries_the_record_by_hand():
    returns = np.array([0.01, -0.02, 1.5, 0.01, -0.01])
    found = largest_day(returns, FIVE_DAYS, per_year=252)
    assert found["largest_date"] == FIVE_DAYS[2]
    assert found["largest_return"] == 1.5
    assert found["largest_share"] == pytest.approx(1.5 / 1.49)
    assert found["total_return"] == pytest.approx(1.01 * 0.98 * 2.5 * 1.01 * 0.99 - 1.0)
    assert found["total_without"] == pytest.approx(1.01 * 0.98 * 1.01 * 0.99 - 1.0)
    assert found["sharpe_without"] == pytest.approx(sharpe(np.delete(returns, 2), 252))


def test_a_loss_counts_by_its_size_the_first_of_equals_and_against_a_gain_has_no_share():
    found = largest_day(np.array([0.1, -0.3, 0.25, -0.3, 0.28]), FIVE_DAYS, per_year=12)
    assert found["largest_date"] == FIVE_DAYS[1]
    assert found["largest_return"] == -0.3
    assert math.isnan(found["largest_share"])


def test_a_record_that_never_moves_has_no_day():
    found = largest_day(np.zeros(5), FIVE_DAYS, per_year=252)
    assert found.pop("largest_date") is None
    assert found.pop("total_return") == 0.0
    assert all(map(math.isnan, found.values()))


def test_each_strategy_has_its_own_day_and_an_agent_that_of_the_mean_of_its_seeds():
    net = {
        Key("agent", "ppo", "0"): np.array([0.9, 0.0, 0.0, 0.0, 0.0]),
        Key("agent", "ppo", "mean"): np.array([0.0, 0.0, 0.0, 0.4, 0.1]),
        Key("baseline", "cash", ""): np.zeros(5),
    }
    rows = pl.DataFrame({"kind": ["agent", "baseline"], "strategy": ["ppo", "cash"]})
    found = with_largest_days(rows, net, FIVE_DAYS, per_year=252)
    assert found["largest_date"].to_list() == [FIVE_DAYS[3], None]
    assert found["total_return"].to_list() == pytest.approx([1.4 * 1.1 - 1.0, 0.0])
