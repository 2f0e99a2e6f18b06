"""Snakemake that is loaded once and run many times, each time in a copy of this process.

A run reads a line of JSON (folder, arguments, environment, files for what it says) and answers with
its exit status. It is a run like any other but for the second that loading Snakemake takes: meant
for plans, which start no jobs.
"""

import json
import os
import sys

import smart_open
import snakemake.cli
import yte

LOADED = (smart_open, yte)  # what every plan imports


def become(asked: dict) -> None:
    """Let this process be as one that was started for what is asked."""
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [asked["folder"], *filter(None, given), *PLAIN_PATH]
    sys.argv = ["snakemake", *asked["arguments"]]
    for number, name in ((0, os.devnull), (1, asked["said"]), (2, asked["warned"])):
        file = os.open(name, os.O_RDWR | os.O_CREAT, 0o600)
        os.dup2(file, number)
        os.close(file)


if __name__ == "__main__":
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    PLAIN_PATH = [path for path in sys.path[1:] if path not in given]
    snakemake.cli.get_argument_parser()  # which loads all plugins
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            become(json.loads(line))
            break
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()
    else:
        sys.exit()
    snakemake.cli.main()
