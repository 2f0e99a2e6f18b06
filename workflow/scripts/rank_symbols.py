"""Rank all symbols at a date by the policies of the newest fold that may know it."""

from datetime import date
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import parquet_content
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.ranking.ensemble import load_ensemble
from walkforge.ranking.known import load_data
from walkforge.ranking.rank import rank_symbols, rank_terms
from walkforge.reporting.ranking_page import ranking_html
from walkforge.reporting.tables import escape_csv_text
from walkforge.splits.windows import plan_folds, splits_config

redirect_to(snakemake.log[0])
files, made, config = snakemake.input, snakemake.output, snakemake.params.config
paths = [Path(files[name]) for name in ("tensor", "names", "bars")]
data, folds = load_data(*paths, **config["data"]), plan_folds(splits_config(config["splits"]))
ensemble = load_ensemble(sorted({Path(file).parent for file in files.policies}), folds)
known = data.known(date.fromisoformat(snakemake.wildcards.date))
found = rank_symbols(ensemble, data, known, terms=rank_terms(config))
contents = {"parquet": parquet_content(found.ranking), "summary": canonical_json(found.summary)}
contents |= {"html": ranking_html(*found), "csv": escape_csv_text(found.ranking).write_csv()}
contents |= {"changes": escape_csv_text(found.changes).write_csv()}
write_artifacts(snakemake.rule, {Path(made[kind]): text for kind, text in contents.items()})
