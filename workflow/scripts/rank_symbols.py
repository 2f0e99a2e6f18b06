"""Rank all symbols at a date by the policies of the newest fold that may know it."""

from datetime import date
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.frames import parquet_content
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.ranking.carried import load_record
from walkforge.ranking.point_in_time import load_data
from walkforge.ranking.rank import rank_symbols, rank_terms
from walkforge.ranking.summary import escape_csv_text

redirect_to(snakemake.log[0])
files = snakemake.input
made = snakemake.output
config = snakemake.params.config
data = load_data(*map(Path, (files.tensor, files.names, files.bars)), **config["data"])
terms = rank_terms(config)
day = date.fromisoformat(snakemake.wildcards.date)
read = (files.policies, files.accounts)
symbols = data.panel.symbols
ensemble, history = load_record(*read, folds=terms.folds, symbols=symbols)
found = rank_symbols(ensemble, data, day, history=history, terms=terms)
contents = {made.parquet: found.ranking, made.changes_parquet: found.changes}
contents = {Path(path): parquet_content(frame) for path, frame in contents.items()}
tables = {made.csv: found.ranking, made.changes: found.changes}
contents |= {Path(path): escape_csv_text(frame).write_csv() for path, frame in tables.items()}
write_artifacts(snakemake, contents | {Path(made.summary): canonical_json(found.summary)})
