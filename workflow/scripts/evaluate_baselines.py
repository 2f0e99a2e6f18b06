"""Roll every baseline through all test windows, each in one account."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.baseline_context import contexts_of
from walkforge.evaluation.record import record_contents
from walkforge.evaluation.roll_baselines import roll_baselines
from walkforge.features.panel import load_panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
config = snakemake.params.config
device = lease_device(snakemake.resources)
panel = load_panel(Path(files.tensor), Path(files.names))
money = market_config(config["market"])
folds = zip(map(Path, files.trains), map(Path, files.tests), strict=True)
there = {"market": market_of(panel, device=device), "execution": money.execution}
known = contexts_of(panel, config["baselines"], folds, **there)
paths = list(map(Path, snakemake.output))
days = config["warm_in_days"]
contents = {}
names = sorted({path.parts[-3] for path in paths})
for name, each in roll_baselines(names, [*known.values()], config=money, warm_in_days=days).items():
    own = [path for path in paths if path.parts[-3] == name]
    contents |= record_contents(each, [*known], own)
write_artifacts(snakemake, contents)
