"""Show the end of each failed job's log and the next command; the last words of a failed run.

Usage: python workflow/tell_failure.py LOG... -- ARGUMENT...
(logs of failed jobs, which Snakemake empties before a job; what Snakemake was given)
"""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "src"))

from walkforge.failure import failure_text, same_command  # noqa: E402

LAST_BYTES = 65_536


def end_of(path: Path) -> str:
    """Return the last part of a log."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - LAST_BYTES, 0))
        return file.read().decode(errors="replace")


given = sys.argv[1:]
split = given.index("--")
logs, arguments = given[:split], given[split + 1 :]
command = same_command(arguments, by_make="MAKELEVEL" in os.environ, environment=os.environ)
sys.stderr.write(failure_text({log: end_of(Path(log)) for log in logs}, command))
