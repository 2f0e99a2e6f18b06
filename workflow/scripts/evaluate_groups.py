"""Roll the baselines that nothing is fitted for through every test block."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.blocks import read_blocks, roll_always_on
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
params = snakemake.params.config
device = lease_device(snakemake.resources)
panel = load_panel(Path(files.tensor), Path(files.names))
blocks = read_blocks(Path(files.manifest), panel, fold="groups")
market = market_of(panel, device=device)
config = market_config(params["market"])
warm_in = params["warm_in_days"]
daily = roll_always_on(market, blocks, config=config, warm_in_days=warm_in)
write_artifacts(snakemake, {Path(snakemake.output.daily): parquet_content(daily)})
