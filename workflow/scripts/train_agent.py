"""Train one agent on one fold with one seed."""

from pathlib import Path

from walkforge.agents.training.train import choose_device, places_of, train, trained_contents
from walkforge.console import redirect_to
from walkforge.evaluation.trials import record_trial
from walkforge.features.panel import load_panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, train_division

redirect_to(snakemake.log[0])
settings, files, made = snakemake.params.config, snakemake.input, snakemake.output
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
market, money = market_of(panel, device=choose_device()), market_config(settings["market"])
record_trial(Path(snakemake.params.trials), snakemake.params.trial)
seed, depends = int(snakemake.wildcards.seed), {"settings": settings, "rows": manifest}
places = places_of(Path(snakemake.log[0]), seed=seed, code=snakemake.params.code, **depends)
agent, fold, _lock = settings["agent"], train_division(manifest), places.own()
trained = train(agent, market, fold, config=money, seed=seed, places=places)
write_artifacts(snakemake, trained_contents(trained, made.policy, profile=made.profile))
places.clear()
