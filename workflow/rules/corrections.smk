"""Where Snakemake 9.27 would try again what cannot succeed, or plan less than what changed."""

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
        yield from bfs(dag, direction, *jobs, stop=stop)
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
        await update_needrun(dag, *arguments, **options)
    finally:
        dag.looking = False


Job.restart_times = property(tries)
bfs, update_needrun = DAG.bfs, DAG.update_needrun
DAG.bfs, DAG.update_needrun = looks_at_all, update_looking
