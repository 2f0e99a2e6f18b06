"""Only changed stages rerun: edit one thing, and exactly the expected rules follow."""

import shutil
from collections import Counter
from collections.abc import Callable

import polars as pl
import pytest

from workflow_study import Study, figures, pages

TRAININGS = 3  # one seed, two folds and live
SUMMARY = pages("evaluation/summary")
CHAIN = {"audit_chain": 1} | pages("evaluation/chain")
POSITIONS = figures("weights_ppo_weights", "turnover_ppo_weights")
TRAIN = {"train_agent": TRAININGS} | CHAIN | pages("logs/profile")
TRAIN |= figures("training_ppo_weights")
EVALUATE = {"evaluate_agent": 1, "evaluate_random": 1} | POSITIONS
TRADES = {"plot_trades": 1} | pages("figures/trades_ppo_weights")  # of the first seed
BASELINES = {"evaluate_baselines": 1} | POSITIONS
TOLD = {"write_provenance": 1}  # after whatever ran
JUDGE = {"assess_record": 1} | figures("sharpe") | pages("evaluation/evidence") | SUMMARY
CURVES = figures("equity", "drawdown", "exposure")
RECORD = {"stitch_returns": 1} | CURVES | pages("evaluation/metrics") | JUDGE
RECORD |= figures("rolling_sharpe", "monthly_returns", "return_distribution", "seeds_and_folds")
RECORD |= CHAIN  # which rolls the record once more
SENSITIVITY = {"measure_sensitivity": 1} | pages("evaluation/sensitivity")
SENSITIVITY |= figures("cost_sensitivity", "execution_delay", "capacity")
VARY = {"roll_sensitivity": 1} | SENSITIVITY | SUMMARY
RANK = {"rank_symbols": 1, "publish_ranking": 1, "write_ranking": 1} | pages("rankings/latest")
COSTS = {"measure_costs": 1} | pages("evaluation/costs")
# Every page of the report, and that of the newest date's ranking.
PAGES = {"write_ranking": 1, "write_provenance": 1} | SUMMARY | pages(
    "bars/quality", "features/parity", "features/audit", "features/health", "evaluation/chain",
    "evaluation/costs", "evaluation/evidence", "evaluation/metrics", "evaluation/sensitivity",
    "figures/trades_ppo_weights", "logs/profile", "rankings/latest",
)  # fmt: skip


def test_a_second_run_has_nothing_to_do_and_rewrites_nothing(built: Study) -> None:
    before = built.files()
    done = built.snakemake("--cores", "2")
    assert done.returncode == 0
    assert "Nothing to be done" in done.stderr + done.stdout
    assert built.planned() == Counter()
    assert built.files() == before
    assert "results/report.html" in before


def appended(path: str, text: str) -> tuple[str, Callable[[str], str]]:
    return path, lambda before: before + text


SOURCE = "src/walkforge"
CASES = {
    "a comment": (appended(f"{SOURCE}/market/simulator.py", "\n# why\n"), {}),
    "a module of the market": (
        appended(f"{SOURCE}/market/simulator.py", "\nX = 1\n"),
        TRAIN | EVALUATE | TRADES | BASELINES | RANK | RECORD | VARY | COSTS,
    ),
    "one algorithm": (
        appended(f"{SOURCE}/agents/algorithms/ppo/update.py", "\nX = 1\n"),
        TRAIN | EVALUATE | TRADES | RANK | RECORD | VARY,
    ),
    "a reward that no agent names": (
        appended(f"{SOURCE}/market/rewards/log_return.py", "\nX = 1\n"),
        {},
    ),
    "a baseline": (
        appended(f"{SOURCE}/evaluation/baselines.py", "\nX = 1\n"),
        BASELINES | RECORD,
    ),
    "the ranking": (
        appended(f"{SOURCE}/ranking/rank.py", "\nX = 1\n"),
        RANK | SUMMARY,
    ),
    "the stylesheet": (
        appended(f"{SOURCE}/reporting/html/templates/style.css.j2", "\n/* why */\n"),
        PAGES,
    ),
    "one figure": (
        appended(f"{SOURCE}/reporting/figures/monthly_returns.py", "\nX = 1\n"),
        figures("monthly_returns") | SUMMARY,
    ),
    "what three figures share": (
        appended(f"{SOURCE}/reporting/curves.py", "\nX = 1\n"),
        CURVES | SUMMARY,
    ),
    "an agent's setting": (
        ("small.yaml", lambda text: text.replace("episode_days: 60", "episode_days: 61")),
        TRAIN | EVALUATE | TRADES | RANK | RECORD | VARY | {"record_config": 1},
    ),
    "one more seed": (
        ("small.yaml", lambda text: text.replace("[0]", "[0, 1]")),
        TRAIN | EVALUATE | {"record_config": 1} | RANK | RECORD | VARY,
    ),
    "the verdict's section": (
        ("config.yaml", lambda text: text.replace("sharpe: 0.3", "sharpe: 0.4")),
        JUDGE | {"record_config": 1},
    ),
    "the random policies": (
        ("small.yaml", lambda text: text.replace("policies: 20", "policies: 21")),
        {"evaluate_random": 1} | CHAIN | JUDGE | {"record_config": 1},
    ),
    "the varied costs": (
        ("config.yaml", lambda text: text.replace("cost_bps: [0.0, 2.0,", "cost_bps: [0.0, 3.0,")),
        VARY | {"record_config": 1},
    ),
    "the draws of intervals": (
        ("small.yaml", lambda text: text.replace("replications: 200", "replications: 201")),
        JUDGE | SENSITIVITY | {"record_config": 1},
    ),
    "the page of sensitivity": (
        appended(f"{SOURCE}/reporting/pages/sensitivity.py", "\nX = 1\n"),
        pages("evaluation/sensitivity"),
    ),
    "a universe that is not chosen": (
        ("config.yaml", lambda text: text.replace("IBM, MSFT", "MSFT")),
        {"record_config": 1} | SUMMARY,
    ),
    "the report's section": (
        ("config.yaml", lambda text: text.replace("title: walkforge", "title: mine")),
        {"record_config": 1} | SUMMARY,
    ),
    "the number of pictures of trades": (
        ("small.yaml", lambda text: text.replace("trade_pictures: 1", "trade_pictures: 2")),
        TRADES | SUMMARY | {"record_config": 1},
    ),
    "a comment in the configuration": (appended("config.yaml", "\n# why\n"), {}),
}


def test_a_trial_and_an_opening_on_record_judge_anew_and_train_nothing(study: Study) -> None:
    results = study.folder / "results"
    (results / "trials" / ("0" * 32 + ".json")).write_text("{}")
    assert study.planned() == Counter(JUDGE | TOLD)
    (results / "trials" / ("0" * 32 + ".json")).unlink()
    assert study.planned() == Counter()
    (results / "holdout").mkdir()
    (results / "holdout/access.jsonl").write_text("{}\n")
    assert study.planned() == Counter(JUDGE | TOLD)


QUICK = ["a comment", "one algorithm", "one more seed", "the stylesheet", "one figure"]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in CASES if name not in QUICK]


@pytest.mark.parametrize("name", [*QUICK, *SLOW])
def test_an_edit_reruns_exactly_what_depends_on_it(study: Study, name: str) -> None:
    (path, change), expected = CASES[name]
    study.edit(path, change)
    assert study.planned() == Counter(expected and expected | TOLD)


REMEMBERED = ["a comment in the configuration", "a module of the market", "an agent's setting"]


@pytest.mark.parametrize(
    "name",
    [
        "the verdict's section",
        *[pytest.param(name, marks=pytest.mark.slow) for name in REMEMBERED],
    ],
)
def test_without_snakemake_s_memory_the_same_is_planned(study: Study, name: str) -> None:
    (path, change), expected = CASES[name]
    study.edit(path, change)
    shutil.rmtree(study.folder / ".snakemake")
    assert study.planned() == Counter(expected and expected | TOLD)


@pytest.mark.slow
def test_results_that_were_copied_without_times_or_exchanged_are_compared(study: Study) -> None:
    """The folder's memory is of other results, and what was copied has times of its own."""
    results = study.folder / "results"
    shutil.copytree(results, study.folder / "first", copy_function=shutil.copy)
    study.edit("config.yaml", lambda text: text.replace("sharpe: 0.3", "sharpe: 0.4"))
    study.build()
    assert study.planned() == Counter()
    shutil.rmtree(results)
    (study.folder / "first").rename(results)
    assert study.planned() == Counter(JUDGE | {"record_config": 1} | TOLD)
    study.edit("config.yaml", lambda text: text.replace("sharpe: 0.4", "sharpe: 0.3"))
    assert study.planned() == Counter()


QUALITY = pages("bars/quality")
GATE = {"check_quality": 1, "cut_folds": 1} | QUALITY


@pytest.mark.slow
def test_the_page_of_quality_computes_and_trains_nothing(study: Study) -> None:
    study.edit(f"{SOURCE}/reporting/pages/quality.py", lambda text: text + "\nX = 1\n")
    assert study.build() == Counter(QUALITY | TOLD)
    assert study.planned() == Counter()


@pytest.mark.slow
def test_a_gate_does_not_hide_what_else_changed(study: Study) -> None:
    study.edit("config.yaml", lambda text: text.replace("quality_gate: 0.8", "quality_gate: 0.7"))
    recorded = {"record_config": 1} | SUMMARY | TOLD
    assert study.build() == Counter(GATE | recorded)
    assert study.planned() == Counter()
    study.edit("config.yaml", lambda text: text.replace("quality_gate: 0.7", "quality_gate: 0.6"))
    study.edit("small.yaml", lambda text: text.replace("episode_days: 60", "episode_days: 61"))
    expected = GATE | TRAIN | EVALUATE | TRADES | RANK | RECORD | VARY | recorded
    assert study.build() == Counter(expected)
    assert study.planned() == Counter()


def test_snakemake_names_the_module_that_changed(study: Study) -> None:
    study.edit(f"{SOURCE}/agents/algorithms/ppo/update.py", lambda text: text + "\nX = 1\n")
    assert "walkforge.agents.algorithms.ppo.update@" in study.snakemake("-n").stdout


def test_an_appended_bar_trains_nothing_and_ranks_anew(study: Study) -> None:
    before = study.as_of()
    policies = study.files()
    study.append_bar()
    ran = study.build()
    assert study.as_of() > before
    assert ran == Counter(
        {"ingest_bars": 1, "compute_features": 1, "build_market": 1} | GATE | RANK | SUMMARY | TOLD
    )
    kept = {path: state for path, state in study.files().items() if "/agents/" in path}
    assert kept
    assert all(policies[path] == state for path, state in kept.items())
    latest = pl.read_parquet(study.folder / "results/rankings/latest.parquet")
    assert str(latest["as_of"][0]) == study.as_of()
    assert study.planned() == Counter()


def test_a_check_whose_code_changed_is_planned_beside_a_bar_that_was_added(study: Study) -> None:
    study.append_bar()
    study.edit(f"{SOURCE}/features/audit.py", lambda text: text + "\nX = 1\n")
    planned = study.planned()
    assert (planned["ingest_bars"], planned["audit_features"]) == (1, 1)
    assert planned["check_indicators"] == 0


@pytest.mark.slow
def test_one_run_is_enough_for_code_that_everything_shares(study: Study) -> None:
    study.edit(f"{SOURCE}/errors.py", lambda text: text + "\nX = 1\n")
    ran = study.build()
    assert ran["train_agent"] == TRAININGS
    assert study.planned() == Counter()


@pytest.mark.slow
def test_one_changed_old_row_retrains_exactly_the_folds_that_read_it(study: Study) -> None:
    path = study.folder / "bars.parquet"
    bars = pl.read_parquet(path)
    # in the last test window and in the live fold's validation: fold_1 has never read it
    chosen = (pl.col("symbol") == "IBM") & (pl.col("date") == pl.date(2011, 6, 1))
    changed = [
        pl.when(chosen).then(pl.col(name) * 1.001).otherwise(pl.col(name)).alias(name)
        for name in ("open", "high", "low", "close", "adj_close")
    ]
    bars.with_columns(changed).write_parquet(path)
    ran = study.build()
    assert ran["train_agent"] == 1  # live
    assert ran["evaluate_agent"] == 1  # the record of all folds
    assert ran["roll_sensitivity"] == 1
    assert ran["evaluate_baselines"] == 1
