"""Roll every baseline through one fold's test window."""

from pathlib import Path

import torch

from walkforge.console import redirect_to
from walkforge.evaluation.baselines import roll_baselines
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.config import market_config
from walkforge.market.market import market_of
from walkforge.provenance import read_json, write_artifacts
from walkforge.splits.manifest import check_rows, window_of

redirect_to(snakemake.log[0])
files, config = snakemake.input, market_config(snakemake.params.config["market"])
panel, manifest = load_panel(Path(files.tensor), Path(files.names)), read_json(Path(files.manifest))
check_rows(manifest, panel, fold=snakemake.wildcards.fold)
market, window = market_of(panel, device=torch.device("cpu")), window_of(manifest, "test")
places = {Path(path): Path(path).parts[-3] for path in snakemake.output}
rolled = roll_baselines(sorted(set(places.values())), market, window, config=config)
frames = {path: rolled[name]._asdict()[path.stem] for path, name in places.items()}
write_artifacts(snakemake.rule, {path: parquet_content(frame) for path, frame in frames.items()})
