"""Roll a given policy through given data, beside the baselines."""

from pathlib import Path

from walkforge.agents.policy import load_policy
from walkforge.agents.training.train import choose_device
from walkforge.console import redirect_to
from walkforge.evaluation.backtest import backtest, backtest_window, training_window
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.provenance import write_artifacts
from walkforge.reporting.backtest_page import backtest_html, overlap_warnings

warn = redirect_to(snakemake.log[0])
files, terms, device = snakemake.input, snakemake.params.config, choose_device()
market = market_of(load_panel(Path(files.tensor), Path(files.names)), device=device)
policy = load_policy(Path(files.policy[0]).parent, device=device)
window, training = backtest_window(terms, market), training_window(files.policy[3:])
found = backtest(policy, market, window=window, terms=terms)
for warning in overlap_warnings(window, training):
    warn(warning)
made = {name: parquet_content(frame) for name, frame in found.rollout._asdict().items()}
made["html"] = backtest_html(found.metrics, window=window, training=training, terms=terms)
write_artifacts(snakemake, {Path(snakemake.output[k]): v for k, v in made.items()})
