"""Rank all symbols at a date by the policies of the newest fold that may know it."""

from datetime import date
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import parquet_content
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.ranking.carried import load_record
from walkforge.ranking.point_in_time import load_data
from walkforge.ranking.rank import rank_symbols, rank_terms
from walkforge.reporting.ranking_page import ranking_html
from walkforge.reporting.tables import escape_csv_text

redirect_to(snakemake.log[0])
files, made, config = snakemake.input, snakemake.output, snakemake.params.config
data = load_data(*map(Path, (files.tensor, files.names, files.bars)), **config["data"])
terms, day = rank_terms(config), date.fromisoformat(snakemake.wildcards.date)
read, symbols = (files.policies, files.accounts), data.panel.symbols
ensemble, history = load_record(*read, folds=terms.folds, symbols=symbols)
found = rank_symbols(ensemble, data, day, history=history, terms=terms)
texts = {"html": ranking_html(*found), "summary": canonical_json(found.summary)}
texts |= {name: escape_csv_text(frame).write_csv() for name, frame in found.tables().items()}
texts["parquet"] = parquet_content(found.ranking)
write_artifacts(snakemake, {Path(made[kind]): text for kind, text in texts.items()})
