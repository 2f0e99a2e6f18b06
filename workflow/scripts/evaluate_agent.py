"""Roll one policy through its fold's test window, once."""

from pathlib import Path

from walkforge.agents.policy import check_features, load_policy
from walkforge.agents.training import choose_device
from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.market.rollout import rollout
from walkforge.market.simulator import MarketConfig
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
files, device = snakemake.input, choose_device()
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
market = market_of(panel, device=device)
policy = load_policy(Path(files.policy).parent, device=device)
check_features(policy, market)
window, money = window_of(manifest, "test"), MarketConfig(**snakemake.params.config["market"])
frames = rollout(policy.orders, market, window, config=money)._asdict().items()
write_artifacts(snakemake.rule, {Path(snakemake.output[k]): parquet_content(v) for k, v in frames})
