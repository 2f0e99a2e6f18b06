"""A user's mistake: one clear message, no traceback, exit not 0, nothing written, nothing lost."""

import pytest

from workflow_study import Study

MISTAKES = {
    "wrong keys, all at once": (
        ["--config", "market={'costs': {'comission_bps': 3}}", "seeds=[1,1]"],
        {"WALKFORGE__SPLIT__END": "2012-01-03"},
        [
            "market.costs.comission_bps",
            "market.costs.commission_bps",
            "seeds",
            "split: unknown key",
        ],
    ),
    "a number that YAML reads as text": (
        ["--config", "market={'costs': {'commission_bps': '1e-4'}}"],
        {},
        ["market.costs.commission_bps", "1.0e-4"],
    ),
    "a missing file": (
        [],
        {"WALKFORGE__DATA__PATH": "nope.parquet"},
        ["data.path", "nope.parquet"],
    ),
    "an unknown symbol": (
        ["--config", "data={'symbols': ['IBM','APPL']}"],
        {},
        ["data.symbols", "'APPL'", "'AAPL'"],
    ),
    "dates of the data outside it": (
        [],
        {"WALKFORGE__DATA__START": "1999-01-01"},
        ["data.start 1999-01-01", "2004-09-01", "2012-01-20"],
    ),
    "dates of the folds outside the data": (
        [],
        {"WALKFORGE__SPLITS__END": "2013-01-03"},
        ["splits.end 2013-01-03", "2004-09-01", "2012-01-20"],
    ),
}


def told(study: Study, name: str) -> None:
    arguments, environment, expected = MISTAKES[name]
    done = study.snakemake("--cores", "2", *arguments, **environment)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    for words in expected:
        assert words in said


def written(study: Study) -> list[str]:
    folder = study.folder / "results"
    return sorted(
        str(path) for path in folder.rglob("*") if path.is_file() and path.suffix != ".log"
    )


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_and_nothing_is_written(unbuilt: Study, name: str) -> None:
    told(unbuilt, name)
    assert written(unbuilt) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["an unknown symbol", "dates of the folds outside the data"])
def test_a_mistake_loses_nothing_that_was_made_before(study: Study, name: str) -> None:
    before = {path: state[0] for path, state in study.files().items()}
    told(study, name)
    assert {path: state[0] for path, state in study.files().items()} == before
    assert "train_agent" not in study.planned()


def test_a_date_before_every_policy_is_told(study: Study) -> None:
    target = "results/rankings/2008-01-02/ranking.csv"
    done = study.snakemake("--cores", "2", "--", target)
    assert done.returncode != 0
    assert (
        "the earliest date to rank is the first session from 2010-01-01 on"
        in done.stdout + done.stderr
    )
    assert "Traceback" not in done.stdout + done.stderr


def test_a_past_date_is_ranked_by_policies_that_could_know_it(study: Study) -> None:
    ran = study.build("--", "results/rankings/2011-03-01/ranking.csv")
    assert ran == {"rank_symbols": 1}
    text = (study.folder / "results/rankings/2011-03-01/ranking.csv").read_text()
    assert text.startswith("rank,symbol,action,")
    assert text.count("2011-03-01\n") == 6
