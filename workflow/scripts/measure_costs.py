"""Measure what each of the fixed regimes costs over the test windows."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.record import test_windows
from walkforge.evaluation.regime_costs import regime_costs
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
asked = snakemake.params.config
device = lease_device(snakemake.resources)
panel = load_panel(Path(files.tensor), Path(files.names))
config = market_config(asked["market"])
windows = test_windows(map(Path, files.manifests), panel).values()
market = market_of(panel, device=device)
costs = regime_costs(market, list(windows), config=config, warm_in_days=asked["warm_in_days"])
write_artifacts(snakemake, {Path(snakemake.output.costs): parquet_content(costs)})
