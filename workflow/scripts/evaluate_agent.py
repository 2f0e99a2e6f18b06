"""Roll one policy through its fold's test window, once."""

from pathlib import Path

from walkforge.agents.policy import check_features, load_policy
from walkforge.agents.training import choose_device
from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.market.market import market_of
from walkforge.market.rollout import rollout
from walkforge.market.simulator import MarketConfig
from walkforge.provenance import read_json, write_parquet
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
device = choose_device()
panel = load_panel(Path(snakemake.input.tensor), Path(snakemake.input.names))
market = market_of(panel, device=device)
policy = load_policy(Path(snakemake.input.policy).parent, device=device)
check_features(policy, market)
manifest = read_json(Path(snakemake.input.manifest))
check_rows(manifest, panel)
window, money = window_of(manifest, "test"), MarketConfig(**snakemake.params.config["market"])
for name, frame in rollout(policy.orders, market, window, config=money)._asdict().items():
    write_parquet(Path(snakemake.output[name]), frame)
