"""Roll one policy through its fold's test window, once."""

from pathlib import Path

from walkforge.agents.policy import load_policy
from walkforge.agents.training import choose_device
from walkforge.console import redirect_to
from walkforge.evaluation.policies import roll_policy
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
files, device = snakemake.input, choose_device()
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
policy = load_policy(Path(files.policy).parent, device=device)
market, window = market_of(panel, device=device), window_of(manifest, "test")
config = market_config(snakemake.params.config["market"])
frames = roll_policy(policy, market, window, config=config)._asdict().items()
write_artifacts(snakemake, {Path(snakemake.output[k]): parquet_content(v) for k, v in frames})
