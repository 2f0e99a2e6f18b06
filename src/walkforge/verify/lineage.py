"""Lineage: what each record says it was made of stands there, back to policies, rows and bars.

Beside an artifact stands its manifest, whose last line `# made of {...}` holds the digest of the
job's configuration and code (params), and the SHA-256 of each input by its path; null for an input
that may be newer. A record that was made of another policy than the one in place, a policy that was
trained on another fold than the one that it lies in, and a verdict on other returns, all say so.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from walkforge.verify.claim import Claim, Unreadable
from walkforge.verify.folder import Folder
from walkforge.verify.study import CONSENSUS, Study

RESULTS = "results"  # the folder where jobs write: paths in manifests begin with it
FRAMES = ("daily", "weights", "ledger")
POLICY = ("config.json", "manifest.json", "policy.safetensors")
LIVE = "live"
WARM_IN = "warm_in"
_MADE = re.compile(
    r"[0-9a-f]{64}  [^\n]+\n# written by rule ([a-z0-9_]+)\n# made of (\{[^\n]+\})\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One artifact, the rule that must have written it, and inputs that it must have been made of.

    Paths are relative to the folder of results.
    """

    path: str
    rule: str
    inputs: tuple[str, ...]


def check_lineage(study: Study, claim: Claim) -> None:
    """Compare what records, policies and the verdict were made of with what stands in place."""
    digests: dict[str, str] = {}
    params: dict[str, set[str]] = {}
    for due in due_of(study):
        try:
            rule, made = _made(study.folder, due.path)
        except Unreadable as error:
            claim.wrong(f"{due.path}.sha256", found=str(error), expected="what it was made of")
            continue
        claim.same(f"{due.path}.sha256, rule", found=rule, expected=due.rule)
        params.setdefault(f"{due.rule} {_of(due.path)}", set()).add(str(made["params"]))
        _inputs(study.folder, due, made["inputs"], claim=claim, digests=digests)
    for name, known in params.items():
        claim.same(f"configuration and code of {name}", found=len(known), expected=1)


def _of(path: str) -> str:
    """The agent whose jobs share one configuration; '' for jobs that are of no agent."""
    first, second, *_ = path.split("/")
    named = first == "agents" or "/seed_" in path or f"/{CONSENSUS}/" in path
    return second if named else ""


def _inputs(
    folder: Folder,
    due: Due,
    inputs: Mapping[str, Any],
    *,
    claim: Claim,
    digests: dict[str, str],
) -> None:
    """Compare the inputs of one artifact: all that must be are, and each is as it stands there."""
    ours = {path.partition("/")[2]: sha for path, sha in inputs.items() if _own(path)}
    missing = sorted(path for path in due.inputs if ours.get(path) is None)
    claim.same(f"{due.path}.sha256, made of", found=missing, expected=[])
    for path, said in ours.items():
        if said is None:
            continue
        if path not in digests:
            try:
                digests[path] = folder.digest(path)
            except Unreadable:
                digests[path] = "no file"
        if digests[path] != said:
            claim.wrong(
                f"{due.path}, made of {path}", found=f"{digests[path]} in place", expected=said
            )
        claim.compared += 1


def _own(path: str) -> bool:
    """Whether an input is a result."""
    return path.partition("/")[0] == RESULTS


def _made(folder: Folder, path: str) -> tuple[str, Mapping[str, Any]]:
    """The rule that wrote an artifact, and what it was made of.

    Raises:
        Unreadable: its manifest does not say so.
    """
    found = _MADE.fullmatch(folder.text(f"{path}.sha256"))
    if found is None:
        raise Unreadable(f"{path}.sha256 does not say what it was made of")
    try:
        made = json.loads(found[2])
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"{path}.sha256: not JSON") from error
    if not isinstance(made, dict) or not isinstance(made.get("inputs"), dict):
        raise Unreadable(f"{path}.sha256 names no inputs")
    if not isinstance(made.get("params"), str):
        raise Unreadable(f"{path}.sha256 names no configuration and code")
    return found[1], made


def due_of(study: Study) -> list[Due]:
    """Every policy, record and figure of the verdict, and what each must have been made of."""
    folds = [*study.folds]
    tests = [f"folds/{fold}/test.json" for fold in study.folds]
    trains = [f"folds/{fold}/manifest.json" for fold in folds]
    dailies = {
        key: [f"evaluation/{place.format(fold=fold)}/daily.parquet" for fold in folds]
        for key, place in study.keys.items()
    }
    dues = list(_policies(study))
    for key, place in study.keys.items():
        agent = key.kind == "agent"
        inputs = [*_of_seed(study, key.strategy, key.seed), *tests] if agent else [*trains, *tests]
        paths = [
            f"evaluation/{place.format(fold=fold)}/{frame}.parquet"
            for fold in (WARM_IN, *folds)
            for frame in FRAMES
        ]
        if agent:
            paths.append(f"evaluation/{key.strategy}/seed_{key.seed}/closing.safetensors")
        rule = "evaluate_agent" if agent else "evaluate_baselines"
        dues += [Due(path=path, rule=rule, inputs=tuple(inputs)) for path in paths]
    together = []
    for key, place in study.consensus.items():
        seeds = [path for seed in study.seeds for path in _of_seed(study, key.strategy, str(seed))]
        for fold, frame in product((WARM_IN, *folds), FRAMES):
            path = f"evaluation/{place.format(fold=fold)}/{frame}.parquet"
            dues.append(Due(path=path, rule="evaluate_consensus", inputs=(*seeds, *tests)))
        together += [f"evaluation/{place.format(fold=fold)}/daily.parquet" for fold in folds]
    random = []
    for name in study.agents:
        own = [path for key, paths in dailies.items() if key.strategy == name for path in paths]
        paths = [f"evaluation/random/{name}/{fold}/returns.parquet" for fold in folds]
        dues += [Due(path=path, rule="evaluate_random", inputs=(*own, *tests)) for path in paths]
        random += paths
    returns = "evaluation/returns.parquet"
    chain = "evaluation/chain.parquet"
    every = [path for paths in dailies.values() for path in paths]
    audited = [*every, *together, *random, returns, *(due.path for due in _policies(study))]
    judged = (chain, returns, *random)
    return [
        *dues,
        Due(path=returns, rule="stitch_returns", inputs=tuple(every)),
        Due(path=chain, rule="audit_chain", inputs=tuple(audited)),
        *(
            Due(path=f"evaluation/{name}", rule="assess_record", inputs=judged)
            for name in ("verdict.json", "strategies.parquet", "against.parquet")
        ),
    ]


def _policies(study: Study) -> Iterable[Due]:
    """Every file of every policy: each made of the rows of the fold that it lies in."""
    return [
        Due(
            path=f"agents/{agent}/{fold}/seed_{seed}/policy/{name}",
            rule="train_agent",
            inputs=(f"folds/{fold}/manifest.json",),
        )
        for agent in study.agents
        for fold in (*study.folds, LIVE)
        for seed in study.seeds
        for name in POLICY
    ]


def _of_seed(study: Study, agent: str, seed: str) -> list[str]:
    """The files of the policies that one seed's record is of."""
    return [
        f"agents/{agent}/{fold}/seed_{seed}/policy/{name}"
        for fold in study.folds
        for name in POLICY
    ]
