"""Who does what the pages say has an indicator, a reward, a network and an agent of his own."""

import polars as pl
import pytest

from pages import arguments, commands, follow
from workflow_study import ROOT, Study

INDICATOR = (ROOT / "docs/add_indicator.md").read_text()
AGENT = (ROOT / "docs/add_agent.md").read_text()
SELECT = {"WALKFORGE__FEATURES__SELECT": "[williams_r_120, log_return_1]"}


def add_indicator(study: Study, page: str) -> None:
    """Do what the page says, up to the run."""
    follow(page, study.folder)
    written, run, tests = commands(page)
    assert written == "python -m walkforge.features.document > docs/indicators.md"
    assert f"SELECT='{SELECT['WALKFORGE__FEATURES__SELECT']}'" in run
    assert run.endswith("snakemake --cores all features")
    assert tests == 'make test ARGS="tests/features"'
    document = study.python("-m", "walkforge.features.document")
    assert document.returncode == 0, document.stderr
    (study.folder / "docs/indicators.md").write_text(document.stdout)


@pytest.mark.slow
def test_an_indicator_by_the_page_is_computed_compared_and_audited(study: Study) -> None:
    add_indicator(study, INDICATOR)
    done = study.snakemake("--cores", "2", "features", **SELECT)
    assert done.returncode == 0, done.stderr[-4_000:]
    results = study.folder / "results/features"
    features = pl.read_parquet(results / "features.parquet").drop_nulls()
    assert features.columns == ["date", "symbol", "log_return_1", "williams_r_120"]
    assert features["williams_r_120"].is_between(-100, 0).all()
    assert features["williams_r_120"].n_unique() > 1_000
    for page in ("audit.html", "parity.html"):
        assert "williams_r_120" in (results / page).read_text()
    assert "1 of 2 indicators are compared with ta" in (results / "parity.html").read_text()


@pytest.mark.slow
def test_an_indicator_that_knows_the_future_is_refused_as_the_page_says(study: Study) -> None:
    (leak,) = [word for word in INDICATOR.split("`") if word.startswith("np.nanmax")]
    own = "highest_high(bars, length=length)"
    leaking = INDICATOR.replace(f"most = {own}", f"most = {leak}")
    assert leaking != INDICATOR
    add_indicator(study, leaking)
    done = study.snakemake("--cores", "2", "--", "results/features/audit.html", **SELECT)
    assert done.returncode != 0
    (told,) = [line for line in INDICATOR.splitlines() if line.startswith("walkforge: LEAK")]
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.slow
def test_an_agent_of_parts_of_one_s_own_by_the_page_is_trained_alone(study: Study) -> None:
    sizes = {"TOTAL_TIMESTEPS": "2048", "N_ENVS": "16", "EPISODE_DAYS": "60"}
    quick = {f"WALKFORGE__ALGORITHMS__PPO__{key}": value for key, value in sizes.items()}
    quick["WALKFORGE__ALGORITHMS__PPO__BATCH_SIZE"] = "256"
    own_quick = {f"WALKFORGE__ALGORITHMS__REINFORCE__{key}": sizes[key] for key in sizes}
    existing, parts = AGENT.split("## Parts of your own")
    whole, alone, own, tests = commands(AGENT)
    follow(existing, study.folder)
    assert tests == 'make test ARGS="tests/configuration tests/market tests/agents"'
    planned = study.planned(*arguments(whole)[2:], **quick)
    assert planned["train_agent"] == 3  # of the new agent, two folds and live
    assert study.planned(*arguments(alone)[2:], **quick)["train_agent"] == 1
    follow(parts, study.folder)
    (target,) = [word for word in arguments(own) if word.startswith("results/")]
    done = study.snakemake(*arguments(own), **quick, **own_quick)
    assert done.returncode == 0, done.stderr[-4_000:]
    config = (study.folder / target).with_name("config.json").read_text()
    assert '"loss_weight":1.5' in config.replace(" ", "")
    assert '"name":"reinforce"' in config.replace(" ", "")
