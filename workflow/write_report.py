"""Write results/report.html beside, then replace it; only when everything it shows exists.

Usage: python workflow/write_report.py FILE...     (the files that the report needs)
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.errors import InputError  # noqa: E402
from walkforge.provenance import check_artifact  # noqa: E402

SNAKEFILE = ROOT / "Snakefile"
REPORT = Path("results/report.html")
BESIDE = Path("results/.report.html")
CONFIG = Path("results/config.yaml")
SHOWN = {".html", ".png", ".svg"}

missing = [path for path in sys.argv[1:] if not Path(path).exists()]
if missing:
    sys.stderr.write(f"{REPORT} is left as it is: {missing[0]} is not made yet\n")
    sys.exit(0)
summary = Path("results/evaluation/summary.html").stat().st_mtime
shown = [p for p in sys.argv[1:] if p.startswith(("results/figures/", "results/rankings/"))]
newer = [p for p in [*shown, "results/config.yaml"] if Path(p).stat().st_mtime > summary]
if newer:
    sys.stderr.write(f"{REPORT} is left as it is: {newer[0]} is newer than the summary\n")
    sys.exit(0)
try:
    for path in [CONFIG, *(p for p in map(Path, sys.argv[1:]) if p.suffix in SHOWN)]:
        check_artifact(path)
except InputError as error:
    sys.exit(f"{REPORT} is left as it is: {error}")
command = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)]
settings = ["--replace-workflow-config", "--configfile", str(CONFIG)]
# the recorded configuration holds what the environment said: saying it twice could contradict it
environment = {k: v for k, v in os.environ.items() if not k.upper().startswith("WALKFORGE__")}
done = subprocess.run(  # noqa: S603
    [*command, *settings, "--nolock", "--report", str(BESIDE)],
    env=environment,
    capture_output=True,
    text=True,
    check=False,
)
if done.returncode:
    BESIDE.unlink(missing_ok=True)
    if "walkforge: CONFIG: " in done.stderr:  # keys were added since; a whole run records it anew
        sys.stderr.write(f"{REPORT} is left as it is: {CONFIG} is of an earlier version\n")
        sys.exit(0)
    if "No space left on device" in done.stderr or "Disk quota exceeded" in done.stderr:
        sys.exit(f"walkforge: {REPORT} is left as it is: no space left: make room and run again")
    end = (done.stderr or done.stdout).strip().splitlines()[-3:]
    sys.exit(f"{REPORT} is left as it is: {' '.join(end)}")
BESIDE.replace(REPORT)
