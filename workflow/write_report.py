"""Write results/report.html beside, then replace it; only when everything it shows exists.

Usage: python workflow/write_report.py FILE...     (the files that the report needs)
"""

import subprocess
import sys
from pathlib import Path

REPORT, BESIDE = Path("results/report.html"), Path("results/.report.html")

missing = [path for path in sys.argv[1:] if not Path(path).exists()]
if missing:
    sys.stderr.write(f"{REPORT} is left as it is: {missing[0]} is not made yet\n")
    sys.exit(0)
command = [sys.executable, "-m", "snakemake", "--report", str(BESIDE)]
done = subprocess.run(  # noqa: S603
    [*command, "--nolock", "--replace-workflow-config", "--configfile", "results/config.yaml"],
    capture_output=True,
    text=True,
    check=False,
)
if done.returncode:
    BESIDE.unlink(missing_ok=True)
    end = (done.stderr or done.stdout).strip().splitlines()[-3:]
    sys.exit(f"{REPORT} is left as it is: {' '.join(end)}")
BESIDE.replace(REPORT)
