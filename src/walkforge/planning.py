"""What the workflow asks while it is planned: no heavy import, no data."""

import hashlib
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from walkforge.agents.given import BRACES, policy_files
from walkforge.agents.registry import modules_of
from walkforge.configuration import agent_slice, load_config, sorted_section, to_yaml
from walkforge.digests import code_digest
from walkforge.errors import InputError
from walkforge.evaluation.access import times_opened
from walkforge.evaluation.trials import count_trials
from walkforge.evaluation.variants import MARK, Reading
from walkforge.features.selection import read_families
from walkforge.provenance import read_json, sha256_file
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


# Keys of section evaluation, sorted, by the rule that reads them.
BASELINE_KEYS = ("baselines", "lookback_days", "ranker_kappa", "rebalance_days")
RANDOM_KEYS = ("random_policies", "random_seed")
BOOTSTRAP_KEYS = ("bootstrap_seed", "confidence", "replications")  # of section verdict
SUMMARY_KEYS = ("ranking_rows", "title")  # of section report


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A validated configuration and what follows from it before any job runs.

    Attributes:
        root: folder of the Snakefile. config: resolved configuration. folds: planned, live last.
        access: the record of openings of the hold-out. reading: which features each agent reads.
    """

    root: Path
    config: dict[str, Any]
    folds: tuple[Fold, ...]
    access: Path
    reading: Reading

    @property
    def scored(self) -> list[str]:
        """Return the names of the folds that have a test window."""
        return [fold.name for fold in self.folds if fold.name != LIVE]

    @property
    def splits(self) -> list[str]:
        """Return the names of the splits of combinatorial cross-validation."""
        return split_names(robustness_config(self.config["robustness"]))

    @property
    def sources(self) -> list[str]:
        """Return the files that ingest reads; none for the packaged sample and downloads."""
        data = self.config["data"]
        if data["source"] not in {"csv", "parquet", "sqlite"}:
            return []
        place = Path(data["path"])
        if not place.is_dir():
            return [str(place)]
        files = [str(file) for file in place.iterdir() if file.is_file()]
        return sorted(file for file in files if not BRACES.intersection(file))

    def digest(self) -> str:
        """Return the SHA-256 of the resolved configuration."""
        text = json.dumps(self.config, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def section(self, *names: str) -> dict[str, Any]:
        """Return sections under their names, keys sorted: one value with a stable repr."""
        return sorted_section(self.config, *names)

    def data(self) -> dict[str, Any]:
        """Return what ingest consumes of section `data`: symbols listed, without the gate."""
        data = dict(self.section("data")["data"])
        del data["quality_gate"]
        if isinstance(data["symbols"], str):
            data["symbols"] = self.config["universes"][data["symbols"]]
        return {"data": data}

    def gate(self) -> dict[str, float]:
        """Return the quality score below which a run stops."""
        return {"quality_gate": self.config["data"]["quality_gate"]}

    def money(self) -> dict[str, Any]:
        """Return the money settings of section `market`, without schemes and rewards."""
        market = self.config["market"]
        kept = sorted(set(market) - {"schemes", "rewards"})
        return {"market": {key: market[key] for key in kept}}

    def audit(self) -> dict[str, Any]:
        """Return what the audits of features go by: how thorough, features, and which data.

        They are of the code: a new bar, which they take as ancient, does not ask for them again.
        """
        return {**self.section("audit", "features"), **self.data()}

    def audited(self) -> dict[str, Any]:
        """Return what the audit of the chain consumes: features, how thorough, and money."""
        return {**self.section("audit", "features"), **self.money()}

    def baselines(self) -> dict[str, Any]:
        """Return what the baselines consume: the money settings, and their keys of `evaluation`."""
        return {"baselines": self._chosen(BASELINE_KEYS), **self.money()}

    def random_policies(self) -> dict[str, Any]:
        """Return what random policies consume: the money settings, and theirs of `evaluation`."""
        return {**self.money(), "random": self._chosen(RANDOM_KEYS)}

    def varied(self) -> dict[str, Any]:
        """Return what is rolled on varied terms: the money settings, and what they vary by."""
        return {**self.money(), **self.section("sensitivity")}

    def sensitivity(self) -> dict[str, Any]:
        """Return what the figures of sensitivity consume: what varied, and how to draw intervals.

        Execution, impact and initial cash are stated beside them.
        """
        market, verdict = self.config["market"], self.config["verdict"]
        stated = {key: market[key] for key in ("execution", "initial_cash")}
        return {
            "bootstrap": {key: verdict[key] for key in BOOTSTRAP_KEYS},
            "market": {**stated, "impact": market["costs"]["impact"]},
            **self.section("sensitivity"),
        }

    def ranking(self) -> dict[str, Any]:
        """Return what rankings consume: band and agent, money settings, folds, least bars."""
        least = {"data": {"minimum_bars": self.config["data"]["minimum_bars"]}}
        return {**self.section("ranking", "splits"), **self.money(), **least}

    def _chosen(self, keys: Sequence[str]) -> dict[str, Any]:
        """Return some keys of section `evaluation`."""
        return {key: self.config["evaluation"][key] for key in keys}

    def terms(self, *names: str) -> dict[str, Any]:
        """Return what the baselines consume, and sections: all that roll-outs go by."""
        return {**self.section(*names), **self.baselines()}

    def backtest(self) -> dict[str, Any]:
        """Return what a backtest consumes; the policy itself is an input."""
        terms = self.terms("backtest", "holdout")
        del terms["backtest"]["policy"]
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

    def report(self) -> dict[str, Any]:
        """Return what the summary says of the configuration."""
        stated = {"execution": self.config["market"]["execution"], **self.gate()}
        version = {"schema_version": self.config["schema_version"]}
        shown = {key: self.config["report"][key] for key in SUMMARY_KEYS}
        return {"report": shown | stated | version}

    def resolved(self, name: str) -> dict[str, dict[str, Any]]:
        """Return the slice of an agent or a variant; `features` where it reads a part of them."""
        own, reads = agent_slice(self.config, name.partition(MARK)[0]), self.reading.of(name)
        return own if reads == self.reading.selected else own | {"features": {"names": list(reads)}}

    def can_ablate(self, wildcards: Any) -> list[str]:
        """Return no file; end the run with its message where there can be no ablation."""
        told(self.reading.variants)
        return []

    def ablation(self) -> dict[str, Any]:
        """Return what the ablation consumes: its strategies, how they are drawn, and execution."""
        drawn = {key: self.config["verdict"][key] for key in BOOTSTRAP_KEYS}
        stated = {"execution": self.config["market"]["execution"]}
        return {"bootstrap": drawn, **stated, "strategies": self.reading.strategies()}

    def agent(self, name: str) -> dict[str, Any]:
        """Return what one agent's training consumes: its resolved slice, and the money settings."""
        return {"agent": self.resolved(name), **self.money()}

    def tried(self, name: str) -> dict[str, Any]:
        """Return what makes an agent's training a trial: data, features, splits, money, agent."""
        return {**self.data(), **self.section("features", "splits"), **self.agent(name)}

    def trial(self, wildcards: Any, input: Any) -> dict[str, Any]:  # noqa: A002
        """Return the trial of the agent in the wildcards; `input` keeps it out of the triggers."""
        return self.tried(wildcards.agent)

    def trials(self, folder: str) -> int:
        """Return the number of trials: those on record, and those of this configuration."""
        return count_trials(Path(folder), map(self.tried, self.config["agents"]))

    def code(self, script: str, agent: str | None = None) -> list[str]:
        """Return the digest of a script's code, and of the parts that an agent names."""
        named = modules_of(self.resolved(agent)) if agent else ()
        return code_digest(self.root / "workflow/scripts" / script, self.root / "src", named)

    def all_code(self) -> list[str]:
        """Return the digest of all scripts' code, and of the parts that the agents name."""
        scripts = sorted((self.root / "workflow/scripts").glob("*.py"))
        slices = [agent_slice(self.config, name) for name in self.config["agents"]]
        named = sorted({module for each in slices for module in modules_of(each)})
        digests = [code_digest(script, self.root / "src", named) for script in scripts]
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
            return fold_for(self.folds, date.fromisoformat(day))
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
    schema = root / "workflow/schemas/config.schema.yaml"
    config = load_config(files, schema, environ, given)
    reading = Reading(config=config, families=read_families(root / "docs/indicators.md"))
    reading.check()
    check_sealed(access, date.fromisoformat(str(config["splits"]["end"])))
    folds = plan_folds(splits_config(config["splits"]))
    return Plan(root=root, config=config, folds=folds, access=access, reading=reading)


def check_sealed(access: Path, end: date) -> None:
    """Raise where folds would read a hold-out that was sealed and never opened.

    Args:
        access: record of openings; the sealed window stands beside it in sealed.json.
        end: of the folds.

    Raises:
        InputError: they would; says what to do.
    """
    manifest = access.with_name("sealed.json")
    if not manifest.is_file() or times_opened(access):
        return
    start = date.fromisoformat(read_json(manifest)["test"]["start"])
    if end > start:
        raise InputError(
            f"splits.end {end} is after {start}, from where {manifest} seals a hold-out that was "
            "never opened: end before it, or open it first (snakemake open_holdout)"
        )


def count_gpus() -> int:
    """Return how many GPUs nvidia-smi lists, 0 where it is missing."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0
    listed = subprocess.run([command, "-L"], capture_output=True, text=True, check=False)  # noqa: S603
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
