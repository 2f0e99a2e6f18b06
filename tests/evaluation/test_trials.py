"""Trial records: one for each configuration that was tried, whatever runs at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from walkforge.evaluation.trials import count_trials, record_trial, trial_key

SETTINGS: dict[str, Any] = {
    "data": {"source": "sample"},
    "features": {"select": ["momentum"]},
    "splits": {"start": "2001-01-01", "scheme": "rolling", "train_months": 12, "shares": [0.7]},
    "market": {"execution": "open"},
    "agent": {"algorithm": {"name": "ppo", "gamma": 0.5, "compiled": False}},
}


def changed(*path: str, value: Any) -> dict[str, Any]:
    settings = deepcopy(SETTINGS)
    entry = settings
    for key in path[:-1]:
        entry = entry[key]
    entry[path[-1]] = value
    return settings


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("agent", "algorithm", "gamma"), 0.6),
        (("features", "select"), ["trend"]),
        (("market", "execution"), "close"),
        (("splits", "start"), "2001-01-02"),
        (("data", "source"), "csv"),
    ],
)
def test_each_choice_makes_another_trial(path: tuple[str, ...], value: Any) -> None:
    assert trial_key(changed(*path, value=value)) != trial_key(SETTINGS)


def test_what_only_changes_how_a_training_is_run_is_no_other_trial() -> None:
    assert trial_key(changed("agent", "algorithm", "compiled", value=True)) == trial_key(SETTINGS)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("agent", "algorithm", "gamma"), 0.5),
        (("market", "costs"), {"commission_bps": 10}),
        (("features", "select"), ["trend", "momentum"]),
        (("data", "as_of"), "2020-01-02"),
        (("splits", "shares"), [0.5]),
    ],
)
def test_what_says_the_same_is_the_same_trial(path: tuple[str, ...], value: Any) -> None:
    settings = changed("market", "costs", value={"commission_bps": 10.0})
    settings["features"]["select"] = ["momentum", "trend"]
    other = deepcopy(settings)
    entry = other
    for key in path[:-1]:
        entry = entry[key]
    entry[path[-1]] = value
    assert trial_key(other) == trial_key(settings)


def test_a_training_that_starts_from_a_checkpoint_is_another_trial() -> None:
    assert trial_key(changed("agent", "algorithm", "resume_from", value="x")) != trial_key(SETTINGS)


def test_a_trial_is_recorded_once_and_never_changed(tmp_path: Path) -> None:
    path = record_trial(tmp_path / "trials", SETTINGS)
    assert json.loads(path.read_text())["settings"]["data"] == {"source": "sample"}
    path.write_text("kept as it is")
    assert record_trial(tmp_path / "trials", SETTINGS) == path
    assert path.read_text() == "kept as it is"
    assert [each.name for each in (tmp_path / "trials").iterdir()] == [path.name]


def test_many_jobs_at_once_write_one_whole_record(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        paths = list(pool.map(lambda _: record_trial(tmp_path, SETTINGS), range(64)))
    assert set(paths) == set(tmp_path.iterdir())
    json.loads(paths[0].read_text())


def test_recorded_and_planned_trials_are_counted_once_each(tmp_path: Path) -> None:
    other = changed("market", "execution", value="close")
    assert count_trials(tmp_path / "none", [SETTINGS]) == 1
    record_trial(tmp_path, SETTINGS)
    assert count_trials(tmp_path, [SETTINGS]) == 1
    assert count_trials(tmp_path, [SETTINGS, other]) == 2
    assert count_trials(tmp_path, []) == 1
    (tmp_path / "notes.txt").write_text("no trial")
    assert count_trials(tmp_path, []) == 1
