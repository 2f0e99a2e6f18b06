"""Show the end of each failed job's log and the next command; the last words of a failed run.

Usage: python workflow/tell_failure.py LOG... -- ARGUMENT...
(logs of failed jobs, which Snakemake empties before a job; what Snakemake was given)
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.failure import end_of, failure_text, same_command  # noqa: E402

given = sys.argv[1:]
split = given.index("--")
logs = given[:split]
arguments = given[split + 1 :]
command = same_command(arguments, by_make="MAKELEVEL" in os.environ, environment=os.environ)
sys.stderr.write(failure_text({log: end_of(Path(log)) for log in logs}, command))
