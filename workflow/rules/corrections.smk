"""Where Snakemake 9.27 tries again what cannot succeed, plans too little, or ends in a traceback."""

import signal
import threading
from itertools import count

from snakemake.dag import DAG
from snakemake.jobs import Job

from walkforge.console import has_told


def tries(job):
    """Return how often a job is tried again: not at all once it has told a user's mistake."""
    return 0 if any(has_told(Path(log)) for log in job.log) else job.rule.restart_times


def looks_at_all(dag, direction, *jobs, stop=lambda job: False):
    """Yield what a job that is to run makes run; DAG.bfs, but for what it does not make run.

    A plan asks it which jobs it need not look at. Behind an ancient input that is there, and behind
    a job that is finished, a job may have reasons of its own.
    """
    if direction is not dag.depending or not getattr(dag, "looking", False):
        yield from dag.plain_bfs(direction, *jobs, stop=stop)
        return
    waiting, seen = list(jobs), set(jobs)
    while waiting:
        job = waiting.pop()
        yield job
        for each, files in direction[job].items():
            kept = all(file.is_ancient and Path(file).exists() for file in files)
            if each not in seen and not kept and not dag.finished(each):
                seen.add(each)
                waiting.append(each)


async def update_looking(dag, *arguments, **options):
    """Tell DAG.bfs, while a plan looks for what must run, that this is what it is asked for."""
    dag.looking = True
    try:
        await dag.plain_update(*arguments, **options)
    finally:
        dag.looking = False


def on_interrupt(number, frame):
    """Take Ctrl-C: the first ends the run, the second the jobs, which get it too; then Python's."""
    if next(interrupts) == 2:
        print("walkforge: ending at once", file=sys.stderr)
    else:
        signal.default_int_handler(number, frame)


interrupts, own_thread = count(1), threading.current_thread() is threading.main_thread()
if own_thread and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, on_interrupt)

Job.restart_times = property(tries)
if not hasattr(DAG, "plain_bfs"):
    DAG.plain_bfs, DAG.plain_update = DAG.bfs, DAG.update_needrun
DAG.bfs, DAG.update_needrun = looks_at_all, update_looking
