"""Roll the consensus of an agent's seeds through all test windows, once, in one account."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.policies import consensus_of, read_policies, roll_policies
from walkforge.evaluation.record import record_contents, test_windows
from walkforge.features.panel import load_panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
config = snakemake.params.config
money = market_config(config["market"])
days = config["warm_in_days"]
device = lease_device(snakemake.resources)
panel = load_panel(Path(files.tensor), Path(files.names))
market = market_of(panel, device=device)
windows = test_windows(map(Path, files.tests), panel)
together = consensus_of(read_policies(map(Path, files.policies), device=device))
policies = [together[fold] for fold in windows]
rolled = roll_policies(policies, market, [*windows.values()], config=money, warm_in_days=days)
write_artifacts(snakemake, record_contents(rolled, [*windows], map(Path, snakemake.output)))
