"""Policies: their files and their manifest, their copy for other tools, and the configuration.

The tensors of a policy are also those of its copy, policy.zip, name by name and byte by byte;
nothing is unpickled for that.
"""

import hashlib
import io
import json
import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.folder import Folder
from walkforge.verify.study import Study

FILES = ("config.json", "policy.safetensors")
COPIED = "network."  # before the names of tensors in the copy
Tensors = Mapping[str, bytes]


def check_policies(study: Study, claim: Claim) -> None:
    """Compare every policy's files with its manifest, its copy and, where it has one, its agent."""
    wanted = {
        f"agents/{agent}/{fold}/seed_{seed}/policy": agent
        for agent in study.agents
        for fold in [*study.folds, "live"]
        for seed in study.seeds
    }
    lying = {
        str(PurePosixPath(path).parent)
        for path in study.folder.files
        if path.startswith("agents/") and PurePosixPath(path).parent.name == "policy"
    }
    for place in sorted({*wanted, *lying}):
        try:
            _policy(study.folder, place, claim)
            if place in wanted:
                _agent(study, place, wanted[place], claim=claim)
        except Unreadable as error:
            claim.wrong(place, found=str(error), expected="a whole policy")


def _policy(folder: Folder, place: str, claim: Claim) -> None:
    """Compare one policy's files with its manifest and its copy."""
    at = f"{place}/manifest.json"
    files = folder.json(at).get("files")
    if not isinstance(files, dict):
        raise Unreadable(f"{at}: names no files")
    claim.same(f"{at}, files", found=sorted(files), expected=sorted(FILES))
    for name in FILES:
        content = folder.content(f"{place}/{name}")
        said = files[name] if isinstance(files.get(name), dict) else {}
        claim.same(f"{at}, bytes of {name}", found=said.get("bytes"), expected=len(content))
        digest = hashlib.sha256(content).hexdigest()
        claim.same(f"{at}, hash of {name}", found=said.get("sha256"), expected=digest)
    ours = tensors_of(folder.content(f"{place}/policy.safetensors"))
    if ours is None:
        raise Unreadable(f"{place}/policy.safetensors: no safetensors")
    claim.holds(
        f"{place}/policy.safetensors",
        ours == copied_tensors(folder.content(f"{place}/policy.zip")),
        found="other tensors",
        expected="those of policy.zip",
    )


def _agent(study: Study, place: str, agent: str, *, claim: Claim) -> None:
    """Compare what a policy says of itself with the configuration, and its features' names."""
    at = f"{place}/config.json"
    said = study.folder.json(f"{place}/config.json")
    found = said.get("agent")
    if not isinstance(found, dict):
        raise Unreadable(f"{at}: describes no agent")
    for part, due in _slice(study.config, agent).items():
        claim.same(f"{at}, {part}", found=found.get(part), expected=due)
    names = list(study.folder.json("features/market.json")["features"])
    reads = said.get("features")
    if study.config["agents"][agent].get("features") is None:
        claim.same(f"{at}, features", found=reads, expected=names)
    else:
        inside = isinstance(reads, list) and set(reads) <= set(names)
        claim.holds(f"{at}, features", inside, found=reads, expected="some of market.json's")


def _slice(config: Mapping[str, Any], agent: str) -> dict[str, Any]:
    """An agent's parts, each with its own values over the section's."""
    chosen = config["agents"][agent]
    placed = {**config["market"], **config}  # format 1 had schemes and rewards under market
    sections = {
        "algorithm": config["algorithms"], "network": config["networks"],
        "scheme": placed["schemes"], "reward": placed["rewards"],
    }  # fmt: skip
    own = chosen.get("overrides") or {}
    return {
        part: {**(section[chosen[part]] or {}), **own.get(part, {}), "name": chosen[part]}
        for part, section in sections.items()
    }


def tensors_of(content: bytes) -> Tensors | None:
    """The bytes of every tensor of a safetensors file by name, None where it is damaged.

    The format: 8 bytes little-endian length of a JSON header, the header, then the tensors, which
    the header's data_offsets place and which leave no gap.
    """
    try:
        start = 8 + int.from_bytes(content[:8], "little")
        header = json.loads(content[8:start])
        header.pop("__metadata__", None)
        spans = {name: tuple(each["data_offsets"]) for name, each in header.items()}
        edges = [0, *sorted(end for _, end in spans.values())]
        if sorted(begin for begin, _ in spans.values()) != edges[:-1]:
            return None
        if edges[-1] != len(content) - start:
            return None
        return {name: content[start + one : start + end] for name, (one, end) in spans.items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def copied_tensors(content: bytes) -> Tensors:
    """The bytes of every tensor in a zip for other tools; none where it is damaged."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as outer:
            inner = zipfile.ZipFile(io.BytesIO(outer.read("policy.pth")))
        (index,) = [name for name in inner.namelist() if name.endswith("/data.pkl")]
        folder = index.removesuffix("data.pkl") + "data/"
        places = storages_of(inner.read(index))
        return {name: inner.read(folder + place) for name, place in places.items()}
    except (zipfile.BadZipFile, KeyError, OSError, ValueError, RuntimeError, NotImplementedError):
        return {}


def storages_of(pickled: bytes) -> dict[str, str]:
    """The number of each tensor's storage by the tensor's name; nothing is executed.

    A state is a mapping of names to tensors: the last text before a storage that is no number is
    the tensor's name, once the words that every storage repeats are left out.
    """
    found = {}
    name = ""
    number = ""
    for operation, argument, _ in pickletools.genops(pickled):
        if operation.name == "BINPERSID":
            found[name.removeprefix(COPIED)] = number
        elif isinstance(argument, str) and "UNICODE" in operation.name:
            if argument.isdigit():
                number = argument
            elif argument not in ("storage", "cpu"):
                name = argument
    return found
