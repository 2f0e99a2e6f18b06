"""What the workflow asks while it is planned: no heavy import, no data."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from walkforge.agents.given import named_agent, policy_files
from walkforge.configuration.checking import load_config
from walkforge.configuration.strict_yaml import to_yaml
from walkforge.consumed import Consumed
from walkforge.data.sources import source_inputs
from walkforge.digests import code_digest
from walkforge.errors import InputError
from walkforge.evaluation.holdout_log import times_opened, unopened
from walkforge.evaluation.trials import count_trials
from walkforge.evaluation.variants import Reading
from walkforge.features.selection import read_families
from walkforge.no_volume import without_volume
from walkforge.provenance import sha256_file
from walkforge.registry import modules_of
from walkforge.splits.combinatorial import robustness_config, split_names
from walkforge.splits.windows import (
    LIVE,
    Fold,
    Window,
    fold_for,
    holdout_window,
    plan_folds,
    sealed_window,
    splits_config,
)

Asked = ParamSpec("Asked")
Given = TypeVar("Given")


def told(give: Callable[Asked, Given], *arguments: Asked.args, **options: Asked.kwargs) -> Given:
    """Return what a function gives; a user's mistake ends the run with its message."""
    try:
        return give(*arguments, **options)
    except InputError as error:
        sys.exit(f"walkforge: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Consumed):
    """A validated configuration and what follows from it before any job runs.

    Attributes:
        root: folder of the Snakefile. folds: planned, live last.
        access: the record of openings of the hold-out.
    """

    root: Path
    folds: tuple[Fold, ...]
    access: Path

    @property
    def scored(self) -> list[str]:
        """Return the names of the folds that have a test window."""
        return [fold.name for fold in self.folds if fold.name != LIVE]

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits of combinatorial cross-validation."""
        return split_names(robustness_config(self.config["robustness"]))

    def sources(self) -> list[str]:
        """The files that bars depend on and that there are now."""
        return source_inputs(self.data()["data"])

    def backtest(self) -> dict[str, Any]:
        """Return what a backtest consumes; the policy itself is an input.

        A hold-out that was sealed stays so until it is opened, whatever section `holdout` says.
        """
        terms, sealed = self.terms("backtest", "holdout"), unopened(self.access)
        del terms["backtest"]["policy"]
        if sealed is not None and terms["holdout"]["start"] is None:
            terms["holdout"] = {"end": str(sealed.end), "start": str(sealed.start)}
        return terms

    def policy_files(self, wildcards: Any) -> list[str]:
        """Return the files of backtest.policy, absolute, so that no rule makes them anew.

        Raises:
            InputError: none is given, or the folder holds no policy.
        """
        return policy_files(self.config["backtest"]["policy"])

    def policy_hash(self, wildcards: Any) -> str:
        """Return the hash of backtest.policy: its files may be older than what they replace."""
        return sha256_file(Path(self.policy_files(wildcards)[0]))

    def sealed(self) -> Window:
        """Return the hold-out's window.

        Raises:
            InputError: none is sealed.
        """
        return holdout_window(self.config["holdout"])

    def seals(self, manifest: str) -> list[str]:
        """Return the hold-out's manifest as a target, nothing where no hold-out is sealed."""
        return [manifest] if sealed_window(self.config["holdout"]) else []

    def holdout_opened(self) -> int:
        """Return how many times the hold-out has been opened."""
        return times_opened(self.access)

    def config_digest(self, wildcards: Any, input: Any) -> str:  # noqa: A002
        """Return digest(); taking `input` keeps it out of Snakemake's rerun triggers."""
        return self.digest()

    def can_ablate(self, wildcards: Any) -> list[str]:
        """Return no file; end the run with its message where there can be no ablation."""
        told(self.reading.variants)
        return []

    def trial(self, wildcards: Any, input: Any) -> dict[str, Any]:  # noqa: A002
        """Return the trial of the agent in the wildcards; `input` keeps it out of the triggers."""
        return self.tried(wildcards.agent)

    def trials(self, folder: str) -> int:
        """Return the number of trials: those on record, and those of this configuration."""
        return count_trials(Path(folder), map(self.tried, self.config["agents"]))

    def code(self, script: str, *agents: str) -> list[str]:
        """Return the digest of a script's code, and of the parts that agents name."""
        return self._code(script, *(self.resolved(name) for name in agents))

    def _code(self, script: str, *slices: Mapping[str, Any]) -> list[str]:
        """Return the digest of a script's code, and of the parts that slices of agents name."""
        source = self.root / "src"
        named = sorted({module for each in slices for module in modules_of(each, source)})
        return code_digest(self.root / "workflow/scripts" / script, source, named)

    def backtest_code(self, wildcards: Any) -> list[str]:
        """Return the digest of backtesting the policy that is given, of the parts it names too."""
        given = named_agent(Path(self.policy_files(wildcards)[1]))
        return self._code("backtest_policy.py", *([given] if given else []))

    def all_code(self) -> list[str]:
        """Return the digest of all scripts' code, and of the parts that the agents name."""
        scripts = sorted((self.root / "workflow/scripts").glob("*.py"))
        digests = [self.code(script.name, *self.config["agents"]) for script in scripts]
        return sorted({entry for digest in digests for entry in digest})

    def agent_config(self, wildcards: Any) -> dict[str, Any]:
        """Return the training's configuration of the agent in the wildcards."""
        return self.agent(wildcards.agent)

    def train_code(self, wildcards: Any) -> list[str]:
        """Return the digest of training the agent in the wildcards."""
        return self.code("train_agent.py", wildcards.agent)

    def evaluate_code(self, wildcards: Any) -> list[str]:
        """Return the digest of evaluating the agent in the wildcards."""
        return self.code("evaluate_agent.py", wildcards.agent)

    def split_code(self, wildcards: Any) -> list[str]:
        """Return the digest of evaluating the agent in the wildcards on the blocks of a split."""
        return self.code("evaluate_split.py", wildcards.agent)

    def split_span(self, wildcards: Any, input: Any) -> dict[str, Any]:  # noqa: A002
        """Return section `splits`; taking `input` keeps it out of Snakemake's rerun triggers."""
        return self.section("splits")

    def text(self, wildcards: Any, input: Any) -> str:  # noqa: A002
        """Return the configuration as YAML; taking `input` keeps it out of the rerun triggers."""
        return to_yaml(self.config)

    def ranking_fold(self, day: str) -> str:
        """Return the fold whose policies rank a date (YYYY-MM-DD).

        Raises:
            InputError: not a date, or earlier than every policy's data.
        """
        try:
            return fold_for(self.folds, date.fromisoformat(day), self.config["data"]["frequency"])
        except ValueError as error:
            raise InputError(f"ranking of {day}: {error}") from error


def make_plan(
    root: Path,
    files: Sequence[Path],
    *,
    environ: Mapping[str, str],
    given: Mapping[str, Any],
    access: Path,
) -> Plan:
    """Return the plan of a configuration.

    Args:
        root: folder of the Snakefile.
        files: configuration files, each over the one before.
        environ: the environment; WALKFORGE__SECTION__KEY overrides files.
        given: values from the command line; they override both.
        access: where openings of the hold-out are recorded.

    Raises:
        InputError: lists every fault of the configuration, or names an unknown feature.
    """
    config = load_config(files, root / "src", environ, given)
    families = read_families(root / "docs/indicators.md")
    config = without_volume(config, families)
    reading = Reading(config=config, families=families)
    reading.check()
    check_sealed(access, config)
    folds = plan_folds(splits_config(config["splits"]))
    return Plan(root=root, config=config, folds=folds, access=access, reading=reading)


def check_sealed(access: Path, config: Mapping[str, Any]) -> None:
    """Raise where folds would read a hold-out that was sealed and never opened, or it would move.

    Args:
        access: record of openings; the sealed window stands beside it in sealed.json.
        config: resolved.

    Raises:
        InputError: says what to do.
    """
    sealed, wanted = unopened(access), sealed_window(config["holdout"])
    if sealed is None:
        return
    dates = {"splits.end": splits_config(config["splits"]).end}
    if wanted is not None:
        dates["holdout.start"] = wanted.start
    for name, day in dates.items():
        if day > sealed.start:
            raise InputError(
                f"{name} {day} is after {sealed.start}, from where "
                f"{access.with_name('sealed.json')} seals a hold-out that was never opened: put it "
                "no later, or open that first (snakemake open_holdout)"
            )


def count_gpus() -> int:
    """Return how many GPUs nvidia-smi lists, 0 where it is missing."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0
    listed = subprocess.run([command, "-L"], capture_output=True, text=True, check=False)  # noqa: S603
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
