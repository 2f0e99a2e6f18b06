"""A policy that is given by its folder, as the workflow asks for it while it is planned."""

from pathlib import Path
from typing import Any

from walkforge.errors import InputError
from walkforge.foreign import MALFORMED, MOST_JSON_BYTES, read_regular, strict_mapping
from walkforge.registry import modules_of

# Snakemake reads them as wildcards, wherever they stand in a path.
BRACES = frozenset("{}")

POLICY_FILES = ("manifest.json", "config.json", "policy.safetensors")


def policy_files(given: str | None) -> list[str]:
    """The files of a policy's folder, and the manifest of its fold where it lies near.

    Training leaves a policy in R/agents/AGENT/FOLD/seed_SEED/policy and that in R/folds/FOLD.

    Raises:
        InputError: no folder is given, or it holds no policy; names what is missing.
    """
    if given is None:
        raise InputError(
            "backtest.policy is null: give the folder of a policy, as in "
            "WALKFORGE__BACKTEST__POLICY=results/agents/AGENT/live/seed_0/policy"
        )
    try:
        folder = Path(given).resolve()
        missing = [name for name in POLICY_FILES if not (folder / name).is_file()]
    except (OSError, ValueError) as error:
        raise InputError(f"backtest.policy {given!r}: cannot be read: {error}") from error
    if BRACES.intersection(str(folder)):
        raise InputError(
            f"backtest.policy {given!r}: {folder} has a brace, which Snakemake takes for a "
            "wildcard: rename it or copy the policy"
        )
    if missing:
        raise InputError(
            f"backtest.policy {given!r}: {folder} holds no {', '.join(missing)}: correct the "
            "folder, or train first (snakemake training)"
        )
    files = [folder / name for name in POLICY_FILES]
    return list(map(str, [*files, *_fold_manifest(folder)]))


def named_agent(config: Path) -> dict[str, Any] | None:
    """The agent that a policy's config.json names; None where it names no known parts.

    What is wrong with it is told when the policy is loaded.
    """
    try:
        agent = strict_mapping(read_regular(config, most=MOST_JSON_BYTES))["agent"]
        modules_of(agent)
    except (OSError, *MALFORMED):
        return None
    return dict(agent)


def _fold_manifest(folder: Path) -> list[Path]:
    """The manifest of the fold that a policy's folder names, empty where there is none."""
    match folder.parts:
        case (*root, "agents", _, fold, _, _) if root:
            manifest = Path(*root) / "folds" / fold / "manifest.json"
            return [manifest] if manifest.is_file() else []
    return []
