"""What the workflow asks while it is planned: no heavy import, no data."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from walkforge.agents.policy_files import named_agent, policy_files
from walkforge.configuration.checking import load_config
from walkforge.configuration.strict_yaml import to_yaml
from walkforge.consumed import Consumed
from walkforge.data.source_entry import source_inputs
from walkforge.digests import code_digest
from walkforge.errors import InputError
from walkforge.evaluation.holdout_log import times_opened, unopened
from walkforge.evaluation.trials import count_trials
from walkforge.evaluation.variants import Reading
from walkforge.features.selection import read_families
from walkforge.no_volume import without_volume
from walkforge.provenance import sha256_file
from walkforge.registry import baselines, check_schemes, modules, modules_of
from walkforge.reporting.catalogue import FIGURES, PAGES, asked, catalogue
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

_BRACED = re.compile(r"\{(\w+)\}")  # of a path of the catalogue of pages and figures
# What imports modules by the names of a study: of baselines, of which two always are, and sources.
_ROLLS_BASELINES = "walkforge.evaluation.roll_baselines"
_READS_SOURCE = "walkforge.data.ingest"
_ALWAYS = ("buy_and_hold", "equal_weight")
_SINGLE = {"first_seed"}  # names in braces that stand for one value

Asked = ParamSpec("Asked")
Given = TypeVar("Given")


def told(give: Callable[Asked, Given], *arguments: Asked.args, **options: Asked.kwargs) -> Given:
    """What a function gives; a user's mistake ends the run with its message."""
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
        """The names of the folds that have a test window."""
        return [fold.name for fold in self.folds if fold.name != LIVE]

    @property
    def splits(self) -> list[str]:
        """The names of the splits of combinatorial cross-validation."""
        return split_names(robustness_config(self.config["robustness"]))

    @property
    def baseline_names(self) -> list[str]:
        """The names of the baselines that are rolled, sorted."""
        return sorted({*_ALWAYS, *self.config["evaluation"]["baselines"]})

    def sources(self) -> list[str]:
        """The files that bars depend on and that there are now."""
        return source_inputs(self.data()["data"], self.root / "src")

    def backtest(self) -> dict[str, Any]:
        """What a backtest consumes; the policy itself is an input.

        A hold-out that was sealed stays so until it is opened, whatever section `holdout` says.
        """
        terms = {**self.keys("backtest", "holdout"), **self.baselines()}
        sealed = unopened(self.access)
        del terms["backtest"]["policy"]
        if sealed is not None and terms["holdout"]["start"] is None:
            terms["holdout"] = {"end": str(sealed.end), "start": str(sealed.start)}
        return terms

    def policy_files(self, wildcards: Any) -> list[str]:
        """The files of backtest.policy, absolute, so that no rule makes them anew.

        Raises:
            InputError: none is given, or the folder holds no policy.
        """
        return policy_files(self.config["backtest"]["policy"])

    def policy_hash(self, wildcards: Any) -> str:
        """The hash of backtest.policy: its files may be older than what they replace."""
        return sha256_file(Path(self.policy_files(wildcards)[0]))

    def sealed(self) -> Window:
        """The hold-out's window.

        Raises:
            InputError: none is sealed.
        """
        return holdout_window(self.config["holdout"])

    def seals(self, manifest: str) -> list[str]:
        """The hold-out's manifest as a target, nothing where no hold-out is sealed."""
        return [manifest] if sealed_window(self.config["holdout"]) else []

    def holdout_opened(self) -> int:
        """How many times the hold-out has been opened."""
        return times_opened(self.access)

    def can_ablate(self, wildcards: Any) -> list[str]:
        """No file; end the run with its message where there can be no ablation."""
        told(self.reading.variants)
        return []

    def trial(self, wildcards: Any) -> dict[str, Any]:
        """The trial of the agent in the wildcards."""
        return self.tried(wildcards.agent)

    def trials(self, folder: str) -> int:
        """The number of trials: those on record, and those of this configuration."""
        return count_trials(Path(folder), map(self.tried, self.config["agents"]))

    def code(self, script: str, *agents: str) -> list[str]:
        """The digest of a script's code, and of the parts that agents name."""
        return self._code(script, *(self.resolved(name) for name in agents))

    def _code(self, script: str, *slices: Mapping[str, Any]) -> list[str]:
        """The digest of a script's code, and of the parts that slices of agents name."""
        source = self.root / "src"
        named = (module for each in slices for module in modules_of(each, source))
        return self._digest(script, *named)

    def _digest(self, script: str, *named: str) -> list[str]:
        """The digest of a script's code, and of modules that it loads by name.

        What reads the source loads that of the configuration, and what rolls baselines those.
        """
        path = self.root / "workflow/scripts" / script
        source = self.root / "src"
        digest = code_digest(path, source, sorted(set(named)))
        reached = {entry.partition("@")[0] for entry in digest}
        more = {*named}
        if _ROLLS_BASELINES in reached:
            known = baselines(source)
            more |= {known[name] for name in self.baseline_names}
        if _READS_SOURCE in reached:
            more.add(modules("source", source)[self.config["data"]["source"]])
        return code_digest(path, source, sorted(more)) if more > {*named} else digest

    def backtest_code(self, wildcards: Any) -> list[str]:
        """The digest of backtesting the policy that is given, of the parts it names too."""
        given = named_agent(Path(self.policy_files(wildcards)[1]))
        return self._code("backtest_policy.py", *([given] if given else []))

    def all_code(self) -> list[str]:
        """The digest of all scripts' code, of the parts that agents name, of pages and figures."""
        scripts = sorted((self.root / "workflow/scripts").glob("*.py"))
        digests = [self.code(script.name, *self.config["agents"]) for script in scripts]
        digests.append(self._digest("write_page.py", *catalogue(PAGES), *catalogue(FIGURES)))
        return sorted({entry for digest in digests for entry in digest})

    def shown(self, kind: str) -> list[str]:
        """The places of what the report shows, of all agents: pages, or figures."""
        entries = catalogue(kind).values()
        return [
            place
            for entry in entries
            if entry.category
            for place in self._filled(entry.place, {})
        ]  # fmt: skip

    def inputs_of(self, kind: str, place: str, *, newest: str = "") -> dict[str, str | list[str]]:
        """The inputs of a page or a figure by name: one path of the results, or several.

        Args:
            kind, place: which. newest: the date of the newest ranking, for what names it.
        """
        found = asked(kind, place)
        of = {"newest": newest, **found.of}
        named = {name: self._paths(path, of) for name, path in found.entry.inputs.items()}
        newer = [each for path in found.entry.newer_than for each in self._filled(path, of)]
        # Each path once: what is made of it lists each once, and that is compared.
        more = [path for path in newer if path not in named.values()]
        return {**named, "newer_than": more} if more else named

    def _paths(self, path: str, of: Mapping[str, str]) -> str | list[str]:
        """One path for an input that stands for one file, else all."""
        paths = self._filled(path, of)
        return paths if set(_BRACED.findall(path)) - set(of) - _SINGLE else paths[0]

    def _filled(self, path: str, of: Mapping[str, str]) -> list[str]:
        """A path of the catalogue with each value of each name in braces, the first slowest."""
        names = dict.fromkeys(_BRACED.findall(path))
        values = [[of[name]] if name in of else self._values(name) for name in names]
        return [path.format(**dict(zip(names, each, strict=True))) for each in product(*values)]

    def _values(self, name: str) -> list[str]:
        """What a name in the braces of a path stands for."""
        seeds = [str(seed) for seed in self.config["seeds"]]
        known: dict[str, Callable[[], list[str]]] = {
            "agent": lambda: sorted(self.config["agents"]),
            "fold": lambda: self.scored,
            "trained": lambda: [*self.scored, LIVE],
            "seed": lambda: seeds,
            "first_seed": lambda: seeds[:1],
            "figure": lambda: self.shown(FIGURES),
        }
        return known[name]()

    def page_config(self, wildcards: Any) -> dict[str, Any]:
        """The keys that the page in the wildcards consumes."""
        return self.keys(*asked(PAGES, wildcards.page).entry.keys)

    def figure_config(self, wildcards: Any) -> dict[str, Any]:
        """The keys that the figure in the wildcards consumes."""
        return self.keys(*asked(FIGURES, wildcards.figure).entry.keys)

    def page_code(self, wildcards: Any) -> list[str]:
        """The digest of writing the page in the wildcards: of its module alone."""
        return self._digest("write_page.py", asked(PAGES, wildcards.page).module)

    def figure_code(self, wildcards: Any) -> list[str]:
        """The digest of drawing the figure in the wildcards: of its module alone."""
        return self._digest("plot_figure.py", asked(FIGURES, wildcards.figure).module)

    def agent_config(self, wildcards: Any) -> dict[str, Any]:
        """The training's configuration of the agent in the wildcards."""
        return self.agent(wildcards.agent)

    def train_code(self, wildcards: Any) -> list[str]:
        """The digest of training the agent in the wildcards."""
        return self.code("train_agent.py", wildcards.agent)

    def evaluate_code(self, wildcards: Any) -> list[str]:
        """The digest of evaluating the agent in the wildcards."""
        return self.code("evaluate_agent.py", wildcards.agent)

    def consensus_code(self, wildcards: Any) -> list[str]:
        """The digest of evaluating the consensus of the agent in the wildcards."""
        return self.code("evaluate_consensus.py", wildcards.agent)

    def split_code(self, wildcards: Any) -> list[str]:
        """The digest of evaluating the agent in the wildcards on the blocks of a split."""
        return self.code("evaluate_split.py", wildcards.agent)

    def text(self) -> str:
        """The study's configuration as YAML."""
        return to_yaml(self.study)

    def ranking_fold(self, day: str) -> str:
        """The fold whose policies rank a date (YYYY-MM-DD).

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
    """The plan of a configuration.

    Args:
        root: folder of the Snakefile.
        files: configuration files, each over the one before.
        environ: the environment; WALKFORGE__SECTION__KEY overrides files.
        given: values from the command line; they override both.
        access: where openings of the hold-out are recorded.

    Raises:
        InputError: lists every fault of the configuration, or names an unknown feature or an agent
            whose algorithm cannot act in its scheme.
    """
    config = load_config(files, root / "src", environ, given)
    check_schemes(config["agents"], root / "src")
    families = read_families(root / "src")
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
    sealed = unopened(access)
    planned = sealed_window(config["holdout"])
    if sealed is None:
        return
    dates = {"splits.end": splits_config(config["splits"]).end}
    if planned is not None:
        dates["holdout.start"] = planned.start
    for name, day in dates.items():
        if day > sealed.start:
            raise InputError(
                f"{name} {day} is after {sealed.start}, from where "
                f"{access.with_name('sealed.json')} seals a hold-out that was never opened: put it "
                "no later, or open that first (snakemake open_holdout)"
            )


def count_gpus() -> int:
    """How many GPUs nvidia-smi lists, 0 where it is missing."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return 0
    listed = subprocess.run([command, "-L"], capture_output=True, text=True, check=False)  # noqa: S603
    return sum(line.startswith("GPU ") for line in listed.stdout.splitlines())
