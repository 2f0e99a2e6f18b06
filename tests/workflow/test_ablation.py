"""The ablation as a target: it trains variants by the rules of agents, and only what changed."""

from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import yaml

from workflow_study import Study, figures, pages

TOLD = {"measure_ablation": 1} | figures("ablation") | pages("ablation/ablation")
ARGUMENTS = ("--configfile", "small.yaml", "part.yaml", "--", "ablation")
PART = {
    "features": {"select": ["log_return_1", "log_return_5", "body_pct", "gap_pct"]},
    "audit": {"compared_symbols": 1, "symbols": 1, "cuts": 1, "last_rows": 1},
    "splits": {"scheme": "single"},
    "ablation": {"families": ["momentum", "candles"], "few": ["gap_pct"]},
    "verdict": {"replications": 100},
}


def test_it_trains_each_variant_on_every_fold_and_nothing_that_is_there_again(study: Study) -> None:
    variants = 7 + 1
    folds = 2  # seven families are left out in turn, and the few
    runs = {"train_agent": variants * folds, "evaluate_agent": variants}
    assert study.planned("--", "ablation") == Counter({**runs, **TOLD, "ablation": 1})
    assert study.planned() == Counter()


def test_what_cannot_be_compared_is_told_without_a_traceback(study: Study) -> None:
    given = {"WALKFORGE__ABLATION__FEW": "[rsi_14, wavelet]"}
    done = study.snakemake("-n", "--", "ablation", **given)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "walkforge: ablation.few[1] is 'wavelet' of 'wavelet_trend'" in said or (
        "walkforge: ablation.few[1] is 'wavelet' of" in said
    )
    assert "Traceback" not in said
    assert study.planned("--", "evaluation", **given) == Counter()


@pytest.mark.slow
def test_one_changed_list_retrains_that_variant_and_a_seed_one_of_each(unbuilt: Study) -> None:
    place = unbuilt.folder / "part.yaml"
    place.write_text(yaml.safe_dump(PART))
    ran = unbuilt.build(*ARGUMENTS)
    assert (ran["train_agent"], ran["evaluate_agent"]) == (4, 4)  # all, without two, few
    results = unbuilt.folder / "results"
    assert len(list((results / "trials").iterdir())) == 4
    frame = pl.read_parquet(results / "ablation/ablation.parquet").filter(seed="mean")
    assert dict(frame.select("agent", pl.col("features").list.len()).iter_rows()) == {
        "ppo_weights": 4, "ppo_weights__without_momentum": 2, "ppo_weights__without_candles": 2,
        "ppo_weights__few": 1,
    }  # fmt: skip
    for made in ("ablation/ablation.html", "figures/ablation.png", "figures/ablation.svg"):
        assert Path(results, made).stat().st_size > 1_000
    again = unbuilt.snakemake("--cores", "2", *ARGUMENTS)
    assert "Nothing to be done" in again.stderr + again.stdout
    place.write_text(yaml.safe_dump(PART | {"ablation": {**PART["ablation"], "few": ["body_pct"]}}))
    assert unbuilt.planned(*ARGUMENTS) == Counter(
        {"train_agent": 1, "evaluate_agent": 1, **TOLD, "ablation": 1}
    )
    place.write_text(yaml.safe_dump(PART | {"seeds": [0, 1]}))
    assert unbuilt.planned(*ARGUMENTS) == Counter(
        {"train_agent": 4, "evaluate_agent": 4, **TOLD, "ablation": 1}
    )
