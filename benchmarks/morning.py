"""A new bar to a new ranking, timed: `python benchmarks/morning.py`.

The small study of the tests, six stocks from a file, built once in a copy of the project; then,
three times each, one session is added to every symbol and Snakemake is run for the ranking, and for
everything. Nothing may be trained or evaluated.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests/support")]

from workflow_study import Study, copied_project, jobs_run  # noqa: E402

MORNINGS = 3
OURS = {"train_agent", "evaluate_agent", "evaluate_baselines"}


def timed(study: Study, *targets: str) -> float:
    """The seconds of a run."""
    start = time.perf_counter()
    done = study.snakemake("--cores", "all", *targets)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(done.stderr[-2_000:])
    ran = jobs_run(done.stderr)
    if not ran["rank_symbols"] or OURS & set(ran):
        sys.exit(f"the run did something else: {dict(ran)}")
    return seconds


def main() -> None:
    """Print the medians."""
    with tempfile.TemporaryDirectory() as place:
        study = Study(copied_project(Path(place) / "study"))
        study.build()
        found: dict[str, list[float]] = {"ranking": [], "all": []}
        for targets in [("ranking",), ("all",)] * MORNINGS:
            study.append_bar()
            found[targets[0]].append(timed(study, "--", *targets))
    for name, seconds in found.items():
        print(f"snakemake {name:<8} {statistics.median(seconds):6.1f} s after a new bar (median)")


if __name__ == "__main__":
    main()
