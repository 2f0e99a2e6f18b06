"""Sensitivity: break-evens in closed form, delays, capital, and figures that others compute."""

import itertools
from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest
import torch

from walkforge.agents.policy import Policy, make_network, make_scheme
from walkforge.agents.scaler import fit_scaler
from walkforge.errors import InputError
from walkforge.evaluation.baselines.naive import equal_weight
from walkforge.evaluation.break_even import Thresholds
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.policies import Training, roll_policies
from walkforge.evaluation.sensitivity import Sensitivity, sensitivity
from walkforge.evaluation.sensitivity_grid import SensitivityConfig, grid_costs
from walkforge.evaluation.sensitivity_record import (
    Cell,
    SensitivityRecord,
    figures_of,
    sensitivity_record,
)
from walkforge.evaluation.sensitivity_rollout import grid_of, roll_sensitivity
from walkforge.evaluation.series import EQUAL_WEIGHT, baseline
from walkforge.market.market import Market
from walkforge.market.rollout import Stretch, roll_record
from walkforge.market.rollout_terms import Deciding, Terms, rollout_terms
from walkforge.metrics.performance import sharpe
from walkforge.splits.windows import Window
from worlds import market_of, money, random_walks

COSTLY = money(
    cash=1e6, commission_bps=10.0, spread_bps=2.0, slippage_bps=5.0, impact="square_root",
    impact_coefficient=1.0,
)  # fmt: skip
GRID = {"cost_bps": [0.0, 10.0, 50.0], "capital": [1e4, 1e7, 1e10]}
DRAWN = {"replications": 200, "confidence": 0.95, "bootstrap_seed": 0}
NETWORK = {
    "name": "shared_mlp",
    "hidden": [4],
    "separate_critic": False,
    "score_gain": 1.0,
    "initial_std": 1.0,
}
FOLDS = ("fold_1", "fold_2")
WARM_IN = 10
SCHEMES = {
    "slow": {"name": "weights", "kappa": 0.1, "cash_bias": -3.0},
    "single": {"name": "discrete9"},
}


def rising(days: int = 100, symbols: int = 4) -> Market:
    """Symbols that gain 40 basis points a day on average, at varied speed."""
    walks = random_walks(3, days=days, symbols=symbols)
    growth = np.exp(np.outer(np.arange(days), np.linspace(0.003, 0.005, symbols)))
    opening = walks.open.numpy() * growth
    close = walks.close.numpy() * growth
    return market_of(opening, close, walks.features.numpy(), walks.tradable.numpy())


def policies_for(market: Market) -> dict[Training, Policy]:
    """An agent of two seeds that moves slowly, and one that trades single symbols."""
    made = {}
    trained = (("slow", 0), ("slow", 1), ("single", 0))
    for number, (fold, (name, seed)) in enumerate(itertools.product(FOLDS, trained)):
        agent = {"network": NETWORK, "scheme": SCHEMES[name]}
        torch.manual_seed(number)
        made[Training(name, fold, seed)] = Policy(
            agent=agent,
            network=make_network(agent, fit_scaler(market, range(2, 30))),
            scheme=make_scheme(agent),
            feature_names=market.feature_names,
            kinds=market.kinds,
        )
    return made


def windows_of(market: Market, *rows: int) -> dict[str, Window]:
    spans = [Window(market.dates[a], market.dates[b]) for a, b in itertools.pairwise(rows)]
    return dict(zip(FOLDS, spans, strict=False))


def returns_of(market, windows, config, policies=None) -> pl.DataFrame:
    grid = grid_of({"sensitivity": GRID, "market": asdict(config)})
    return roll_sensitivity(policies or {}, market, windows, grid=grid, warm_in_days=WARM_IN)


def settings_of(config, **changes):
    stated = {"execution": config.execution, "initial_cash": config.initial_cash}
    market = {**stated, "impact": config.costs.impact}
    return {"bootstrap": DRAWN, "market": market, "sensitivity": GRID} | changes


@pytest.fixture(scope="module")
def market() -> Market:
    return rising()


@pytest.fixture(scope="module")
def returns(market) -> pl.DataFrame:
    return returns_of(market, windows_of(market, 25, 62, 99), COSTLY, policies_for(market))


@pytest.fixture(scope="module")
def found(returns) -> Sensitivity:
    return sensitivity(returns, settings_of(COSTLY))


def of(found: Sensitivity, strategy: str, seed: str = "") -> dict:
    (own,) = [each for each in found.findings["strategies"]
              if (each["strategy"], each["seed"]) == (strategy, seed)]  # fmt: skip
    return own


def test_a_break_even_is_gross_return_over_turnover_where_all_is_traded_once():
    # Half of the capital buys at the open what gains 0.25 % by the close and then stands still.
    days = 30
    close = np.full((days, 1), 10.025)
    opening = close.copy()
    close[0], opening[1] = 10.0, 10.0
    market = market_of(opening, close, np.zeros((days, 1, 1)), np.ones((days, 1), dtype=bool))

    def decide(seen):
        half = torch.tensor([[0.5, 0.5]], dtype=torch.float64).expand(len(seen.weights), 2)
        return torch.where(seen.weights[:, -1:] < 1.0, seen.weights, half)

    costs = grid_costs(SensitivityConfig(**GRID))
    terms = Terms(money(), (1e3,) * len(costs), costs)
    (daily,) = rollout_terms(
        [Deciding(Window(market.dates[1], market.dates[-1]), [decide], market)],
        terms=[terms],
        warm_in_days=0,
    )
    record = SensitivityRecord(
        [baseline(EQUAL_WEIGHT)],
        [Cell("costs", cost) for cost in costs],
        daily.net_return.permute(1, 2, 0).numpy(),
        daily.turnover.permute(1, 2, 0).numpy().mean(axis=2),
        per_year=252,
    )
    figures = figures_of(record, Bootstrap(replications=50, confidence=0.9, seed=0))
    own = Thresholds(record, figures, confidence=0.9).break_even(0)
    assert own["closed_form"] == pytest.approx(25.0, rel=1e-9)
    assert own["value"] == pytest.approx(25.0, rel=1e-9)
    assert own["reason"] == ""


def test_simulated_break_evens_of_the_regimes_agree_with_the_closed_form(found):
    traded = 0
    for own in found.findings["strategies"]:
        if own["strategy"].startswith("regime_"):
            even = own["break_even"]
            if own["turnover"] == 0.0:
                assert even["reason"] == "never trades"
                continue
            traded += 1
            most = found.findings["most_cost_bps"]
            assert even["low"] <= min(even["closed_form"], most) <= even["high"]
            if even["closed_form"] < 200.0:  # costs so low hardly change what is traded
                assert even["value"] == pytest.approx(even["closed_form"], rel=0.03)
    assert traded == 10


def test_at_a_simulated_break_even_a_rollout_earns_nothing(found, market):
    even = of(found, "regime_momentum")["break_even"]["value"]
    grid = grid_of({"sensitivity": {**GRID, "cost_bps": [0.0, even]},
                           "market": asdict(COSTLY)})  # fmt: skip
    windows = windows_of(market, 25, 62, 99)
    rolled = roll_sensitivity({}, market, windows, grid=grid[:1], warm_in_days=WARM_IN)
    rolled = rolled.filter(strategy="regime_momentum")
    (gross,) = rolled.filter(pl.col("value") == 0.0).select(pl.col("net_return").mean()).row(0)
    (net,) = rolled.filter(pl.col("value") == even).select(pl.col("net_return").mean()).row(0)
    assert gross > 1e-3
    assert abs(net) < 0.005 * gross


def test_each_study_has_the_figures_of_a_record_on_its_terms(returns, market):
    windows = [*windows_of(market, 25, 62, 99).values()]
    cases = {
        ("delay", 1.0): COSTLY,
        ("delay", 2.0): replace(COSTLY, execution="close"),
        ("capital", 1e10): replace(COSTLY, initial_cash=1e10),
        ("costs", 50.0): money(cash=1e6, commission_bps=50.0),
    }
    policies = policies_for(market)
    for (study, value), config in cases.items():
        cell = returns.filter(pl.col("study") == study, pl.col("value") == value)
        record = roll_record(
            [Stretch(window, equal_weight, market) for window in windows],
            config=config, warm_in_days=WARM_IN,
        )  # fmt: skip
        daily = pl.concat(each.daily for each in record.windows)
        own = cell.filter(strategy=EQUAL_WEIGHT)
        assert own["date"].to_list() == daily["date"].to_list()
        for name in ("net_return", "turnover"):
            np.testing.assert_allclose(own[name], daily[name], rtol=1e-9, atol=1e-12)
        for name, seed in (("slow", 0), ("slow", 1), ("single", 0)):
            record = roll_policies(
                [policies[Training(name, fold, seed)] for fold in FOLDS], market, windows,
                config=config, warm_in_days=WARM_IN,
            )  # fmt: skip
            daily = pl.concat(each.daily for each in record.windows)
            own = cell.filter(strategy=name, seed=str(seed))
            # A network's last bits depend on who shares its batch.
            np.testing.assert_allclose(own["net_return"], daily["net_return"], atol=1e-9)


def test_the_headline_of_an_agent_is_the_mean_of_its_seeds_returns(returns, found):
    whole = returns.filter(strategy="slow", study="delay", value=3.0)
    mean = whole.group_by("date").agg(pl.col("net_return").mean()).sort("date")["net_return"]
    row = found.figures.filter(strategy="slow", seed="mean", study="delay", value=3.0)
    (own,) = row.rows(named=True)
    assert own["sharpe"] == pytest.approx(sharpe(mean.to_numpy(), 252))
    assert own["annual_return"] == pytest.approx(252 * mean.mean())
    assert own["turnover"] == pytest.approx(252 * whole["turnover"].mean())
    assert own["low"] < own["sharpe"] < own["high"]
    assert 0.0 < own["sharpe_error"] < own["high"] - own["low"]


def test_only_configured_costs_are_shown_and_every_seed_is(found):
    costs = found.figures.filter(study="costs")
    assert costs["value"].unique().sort().to_list() == GRID["cost_bps"]
    seeds = found.figures.filter(kind="agent").select("strategy", "seed").unique()
    assert sorted(seeds.rows()) == [
        ("single", "0"), ("single", "mean"), ("slow", "0"), ("slow", "1"), ("slow", "mean")
    ]  # fmt: skip


def test_costs_and_capital_lower_the_returns_of_who_trades(found):
    for study in ("costs", "capital"):
        rows = found.figures.filter(study=study, strategy="regime_momentum").sort("value")
        assert (rows["annual_return"].diff().drop_nulls() < 0.0).all()
    own = of(found, "regime_momentum")
    assert GRID["capital"][0] < own["half_sharpe"]["value"] < own["capacity"]["value"]


@pytest.mark.parametrize("impact", ["none", pytest.param("simple", marks=pytest.mark.slow)])
def test_capital_changes_nothing_without_impact_that_grows_with_it(market, impact):
    config = replace(COSTLY, costs=replace(COSTLY.costs, impact=impact, impact_coefficient=0.01))
    flat = sensitivity(returns_of(market, windows_of(market, 25, 47), config), settings_of(config))
    for own in flat.findings["strategies"]:
        assert own["capacity"]["reason"] == "capital changes nothing"
    rows = flat.figures.filter(study="capital", strategy="regime_risk_on")
    assert np.ptp(rows["sharpe"].to_numpy()) < 1e-6


def test_who_trades_less_than_equal_weight_is_ahead_above_a_cost():
    costs = np.array([0.0, 10.0, 50.0])
    generator = np.random.default_rng(0)
    market = generator.normal(1e-3, 1e-2, 60)
    busy = market + 4e-4
    calm = market - 4e-4
    turnover = {EQUAL_WEIGHT: 0.5, "busy": 0.9, "calm": 0.3}
    gross = {EQUAL_WEIGHT: market, "busy": busy, "calm": calm}
    keys = [baseline(name) for name in gross]
    net = np.stack(
        [[gross[name] - 1e-4 * cost * turnover[name] for cost in costs] for name in gross]
    )
    record = SensitivityRecord(
        keys, [Cell("costs", cost) for cost in costs], net,
        np.repeat([[turnover[name]] for name in gross], 3, axis=1), per_year=252,
    )  # fmt: skip
    figures = figures_of(record, Bootstrap(replications=50, confidence=0.9, seed=0))
    at = Thresholds(record, figures, confidence=0.9)
    # 4 bps of return more, 0.4 of turnover more: ahead below 10 bps; the other the other way.
    ahead = at.break_even_beside(1)
    behind = at.break_even_beside(2)
    assert (ahead["ahead"], behind["ahead"]) == ("below", "above")
    assert ahead["value"] == pytest.approx(10.0)
    assert behind["value"] == pytest.approx(20.0)
    assert ahead["closed_form"] == pytest.approx(10.0)
    assert behind["closed_form"] == pytest.approx(20.0)
    assert at.break_even_beside(0)["reason"] == "trades as much as equal weight"


def test_the_same_rows_give_the_same_figures_in_any_order(returns, found):
    again = sensitivity(returns.reverse(), settings_of(COSTLY))
    assert again.figures.equals(found.figures)
    assert again.findings == found.findings


def test_strategies_on_other_dates_are_refused(returns):
    cut = returns.filter((pl.col("strategy") != "slow") | (pl.col("date") > returns["date"][0]))
    with pytest.raises(ValueError, match="other dates or terms"):
        sensitivity_record(cut)


def test_a_record_of_few_days_is_refused_with_the_remedy(returns):
    few = returns.filter(pl.col("date") < returns["date"][10])
    with pytest.raises(InputError, match="enlarge splits.test_months"):
        sensitivity(few, settings_of(COSTLY))
