"""A run is closed: what stands in results is listed, and said to be of what it was made of."""

import json

import pytest

from walkforge.manifests import manifest_of
from walkforge.provenance import sha256_file
from workflow_study import Study, figures, pages

APART = ("report.html", "manifest.json", "holdout/access.jsonl")


def artifacts(study: Study) -> dict[str, str]:
    """The hash of every file in results but of logs, trials, manifests and what stands alone.

    Names that begin with a point are Snakemake's own.
    """
    results = study.folder / "results"
    files = {str(path.relative_to(results)): path for path in results.rglob("*") if path.is_file()}
    return {
        name: sha256_file(path)
        for name, path in files.items()
        if not name.startswith(("logs/", "trials/")) and name not in APART
        if path.suffix != ".sha256" and not path.name.startswith(".")
    }


def listed(study: Study) -> dict[str, dict[str, object]]:
    said = json.loads((study.folder / "results/manifest.json").read_text())
    return dict(said["artifacts"])


def test_a_run_lists_every_artifact_and_each_was_made_by_a_job(built: Study) -> None:
    said = listed(built)
    assert {name: entry["sha256"] for name, entry in said.items()} == artifacts(built)
    assert all(entry["made_of"] for entry in said.values())


@pytest.mark.slow
def test_after_a_targeted_run_all_that_is_said_of_the_results_is_true(study: Study) -> None:
    study.edit("config.yaml", lambda text: text.replace("sharpe: 0.3", "sharpe: 0.4"))
    done = study.snakemake("--cores", "1", "--", "results/evaluation/verdict.json")
    assert done.returncode == 0, done.stderr[-3_000:]
    assert "sharpe: 0.4" in (study.folder / "results/config.yaml").read_text()
    page = (study.folder / "results/provenance.html").read_text()
    assert "sharpe: 0.4" in page
    assert sha256_file(study.folder / "results/evaluation/verdict.json") in page
    assert {name: entry["sha256"] for name, entry in listed(study).items()} == artifacts(study)
    assert "of what was made anew since" in done.stderr
    ran = study.build()
    shown = figures("sharpe") | pages("evaluation/evidence", "evaluation/summary")
    assert set(ran) == {*shown, "write_provenance"}
    assert not study.planned()
    assert {name: entry["sha256"] for name, entry in listed(study).items()} == artifacts(study)


@pytest.mark.slow
def test_what_a_setting_asks_for_apart_leaves_the_record_s_configuration_alone(
    study: Study,
) -> None:
    before = (study.folder / "results/config.yaml").read_bytes()
    policy = "results/agents/ppo_weights/fold_1/seed_0/policy"
    asked = {"WALKFORGE__BACKTEST__POLICY": policy}
    done = study.snakemake("--cores", "1", "backtest", **asked)
    assert done.returncode == 0, done.stderr[-3_000:]
    assert (study.folder / "results/config.yaml").read_bytes() == before
    assert "backtest/daily.parquet" in listed(study)
    assert manifest_of(study.folder / "results/manifest.json").exists()
    assert not study.planned()


@pytest.mark.slow
def test_what_was_altered_after_a_run_is_named_and_made_anew(study: Study) -> None:
    before = artifacts(study)
    page = study.folder / "results/evaluation/metrics.html"
    page.write_text(page.read_text().replace("Sharpe", "Sharp", 1))
    named = "results/evaluation/metrics.html is not what its manifest says"
    assert named in study.snakemake("-n").stderr
    assert study.build() == pages("evaluation/metrics")
    assert artifacts(study) == before
    assert named not in study.snakemake("-n").stderr
    assert not study.planned()
