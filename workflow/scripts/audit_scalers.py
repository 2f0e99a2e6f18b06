"""Fit every policy's scaler again on data that end with its train window."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.policies import read_policies
from walkforge.evaluation.scaler_audit import audit_scalers, check_scalers
from walkforge.features.panel import load_panel
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.scaler_page import scalers_html
from walkforge.splits.manifest import check_rows, train_fold

redirect_to(snakemake.log[0])
files, cpu = snakemake.input, torch.device("cpu")
panel = load_panel(Path(files.tensor), Path(files.names))
folds = {Path(file).parent.name: read_json(Path(file)) for file in files.manifests}
for name, manifest in folds.items():
    check_rows(manifest, panel, fold=name)
windows = {name: train_fold(manifest) for name, manifest in folds.items()}
policies = read_policies(map(Path, files.policies), device=cpu)
found = check_scalers(audit_scalers(policies, market_of(panel, device=cpu), folds=windows))
write_artifacts(snakemake.rule, {Path(snakemake.output.html): scalers_html(found)})
