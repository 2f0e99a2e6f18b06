"""Roll random policies that trade as much as one agent through all test windows."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.random_policies import Course, RandomConfig, draw_of, random_returns
from walkforge.evaluation.record import joined, test_windows
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content, read_frame
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts

redirect_to(snakemake.log[0])
files, config = snakemake.input, snakemake.params.config
panel = load_panel(Path(files.tensor), Path(files.names))
windows = test_windows(map(Path, files.tests), panel)
dailies = {}
for path in map(Path, files.dailies):
    dailies.setdefault(path.parent.name, {})[path.parts[-3]] = read_frame(path)
market = market_of(panel, device=torch.device("cpu"))
returns = random_returns(
    [joined(seed, list(windows)) for seed in dailies.values()],
    Course(market, list(windows.values()), config["warm_in_days"]),
    list(windows),
    config=market_config(config["market"]),
    draw=draw_of(RandomConfig(**config["random"])),
)
made = {path: parquet_content(returns[path.parent.name]) for path in map(Path, snakemake.output)}
write_artifacts(snakemake, made)
