"""Small folders of results, made by the real rollouts, figures and writers, to be tampered with."""

import io
import math
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import torch
import yaml
from safetensors.numpy import save as save_tensors

from tampering import mend
from walkforge.agents.sb3.export import sb3_zip
from walkforge.agents.training.curve import CURVE
from walkforge.closing import close
from walkforge.data.bars import bars_digest
from walkforge.evaluation.assess import RunFacts, assess
from walkforge.evaluation.baselines.naive import buy_and_hold, cash, equal_weight
from walkforge.evaluation.evidence import Bootstrap
from walkforge.evaluation.record import record_frames
from walkforge.evaluation.series import random_returns_of
from walkforge.evaluation.stitch import CONSENSUS, metrics_of, record_of, stitch
from walkforge.evaluation.trials import record_trial
from walkforge.features.panel import Panel, build_panel, names_content, tensor_content
from walkforge.frames import parquet_content
from walkforge.manifests import Made
from walkforge.market.account import Observation
from walkforge.market.closing import Closing, closing_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.market.rollout import Decide, Stretch, roll_record
from walkforge.provenance import canonical_json, sha256_bytes, sha256_file, write_artifacts
from walkforge.ranking.summary import escape_csv_text
from walkforge.reporting.checks import Checks
from walkforge.reporting.facts import bar_spans, fold_windows, left_out
from walkforge.reporting.pages.evidence import evidence_html
from walkforge.reporting.pages.metrics import metrics_html
from walkforge.reporting.pages.ranking import ranking_html
from walkforge.reporting.pages.summary import Summary, summary_html
from walkforge.splits.manifest import WARM_IN, cut_folds
from walkforge.splits.windows import Fold, plan_folds, splits_config
from walkforge.verify.audits import OF_ALL, OF_SCORED
from worlds import random_walks

SEEDS = [0, 1]
WARM_IN_DAYS = 20
SETTINGS: dict[str, Any] = {
    "schema_version": 1,
    "data": {"quality_gate": 0.8, "volume": "required"},
    "agents": {
        "chooser_2": {
            "algorithm": "none", "network": "none", "scheme": "weights", "reward": "none",
            "overrides": {"scheme": {"kappa": 0.5}},
        }
    },
    "algorithms": {
        "none": {"gamma": 0.5, "n_envs": 4, "n_steps": 8, "total_timesteps": 70}
    },
    "networks": {"none": {"hidden": [2, 2]}},
    "seeds": SEEDS,
    "evaluation": {"baselines": ["cash"], "warm_in_days": WARM_IN_DAYS},
    "splits": {
        "scheme": "expanding", "start": "2010-01-04", "end": "2011-06-01", "train_months": 6,
        "validation_months": 2, "test_months": 4, "shares": [0.7, 0.15, 0.15], "purge_days": 2,
    },
    "market": {
        "initial_cash": 1e6, "execution": "open", "ruin_fraction": 0.05, "delisting_haircut": 0.3,
        "costs": {
            "commission_bps": 10.0, "stamp_duty_bps": 5.0, "spread_bps": 2.0, "slippage_bps": 5.0,
            "slippage_seed": 0, "impact": "square_root", "impact_coefficient": 1.0,
        },
        "limits": dict.fromkeys(["position_cap", "stop_loss", "take_profit", "max_trades"]),
    },
    "verdict": {"confidence": 0.9, "no_skill_sharpe": 0.3},
    "ranking": {"action_band": 0.1},
    "report": {"title": "A study of 3", "ranking_rows": 2},
}  # fmt: skip
SCHEMES = {"schemes": {"weights": {"kappa": 0.1, "cash_bias": -3.0}}, "rewards": {"none": None}}
AGENT = {
    "algorithm": {**SETTINGS["algorithms"]["none"], "name": "none"},
    "network": {"name": "none", "hidden": [2, 2]},
    "scheme": {"name": "weights", "kappa": 0.5, "cash_bias": -3.0}, "reward": {"name": "none"},
}  # fmt: skip
NOT_RECOMPUTED = (
    "evaluation/sensitivity/figures.parquet", "figures/sharpe.png",
    "bars/quarantine.parquet",
)  # fmt: skip
FEATURES = ["x0", "x1", "range_pct", "lower_wick"]
BASELINES: dict[str, Callable[[], Decide]] = {
    "cash": lambda: cash,
    "equal_weight": lambda: equal_weight,
    "buy_and_hold": buy_and_hold,
}


def bars_and_features() -> tuple[pl.DataFrame, pl.DataFrame]:
    """Four symbols on 370 weekdays, the last of which ends within the second test window."""
    market = random_walks(3, days=370)
    rows = [
        {"date": day, "symbol": symbol, "open": market.open[t, k].item(),
         "close": market.close[t, k].item(), "volume": 1e6 + t}
        for k, symbol in enumerate(market.symbols) for t, day in enumerate(market.dates)
        if k < 3 or t < 300
    ]  # fmt: skip
    bars = pl.DataFrame(rows).with_columns(
        high=pl.max_horizontal("open", "close") + 0.5,
        low=pl.min_horizontal("open", "close") - 0.25,
        adjusted=True, tradable=True, segment=pl.lit(0, dtype=pl.Int32), cut=False,
    )  # fmt: skip
    noise = np.random.default_rng(0).normal(size=(bars.height, 2))
    reach = pl.col("high") - pl.col("low")
    features = bars.select(
        "date", "symbol", x0=noise[:, 0], x1=noise[:, 1],
        range_pct=(reach / pl.col("close")).log(), lower_wick=0.25 / reach,
    )  # fmt: skip
    return bars, features


def chooser(seed: int) -> Decide:
    """A policy that goes a third of the way to new random weights every day."""
    generator = torch.Generator().manual_seed(seed)

    def decide(seen: Observation) -> torch.Tensor:
        drawn = torch.rand(seen.weights.shape, generator=generator, dtype=torch.float64)
        drawn[:, :-1] *= seen.tradable
        frozen = torch.where(seen.tradable, 0.0, seen.weights[:, :-1])
        moved = seen.weights + (drawn / drawn.sum(-1, keepdim=True) - seen.weights) / 3.0
        moved[:, :-1] = torch.where(seen.tradable, moved[:, :-1], frozen)
        moved[:, -1] = 1.0 - moved[:, :-1].sum(-1)
        return moved

    return decide


def together() -> Decide:
    """The mean of what the seeds' policies order of one account."""
    seeds = [chooser(seed) for seed in SEEDS]
    return lambda seen: torch.stack([decide(seen) for decide in seeds]).mean(0)


def made_by(root: Path, rule: str, *inputs: str) -> Made:
    """What a job of a rule was made of, of results that are written already."""
    digests = {f"results/{path}": sha256_file(root / path) for path in inputs}
    return Made(rule=rule, params="configuration and code", inputs=digests)


def files_of(seed: int, *folds: str) -> list[str]:
    """The files of a seed's policies."""
    names = ("config.json", "manifest.json", "policy.safetensors")
    return [f"agents/chooser_2/{f}/seed_{seed}/policy/{name}" for f in folds for name in names]


def write_policies(root: Path) -> None:
    for fold in ("fold_1", "fold_2", "live"):
        for seed in SEEDS:
            place = root / f"agents/chooser_2/{fold}/seed_{seed}/policy"
            weights = np.random.default_rng(seed).normal(size=(2, 8)).astype(np.float32)
            tensors = {"encoder.weight": weights, "log_std": weights[0, :1] * 2}
            config = canonical_json({"agent": AGENT, "features": FEATURES}).encode()
            contents = {"config.json": config, "policy.safetensors": save_tensors(tensors)}
            files = {
                name: {"bytes": len(content), "sha256": sha256_bytes(content)}
                for name, content in contents.items()
            }
            contents["manifest.json"] = canonical_json({"files": files}).encode()
            copied = {name: torch.from_numpy(array) for name, array in tensors.items()}
            contents["policy.zip"] = sb3_zip({"policy": copied})
            contents["../training.parquet"] = parquet_content(curve(float(tensors["log_std"][0])))
            by = made_by(root, "train_agent", f"folds/{fold}/manifest.json")
            write_artifacts(by, {place / n: c for n, c in contents.items()})


def curve(log_std: float) -> pl.DataFrame:
    """The curve of a training of three roll-outs that ends in this deviation."""
    rows = pl.DataFrame({"timesteps": [32.0, 64.0, 96.0]})
    return rows.with_columns(*(pl.lit(0.5).alias(name) for name in CURVE)).with_columns(
        action_std=pl.lit(math.exp(log_std))
    )


def write_rollouts(root: Path, panel: Panel, settings: dict[str, Any]) -> list[Any]:
    market = market_of(panel, device=torch.device("cpu"))
    money = market_config(settings["market"])
    policies = {f"chooser_2/{{}}/seed_{seed}": chooser(seed) for seed in SEEDS}
    policies |= {"chooser_2/{}/consensus": together()}
    made = policies | {f"baselines/{name}/{{}}": make() for name, make in BASELINES.items()}
    folds = {fold.name: fold.test for fold in plan(settings)}
    records = []
    for path, decide in made.items():
        stretches = [Stretch(window, decide, market) for window in folds.values() if window]
        rolled = roll_record(stretches, config=money, warm_in_days=WARM_IN_DAYS)
        frames = record_frames(rolled, list(folds))
        contents: dict[Path, Any] = {
            root / "evaluation" / path.format(fold) / f"{name}.parquet": parquet_content(frame)
            for (fold, name), frame in frames.items()
        }
        if "seed_" in path:
            closing = Closing(rolled.windows[-1].daily["date"][-1], rolled.closing)
            place = root / "evaluation" / path.replace("/{}", "") / "closing.safetensors"
            contents[place] = closing_content(closing, market)
        write_artifacts(_evaluated(root, path, list(folds)), contents)
        for fold in folds:
            place = root / "evaluation" / path.format(fold) / "daily.parquet"
            records.append(record_of(place, frames[fold, "daily"]))
    return records


def _evaluated(root: Path, path: str, folds: list[str]) -> Made:
    """What the record at a path was made of."""
    tests = [f"folds/{fold}/test.json" for fold in folds]
    if path.startswith("baselines"):
        trains = [f"folds/{fold}/manifest.json" for fold in folds]
        return made_by(root, "evaluate_baselines", *trains, *tests)
    if path.endswith("consensus"):
        policies = [file for seed in SEEDS for file in files_of(seed, *folds)]
        return made_by(root, "evaluate_consensus", *policies, *tests)
    return made_by(root, "evaluate_agent", *files_of(int(path[-1]), *folds), *tests)


def plan(settings: dict[str, Any]) -> list[Fold]:
    return [fold for fold in plan_folds(splits_config(settings["splits"])) if fold.test]


def write_results(root: Path, execution: str) -> None:
    """Write a folder of results as the pipeline does."""
    settings = SETTINGS | {"market": SETTINGS["market"] | {"execution": execution}}
    bars, features = bars_and_features()
    panel = build_panel(bars, features, kinds=("number",) * 4)
    manifests = cut_folds(splits_config(settings["splits"]), panel, warm_in_days=WARM_IN_DAYS)
    folded = {"/".join(["folds", *place]): canonical_json(each)
              for place, each in manifests.items()}  # fmt: skip
    write_artifacts("cut_folds", {root / path: content for path, content in folded.items()})
    write_policies(root)
    records = write_rollouts(root, panel, settings)
    returns = stitch([each for each in records if each.seed != CONSENSUS])
    metrics = metrics_of(returns, [each for each in records if each.seed == CONSENSUS])
    days = returns["date"].n_unique()
    random = pl.DataFrame({"date": returns["date"].unique().sort()}).with_columns(
        pl.lit(0.1).alias("turnover"),
        *(pl.Series(str(i), np.random.default_rng(i).normal(0, 0.01, days)) for i in range(5)),
    )
    evidence = assess(
        returns,
        random_returns_of([("chooser_2", random)]),
        bootstrap=Bootstrap(replications=50, confidence=0.9, seed=0),
        facts=RunFacts(1, 1, execution, 0.3),
    )
    technical = {"agent": AGENT, "data": {"source": "here"},
                 "splits": {"scheme": "rolling"}}  # fmt: skip
    record_trial(root / "trials", technical)
    (root / "holdout").mkdir()
    (root / "holdout/access.jsonl").write_text('{"time": "2011-07-01T00:00:00"}\n')
    last = bars["date"].max()
    ranked = ranking_contents(root, last)
    ranking = pl.read_parquet(io.BytesIO(ranked["latest.parquet"]))
    pictures = {"equity": b"\x89PNG equity", "drawdown": b"\x89PNG drawdown"}
    config = yaml.safe_dump(settings | SCHEMES).encode()
    quality = {
        "bars_sha256": bars_digest(bars),
        "score": 0.9875,
        "bars": 1980,
        "rows_in": 2000,
        "volume": "required",
        "without_volume": [],
        "quarantined": 20,
        "missing": 5,
        "dropped": [{"symbol": "OLD", "file": None, "code": "LIMIT", "reason": "9 of 10 rows"}],
    }
    parity = pl.DataFrame({"indicator": ["rsi_14", "macd"], "difference": [1.5e-9, None]})
    leakage = pl.DataFrame({"feature": FEATURES}).with_columns(compared=1200, leaks=0)
    stages = [(fold, each) for fold in ("fold_1", "fold_2") for each in OF_SCORED]
    stages += [(fold, each) for fold in ("fold_1", "fold_2", "live") for each in OF_ALL]
    chain = pl.DataFrame(stages, schema=["fold", "stage"], orient="row").with_columns(
        agent=pl.lit("chooser_2"), compared=70, leaks=0
    )
    page = summary_html(
        Summary(
            **settings["report"], returns=returns, metrics=metrics, verdict=evidence.verdict,
            strategies=evidence.strategies, against=evidence.against, ranking=ranking,
            equity_png=pictures["equity"], drawdown_png=pictures["drawdown"],
            symbols=bar_spans(bars), left_out=left_out(quality, bars, features),
            folds=fold_windows([*manifests.values()]),
            checks=Checks(
                quality=quality, quality_gate=settings["data"]["quality_gate"],
                parity=parity, audit=leakage, chain=chain,
            ),
            schema_version=1, execution=execution, config_digest=sha256_bytes(config),
            package_versions={"walkforge": "0.1.0"},
        )
    )  # fmt: skip
    frames = {
        "bars/bars": bars, "evaluation/returns": returns, "evaluation/metrics": metrics,
        "features/features": features,
        "evaluation/strategies": evidence.strategies, "evaluation/against": evidence.against,
        "features/parity": parity, "features/audit": leakage,
        "evaluation/chain": chain,
    }  # fmt: skip
    for fold in plan(settings):
        drawn = random.filter(pl.col("date").is_between(*fold.test, closed="left"))
        frames[f"evaluation/random/chooser_2/{fold.name}/returns"] = drawn
    contents: dict[str, Any] = {f"{n}.parquet": parquet_content(f) for n, f in frames.items()}
    contents |= {f"rankings/{name}": content for name, content in ranked.items()}
    waits = {"as_of": str(last), "newest": str(last), "due": 0, "waiting": []}
    contents["folds/latest.json"] = canonical_json(waits)
    contents |= {f"figures/{name}.png": content for name, content in pictures.items()}
    contents |= {
        "config.yaml": config,
        "bars/quality.json": canonical_json(quality),
        "features/market.safetensors": tensor_content(panel),
        "features/market.json": names_content(panel),
        "evaluation/verdict.json": canonical_json(evidence.verdict),
        "evaluation/summary.html": page,
        "evaluation/evidence.html": evidence_html(
            evidence.verdict, evidence.strategies, evidence.against
        ),
        "evaluation/metrics.html": metrics_html(metrics, execution=execution),
    }
    contents |= dict.fromkeys(NOT_RECOMPUTED, b"of which only the hash is compared")
    write_judged(root, contents, [fold.name for fold in plan(settings)])
    write_artifacts("all_rules", {root / path: content for path, content in contents.items()})
    (root / "logs").mkdir()
    (root / "logs/verify.log").write_text("a log")
    (root / "report.html").write_text("a report")
    close(root)


def write_judged(root: Path, contents: dict[str, Any], folds: list[str]) -> None:
    """Write what the verdict is made of, each as a job does, and take it from the contents."""
    dailies = sorted(
        str(path.relative_to(root))
        for path in (root / "evaluation").rglob("daily.parquet")
        if WARM_IN not in path.parts
    )
    returned = "evaluation/returns.parquet"
    tests = [f"folds/{fold}/test.json" for fold in folds]
    drawn = [f"evaluation/random/chooser_2/{fold}/returns.parquet" for fold in folds]
    own = [path for path in dailies if "/seed_" in path]
    policies = [file for s in SEEDS for file in files_of(s, *folds, "live")]
    chained = ["evaluation/chain.parquet"]
    judged = [f"evaluation/{n}" for n in ("verdict.json", "strategies.parquet", "against.parquet")]
    jobs = {
        "stitch_returns": ([returned], dailies),
        "evaluate_random": (drawn, [*own, *tests]),
        "audit_chain": (chained, [*dailies, *drawn, returned, *policies]),
        "assess_record": (judged, [*chained, returned, *drawn]),
    }
    for rule, (outputs, inputs) in jobs.items():
        by = made_by(root, rule, *inputs)
        write_artifacts(by, {root / path: contents.pop(path) for path in outputs})


def ranking_contents(root: Path, day: date) -> dict[str, bytes]:
    """The files of a ranking and their newest copies."""
    weights = [0.5, 0.3, 0.1]
    ranking = pl.DataFrame(
        {"rank": [1, 2, 3], "symbol": ["S01", "S00", "S02"], "action": ["buy", "hold", "sell"],
         "target_weight": weights, "score": [0.25, 0.05, -0.15],
         "probability": [0.5, 0.25, 0.75], "agreement": [1.0, 0.5, 1.0],
         "account_action": ["buy", "buy", "hold"], "held_weight": [0.25, 0.125, 0.1],
         "account_target_weight": weights, "order_weight": [0.25, 0.175, 0.0],
         "account_rank": [1, 2, 3], "account_score": [0.25, 0.05, -0.15],
         "account_probability": [0.5, 0.25, 0.75], "account_agreement": [1.0, 0.5, None],
         "out_of_distribution": [False, True, None], "distance": [0.5, 1.25, None],
         "last_bar": [day] * 3, "stale_sessions": [0] * 3, "as_of": [day] * 3}
    )  # fmt: skip
    moved = [("x0", 0.125, "x1", -0.0625, "range_pct", 0.03125, 0.0, 0.0)] * 3
    changes = ranking.select("symbol", "rank", pl.lit(1).alias("rank_change"), "action").hstack(
        ranking.select(
            pl.lit("hold").alias("action_before"), "target_weight",
            pl.lit(0.01).alias("weight_change"), "score", pl.lit(0.09375).alias("score_change"),
        )
    )  # fmt: skip
    names = ["feature_1", "moved_1", "feature_2", "moved_2", "feature_3", "moved_3",
             "other_features", "universe"]  # fmt: skip
    changes = changes.hstack(pl.DataFrame(moved, schema=names, orient="row")).with_columns(
        since=pl.lit(day), as_of=pl.lit(day)
    )
    place = root / "agents/chooser_2/live"
    digests = {
        f"seed_{seed}": sha256_file(place / f"seed_{seed}/policy/manifest.json") for seed in SEEDS
    }
    sides = {"buys": 1, "holds": 1, "sells": 1, "target_exposure": sum(weights)}
    orders = sides | {"buys": 2, "sells": 0, "exposure": 0.475, "expected_turnover": 0.425}
    summary = {
        "schema_version": 1, "as_of": str(day), "agent": "chooser_2", "fold": "live",
        "policies": digests, "data_sha256": "0" * 64, "action_band": 0.1, "symbols": 3,
        "tradable": 2, "stale": 0, "out_of_distribution": 1, "flat": sides,
        "account": orders | {"opens": "2010-09-01", "sessions": 12},
    }  # fmt: skip
    stream = io.BytesIO()
    ranking.write_parquet(stream)
    files = {
        "ranking.parquet": stream.getvalue(),
        "ranking.csv": escape_csv_text(ranking).write_csv().encode(),
        "changes.csv": escape_csv_text(changes).write_csv().encode(),
        "summary.json": canonical_json(summary).encode(),
        "ranking.html": ranking_html(ranking, changes, summary).encode(),
    }
    newest = {name.replace("ranking", "latest"): name for name in files if "ranking" in name}
    newest |= {"latest_changes.csv": "changes.csv", "latest.json": "summary.json"}
    return {f"{day}/{name}": content for name, content in files.items()} | {
        name: files[source] for name, source in newest.items()
    }


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """What gives the results of an execution, each made once."""
    known: dict[str, Path] = {}

    def make(execution: str) -> Path:
        if execution not in known:
            known[execution] = tmp_path_factory.mktemp(execution)
            write_results(known[execution], execution)
        return known[execution]

    return make


@pytest.fixture
def results(made: Callable[[str], Path]) -> Iterator[Path]:
    """Give good results to tamper with, and mend them."""
    root = made("open")
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    yield root
    mend(root, before)
