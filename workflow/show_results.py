"""Name the report and show the top of the newest ranking; the last words of `make run`."""

import sys
from pathlib import Path

import polars as pl

TOP = 5

report, latest = Path("results/report.html"), Path("results/rankings/latest.parquet")
if not (report.exists() and latest.exists()):
    missing = latest if report.exists() else report
    sys.stderr.write(f"{missing} is not made yet: snakemake --cores all -R write_summary\n")
    sys.exit(0)
ranking = pl.read_parquet(latest)
shown = ranking.head(TOP).select("rank", "symbol", "action", "target_weight", "agreement")
out = sys.stdout
out.write(f"\nReport:  {report}\nRanking: {latest.with_suffix('.csv')}, ")
out.write(f"as of {ranking['as_of'][0]}, first {len(shown)} of {len(ranking)}\n")
with pl.Config(tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True, float_precision=4):
    out.write(f"{shown}\n")
