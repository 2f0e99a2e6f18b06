"""Write results/report.html beside, then replace it; only when everything it shows exists.

Usage: python workflow/write_report.py FILE...     (the files that the report needs)
"""

import os
import subprocess
import sys
from pathlib import Path

SNAKEFILE = Path(__file__).parents[1] / "Snakefile"
REPORT, BESIDE = Path("results/report.html"), Path("results/.report.html")

missing = [path for path in sys.argv[1:] if not Path(path).exists()]
if missing:
    sys.stderr.write(f"{REPORT} is left as it is: {missing[0]} is not made yet\n")
    sys.exit(0)
summary = Path("results/evaluation/summary.html").stat().st_mtime
newer = [p for p in sys.argv[1:] if "evaluation" not in p and Path(p).stat().st_mtime > summary]
if newer:
    sys.stderr.write(f"{REPORT} is left as it is: {newer[0]} is newer than the summary\n")
    sys.exit(0)
command = [sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)]
settings = ["--replace-workflow-config", "--configfile", "results/config.yaml"]
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
    end = (done.stderr or done.stdout).strip().splitlines()[-3:]
    sys.exit(f"{REPORT} is left as it is: {' '.join(end)}")
BESIDE.replace(REPORT)
