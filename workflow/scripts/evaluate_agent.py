"""Roll one seed's policies through all test windows, once, in one account."""

from pathlib import Path

from walkforge.agents.training.train import choose_device
from walkforge.console import redirect_to
from walkforge.evaluation.policies import read_policies, roll_policies
from walkforge.evaluation.record import closing_of, record_contents, test_windows
from walkforge.features.panel import load_panel
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files, made, config = snakemake.input, snakemake.output, snakemake.params.config
money, days, device = market_config(config["market"]), config["warm_in_days"], choose_device()
panel = load_panel(Path(files.tensor), Path(files.names))
market, windows = market_of(panel, device=device), test_windows(map(Path, files.tests), panel)
read = read_policies(map(Path, files.policies), device=device)
policies = [read[each] for each in sorted(read, key=lambda each: windows[each.fold])]
rolled = roll_policies(policies, market, [*windows.values()], config=money, warm_in_days=days)
contents = record_contents(rolled, [*windows], map(Path, made.frames))
write_artifacts(snakemake, contents | {Path(made.closing): closing_of(rolled, market)})
