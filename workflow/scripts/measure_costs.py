"""Measure what each of the fixed regimes costs over the test windows."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.regime_costs import regime_costs
from walkforge.features.panel import load_panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.reporting.costs_page import costs_html
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
files, config = snakemake.input, market_config(snakemake.params.config["market"])
panel, windows = load_panel(Path(files.tensor), Path(files.names)), []
for manifest in map(read_json, map(Path, files.manifests)):
    check_rows(manifest, panel, fold=manifest["fold"])
    windows.append(window_of(manifest, "test"))
costs = regime_costs(market_of(panel, device=torch.device("cpu")), windows, config=config)
page = costs_html(costs, execution=config.execution)
write_artifacts(snakemake, {Path(snakemake.output.html): page})
