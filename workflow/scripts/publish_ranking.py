"""Copy the newest ranking to latest.*."""

from pathlib import Path

from walkforge.console import redirect_to
from walkforge.provenance import read_bytes, write_artifacts

redirect_to(snakemake.log[0])
newest = Path(snakemake.input.newest)
kinds = ("parquet", "csv", "html")
copies = {Path(snakemake.output[k]): read_bytes(newest.with_suffix(f".{k}")) for k in kinds}
write_artifacts(snakemake.rule, copies)
