"""The whole pipeline finds what is planted, and nothing where nothing is."""

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import yaml

from workflow_study import Study
from worlds import planted_momentum

CONTROL = {
    "data": {"calendar": "observed"},
    "features": {"select": ["log_return_1"]},
    "audit": {"compared_symbols": 1, "symbols": 1},
    "splits": {
        "start": "2010-03-01", "end": "2017-08-01",
        "train_months": 46, "validation_months": 1, "test_months": 42,
    },
    "agents": {
        "ppo_weights": {
            "overrides": {
                "algorithm": {
                    "total_timesteps": 65_536, "n_envs": 64, "batch_size": 512,
                    "episode_days": 252,
                },
                "scheme": {"kappa": 1.0},
            }
        }
    },
    "evaluation": {"baselines": ["cash", "buy_and_hold", "equal_weight", "ranker"]},
    "verdict": {"replications": 500},
}  # fmt: skip


def bars_of(seed: int, phi: float) -> pl.DataFrame:
    """The bars of a world of 30 symbols, open(t+1) = close(t)."""
    market = planted_momentum(seed, phi=phi)
    opening = market.open.numpy()
    close = market.close.numpy()
    days, symbols = close.shape
    return pl.DataFrame(
        {
            "date": np.repeat(np.array(market.dates, dtype="datetime64[D]"), symbols),
            "symbol": np.tile(market.symbols, days),
            "open": opening.ravel(),
            "high": np.maximum(opening, close).ravel(),
            "low": np.minimum(opening, close).ravel(),
            "close": close.ravel(),
            "adj_close": close.ravel(),
            "volume": 1e9 + np.arange(days * symbols) % 7 * 1e6,
        }
    )


def control(study: Study, phi: float) -> tuple[dict[str, float], dict[str, object]]:
    """Run a world through the pipeline; return selection z by strategy, and the verdict."""
    bars_of(0, phi).write_parquet(study.folder / "bars.parquet")
    (study.folder / "control.yaml").write_text(yaml.safe_dump(CONTROL))
    study.build("--configfile", "small.yaml", "control.yaml", "--", "evaluation")
    place = study.folder / "results/evaluation"
    strategies = pl.read_parquet(place / "strategies.parquet")
    verdict = json.loads(Path(place / "verdict.json").read_text())
    z = dict(strategies.select("strategy", "selection_z").iter_rows())
    return z, verdict["agents"]["ppo_weights"]


@pytest.mark.slow
def test_planted_momentum_is_found_by_the_whole_pipeline_at_usual_costs(unbuilt: Study) -> None:
    z, verdict = control(unbuilt, 0.1)
    assert z["ppo_weights"] > 5.0, z
    assert z["ranker"] > 5.0, z
    assert verdict["word"] == "skill", verdict


@pytest.mark.slow
def test_the_whole_pipeline_finds_nothing_in_random_walks(unbuilt: Study) -> None:
    z, verdict = control(unbuilt, 0.0)
    assert abs(z["ppo_weights"]) < 3.0, z
    assert abs(z["ranker"]) < 3.0, z
    assert verdict["word"] != "skill"
