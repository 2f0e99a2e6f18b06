"""Roll one policy through the test blocks of its split, each once, after its warm-in."""

from pathlib import Path

from walkforge.agents.policy import load_policy
from walkforge.agents.training import choose_device
from walkforge.console import redirect_to
from walkforge.evaluation.blocks import roll_split
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import blocks_of, check_rows

redirect_to(snakemake.log[0])
files, params, device = snakemake.input, snakemake.params.config, choose_device()
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
policy = load_policy(Path(files.policy).parent, device=device)
market, config = market_of(panel, device=device), market_config(params["market"])
warm_in, blocks = params["warm_in_days"], blocks_of(manifest)
daily = roll_split(policy, market, blocks, config=config, warm_in_days=warm_in)
write_artifacts(snakemake, {Path(snakemake.output.daily): parquet_content(daily)})
