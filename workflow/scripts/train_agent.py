"""Train one agent on one fold with one seed."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.agents.training.train import places_of, train, trained_contents
from walkforge.console import redirect_to
from walkforge.evaluation.trials import record_trial
from walkforge.features.panel import load_panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, train_division

redirect_to(snakemake.log[0])
settings = snakemake.params.config
files = snakemake.input
made = snakemake.output
panel = load_panel(Path(files.tensor), Path(files.names))
manifest = read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
device = lease_device(snakemake.resources)
market = market_of(panel, device=device)
money = market_config(settings["market"])
record_trial(Path(snakemake.params.trials), snakemake.params.trial)
seed = int(snakemake.wildcards.seed)
code = snakemake.params.code
depends = {"settings": settings, "rows": manifest, "device": device.type}
kept = snakemake.params.kept
places = places_of(Path(snakemake.log[0]), kept, seed=seed, code=code, **depends)
agent = settings["agent"]
fold = train_division(manifest)
_lock = places.own()
trained = train(agent, market, fold, config=money, seed=seed, places=places)
write_artifacts(snakemake, trained_contents(trained, made.policy, profile=made.profile))
places.clear()
