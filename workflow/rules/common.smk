"""Validated configuration, digests of code, and what fans out jobs; functions live only here."""

import os
import subprocess
import sys
from datetime import date
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
SOURCE = ROOT / "src"
sys.path.insert(0, str(SOURCE))
os.environ["PYTHONPATH"] = os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")])

from walkforge.agents.registry import modules_of
from walkforge.configuration import agent_slice, load_config, sorted_section, to_yaml
from walkforge.digests import code_digest
from walkforge.errors import InputError
from walkforge.planning import count_gpus, fold_for, money
from walkforge.splits.windows import plan_folds, splits_config

try:
    CONFIG = load_config(
        [Path("config.yaml"), *workflow.overwrite_configfiles],
        ROOT / "workflow/schemas/config.schema.yaml",
        os.environ,
        workflow.config_settings.config,
    )
    PLANNED = plan_folds(splits_config(CONFIG["splits"]))
except InputError as error:
    raise WorkflowError(str(error))
FOLDS = [fold.name for fold in PLANNED if fold.test]
SEEDS, AGENTS = CONFIG["seeds"], sorted(CONFIG["agents"])
BASELINES = sorted(CONFIG["evaluation"]["baselines"])
workflow.global_resources.setdefault("gpu", count_gpus())


wildcard_constraints:
    agent="[a-z][a-z0-9_]*",
    fold="fold_[0-9]+|live",
    seed="[0-9]+",
    date="[0-9]{4}-[0-9]{2}-[0-9]{2}",


def digest_of(script, agent=None):
    registered = modules_of(agent_slice(CONFIG, agent)) if agent else ()
    return code_digest(ROOT / "workflow/scripts" / script, SOURCE, registered)


def agent_config(wildcards):
    return {"agent": agent_slice(CONFIG, wildcards.agent), "market": money(CONFIG["market"])}


def train_digest(wildcards):
    return digest_of("train_agent.py", wildcards.agent)


def evaluate_digest(wildcards):
    return digest_of("evaluate_agent.py", wildcards.agent)


def fold_file(wildcards, name):
    checkpoints.cut_folds.get()
    return f"results/folds/{wildcards.fold}/{name}"


def train_manifest(wildcards):
    return fold_file(wildcards, "manifest.json")


def test_manifest(wildcards):
    return fold_file(wildcards, "test.json")


def ranking_policies(wildcards):
    try:
        fold = fold_for(PLANNED, date.fromisoformat(wildcards.date))
    except (InputError, ValueError) as error:
        raise WorkflowError(str(error))
    folder = f"results/agents/{CONFIG['ranking']['agent']}/{fold}"
    return expand(folder + "/seed_{seed}/policy/manifest.json", seed=SEEDS)


def section(name):
    return sorted_section(CONFIG, name)


def source_files(wildcards):
    return [CONFIG["data"]["path"]] if CONFIG["data"]["path"] else []


def latest_ranking(kind):
    def path(wildcards):
        with checkpoints.cut_folds.get().output.latest.open() as file:
            return f"results/rankings/{json.load(file)['as_of']}/ranking.{kind}"

    return path


def write_report(needed):
    """Write results/report.html beside, then replace it; only when everything in it exists."""
    if not all(map(os.path.exists, needed)):
        return print("results/report.html is left as it is: run snakemake --cores all for all of it")
    beside = "results/.report.html"
    command = [sys.executable, "-m", "snakemake", "--report", beside, "--quiet", "all"]
    subprocess.run([*command, "--configfile", "results/config.yaml"], cwd=ROOT, check=True)
    os.replace(beside, "results/report.html")
