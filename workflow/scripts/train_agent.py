"""Train one agent on one fold with one seed."""

from pathlib import Path

from walkforge.agents.policy import save_policy
from walkforge.agents.training import choose_device, train
from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.market.market import market_of
from walkforge.market.simulator import MarketConfig
from walkforge.provenance import read_json, write_parquet
from walkforge.splits.manifest import check_rows, train_fold

redirect_to(snakemake.log[0])
settings, files = snakemake.params.config, snakemake.input
manifest = read_json(Path(files.manifest))
panel = load_panel(Path(files.tensor), Path(files.names))
check_rows(manifest, panel)
market = market_of(panel, device=choose_device())
config, seed = MarketConfig(**settings["market"]), int(snakemake.wildcards.seed)
trained = train(settings["agent"], market, train_fold(manifest), config=config, seed=seed)
save_policy(trained.policy, Path(snakemake.output.policy).parent)
write_parquet(Path(snakemake.output.curve), trained.curve)
