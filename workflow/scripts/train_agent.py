"""Train one agent on one fold with one seed."""

from pathlib import Path

from walkforge.agents.policy import save_policy
from walkforge.agents.training import choose_device, train
from walkforge.console import redirect_to
from walkforge.market.market import load_market
from walkforge.market.simulator import MarketConfig
from walkforge.provenance import read_json, write_parquet
from walkforge.splits.manifest import train_fold

redirect_to(snakemake.log[0])
settings = snakemake.params.config
market = load_market(snakemake.input.tensor, snakemake.input.names, device=choose_device())
fold = train_fold(read_json(Path(snakemake.input.manifest)))
config = MarketConfig(**settings["market"])
trained = train(settings["agent"], market, fold, config=config, seed=int(snakemake.wildcards.seed))
save_policy(trained.policy, Path(snakemake.output.policy).parent)
write_parquet(Path(snakemake.output.curve), trained.curve)
