"""A job has the CPU, or one GPU that no other job has; each rule that takes one says so."""

import re
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from walkforge.agents.training.devices import hold_one, lease_device
from walkforge.errors import InputError

ROOT = Path(__file__).parents[3]
NO_GPU = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")


@pytest.mark.parametrize(
    ("asked", "why"), [("cpu", "as asked"), pytest.param("auto", "no GPU found", marks=NO_GPU)]
)
def test_the_cpu_is_leased_by_all_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], asked: str, why: str
) -> None:
    device = lease_device(SimpleNamespace(device=asked), folder=tmp_path / "locks")
    assert device == torch.device("cpu")
    assert capsys.readouterr().out == f"device cpu ({why}), torch {torch.__version__}\n"
    assert not (tmp_path / "locks").exists()


@NO_GPU
def test_a_gpu_that_is_not_there_is_told_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="runtime.device is cuda, .* no GPU: write auto or cpu"):
        lease_device(SimpleNamespace(device="cuda"), folder=tmp_path)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_a_gpu_is_leased_by_its_index(tmp_path: Path) -> None:
    device = lease_device(SimpleNamespace(device="cuda"), folder=tmp_path)
    assert (device.type, device.index) == ("cuda", 0)
    assert len([*tmp_path.iterdir()]) == 1


def test_each_lock_has_one_holder_and_the_next_waits(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    locks = [tmp_path / "devices" / f"gpu-{name}.lock" for name in "ab"]
    (first, held), (second, other) = hold_one(locks), hold_one(locks)
    assert (first, second) == (0, 1)
    threading.Timer(0.05, other.close).start()
    again, lock = hold_one(locks, look_every_s=0.001)
    assert again == 1
    assert "waiting for one of 2 GPUs, which other jobs hold" in capsys.readouterr().out
    held.close()
    lock.close()
    assert hold_one(locks)[0] == 0


def test_each_rule_that_leases_a_device_declares_it_and_no_other_does() -> None:
    rules = {}
    for file in (ROOT / "workflow/rules").glob("*.smk"):
        for block in re.split(r"^(?=rule |checkpoint )", file.read_text(), flags=re.M)[1:]:
            rules[re.match(r"\w+ (\w+):", block)[1]] = block
    scripts = {path.stem: path.read_text() for path in (ROOT / "workflow/scripts").glob("*.py")}
    leasing = {name for name, text in scripts.items() if "lease_device(" in text}
    declared = {
        name for name, block in rules.items()
        if "gpu=PLAN.gpus," in block and "device=PLAN.device," in block
    }  # fmt: skip
    assert {"train_agent", "evaluate_agent", "evaluate_random", "audit_chain"} <= leasing
    assert leasing == declared
    # What lays a market of tensors computes on it, and is told where.
    assert {name for name, text in scripts.items() if "market_of(" in text} <= leasing
    assert not [name for name, text in scripts.items() if "torch.device(" in text]
