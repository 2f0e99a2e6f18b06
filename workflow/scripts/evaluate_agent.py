"""Roll one policy through its fold's test window, once."""

from pathlib import Path

from walkforge.agents.policy import check_features, load_policy
from walkforge.agents.training import choose_device
from walkforge.console import redirect_to
from walkforge.market.market import load_market
from walkforge.market.rollout import rollout
from walkforge.market.simulator import MarketConfig
from walkforge.provenance import read_json, write_parquet
from walkforge.splits.manifest import window_of

redirect_to(snakemake.log[0])
device = choose_device()
market = load_market(snakemake.input.tensor, snakemake.input.names, device=device)
policy = load_policy(Path(snakemake.input.policy).parent, device=device)
check_features(policy, market)
window = window_of(read_json(Path(snakemake.input.manifest)), "test")
config = MarketConfig(**snakemake.params.config["market"])
for name, frame in rollout(policy.orders, market, window, config=config)._asdict().items():
    write_parquet(Path(snakemake.output[name]), frame)
