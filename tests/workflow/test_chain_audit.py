"""A leak planted in the code of a study stops its run, with one clear message."""

from pathlib import Path

import pytest

from workflow_study import Study

FOUND = "results/evaluation/chain.parquet"
SOURCE = "src/walkforge"
EVALUATION = "workflow/scripts/evaluate_agent.py"
ROLLED = "policies = [read[each] for each in sorted(read, key=lambda each: windows[each.fold])]\n"
# Of each plant: its file, what stands there, and what takes its place.
PLANTS = {
    "scaler": (
        f"{SOURCE}/agents/training/train.py",
        "fit_scaler(known, known.rows(fold.train))",
        "fit_scaler(known, range(len(known.dates)))",
    ),
    "train window": (
        f"{SOURCE}/agents/training/train.py",
        "rows = _from_first_tradable(market, market.rows(fold.train))",
        "rows = market.rows(fold.train)\n"
        "    rows = _from_first_tradable(market, range(rows.start, rows.stop + 60))",
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
# Of each feature: its file, its last line, and what knows the future instead.
FEATURES = {
    "acceleration": (  # what is missing filled with the mean of all
        "momentum",
        "return change - ago(change, 1)",
        "known = change - ago(change, 1)\n"
        "    return np.where(np.isnan(known), np.nanmean(known, axis=0), known)",
    ),
    "awesome_oscillator": (  # a z-score over the whole sample
        "momentum",
        "return mean(middle, fast) / mean(middle, slow) - 1",
        "known = mean(middle, fast) / mean(middle, slow) - 1\n"
        "    return (known - np.nanmean(known, axis=0)) / np.nanstd(known, axis=0)",
    ),
    "sma_distance": (  # a centred window
        "trend",
        "return bars.close / close_mean(bars, length=length) - 1",
        "known = bars.close / close_mean(bars, length=length) - 1\n"
        "    centred = np.vstack([known[length // 2 :], known[: length // 2] * np.nan])\n"
        "    return np.where(np.isnan(centred) | np.isnan(known), known, centred)",
    ),
    "sma_cross": (  # a negative shift
        "trend",
        "return close_mean(bars, length=fast) / close_mean(bars, length=slow) - 1",
        "known = close_mean(bars, length=fast) / close_mean(bars, length=slow) - 1\n"
        "    shifted = np.vstack([known[1:], known[:1] * np.nan])\n"
        "    return np.where(np.isnan(shifted) | np.isnan(known), known, shifted)",
    ),
    "ulcer_index": (  # the highest close of all
        "volatility",
        "drawdown = 100 * (bars.close / highest(bars.close, length) - 1)",
        "drawdown = 100 * (bars.close / np.nanmax(bars.close, axis=0) - 1)",
    ),
    "bollinger_width": (  # clipped at a quantile of the whole sample
        "volatility",
        "return log_of_at_least(bollinger_width(bars, length=length), LEAST_WIDTH)",
        "known = log_of_at_least(bollinger_width(bars, length=length), LEAST_WIDTH)\n"
        "    return np.minimum(known, np.nanquantile(known, 0.99, axis=0))",
    ),
}
# What is planted at once, the rules that run again besides the audit, and what it then says.
RUNS = {
    "training": (
        ["scaler", "train window"],
        ["train_agent"],
        ["ppo_weights, fold_1, scaler (", "ppo_weights, fold_1, training (changed future)"],
    ),
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
    alone = ("--rerun-triggers", "mtime", "--forcerun", *rules, "audit_chain", "--", FOUND)
    done = study.snakemake("--cores", "2", *alone)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    (told,) = [line for line in said.splitlines() if line.startswith("walkforge: LEAK: ")]
    for each in expected:
        assert each in told
    assert not Path(study.folder / FOUND).exists()


@pytest.mark.slow
def test_features_that_know_later_bars_fail_the_build_by_name(study: Study) -> None:
    for family, clean, leaking in FEATURES.values():
        path = f"{SOURCE}/features/{family}.py"
        study.edit(path, lambda text, old=clean, new=leaking: text.replace(old, new))
    found = "results/features/audit.parquet"
    alone = ("--rerun-triggers", "mtime", "--forcerun", "audit_features", "--", found)
    done = study.snakemake("--cores", "2", *alone)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    (told,) = [line for line in said.splitlines() if line.startswith("walkforge: LEAK: ")]
    for name in FEATURES:
        assert f" {name}" in told
    assert not Path(study.folder / found).exists()
