"""A training that is ended anywhere goes on to the same bits; nothing unfit is taken up."""

import json
import os
import pickle
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
from stable_baselines3 import PPO
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from resumable import AGENT, FOLD, MARKET, MONEY, network_digest, train_here
from sb3_loop import batch_of
from walkforge.agents.policy import load_policy, make_network
from walkforge.agents.sb3.policy import NetworkPolicy
from walkforge.agents.scaler import Scaler
from walkforge.agents.training.checkpoints import (
    load_checkpoint,
    newest_sound,
    saved_places,
    training_key,
)
from walkforge.agents.training.precision import check_passes, choose_matmul
from walkforge.agents.training.train import NOWHERE, Places, train, trained_contents
from walkforge.errors import InputError
from walkforge.market.adapters import AccountVecEnv
from walkforge.provenance import write_artifacts

TESTS = Path(__file__).parents[3]


def places(folder: Path) -> Places:
    return Places(folder, None)


class EndedError(Exception):
    """The machine went away."""


def test_a_resumed_training_equals_the_whole_one(
    tmp_path: Path, whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walkforge.agents.training import loop

    real = loop.save_checkpoint
    count = 0

    def ending(*arguments: Any) -> Path:
        nonlocal count
        count += 1
        place = real(*arguments)
        if count == 3:
            raise EndedError
        return place

    monkeypatch.setattr(loop, "save_checkpoint", ending)
    with pytest.raises(EndedError):
        train_here(places(tmp_path))
    assert [int(each.name) for each in saved_places(tmp_path)] == [256, 384]
    assert train_here(places(tmp_path)) == whole
    assert [int(each.name) for each in saved_places(tmp_path)][-1] == 1152


def test_checkpoints_change_nothing_and_are_written_exactly_when_due(
    tmp_path: Path, whole: str
) -> None:
    assert train_here(places(tmp_path)) == whole
    assert [int(each.name) for each in saved_places(tmp_path)] == [1024, 1152]


@pytest.mark.parametrize(
    ("every", "due"),
    [(384, [384, 768, 1152]), (256, [256, 512, 768, 1024]), (1280, []), (None, [])],
)  # fmt: skip
def test_every_checkpoint_is_of_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int | None, due: list[int]
) -> None:
    from walkforge.agents.training import loop

    real = loop.save_checkpoint
    steps = []

    def recording(folder: Path, step: int, checkpoint: Any) -> Path:
        steps.append(step)
        return real(folder, step, checkpoint)

    monkeypatch.setattr(loop, "save_checkpoint", recording)
    train_here(places(tmp_path), every=every)
    assert steps == due
    assert [int(each.name) for each in saved_places(tmp_path)] == due[-2:]


def test_two_optimisers_and_two_encoders_resume_too(tmp_path: Path, whole: str) -> None:
    two = {
        "algorithm": {"critic_learning_rate": "plateau(1.0e-3, patience=1)", "critic_epochs": 1},
        "network": {"separate_critic": True},
    }
    alone = train_here(NOWHERE, **two)
    assert alone != whole
    assert train_here(places(tmp_path), **two) == alone
    newest = saved_places(tmp_path)[-1]
    names = load_checkpoint(newest).tensors
    assert any(name.startswith("optimiser1.") for name in names)
    assert any(name.startswith("network.critic_encoder.") for name in names)
    shutil.rmtree(newest)
    assert train_here(places(tmp_path), **two) == alone


@pytest.mark.parametrize("damage", ["cut", "flipped", "missing", "empty", "pickled"])
def test_a_damaged_newest_checkpoint_is_passed_over(
    tmp_path: Path, whole: str, damage: str
) -> None:
    train_here(places(tmp_path))
    newest = saved_places(tmp_path)[-1]
    file = newest / "tensors.safetensors"
    marker = tmp_path / "executed"
    content = file.read_bytes()
    if damage == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif damage == "flipped":
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    elif damage == "missing":
        file.unlink()
    elif damage == "empty":
        file.write_bytes(b"")
    else:
        file.write_bytes(pickle.dumps(Bomb(marker)))
    found = newest_sound(tmp_path)
    assert found is not None
    assert found[0] == saved_places(tmp_path)[0]
    assert train_here(places(tmp_path)) == whole
    assert not marker.exists()


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


def test_checkpoints_are_kept_where_all_before_were_damaged(tmp_path: Path, whole: str) -> None:
    train_here(places(tmp_path))
    for place in saved_places(tmp_path):
        (place / "state.json").write_bytes(b"{")
    (tmp_path / "000000000001").symlink_to(tmp_path)
    assert train_here(places(tmp_path)) == whole
    found = newest_sound(tmp_path)
    assert found is not None
    assert found[0].name.endswith("1152")


def test_half_precision_resumes_too(tmp_path: Path) -> None:
    half = {"precision": "fp16"}
    whole = train_here(NOWHERE, algorithm=half)
    assert train_here(places(tmp_path), algorithm=half) == whole
    shutil.rmtree(saved_places(tmp_path)[-1])
    assert train_here(places(tmp_path), algorithm=half) == whole


def test_the_key_of_a_training_is_all_that_it_depends_on() -> None:
    parts = {"settings": {"a": 1}, "code": ["x@1"], "rows": {"sha": "2"}, "seed": 0}
    keys = {
        training_key(**parts | change)
        for change in ({}, {"seed": 1}, {"code": ["x@2"]}, {"rows": {}}, {"settings": {"a": 2}})
    }
    assert len(keys) == 5


def run(folder: Path, **changes: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(TESTS.parent / "src")}
    command = [
        sys.executable,
        str(TESTS / "support/resumable.py"),
        str(folder),
        json.dumps(changes),
    ]
    return subprocess.Popen(command, env=environment, text=True, stdout=-1, stderr=-1)


@contextmanager
def running(folder: Path, **changes: Any) -> Iterator[subprocess.Popen[str]]:
    """Run a training that would not end by itself, and leave none behind."""
    process = run(folder, **changes)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def newest_name(folder: Path) -> str:
    kept = saved_places(folder)
    return kept[-1].name if kept else ""


@pytest.mark.slow
def test_twenty_kills_and_damaged_checkpoints_end_in_one_digest(tmp_path: Path, whole: str) -> None:
    generator = random.Random(0)  # noqa: S311
    kills = 0
    for _ in range(80):
        before = newest_name(tmp_path)
        process = run(tmp_path)
        while process.poll() is None and newest_name(tmp_path) == before:
            time.sleep(0.001)
        time.sleep(generator.uniform(0.0, 0.05))
        process.kill()
        output, errors = process.communicate()
        kept = saved_places(tmp_path)
        if process.returncode != -signal.SIGKILL:  # it was done first: begin again
            assert whole in output, errors
            for place in kept:
                shutil.rmtree(place)
            continue
        kills += 1
        if kills % 2 == 0 and kept:
            (kept[-1] / "state.json").write_bytes(b"{")
        if kills == 20:
            break
    assert kills == 20
    output, errors = run(tmp_path).communicate(timeout=120)
    assert whole in output, errors


def wait_for(condition: Callable[[], object], process: subprocess.Popen[str]) -> None:
    """Wait until something is so, of a process that must not end before it is."""
    limit = time.monotonic() + 120.0
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.01)


def listens(process: subprocess.Popen[str]) -> bool:
    """Whether a process takes SIGTERM, as Python does not by itself: Ctrl-C is set then."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(status.split("SigCgt:")[1].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


LONG = {"total_timesteps": 10**9, "n_steps": 100, "batch_size": 800}


@pytest.mark.slow
def test_ctrl_c_saves_and_ends_after_the_rollout(tmp_path: Path) -> None:
    with running(tmp_path, **LONG, every=800) as process:
        wait_for(lambda: newest_sound(tmp_path), process)
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    assert process.returncode == 1
    assert output.count("SIGINT: saving after this roll-out; again to end at once") == 1
    said = re.search(
        r"StoppedError: training ended at (\d+)/1000000000 steps as asked: saved, "
        r"run again to go on from (.+)$",
        errors.strip(),
    )
    assert said, errors
    steps = int(said[1])
    place = Path(said[2])
    assert place == saved_places(tmp_path)[-1]
    assert int(place.name) == steps
    assert load_checkpoint(place).state["num_timesteps"] == steps
    more = LONG | {"total_timesteps": steps + 800}
    assert train_here(places(tmp_path), algorithm=more) == train_here(NOWHERE, algorithm=more)


@pytest.mark.slow
def test_ctrl_c_twice_ends_at_once_and_saves_nothing(tmp_path: Path) -> None:
    # its first roll-out takes hours: whatever ends it does not wait for one
    sizes = {"n_steps": 10**8, "total_timesteps": 8 * 10**8}
    endless = LONG | sizes | {"every": None}
    with running(tmp_path, **endless) as process:
        wait_for(lambda: listens(process), process)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        while "saving after this roll-out" not in (line := process.stdout.readline()):
            assert line, process.communicate()
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=120)
    assert process.returncode != 0
    assert errors.strip().endswith("KeyboardInterrupt")
    assert "run again to go on" not in errors
    assert saved_places(tmp_path) == []


def test_the_exported_zip_gives_the_same_network_and_is_the_same_twice(tmp_path: Path) -> None:
    one, two = (train(AGENT, MARKET, FOLD, config=MONEY, seed=1, places=NOWHERE) for _ in range(2))
    assert one.exported == two.exported
    contents = trained_contents(
        one, str(tmp_path / "policy/manifest.json"), profile=str(tmp_path / "p.json")
    )
    write_artifacts("test", contents)
    batch = batch_of(MARKET, "weights")
    model = PPO(
        NetworkPolicy,
        AccountVecEnv(batch),
        policy_kwargs={"make_network": lambda: make_network(AGENT, Scaler(3))},
        device="cpu",
    )
    model.policy.optimizer = torch.optim.AdamW(
        [
            {"params": [p for p in model.policy.parameters() if p.dim() > 1]},
            {"params": [p for p in model.policy.parameters() if p.dim() <= 1]},
        ]
    )
    model.set_parameters(str(tmp_path / "policy/policy.zip"), exact_match=True, device="cpu")
    loaded = load_policy(tmp_path / "policy", device=torch.device("cpu"))
    assert network_digest(model.policy.network) == network_digest(loaded.network)
    with pytest.raises((ValueError, KeyError, AssertionError)):
        PPO.load(str(tmp_path / "policy/policy.zip"))


def test_a_policy_with_pickles_in_its_place_is_refused_and_never_run(tmp_path: Path) -> None:
    trained = train(AGENT, MARKET, FOLD, config=MONEY, seed=1, places=NOWHERE)
    contents = trained_contents(
        trained, str(tmp_path / "policy/manifest.json"), profile=str(tmp_path / "p.json")
    )
    write_artifacts("test", contents)
    marker = tmp_path / "executed"
    for name in ("policy.safetensors", "config.json", "manifest.json"):
        kept = (tmp_path / "policy" / name).read_bytes()
        (tmp_path / "policy" / name).write_bytes(pickle.dumps(Bomb(marker)))
        with pytest.raises(InputError, match=name):
            load_policy(tmp_path / "policy", device=torch.device("cpu"))
        (tmp_path / "policy" / name).write_bytes(kept)
    (tmp_path / "policy/policy.zip").write_bytes(pickle.dumps(Bomb(marker)))
    load_policy(tmp_path / "policy", device=torch.device("cpu"))
    assert not marker.exists()


def test_tensorboard_gets_the_standard_tags(tmp_path: Path) -> None:
    wanted = Places(None, tmp_path / "board", tensorboard=True)
    for _ in range(2):  # the second leaves nothing of the first
        train(AGENT, MARKET, FOLD, config=MONEY, seed=1, places=wanted)
    events = EventAccumulator(str(tmp_path / "board"))
    events.Reload()
    tags = set(events.Tags()["scalars"])
    assert {"train/loss", "train/approx_kl", "train/clip_fraction", "train/explained_variance",
            "train/entropy_loss", "train/std", "train/gradient_norm", "rollout/turnover",
            "rollout/effective_names", "time/fps"} <= tags  # fmt: skip
    steps = [each.step for each in events.Scalars("train/loss")]
    assert steps == sorted(set(steps))
    assert steps[-1] == 1_280


def test_half_precision_that_is_slow_here_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    check_passes("bf16", torch.device("cpu"))
    assert "bf16 products take" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("wanted", "tolerance", "chosen"),
    [("medium", 0.0, "highest"), ("high", 0.0, "highest"), ("medium", 1.0, "medium"),
     ("high", 1.0, "high"), ("highest", 0.0, "highest")],
)  # fmt: skip
def test_products_that_are_inexact_here_are_not_chosen(
    capsys: pytest.CaptureFixture[str], wanted: str, tolerance: float, chosen: str
) -> None:
    before = torch.get_float32_matmul_precision()
    try:
        assert choose_matmul(wanted, torch.device("cpu"), tolerance=tolerance) == chosen
        assert torch.get_float32_matmul_precision() == chosen
    finally:
        torch.set_float32_matmul_precision(before)
    said = capsys.readouterr().out
    assert said.startswith(f"matmul precision {chosen} (asked for {wanted}: error ")
