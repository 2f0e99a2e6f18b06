"""The plan: validated configuration, what fans out jobs; functions live only here."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

ROOT = Path(workflow.basedir)
sys.path.insert(0, str(ROOT / "src"))
os.environ.update(PYTHONPATH=os.pathsep.join([sys.path[0], os.environ.get("PYTHONPATH", "")]))

from walkforge.digests import recall_digests
from walkforge.failure import Untold
from walkforge.lifeline import RUN, this_run
from walkforge.planning import count_gpus, make_plan, told
from walkforge.provenance import read_json
from walkforge.reporting.catalogue import FIGURES, PAGES, asked, places

os.environ[RUN] = this_run()
DIGESTS = Path(".snakemake/digests.json")  # what plans found out of code
recall_digests(DIGESTS)
said = workflow.config_settings
files = [*([] if said.replace_workflow_config else [ROOT / "config.yaml"]), *said.configfiles]
record, files = Path("results/holdout/access.jsonl"), list(map(Path, files))
PLAN = told(make_plan, ROOT, files, environ=os.environ, given=said.config, access=record)
FOLDS, SEEDS, AGENTS = PLAN.scored, PLAN.config["seeds"], sorted(PLAN.config["agents"])
TOGETHER = AGENTS if len(SEEDS) > 1 else []  # whose seeds have a consensus
BASELINES = PLAN.baseline_names
RANKED_BY = PLAN.config["ranking"]["agent"]
workflow.global_resources.setdefault("gpu", count_gpus())


wildcard_constraints:
    agent="[a-z][a-z0-9_]*",
    fold="fold_[0-9]+|live",
    seed="[0-9]+",
    date="[0-9]{4}-[0-9]{2}-[0-9]{2}",


def not_compared(value):
    """What gives a param that reruns nothing: Snakemake compares none that takes the input.

    A function gives it by the wildcards.
    """

    def given(wildcards, input):
        return value(wildcards) if callable(value) else value

    return given


def once_cut(paths, by="cut_folds"):
    """An input function that asks the checkpoint, so that equal folds rerun nothing."""

    def known(wildcards):
        getattr(checkpoints, by).get()
        return expand(paths, **wildcards) if isinstance(paths, list) else paths.format(**wildcards)

    return known


def once_sealed(wildcards):
    told(PLAN.sealed)
    return checkpoints.seal_holdout.get().output.manifest


def given_policy(wildcards):
    return told(PLAN.policy_files, wildcards)


def ranking_policies(wildcards):
    fold = told(PLAN.ranking_fold, wildcards.date)
    files = ["manifest.json", "config.json", "policy.safetensors"]
    paths = "results/agents/{agent}/{fold}/seed_{seed}/policy/{file}"
    return expand(paths, agent=RANKED_BY, fold=fold, seed=SEEDS, file=files)


def ranking_accounts(wildcards):
    """The record's end for live policies; for others the policies of the folds before."""
    fold = told(PLAN.ranking_fold, wildcards.date)
    if fold not in FOLDS:
        closing = "results/evaluation/{agent}/seed_{seed}/closing.safetensors"
        return expand(closing, agent=RANKED_BY, seed=SEEDS)
    files = ["manifest.json", "config.json", "policy.safetensors"]
    paths = "results/agents/{agent}/{fold}/seed_{seed}/policy/{file}"
    earlier = FOLDS[: FOLDS.index(fold)]
    return expand(paths, agent=RANKED_BY, fold=earlier, seed=SEEDS, file=files)


def newest_date():
    """The date of the newest ranking, once folds are cut."""
    return told(read_json, Path(checkpoints.cut_folds.get().output.latest))["as_of"]


def latest_ranking(wildcards):
    return f"results/rankings/{newest_date()}/ranking.parquet"


def in_results(path):
    return list(map(in_results, path)) if isinstance(path, list) else f"results/{path}"


def shown_inputs(kind, place):
    """The inputs of a page or a figure, once what decides whether they change has been asked."""
    entry = asked(kind, place).entry
    if entry.after:
        getattr(checkpoints, entry.after).get()
    newest = newest_date() if entry.names("newest") else ""
    named = PLAN.inputs_of(kind, place, newest=newest)
    return {name: in_results(path) for name, path in named.items()}


def page_inputs(wildcards):
    return shown_inputs(PAGES, wildcards.page)


def figure_inputs(wildcards):
    return shown_inputs(FIGURES, wildcards.figure)


def page_category(wildcards):
    return asked(PAGES, wildcards.page).entry.category


def figure_category(wildcards):
    return asked(FIGURES, wildcards.figure).entry.category


def page_caption(wildcards):
    return asked(PAGES, wildcards.page).entry.caption


def figure_caption(wildcards):
    return asked(FIGURES, wildcards.figure).entry.caption
