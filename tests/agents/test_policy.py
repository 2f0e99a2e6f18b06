"""A policy on disk: the same decisions back, and nothing altered is ever used."""

import copy
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors

from agents.conftest import small_agent
from walkforge.agents.policy import Policy, check_features, load_policy, policy_contents
from walkforge.agents.training.train import train
from walkforge.errors import InputError
from walkforge.market.environment_step import observe
from walkforge.market.market import Market
from walkforge.market.simulator import open_accounts
from walkforge.provenance import sha256_bytes, write_artifacts
from walkforge.splits.windows import Fold, Window
from worlds import market_of, money, random_walks

CPU = torch.device("cpu")
CONFIG = money(cash=1e6)


def save_policy(policy: Policy, folder: Path) -> None:
    contents = {folder / name: content for name, content in policy_contents(policy).items()}
    write_artifacts("train_agent", contents)


@pytest.fixture(scope="module")
def trained() -> tuple[Policy, Market]:
    market = random_walks(0)
    window = Window(market.dates[0], market.dates[40])
    fold = Fold("fold_1", window, Window(market.dates[40], market.dates[45]), None)
    return train(small_agent(), market, fold, config=CONFIG, seed=0).policy, market


@pytest.fixture
def saved(trained: tuple[Policy, Market], tmp_path: Path) -> tuple[Path, Any, Any]:
    policy = copy.deepcopy(trained[0])
    market = trained[1]
    save_policy(policy, tmp_path / "policy")
    return tmp_path / "policy", policy, market


def test_a_loaded_policy_decides_as_the_saved_one(saved: tuple[Path, Any, Any]) -> None:
    folder, policy, market = saved
    again = load_policy(folder, device=CPU)
    seen = observe(market, open_accounts(1, 4, cash=1.0, device=CPU), day=torch.tensor([50]))
    assert torch.equal(policy.targets(seen), again.targets(seen))
    assert torch.equal(policy.orders(seen), again.orders(seen))
    assert (again.agent, again.feature_names) == (policy.agent, policy.feature_names)


def test_the_distribution_that_an_algorithm_names_is_saved_with_the_policy(
    saved: tuple[Path, Any, Any],
) -> None:
    folder, plain, market = saved
    assert b"distribution" not in (folder / "config.json").read_bytes()
    policy = replace(plain, distribution="squashed_gaussian")
    save_policy(policy, folder)
    again = load_policy(folder, device=CPU)
    seen = observe(market, open_accounts(1, 4, cash=1.0, device=CPU), day=torch.tensor([50]))
    assert torch.equal(policy.targets(seen), again.targets(seen))
    assert not torch.equal(plain.targets(seen), again.targets(seen))
    assert again.actions(seen).mode().abs().max() <= policy.scheme.space(4).bound


@pytest.mark.parametrize("place", [0, 0.5, 1])
@pytest.mark.parametrize("name", ["policy.safetensors", "config.json", "manifest.json"])
def test_one_flipped_bit_is_refused(saved: tuple[Path, Any, Any], name: str, place: float) -> None:
    path = saved[0] / name
    data = bytearray(path.read_bytes())
    data[int(place * (len(data) - 1))] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match="HASH: .*--forcerun train_agent"):
        load_policy(saved[0], device=CPU)


def rewritten(folder: Path, name: str, data: bytes) -> None:
    """Replace a file and make the manifests agree, as an attacker would."""
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"][name] = {"bytes": len(data), "sha256": sha256_bytes(data)}
    contents = {folder / name: data, folder / "manifest.json": json.dumps(manifest)}
    write_artifacts("train_agent", contents)


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_in_place_of_tensors_is_refused_and_never_run(
    saved: tuple[Path, Any, Any], tmp_path: Path
) -> None:
    rewritten(saved[0], "policy.safetensors", pickle.dumps(Bomb(tmp_path / "ran")))
    with pytest.raises(InputError, match=r"policy\.safetensors: not safetensors"):
        load_policy(saved[0], device=CPU)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("features", ["x0"]),
        ("agent", {}),
        ("agent", {"algorithm": {"name": "os"}}),
        ("features", None),
        ("distribution", "greedy"),
        ("distribution", ["squashed_gaussian"]),
    ],
)
def test_a_config_that_does_not_fit_is_refused(
    saved: tuple[Path, Any, Any], key: str, value: Any
) -> None:
    config = json.loads((saved[0] / "config.json").read_text())
    if value is None:
        del config[key]
    else:
        config[key] = value
    rewritten(saved[0], "config.json", json.dumps(config).encode())
    with pytest.raises(InputError, match="rerun train_agent"):
        load_policy(saved[0], device=CPU)


HOSTILE: list[tuple[tuple[str, ...], str]] = [
    (("agent", "network", "hidden"), "[1000000000000]"),
    (("agent", "network", "hidden"), "[1" + "0" * 40 + "]"),
    (("agent", "network", "hidden"), "[]"),
    (("agent", "network", "hidden"), "[-1]"),
    (("agent", "network", "hidden"), '"64"'),
    (("agent", "network", "score_gain"), "NaN"),
    (("agent", "network", "initial_std"), "[]"),
    (("agent", "network", "hidden"), "[" + "8," * 40 + "8]"),
    (("agent", "network", "initial_std"), "0"),
    (("agent", "scheme", "kappa"), "1e999"),
    (("agent", "scheme", "kappa"), "-5"),
    (("agent", "scheme", "kappa"), "0"),
    (("agent", "scheme", "cash_bias"), "1e300"),
    (("agent", "scheme", "kappa"), '"0.1"'),
    (("agent", "scheme", "kappa"), "true"),
    (("agent", "scheme", "more"), "1"),
    (("agent", "scheme", "name"), "[]"),
    (("agent", "network"), "[]"),
    (("schema_version",), "999"),
    (("schema_version",), "null"),
    (("features",), "3"),
    (("features",), "[1, 2, 3]"),
    (("kinds",), '"xyz"'),
    (("kinds",), '["number", "word"]'),
]


@pytest.mark.parametrize(("path", "value"), HOSTILE)
def test_a_hostile_config_is_refused(
    saved: tuple[Path, Any, Any], path: tuple[str, ...], value: str
) -> None:
    config = json.loads((saved[0] / "config.json").read_text())
    entry = config
    for key in path[:-1]:
        entry = entry[key]
    entry[path[-1]] = "HERE"
    rewritten(saved[0], "config.json", json.dumps(config).replace('"HERE"', value).encode())
    with pytest.raises(InputError, match="rerun train_agent"):
        load_policy(saved[0], device=CPU)


@pytest.mark.parametrize("name", ["config.json", "manifest.json"])
@pytest.mark.parametrize("content", ["[]", "1", "nonsense", "[" * 100_000, '{"schema_version": 1}'])
def test_a_file_of_another_structure_is_refused(
    saved: tuple[Path, Any, Any], name: str, content: str
) -> None:
    if name == "config.json":
        rewritten(saved[0], name, content.encode())
    else:
        write_artifacts("train_agent", {saved[0] / name: content})
    with pytest.raises(InputError, match="rerun train_agent"):
        load_policy(saved[0], device=CPU)


def test_tensors_of_another_type_are_refused(saved: tuple[Path, Any, Any]) -> None:
    path = saved[0] / "policy.safetensors"
    state = {name: value.double() for name, value in load_tensors(path.read_bytes()).items()}
    rewritten(saved[0], path.name, save_tensors(state))
    with pytest.raises(InputError, match="do not fit"):
        load_policy(saved[0], device=CPU)


def test_the_first_tensor_that_does_not_fit_is_told_with_both_shapes(
    saved: tuple[Path, Any, Any],
) -> None:
    folder, policy, _ = saved
    own = {name: value.contiguous() for name, value in policy.network.state_dict().items()}
    name = "symbol_head.weight"
    other = "value_head.weight"
    rows, columns = own[name].shape
    cut = {name: own[name][:, 1:].contiguous(), other: own[other][:, 1:].contiguous()}
    fits = rf"torch\.float32 \[{rows}, {columns}\] is expected"
    cases = {
        rf"'{name}' is torch\.float32 \[{rows}, {columns - 1}\], {fits}": own | cut,
        rf"'{name}' is missing, {fits}": {key: own[key] for key in own if key != name},
        r"'a_new_one' is torch\.float32 \[2\], no such tensor is expected": own
        | {"a_new_one": torch.zeros(2)},
    }
    for told, state in cases.items():
        rewritten(folder, "policy.safetensors", save_tensors(state))
        with pytest.raises(
            InputError, match=f"do not fit config\\.json: {told}: delete its folder"
        ):
            load_policy(folder, device=CPU)


def test_a_policy_with_nan_is_refused(saved: tuple[Path, Any, Any]) -> None:
    folder, policy, _ = saved
    with torch.no_grad():
        policy.network.symbol_head.weight[0, 0] = torch.nan
    save_policy(policy, folder)
    with pytest.raises(InputError, match="NaN"):
        load_policy(folder, device=CPU)


def test_a_scaler_that_divides_by_nothing_is_refused(saved: tuple[Path, Any, Any]) -> None:
    folder, policy, _ = saved
    policy.network.scaler.scale[0] = 0.0
    save_policy(policy, folder)
    with pytest.raises(InputError, match="'scaler.scale' divides by 0 or less"):
        load_policy(folder, device=CPU)


def test_files_that_are_pipes_or_holes_are_refused(saved: tuple[Path, Any, Any]) -> None:
    for name, said in (("policy.safetensors", "bytes, at most"), ("config.json", "no regular")):
        before = (saved[0] / name).read_bytes()
        (saved[0] / name).unlink()
        if name == "config.json":
            os.mkfifo(saved[0] / name)
        else:
            with (saved[0] / name).open("wb") as file:
                file.truncate(1 << 40)
        with pytest.raises(InputError, match=said):
            load_policy(saved[0], device=CPU)
        (saved[0] / name).unlink()
        (saved[0] / name).write_bytes(before)


def test_other_features_are_an_error_that_names_both_lists(saved: tuple[Path, Any, Any]) -> None:
    _, policy, market = saved
    fewer = market_of(market.open, market.close, market.features[..., :2], market.tradable)
    with pytest.raises(InputError, match=r"3 features \(x0, x1, x2\).*2 features \(x0, x1\)"):
        check_features(policy, fewer)


def test_a_damaged_manifest_is_refused(saved: tuple[Path, Any, Any]) -> None:
    path = saved[0] / "manifest.json"
    path.write_text(path.read_text().replace('"files"', '"filas"'))
    with pytest.raises(InputError, match="HASH: .*--forcerun train_agent"):
        load_policy(saved[0], device=CPU)


def test_files_of_two_policies_are_no_policy(saved: tuple[Path, Any, Any]) -> None:
    folder, policy, _ = saved
    with torch.no_grad():
        policy.network.symbol_head.weight += 1.0
    write_artifacts(
        "train_agent",
        {folder / "policy.safetensors": policy_contents(policy)["policy.safetensors"]},
    )
    with pytest.raises(
        InputError, match=r"policy\.safetensors: not the file of its manifest\.json"
    ):
        load_policy(folder, device=CPU)
