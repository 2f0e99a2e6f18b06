"""Read the configured source into the bars table."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.data.config import data_config
from walkforge.data.ingest import load_bars
from walkforge.provenance import write_parquet
from walkforge.splits.windows import check_dates, splits_config

redirect_to(snakemake.log[0])
bars = load_bars(data_config(snakemake.params.config["data"]))
check_dates(splits_config(snakemake.params.span["splits"]), bars["date"].unique().sort().to_list())
write_parquet(Path(snakemake.output.bars), bars)
