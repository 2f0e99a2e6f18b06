"""The plan: validated configuration, what fans out jobs; functions live only here."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))
os.environ.update(PYTHONPATH=os.pathsep.join([sys.path[0], os.environ.get("PYTHONPATH", "")]))

from walkforge.errors import InputError
from walkforge.planning import count_gpus, make_plan

try:
    settings = workflow.config_settings
    base = [] if settings.replace_workflow_config else [ROOT / "config.yaml"]
    files = [*base, *map(Path, settings.configfiles)]
    PLAN = make_plan(ROOT, files, environ=os.environ, given=settings.config)
except InputError as error:
    sys.exit(f"walkforge: {error}")
FOLDS, SEEDS, AGENTS = PLAN.scored, PLAN.config["seeds"], sorted(PLAN.config["agents"])
BASELINES = sorted(PLAN.config["evaluation"]["baselines"])
RANKED_BY = PLAN.config["ranking"]["agent"]
workflow.global_resources.setdefault("gpu", count_gpus())


wildcard_constraints:
    agent="[a-z][a-z0-9_]*",
    fold="fold_[0-9]+|live",
    seed="[0-9]+",
    date="[0-9]{4}-[0-9]{2}-[0-9]{2}",


def once_cut(paths):
    """Return an input function that asks the checkpoint, so that equal folds rerun nothing."""

    def known(wildcards):
        checkpoints.cut_folds.get()
        return expand(paths, **wildcards) if isinstance(paths, list) else paths.format(**wildcards)

    return known


def ranking_policies(wildcards):
    try:
        fold = PLAN.ranking_fold(wildcards.date)
    except InputError as error:
        sys.exit(f"walkforge: {error}")
    files = ["manifest.json", "config.json", "policy.safetensors"]
    paths = "results/agents/{agent}/{fold}/seed_{seed}/policy/{file}"
    return expand(paths, agent=RANKED_BY, fold=fold, seed=SEEDS, file=files)


def latest_ranking(wildcards):
    latest = json.loads(Path(checkpoints.cut_folds.get().output.latest).read_text())
    return f"results/rankings/{latest['as_of']}/ranking.parquet"
