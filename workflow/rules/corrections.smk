"""Where Snakemake 9.27 tries again what cannot succeed, plans too little, or ends in a traceback."""

import inspect
import signal
import threading
from itertools import count

from snakemake.dag import DAG
from snakemake.jobs import Job
from snakemake.persistence import PersistenceBase

from walkforge.console import has_told
from walkforge.provenance import sha256_bytes

# What is replaced, and the SHA-256 of the source that its replacement was written for.
REPLACED = {
    (DAG, "bfs"): "2d13cc30253051ea3f96ad894e1e54f822693e0e1c5155535d12c83a3dc12ef4",
    (DAG, "update_needrun"): "2cc7fc0714165cf33df3aafc843f5d7fb5cc4f87da482eea7231c5ef246bb576",
    (
        PersistenceBase,
        "_serialize_param_pandas",
    ): "bb3b93502e24a3722480e22ce993c31057fb40d8162ce088ae9c7ca1274388f3",
    (Job, "restart_times"): "deb703b85c554688ed5a86e1b2ff1b8a79510cb49a02c5d8ce9406361f91f6b0",
}


def is_known(owner, name, sha256):
    """Whether a method is as it was, also where an earlier plan of this process replaced it."""
    method = vars(owner).get(f"plain_{name}", vars(owner).get(name))
    try:
        source = inspect.getsource(getattr(method, "fget", method))
    except (OSError, TypeError):
        return False
    return sha256_bytes(source.encode()) == sha256


def replace(owner, name, by):
    """Replace a method and keep the plain one."""
    if f"plain_{name}" not in vars(owner):
        setattr(owner, f"plain_{name}", vars(owner)[name])
    setattr(owner, name, by)


def tries(job):
    """How often a job is tried again: not at all once it has told a user's mistake."""
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
        await dag.plain_update_needrun(*arguments, **options)
    finally:
        dag.looking = False


def param_text(memory, value):
    """A param as it is compared; pandas is imported for none that cannot be of pandas."""
    loaded = "pandas" in sys.modules
    text = memory.plain__serialize_param_pandas if loaded else memory._serialize_param_builtin
    return text(value)


def on_interrupt(number, frame):
    """Take Ctrl-C: the first ends the run, the second the jobs, which get it too; then Python's."""
    if next(interrupts) == 2:
        print("walkforge: ending at once", file=sys.stderr)
    else:
        signal.default_int_handler(number, frame)


interrupts, own_thread = count(1), threading.current_thread() is threading.main_thread()
if own_thread and signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
    signal.signal(signal.SIGINT, on_interrupt)

if all(is_known(*method, sha256) for method, sha256 in REPLACED.items()):
    replace(Job, "restart_times", property(tries))
    replace(DAG, "bfs", looks_at_all)
    replace(DAG, "update_needrun", update_looking)
    replace(PersistenceBase, "_serialize_param_pandas", param_text)
elif workflow.is_main_process:
    print(
        "walkforge: not the Snakemake of requirements.lock: run until there is nothing to be done",
        file=sys.stderr,
    )
