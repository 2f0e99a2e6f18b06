"""A small made-up study: two agents and three baselines over two test windows."""

import datetime as dt
from dataclasses import asdict, replace

import numpy as np
import polars as pl
import pytest

from walkforge.evaluation.assess import RunFacts, assess
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.series import RandomReturns
from walkforge.metrics.performance import performance
from walkforge.reporting.checks import Checks
from walkforge.reporting.encoding import encode_figure
from walkforge.reporting.figures import plot_drawdown, plot_equity
from walkforge.reporting.summary import Summary

DAYS = 60


def returns_frame(series, *, days=DAYS):
    """Give the returns frame of {(kind, strategy, seed): daily net returns}."""
    dates = np.busday_offset("2010-01-04", np.arange(days), roll="forward")
    fold = ["f0"] * (days // 2) + ["f1"] * (days - days // 2)
    parts = [
        pl.DataFrame(
            {
                "date": pl.Series(dates).cast(pl.Date),
                "fold": fold,
                "strategy": strategy,
                "kind": kind,
                "seed": seed,
                "net_return": values,
                "turnover": np.full(days, 0.02),
                "exposure": np.full(days, 0.0 if strategy == "cash" else 0.875),
                "effective_names": np.full(days, 0.0 if strategy == "cash" else 2.5),
                "selection": 0.1 * np.asarray(values),
                "bought": np.full(days, 0.25),
                "sold": np.full(days, 0.25),
            }
        )
        for (kind, strategy, seed), values in series.items()
    ]
    return pl.concat(parts)


def metrics_frame(returns):
    """Give the metrics frame of a returns frame."""
    keys = ("strategy", "kind", "seed")
    rows = [
        dict(zip(keys, key, strict=True))
        | asdict(
            performance(
                part["net_return"].to_numpy(),
                252,
                turnover=part["turnover"].to_numpy(),
                exposure=part["exposure"].to_numpy(),
                effective_names=part["effective_names"].to_numpy(),
            )
        )
        for key, part in returns.partition_by(*keys, as_dict=True, maintain_order=True).items()
    ]
    return pl.DataFrame(rows)


def study_series(*, edge=0.0, noise=0.002, days=DAYS, names=("ppo", "sac")):
    generator = np.random.default_rng(7)
    market = generator.normal(0.0004, 0.01, days)
    series = {
        ("baseline", "cash", ""): np.zeros(days),
        ("baseline", "equal_weight", ""): market,
        ("baseline", "buy_and_hold", ""): market + generator.normal(0.0, 0.001, days),
    }
    for name in names:
        seeds = [market + generator.normal(edge, noise, days) for _ in range(3)]
        series |= {("agent", name, str(seed)): values for seed, values in enumerate(seeds)}
        series["agent", name, "mean"] = np.mean(seeds, axis=0)
    return series


@pytest.fixture
def returns():
    return returns_frame(study_series())


@pytest.fixture
def metrics(returns):
    return metrics_frame(returns)


@pytest.fixture
def evidence(returns):
    noise = np.random.default_rng(8).normal(0.0, 0.01, (DAYS, 20))
    chance = RandomReturns(noise, np.full(DAYS, 0.02))
    bootstrap = Bootstrap(replications=100, confidence=0.95, seed=0)
    facts = RunFacts(trials=3, holdout_opened=1, execution="open", least_sharpe=0.3)
    return assess(returns, {"ppo": chance, "sac": chance}, bootstrap=bootstrap, facts=facts)


@pytest.fixture
def ranking():
    day = dt.date(2010, 3, 26)
    return pl.DataFrame(
        {
            "rank": [3, 1, 2],
            "symbol": ["MSFT", "AAPL", "<script>alert(1)</script>"],
            "action": ["sell", "buy", "hold"],
            "target_weight": [0.2011, 0.4321, 0.3668],
            "score": [-0.1322, 0.0988, 0.0335],
            "agreement": [2 / 3, 1.0, 1 / 3],
            "last_bar": [dt.date(2010, 3, 1), day, day],
            "as_of": [day] * 3,
        }
    )


@pytest.fixture(scope="session")
def pictures():
    frame = returns_frame(study_series())
    return [encode_figure(plot(frame), kind="png") for plot in (plot_equity, plot_drawdown)]


@pytest.fixture
def summary(returns, metrics, evidence, ranking, pictures):
    return Summary(
        **evidence._asdict(),
        title="Three symbols",
        execution="open",
        returns=returns,
        metrics=metrics,
        ranking=ranking,
        ranking_rows=2,
        equity_png=pictures[0],
        drawdown_png=pictures[1],
        symbols=pl.DataFrame(
            {
                "symbol": ["MSFT", "AAPL"],
                "first_bar": [dt.date(2001, 5, 2), dt.date(2000, 1, 3)],
                "last_bar": [dt.date(2010, 3, 26), dt.date(2010, 3, 1)],
            }
        ),
        left_out=pl.DataFrame(
            [
                ("OLD.csv", "dropped", "EMPTY: a file of 0 bytes"),
                ("DEAD", "never traded", "no volume"),
            ],
            schema=["symbol", "outcome", "reason"],
            orient="row",
        ),
        checks=Checks(
            quality={
                "score": 0.98754,
                "bars": 4980,
                "rows_in": 5010,
                "quarantined": 20,
                "volume": "required",
                "without_volume": [],
                "missing": 5,
            },
            quality_gate=0.8,
            parity=pl.DataFrame({"difference": [1.5e-9, None, 2.5e-8]}),
            audit=pl.DataFrame({"compared": [1_200_000, 800], "leaks": [0, 0]}),
            chain=pl.DataFrame({"compared": [70, 80], "leaks": [0, 0]}),
        ),
        folds=pl.DataFrame(
            {
                "fold": ["f0", "live"],
                "train_start": [dt.date(2001, 1, 2)] * 2,
                "train_end": [dt.date(2008, 1, 2)] * 2,
                "validation_start": [dt.date(2008, 1, 9)] * 2,
                "validation_end": [dt.date(2009, 12, 28)] * 2,
                "test_start": [dt.date(2010, 1, 4), None],
                "test_end": [dt.date(2010, 3, 27), None],
            }
        ),
        schema_version=1,
        config_digest="0123456789abcdef" * 4,
        package_versions={"polars": "2.1.0", "numpy": "2.4.6"},
    )


@pytest.fixture
def change():
    """Give the function that returns a copy of a frozen dataclass with some fields changed."""
    return replace


@pytest.fixture
def make_returns():
    return returns_frame


@pytest.fixture
def make_series():
    return study_series


@pytest.fixture
def make_metrics():
    return metrics_frame
