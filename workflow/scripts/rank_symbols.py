"""Rank all symbols at a date by the policies of the newest fold that may know it."""

from datetime import date
from pathlib import Path

import torch

from walkforge.agents.policy import load_policy
from walkforge.console import redirect_to
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts
from walkforge.ranking.rank import RankingConfig, rank_symbols
from walkforge.reporting.tables import escape_csv_text, ranking_html

redirect_to(snakemake.log[0])
files, made, cpu = snakemake.input, snakemake.output, torch.device("cpu")
market = market_of(load_panel(Path(files.tensor), Path(files.names)), device=cpu)
policies = [load_policy(at, device=cpu) for at in sorted({Path(p).parent for p in files.policies})]
day, config = snakemake.wildcards.date, RankingConfig(**snakemake.params.config["ranking"])
ranking = rank_symbols(policies, market, as_of=date.fromisoformat(day), config=config)
contents = {Path(made.csv): escape_csv_text(ranking).write_csv()}
contents |= {Path(made.html): ranking_html(ranking), Path(made.parquet): parquet_content(ranking)}
write_artifacts(snakemake.rule, contents)
