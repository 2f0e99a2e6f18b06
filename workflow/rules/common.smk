"""The plan: validated configuration, what fans out jobs; functions live only here."""

import json
import os
import subprocess
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))
os.environ["PYTHONPATH"] = os.pathsep.join([sys.path[0], os.environ.get("PYTHONPATH", "")])

from walkforge.configuration import to_yaml
from walkforge.errors import InputError
from walkforge.planning import count_gpus, make_plan

try:
    files = [Path("config.yaml"), *workflow.overwrite_configfiles]
    PLAN = make_plan(ROOT, files, environ=os.environ, given=workflow.config_settings.config)
except InputError as error:
    raise WorkflowError(str(error))
FOLDS, SEEDS, AGENTS = PLAN.scored, PLAN.config["seeds"], sorted(PLAN.config["agents"])
BASELINES = sorted(PLAN.config["evaluation"]["baselines"])
RANKED_BY = PLAN.config["ranking"]["agent"]
workflow.global_resources.setdefault("gpu", count_gpus())


wildcard_constraints:
    agent="[a-z][a-z0-9_]*",
    fold="fold_[0-9]+|live",
    seed="[0-9]+",
    date="[0-9]{4}-[0-9]{2}-[0-9]{2}",


def agent_config(wildcards):
    return PLAN.agent(wildcards.agent)


def train_digest(wildcards):
    return PLAN.code("train_agent.py", wildcards.agent)


def evaluate_digest(wildcards):
    return PLAN.code("evaluate_agent.py", wildcards.agent)


def train_manifest(wildcards):
    checkpoints.cut_folds.get()
    return f"results/folds/{wildcards.fold}/manifest.json"


def test_manifest(wildcards):
    checkpoints.cut_folds.get()
    return f"results/folds/{wildcards.fold}/test.json"


def ranking_policies(wildcards):
    try:
        fold = PLAN.ranking_fold(wildcards.date)
    except InputError as error:
        raise WorkflowError(str(error))
    seeds = "results/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json"
    return expand(seeds, agent=RANKED_BY, fold=fold, seed=SEEDS)


def latest_ranking(wildcards):
    latest = json.loads(Path(checkpoints.cut_folds.get().output.latest).read_text())
    return f"results/rankings/{latest['as_of']}/ranking.parquet"
