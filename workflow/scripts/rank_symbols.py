"""Rank all symbols at a date by the policies of the newest fold that may know it."""

from datetime import date
from pathlib import Path

import torch

from walkforge.agents.policy import load_policy
from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.market.market import market_of
from walkforge.provenance import write_parquet, write_text_atomic
from walkforge.ranking.rank import RankingConfig, rank_symbols
from walkforge.reporting.tables import escape_csv_text, ranking_html

redirect_to(snakemake.log[0])
files, device = snakemake.input, torch.device("cpu")
market = market_of(load_panel(Path(files.tensor), Path(files.names)), device=device)
folders = {Path(path).parent: None for path in files.policies}
policies = [load_policy(folder, device=device) for folder in folders]
settings, as_of = snakemake.params.config, date.fromisoformat(snakemake.wildcards.date)
ranking = rank_symbols(policies, market, as_of=as_of, config=RankingConfig(**settings["ranking"]))
write_text_atomic(Path(snakemake.output.csv), escape_csv_text(ranking).write_csv())
write_text_atomic(Path(snakemake.output.html), ranking_html(ranking))
write_parquet(Path(snakemake.output.parquet), ranking)
