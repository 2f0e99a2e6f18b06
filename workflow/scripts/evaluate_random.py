"""Roll random policies that trade as much as one agent through one fold's test window."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.random_policies import RandomConfig, draw_of, random_returns
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content, read_frame
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
files, config, fold = snakemake.input, snakemake.params.config, snakemake.wildcards.fold
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=fold)
market, window = market_of(panel, device=torch.device("cpu")), window_of(manifest, "test")
money, draw = market_config(config["market"]), draw_of(RandomConfig(**config["random"]), fold)
dailies = [read_frame(Path(path)) for path in files.dailies]
returns = random_returns(dailies, market, window, config=money, draw=draw)
write_artifacts(snakemake, {Path(snakemake.output.returns): parquet_content(returns)})
