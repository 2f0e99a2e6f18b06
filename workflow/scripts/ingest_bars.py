"""Read the configured source into bars, and say what became of every row."""

from datetime import date
from pathlib import Path

from walkforge.console import redirect_to
from walkforge.data.config import data_config
from walkforge.data.ingest import ingest
from walkforge.data.notes import notes_of
from walkforge.data.quality import quality_of
from walkforge.data.source_entry import downloaded
from walkforge.frames import parquet_content
from walkforge.manifests import made_of
from walkforge.provenance import canonical_json, write_artifacts
from walkforge.splits.windows import check_dates, splits_config

warn = redirect_to(snakemake.log[0])
made = snakemake.output
by = made_of(snakemake)  # as the source is before it is read
found = ingest(data_config(snakemake.params.config["data"]), today=date.today())  # noqa: DTZ011
list(map(warn, notes_of(found)))
check_dates(splits_config(snakemake.params.span["splits"]), sorted(found.bars["date"].unique()))
frames = {made.bars: found.bars, made.quarantine: found.quarantine, made.issues: found.issues}
contents = {Path(path): parquet_content(frame) for path, frame in frames.items()}
contents[Path(made.quality)] = canonical_json(quality_of(found))
write_artifacts(by.also(downloaded(snakemake.params.config["data"])), contents)
