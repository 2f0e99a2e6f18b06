"""Roll random policies that trade as much as one agent through all test windows."""

from pathlib import Path

from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.random_policies import Course, RandomConfig, draw_of, random_returns
from walkforge.evaluation.record import fold_of, read_dailies, test_windows
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files = snakemake.input
config = snakemake.params.config
device = lease_device(snakemake.resources)
panel = load_panel(Path(files.tensor), Path(files.names))
windows = test_windows(map(Path, files.tests), panel)
money = market_config(config["market"])
days = config["warm_in_days"]
draw = draw_of(RandomConfig(**config["random"]))
course = Course(market_of(panel, device=device), [*windows.values()], days)
dailies = read_dailies(map(Path, files.dailies))
returns = random_returns(dailies, course, [*windows], config=money, draw=draw)
paths = list(map(Path, snakemake.output))
write_artifacts(snakemake, {path: parquet_content(returns[fold_of(path)]) for path in paths})
