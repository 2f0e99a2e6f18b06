"""Train one agent on one fold with one seed."""

from pathlib import Path

from walkforge.agents.policy import policy_contents
from walkforge.agents.training import choose_device, train
from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, train_fold

redirect_to(snakemake.log[0])
settings, files = snakemake.params.config, snakemake.input
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
market = market_of(panel, device=choose_device())
config, seed = market_config(settings["market"]), int(snakemake.wildcards.seed)
trained = train(settings["agent"], market, train_fold(manifest), config=config, seed=seed)
folder, made = Path(snakemake.output.policy).parent, policy_contents(trained.policy)
contents = {folder / name: content for name, content in made.items()}
contents[Path(snakemake.output.curve)] = parquet_content(trained.curve)
write_artifacts(snakemake.rule, contents)
