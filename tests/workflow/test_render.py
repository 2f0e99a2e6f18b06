"""One episode of a policy of a built study, drawn and tabled."""

import polars as pl
import pytest

from walkforge.agents.render import main
from workflow_study import Study

POLICY = "agents/ppo_weights/fold_1/seed_0/policy"


def test_an_episode_agrees_with_itself(built: Study, capsys: pytest.CaptureFixture[str]) -> None:
    results = built.folder / "results"
    out = built.folder / "episode"
    given = [str(results / POLICY), "--results", str(results), "--out", str(out), "--days", "30"]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{out}.png, {out}.parquet: 30 sessions of ")
    assert out.with_suffix(".png").read_bytes().startswith(b"\x89PNG")
    table = pl.read_parquet(out.with_suffix(".parquet"))
    assert table["date"].n_unique() == 30
    assert table["equity"][0] < 1.0
    fills = table.drop_nulls("side")
    assert fills.height > 0
    bought = fills.filter(pl.col("side") == "buy")
    assert (bought["price"] >= bought["open"] * (1.0 - 1e-9)).all()
    assert (fills["cost"] > 0.0).all()
    first = out.with_suffix(".png").read_bytes()
    assert main(given) == 0
    assert out.with_suffix(".png").read_bytes() == first


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--symbol", "no such"], "--symbol 'no such' is not in the data: the nearest is"),
        (["--days", "0"], "--days 0: give 1 to 2,000"),
        (["--start", "2099-01-01"], "leaves no day to trade: the data run from"),
        (["--results", "nowhere"], "nowhere holds no config.yaml"),
    ],
)
def test_what_cannot_be_drawn_is_told_in_one_line_and_writes_nothing(
    built: Study, capsys: pytest.CaptureFixture[str], more: list[str], told: str
) -> None:
    results = built.folder / "results"
    out = built.folder / "none"
    given = [str(results / POLICY), "--results", str(results), "--out", str(out), *more]
    assert main(given) == 1
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not list(built.folder.glob("none*"))
