"""A leak planted in the code of a study stops its run, with one clear message."""

from pathlib import Path

import pytest

from workflow_study import Study

pytestmark = pytest.mark.xdist_group("workflow_one")  # they share one study, built once

PAGE = "results/evaluation/chain.html"
LEAKS = {
    "scaler": (
        "src/walkforge/agents/training.py",
        ("fit_scaler(known, known.rows(fold.train))", "fit_scaler(known, range(len(known.dates)))"),
    ),
    "observation": (
        "src/walkforge/market/rollout.py",
        ("day=day, symbol=symbol, factors=True", "day=day + 1, symbol=symbol, factors=True"),
    ),
    "execution": (
        "src/walkforge/market/tape.py",
        ('"open": market.open[following]', '"open": market.close[now]'),
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("stage", LEAKS)
def test_a_leak_in_the_code_fails_the_build(study: Study, stage: str) -> None:
    path, (clean, leaking) = LEAKS[stage]
    study.edit(path, lambda text: text.replace(clean, leaking))
    # The audit alone, on the policies that are there: trainings would take most of the time. A
    # scaler leaks once it is stored, so its policies are trained by the leaking code.
    forced = ["train_agent", "audit_chain"] if stage == "scaler" else ["audit_chain"]
    alone = ("--rerun-triggers", "mtime", "--forcerun", *forced, "--", PAGE)
    done = study.snakemake("--cores", "2", *alone)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    (told,) = [line for line in said.splitlines() if line.startswith("walkforge: LEAK: ")]
    assert f"ppo_weights, fold_1, {stage} (" in told
    assert not Path(study.folder / PAGE).exists()
