"""Audit the chain from bars to equity: nothing up to a date may know what comes after it."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.leaks import check_chain
from walkforge.evaluation.policies import read_policies
from walkforge.evaluation.study_audit import audit_study
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content, read_frame
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.chain_page import chain_html

redirect_to(snakemake.log[0])
files, settings, cpu = snakemake.input, snakemake.params.config, torch.device("cpu")
bars, panel = read_frame(Path(files.bars)), load_panel(Path(files.tensor), Path(files.names))
policies = read_policies(map(Path, files.policies), device=cpu)
folds = {Path(f).parts[-2:]: read_json(Path(f)) for f in [*files.manifests, *files.tests]}
found = check_chain(audit_study(bars, panel, policies, manifests=folds, settings=settings))
made = {Path(snakemake.output.found): parquet_content(found)}
write_artifacts(snakemake, made | {Path(snakemake.output.html): chain_html(found)})
