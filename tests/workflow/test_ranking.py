"""Rankings of the workflow: the Python face's equal, and blind to what comes after the date."""

import datetime as dt
import json

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from walkforge.provenance import sha256_file
from walkforge.ranking import Infer
from workflow_study import Study, jobs_planned

DAY = "2012-01-10"  # after splits.end: the live fold's, which carries the record's account on


def dated(study: Study) -> dict[str, str]:
    """The hashes of a date's ranking; its manifests also name what it was made of."""
    folder = study.folder / "results/rankings" / DAY
    files = [path for path in folder.iterdir() if path.suffix != ".sha256"]
    return {path.name: sha256_file(path) for path in files}


def test_the_rule_and_the_python_face_give_the_same(built: Study) -> None:
    folder = built.folder / "results/rankings"
    infer = Infer(results=built.folder / "results")
    predictions, summary = infer.infer_date(built.as_of())
    assert_frame_equal(predictions.frame, pl.read_parquet(folder / "latest.parquet"))
    assert summary == json.loads((folder / "latest.json").read_text())
    changes = pl.read_csv(folder / "latest_changes.csv", schema=predictions.changes.schema)
    assert_frame_equal(predictions.changes, changes)
    assert summary["fold"] == "live"
    assert summary["account"]["opens"] < "2009-12-01"  # before the first test window
    assert summary["account"]["sessions"] > 500
    assert set(predictions.frame["account_action"]) != {"buy"}
    assert predictions.frame["held_weight"].sum() > 0.5


def test_a_ranking_leaves_the_configuration_that_the_python_face_ranks_by(built: Study) -> None:
    done = built.snakemake("-n", "--", "ranking", WALKFORGE__RANKING__ACTION_BAND="0.07")
    assert done.returncode == 0, done.stderr[-2_000:]
    assert {"record_config", "rank_symbols"} <= set(jobs_planned(done.stdout))


@pytest.mark.slow
def test_a_past_date_has_the_same_bytes_whether_or_not_later_bars_exist(study: Study) -> None:
    target = ["--", f"results/rankings/{DAY}/ranking.csv"]
    latest = {path: state for path, state in study.files().items() if "/latest" in path}
    study.build(*target)
    after = {path: state for path, state in study.files().items() if "/latest" in path}
    assert after == latest
    with_later = dated(study)
    assert len(with_later) == 5
    source = study.folder / "bars.parquet"
    known = pl.col("date") <= dt.date.fromisoformat(DAY)
    pl.read_parquet(source).filter(known).write_parquet(source)
    ran = study.build("--forcerun", "rank_symbols", *target)
    assert ran["rank_symbols"] == 1
    assert "train_agent" not in ran
    assert dated(study) == with_later


@pytest.mark.slow
def test_a_date_with_bars_of_one_symbol_waits_for_the_others(study: Study) -> None:
    before = study.as_of()
    source = study.folder / "bars.parquet"
    bars = pl.read_parquet(source)
    last = bars.filter(pl.col("date") == bars["date"].max())
    added = last.with_columns(pl.col("date").dt.add_business_days(1))
    newest = str(added["date"][0])
    pl.concat([bars, added.filter(pl.col("symbol") == "IBM")]).write_parquet(source)
    study.build("--", "ranking")
    assert study.as_of() == before
    latest = study.folder / "results/rankings/latest.json"
    waits = json.loads(latest.read_text())["waits"]
    assert (waits["newest"], waits["due"]) == (newest, 6)
    assert "IBM" not in waits["waiting"]
    assert len(waits["waiting"]) == 5
    assert f"newest bars are of {newest}" in latest.with_suffix(".html").read_text()
    log = (study.folder / "results/logs/publish_ranking.log").read_text()
    assert f"walkforge: warning: The newest bars are of {newest}" in log
    done = study.snakemake("--cores", "1", "--", f"results/rankings/{newest}/ranking.csv")
    assert done.returncode != 0
    assert "1 of 6 symbols" in done.stdout + done.stderr
    pl.concat([bars, added]).write_parquet(source)
    study.build("--", "ranking")
    assert study.as_of() == newest
    assert "waits" not in json.loads(latest.read_text())
