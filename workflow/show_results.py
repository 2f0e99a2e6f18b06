"""Name the report and show the top of the newest ranking; the last words of `make run`."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.errors import InputError  # noqa: E402
from walkforge.frames import read_frame  # noqa: E402
from walkforge.provenance import read_json  # noqa: E402
from walkforge.reporting.closing_table import closing_table  # noqa: E402
from walkforge.splits.arrived import waiting_told  # noqa: E402

TOP = 5

report = Path("results/report.html")
latest = Path("results/rankings/latest.parquet")
if not (report.exists() and latest.exists()):
    missing = latest if report.exists() else report
    again = "snakemake --cores all -R results/evaluation/summary.html"
    sys.stderr.write(f"{missing} is not made yet: {again}\n")
    sys.exit(0)
try:
    ranking = read_frame(latest)
    summary = read_json(latest.with_suffix(".json"))
except InputError as error:
    sys.exit(f"walkforge: {error}")
out = sys.stdout
if waits := summary.get("waits"):
    out.write(f"\n{waiting_told(waits)}\n")
out.write(f"\nReport:  {report}\nRanking: {latest.with_suffix('.csv')}, ")
out.write(f"as of {ranking['as_of'][0]}, first {min(TOP, len(ranking))} of {len(ranking)}\n\n")
out.write(closing_table(ranking, TOP))
