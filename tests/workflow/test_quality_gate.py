"""The gate: data that score below it train, evaluate and rank nothing; a page says why."""

from workflow_study import Study


def test_a_score_below_the_gate_stops_the_run_before_any_training(unbuilt: Study) -> None:
    gate = {"WALKFORGE__DATA__QUALITY_GATE": "1.0"}
    text = (unbuilt.folder / "bars.parquet").read_bytes()
    unbuilt.remove_bars(5)
    done = unbuilt.snakemake("--cores", "2", **gate)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    assert "Traceback" not in said
    assert "QUALITY: the data score 0.9" in said
    results = unbuilt.folder / "results"
    assert "below" in (results / "bars/quality.html").read_text()
    assert (results / "bars/quarantine.parquet").exists()
    for stage in ("agents", "evaluation", "rankings"):
        assert not (results / stage).exists()
    (unbuilt.folder / "bars.parquet").write_bytes(text)
    assert unbuilt.build("--", "results/bars/checked.json")["check_quality"] == 1
