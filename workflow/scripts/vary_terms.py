"""Roll every policy and the fixed baselines through one fold's test window on varied terms."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.policies import read_policies
from walkforge.evaluation.vary import varied_terms, vary_terms
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
files, cpu, varied = snakemake.input, torch.device("cpu"), varied_terms(snakemake.params.config)
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
policies = read_policies(map(Path, files.policies), device=cpu)
market, window = market_of(panel, device=cpu), window_of(manifest, "test")
returns = vary_terms(policies, market, window, varied=varied)
write_artifacts(snakemake, {Path(snakemake.output.returns): parquet_content(returns)})
