"""Roll every record on the terms of the grid: policies and fixed baselines, one account each."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.policies import read_policies
from walkforge.evaluation.record import test_windows
from walkforge.evaluation.sensitivity_rollout import grid_of, roll_sensitivity
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
config = snakemake.params.config
device = lease_device(snakemake.resources)
panel = load_panel(Path(files.tensor), Path(files.names))
windows = test_windows(map(Path, files.manifests), panel)
policies = read_policies(map(Path, files.policies), device=device)
market = market_of(panel, device=device)
warm_in = config["warm_in_days"]
returns = roll_sensitivity(policies, market, windows, grid=grid_of(config), warm_in_days=warm_in)
write_artifacts(snakemake, {Path(snakemake.output.returns): parquet_content(returns)})
