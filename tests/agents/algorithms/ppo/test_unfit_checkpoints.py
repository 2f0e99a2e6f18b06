"""A checkpoint that does not fit a training is refused with the reason, or passed over if asked."""

import json
import shutil
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import torch

from resumable import AGENT, FOLD, MARKET, MONEY, train_here
from walkforge.agents.training.checkpoints import load_checkpoint, save_checkpoint, saved_places
from walkforge.agents.training.curve import COLUMNS
from walkforge.agents.training.train import NOWHERE, Places, train
from walkforge.errors import InputError
from walkforge.market.market import Market
from walkforge.provenance import write_artifacts
from walkforge.splits.windows import Split, Window
from worlds import random_walks


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound checkpoint of the training, the one before its last."""
    folder = tmp_path_factory.mktemp("saved")
    train_here(Places(folder, None))
    return saved_places(folder)[0]


def test_a_named_checkpoint_is_taken_up_or_refused_with_the_reason(
    saved: Path, tmp_path: Path, whole: str
) -> None:
    place = saved
    assert train_here(NOWHERE, algorithm={"resume_from": str(place)}) == whole
    with pytest.raises(InputError, match=r"resume_from .*is of another training: its network"):
        train_here(NOWHERE, algorithm={"resume_from": str(place)}, network={"hidden": [5]})
    with pytest.raises(InputError, match=r"resume_from .*accounts.cash is float64 \[8\]"):
        train_here(NOWHERE, algorithm={"resume_from": str(place), "n_envs": 4})
    with pytest.raises(InputError, match="is of another training: its scheme"):
        train_here(NOWHERE, algorithm={"resume_from": str(place)}, scheme={"kappa": 0.4})
    with pytest.raises(InputError, match="has done 1024 steps of 512"):
        train_here(NOWHERE, algorithm={"resume_from": str(place), "total_timesteps": 512})
    own = {"algorithm": AGENT["algorithm"] | {"resume_from": str(place)}}
    with pytest.raises(InputError, match="its seed is 1, 2 is needed"):
        train(AGENT | own, MARKET, FOLD, config=MONEY, seed=2, places=NOWHERE)
    with pytest.raises(InputError, match="is of another training: its data"):
        train(AGENT | own, random_walks(5), FOLD, config=MONEY, seed=1, places=NOWHERE)
    with pytest.raises(InputError, match="resume_from .*nowhere"):
        train_here(NOWHERE, algorithm={"resume_from": str(tmp_path / "nowhere")})
    shutil.copytree(place, tmp_path / "other")
    state = (tmp_path / "other/state.json").read_text().replace('"schema_version": 1', '"a": 1')
    write_artifacts("test", {tmp_path / "other/state.json": state})
    with pytest.raises(InputError, match="is no checkpoint"):
        load_checkpoint(tmp_path / "other")


TENSORS = [field.name for field in fields(Market) if field.type is torch.Tensor]


def test_no_entry_of_a_market_is_left_out() -> None:
    assert {"daily_value", "volatility", "momentum", "delisted", "cut", "open"} <= set(TENSORS)
    assert len(TENSORS) == 9


@pytest.mark.parametrize("name", TENSORS)
def test_a_checkpoint_of_other_data_is_refused_whatever_differs(saved: Path, name: str) -> None:
    values = getattr(MARKET, name).clone()
    place = (30, 2) + (0,) * (values.dim() - 2)
    values[place] = ~values[place] if values.dtype == torch.bool else values[place] * 1.5 + 1.0
    own = {"algorithm": AGENT["algorithm"] | {"resume_from": str(saved)}}
    other = replace(MARKET, **{name: values})
    with pytest.raises(InputError, match="is of another training: its data"):
        train(AGENT | own, other, FOLD, config=MONEY, seed=1, places=NOWHERE)


def test_a_checkpoint_is_of_the_rows_that_were_left_out(saved: Path) -> None:
    own = {"algorithm": AGENT["algorithm"] | {"resume_from": str(saved)}}
    split = Split("fold_1", FOLD.train, (Window(MARKET.dates[20], MARKET.dates[25]),))
    with pytest.raises(InputError, match="is of another training: its (data|left_out)"):
        train(AGENT | own, MARKET, split, config=MONEY, seed=1, places=NOWHERE)


@pytest.mark.parametrize(
    "state",
    ["[1]", "[" * 100_000, '{"num_timesteps": "a"}', '{"num_timesteps": 1e999}', '{"rows": 5}'],
    ids=["list", "deep", "text", "infinite", "rows"],
)
def test_a_hostile_state_is_refused_in_words(saved: Path, tmp_path: Path, state: str) -> None:
    place = shutil.copytree(saved, tmp_path / "checkpoint")
    if state.startswith("{"):
        known = json.loads((place / "state.json").read_text())
        state = json.dumps(known | json.loads(state))
    write_artifacts("test", {place / "state.json": state})
    with pytest.raises(InputError):
        train_here(NOWHERE, algorithm={"resume_from": str(place)})


def changed_state(place: Path, **changes: Any) -> None:
    """Write a checkpoint's state with these entries in place of its own."""
    known = json.loads((place / "state.json").read_text())
    text = json.dumps(known | changes)
    write_artifacts("test", {place / "state.json": text})


ROW = dict.fromkeys(COLUMNS, 0.5)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([{}], "row 0 of its curve lacks or adds 'action_std'"),
        ([ROW | {"another": 1.0}], "lacks or adds 'another'"),
        ([ROW, {key: ROW[key] for key in COLUMNS[:-1]}], "row 1 .*'gradient_norm'"),
        ([ROW | {"reward": "much"}], "holds 'much' as reward: a finite number"),
        ([ROW | {"reward": None}], "holds None as reward"),
        ([ROW | {"turnover": True}], "holds True as turnover"),
        ([ROW | {"turnover": [1.0]}], r"holds \[1.0\] as turnover"),
        ([ROW | {"value_loss": 10**400}], "as value_loss: a finite number"),
        ([ROW, ROW], "row 1 of its curve is of 0 steps, after 0"),
        ([ROW | {"timesteps": 9e9}], "is of 9000000000 steps"),
        ([5], "no rows of a curve"),
        (None, "no rows of a curve"),
    ],
    ids=[
        "empty", "more", "less", "text", "null", "bool", "list", "huge", "twice", "later",
        "number", "none",
    ],
)  # fmt: skip
def test_rows_that_are_none_of_a_curve_are_refused_with_the_reason(
    saved: Path, tmp_path: Path, rows: Any, told: str
) -> None:
    place = shutil.copytree(saved, tmp_path / "checkpoint")
    changed_state(place, rows=rows)
    with pytest.raises(InputError, match=told):
        train_here(NOWHERE, algorithm={"resume_from": str(place)})


HALF = {"precision": "fp16", "total_timesteps": 256}


@pytest.fixture(scope="module")
def saved_half(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound checkpoint of a short training in half precision."""
    folder = tmp_path_factory.mktemp("half")
    train_here(Places(folder, None), algorithm=HALF)
    return saved_places(folder)[0]


@pytest.mark.parametrize("scaler", [{}, {"scale": 1.0}, None, "scaler"])
def test_a_scaler_that_is_none_is_refused(saved_half: Path, tmp_path: Path, scaler: Any) -> None:
    place = shutil.copytree(saved_half, tmp_path / "checkpoint")
    changed_state(place, scaler=scaler)
    with pytest.raises(InputError, match="its scaler is"):
        train_here(NOWHERE, algorithm=HALF | {"resume_from": str(place)})


def unfit(saved: Path, tmp_path: Path, how: str) -> Path:
    """A checkpoint that differs from the training in its identity, shapes, rows or generators.

    The last is found out only while it is taken over, when half of it is in place.
    """
    place = shutil.copytree(saved, tmp_path / "unfit")
    if how == "seed":
        state = json.loads((place / "state.json").read_text())
        changed_state(place, identity=state["identity"] | {"seed": 9})
    elif how == "rows":
        changed_state(place, rows=[{}])
    else:
        checkpoint = load_checkpoint(place)
        tensors = dict(checkpoint.tensors)
        if how == "shapes":
            tensors["accounts.cash"] = tensors["accounts.cash"][:3]
        else:
            tensors["chance.torch"] = torch.full_like(tensors["chance.torch"], 255)
        shutil.rmtree(place)
        steps = checkpoint.state["num_timesteps"]
        place = save_checkpoint(tmp_path / "unfit", steps, checkpoint._replace(tensors=tensors))
    return place


HOW = ["seed", "rows", "shapes", "chance"]


@pytest.mark.parametrize("how", HOW)
def test_an_unfit_checkpoint_is_refused_or_the_training_starts_anew(
    saved: Path, tmp_path: Path, whole: str, capsys: pytest.CaptureFixture[str], how: str
) -> None:
    named = {"resume_from": str(unfit(saved, tmp_path, how))}
    with pytest.raises(InputError, match="resume_from .*: give one that fits, or start anew with"):
        train_here(NOWHERE, algorithm=named)
    capsys.readouterr()
    assert train_here(NOWHERE, on_unfit="restart", algorithm=named) == whole
    assert "starts anew (on_unfit: restart)" in capsys.readouterr().out


def test_an_unfit_checkpoint_of_its_own_is_treated_alike(
    saved: Path, tmp_path: Path, whole: str
) -> None:
    folder = unfit(saved, tmp_path, "seed").rename(tmp_path / saved.name).parent
    with pytest.raises(InputError, match=f"^{folder}.*its seed is 9, 1 is needed: give one"):
        train_here(Places(folder, None))
    assert train_here(Places(folder, None), on_unfit="restart") == whole


def test_a_fitting_checkpoint_is_gone_on_from_whatever_was_asked_for_others(
    saved: Path, whole: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = {"resume_from": str(saved)}
    assert train_here(NOWHERE, on_unfit="restart", algorithm=asked) == whole
    assert f"goes on at 1024 steps from {saved}" in capsys.readouterr().out


def test_a_folder_without_a_checkpoint_is_refused_whatever_was_asked(tmp_path: Path) -> None:
    asked = {"resume_from": str(tmp_path / "nowhere")}
    with pytest.raises(InputError, match="resume_from .*nowhere"):
        train_here(NOWHERE, on_unfit="restart", algorithm=asked)
