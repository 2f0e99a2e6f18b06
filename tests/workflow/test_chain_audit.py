"""A leak planted in the code of a study stops its run, with one clear message."""

from pathlib import Path

import pytest

from workflow_study import Study

pytestmark = pytest.mark.xdist_group("workflow_one")  # they share one study, built once

PAGE = "results/evaluation/chain.html"
SOURCE = "src/walkforge"
EVALUATION = "workflow/scripts/evaluate_agent.py"
ROLLED = "policies = [read[each] for each in sorted(read, key=lambda each: windows[each.fold])]\n"
# Of each plant: its file, what stands there, and what takes its place.
PLANTS = {
    "scaler": (
        f"{SOURCE}/agents/training.py",
        "fit_scaler(known, known.rows(fold.train))",
        "fit_scaler(known, range(len(known.dates)))",
    ),
    "observation": (
        f"{SOURCE}/market/rollout.py",
        "day=day, symbol=symbol, factors=True",
        "day=day + 1, symbol=symbol, factors=True",
    ),
    "execution": (
        f"{SOURCE}/market/execution_inputs.py",
        '"open": market.open[following]',
        '"open": market.close[now]',
    ),
    "bars": (
        f"{SOURCE}/data/history.py",
        "rows = adjusted.with_columns(held.cut).filter(believed)",
        "rows = adjusted.with_columns(held.cut, close=(pl.col('low') + pl.col('high').shift(-1)"
        ".over('symbol').fill_null(pl.col('high')).clip(pl.col('low'), pl.col('high'))) / 2)"
        ".filter(believed)",
    ),
    "universe": (
        f"{SOURCE}/features/panel.py",
        "tradable=allowed & ~np.isnan(cube).any(axis=2)",
        "tradable=allowed & ~np.isnan(cube).any(axis=2)"
        " & (close[-1] >= 1.5 * close[len(close) // 2])",
    ),
    "label": (
        f"{SOURCE}/evaluation/ranker.py",
        "max(rows.stop - wait - 1, rows.start)",
        "max(rows.stop - wait, rows.start)",
    ),
    "reward": (
        f"{SOURCE}/market/market.py",
        "return torch.cat([mean.new_zeros(1), mean])",
        "return torch.cat([mean, mean.new_zeros(1)])",
    ),
    "oracle": (
        EVALUATION,
        ROLLED,
        ROLLED + "first = market.rows(next(iter(windows.values()))).start - days\n"
        "best, following = (market.close / market.open).argmax(1), iter(range(first, 10**6))\n"
        "type(policies[0]).orders = lambda self, seen: seen.weights.new_tensor(\n"
        "    [[float(k == best[row]) for k in range(len(market.symbols) + 1)]\n"
        "     for row in [next(following)]])\n",
    ),
    "exchanged policies": (EVALUATION, ROLLED, ROLLED + "policies = policies[::-1]\n"),
}
# What is planted at once, the rules that run again besides the audit, and what it then says.
RUNS = {
    "scaler": (["scaler"], ["train_agent"], ["ppo_weights, fold_1, scaler ("]),
    "market": (
        ["observation", "execution"],
        [],
        ["ppo_weights, fold_1, observation (", "ppo_weights, fold_1, execution ("],
    ),
    "source and study": (
        ["bars", "universe", "label", "reward"],
        [],
        [
            "every one, bars (as stored)",
            "every one, universe (as stored)",
            "ppo_weights, fold_1, reward (changed future)",
            "baseline ranker, fold_1, label (fitted again)",
        ],
    ),
    "oracle": (["oracle"], ["evaluate_agent"], ["ppo_weights, fold_1, record (rolled again)"]),
    "exchanged policies": (
        ["exchanged policies"],
        ["evaluate_agent"],
        ["ppo_weights, fold_1, record (rolled again)"],
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RUNS)
def test_a_leak_in_the_code_fails_the_build(study: Study, name: str) -> None:
    plants, rules, expected = RUNS[name]
    for path, clean, leaking in map(PLANTS.__getitem__, plants):
        study.edit(path, lambda text, old=clean, new=leaking: text.replace(old, new))
    # The audit alone, on what is there: trainings would take most of the time.
    alone = ("--rerun-triggers", "mtime", "--forcerun", *rules, "audit_chain", "--", PAGE)
    done = study.snakemake("--cores", "2", *alone)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    (told,) = [line for line in said.splitlines() if line.startswith("walkforge: LEAK: ")]
    for each in expected:
        assert each in told
    assert not Path(study.folder / PAGE).exists()
