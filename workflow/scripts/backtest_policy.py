"""Roll a given policy through given data, beside the baselines."""

from pathlib import Path

from walkforge.agents.policy import load_policy
from walkforge.agents.training.devices import lease_device
from walkforge.console import redirect_to
from walkforge.evaluation.backtest import backtest, backtest_window, said_of, training_window
from walkforge.features.panel import load_panel
from walkforge.frames import parquet_content
from walkforge.market.market import market_of
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.seen import overlap_warnings

warn = redirect_to(snakemake.log[0])
files = snakemake.input
terms = snakemake.params.config
device = lease_device(snakemake.resources)
market = market_of(load_panel(Path(files.tensor), Path(files.names)), device=device)
policy = load_policy(Path(files.policy[0]).parent, device=device)
window = backtest_window(terms, market)
training = training_window(files.policy[3:])
found = backtest(policy, market, window=window, terms=terms)
list(map(warn, overlap_warnings(window, training)))
frames = {**found.rollout._asdict(), "metrics": found.metrics}.items()
made = {name: parquet_content(frame) for name, frame in frames}
made["found"] = canonical_json(said_of(window, training, terms=terms))
write_artifacts(snakemake, {Path(snakemake.output[k]): v for k, v in made.items()})
