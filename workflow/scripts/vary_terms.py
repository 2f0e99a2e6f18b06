"""Roll every record on varied terms: policies and fixed baselines, one account each."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.policies import read_policies
from walkforge.evaluation.record import test_windows
from walkforge.evaluation.vary import varied_terms, vary_terms
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files, config, cpu = snakemake.input, snakemake.params.config, torch.device("cpu")
panel = load_panel(Path(files.tensor), Path(files.names))
windows = test_windows(map(Path, files.manifests), panel)
policies = read_policies(map(Path, files.policies), device=cpu)
market, varied, warm_in = market_of(panel, device=cpu), varied_terms(config), config["warm_in_days"]
returns = vary_terms(policies, market, windows, varied=varied, warm_in_days=warm_in)
write_artifacts(snakemake, {Path(snakemake.output.returns): parquet_content(returns)})
