"""Roll one policy through the test blocks of its split, each once, after its warm-in."""

from functools import partial
from pathlib import Path

from walkforge.agents.policy import load_policy
from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.blocks import read_blocks, roll_blocks
from walkforge.evaluation.policies import roll_policy
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
blocks = read_blocks(Path(files.manifest), panel, fold=snakemake.wildcards.fold)
policy = load_policy(Path(files.policy).parent, device=device)
market = market_of(panel, device=device)
config = market_config(params["market"])
roll = partial(roll_policy, policy, market, config=config, warm_in_days=params["warm_in_days"])
daily = roll_blocks(roll, blocks)
write_artifacts(snakemake, {Path(snakemake.output.daily): parquet_content(daily)})
