"""Every example is a complete study once it is laid over the project's configuration."""

from pathlib import Path

import pytest

from walkforge.configuration.checking import load_config
from walkforge.configuration.strict_yaml import read_strict
from walkforge.errors import InputError
from walkforge.splits.windows import holdout_window, plan_folds, splits_config

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
EXAMPLES = sorted((ROOT / "examples").glob("*.yaml"))


def test_there_are_examples():
    assert EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_resolves_without_fault_and_plans_folds(example, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = read_strict(example).get("data", {}).get("path")
    if path is not None:
        Path(path).write_bytes(b"any")
    config = load_config([ROOT / "config.yaml", example], SOURCE, {}, {})
    assert len(plan_folds(splits_config(config["splits"]))) >= 2


def test_the_single_split_seals_the_year_after_it():
    config = load_config(
        [ROOT / "config.yaml", ROOT / "examples/single_split.yaml"], SOURCE, {}, {}
    )
    fold, live = plan_folds(splits_config(config["splits"]))
    assert fold.test.end == live.validation.end == holdout_window(config["holdout"]).start


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_says_how_to_run_it(example):
    assert f"--configfile examples/{example.name}" in example.read_text(encoding="utf-8")


def test_own_parquet_needs_five_values_and_its_file(tmp_path, monkeypatch):
    example = ROOT / "examples/own_parquet.yaml"
    given = read_strict(example)
    assert set(given) == {"data", "splits"}
    assert set(given["data"]) == {"source", "path", "columns"}
    assert set(given["data"]["columns"]) == {"symbol"}
    assert set(given["splits"]) == {"start", "end"}
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="1 fault:\n  data.path: 'my_bars.parquet' not found"):
        load_config([ROOT / "config.yaml", example], SOURCE, {}, {})
