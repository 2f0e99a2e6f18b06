"""Roll every baseline through one fold's test window."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.baselines import BASELINES
from walkforge.features.panel import load_panel
from walkforge.market.market import market_of
from walkforge.market.rollout import rollout
from walkforge.market.simulator import MarketConfig
from walkforge.provenance import read_json, write_parquet
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
panel = load_panel(Path(snakemake.input.tensor), Path(snakemake.input.names))
market = market_of(panel, device=torch.device("cpu"))
manifest = read_json(Path(snakemake.input.manifest))
check_rows(manifest, panel)
window = window_of(manifest, "test")
config = MarketConfig(**snakemake.params.config["market"])
for path in map(Path, snakemake.output):
    rolled = rollout(BASELINES[path.parts[-3]], market, window, config=config)
    write_parquet(path, rolled._asdict()[path.stem])
