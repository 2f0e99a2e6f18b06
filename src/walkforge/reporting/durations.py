"""How long each rule took, and on what machine, from the records that Snakemake keeps of jobs."""

import base64
import binascii
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from walkforge.reporting.html.render import render_page
from walkforge.reporting.tables import Column, make_table
from walkforge.reporting.told import WHOLE

SCHEMA = {"rule": pl.String, "log": pl.String, "started": pl.Float64, "ended": pl.Float64}
_CPU = Path("/proc/cpuinfo")
_SECONDS = ",.1f"
_RULES = (
    Column("rule", "text", "rule"),
    Column("jobs", "number", "jobs", WHOLE),
    Column("seconds in all", "number", "total", _SECONDS),
    Column("median", "number", "median", _SECONDS),
    Column("longest", "number", "longest", _SECONDS),
)
_FACTS = (Column("what", "text", "what"), Column("found", "text", "found"))
_NOTES = (
    "Seconds of the clock, from the start of each job to its end, other jobs beside it included; "
    "of each job its last run that is on record here.",
)


def job_times(records: Path) -> pl.DataFrame:
    """Rule, log, started and ended (seconds) of each job whose output is still there.

    A job with several outputs counts once. Records that cannot be read are left out.

    Args:
        records: the folder of Snakemake's metadata, a JSON file for each output under its name in
            base64; a long name goes on in folders that begin with @.
    """
    found = {}
    for file in sorted(path for path in records.rglob("*") if path.is_file()):
        record = _record(file, output=_output(file.relative_to(records)))
        if record:
            found[record["rule"], record["log"]] = record
    return pl.DataFrame(list(found.values()), schema=SCHEMA)


def durations(jobs: pl.DataFrame) -> pl.DataFrame:
    """Rule, jobs, total, median and longest (seconds), the longest total first.

    Args:
        jobs: see job_times.
    """
    seconds = pl.col("ended") - pl.col("started")
    by_rule = jobs.group_by("rule").agg(
        jobs=pl.len(), total=seconds.sum(), median=seconds.median(), longest=seconds.max()
    )
    return by_rule.sort(["total", "rule"], descending=[True, False])


def durations_html(jobs: pl.DataFrame, machine: Mapping[str, str]) -> str:
    """A self-contained page of how long each rule took, and of the machine.

    Args:
        jobs: see job_times. machine: see machine_facts.
    """
    known = durations(jobs)
    caption = f"Durations of {known.height} rules, {jobs.height} jobs"
    table = make_table(caption, _RULES, rows=known, notes=_NOTES)
    found = [{"what": name, "found": said} for name, said in machine.items()]
    facts = make_table("The machine that wrote this page", _FACTS, rows=found)
    return render_page("two_tables.html.j2", title="Durations", tables=[table, facts])


def machine_facts() -> dict[str, str]:
    """What this machine is: system, processor, cores, memory, GPUs."""
    pages = os.sysconf("SC_PHYS_PAGES")
    size = os.sysconf("SC_PAGE_SIZE")
    return {
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "processor": _processor() or platform.processor() or "unknown",
        "cores": str(os.cpu_count()),
        "memory": f"{pages * size / 2**30:.1f} GiB",
        "GPUs": ", ".join(_gpus()) or "none",
    }


def _output(name: Path) -> str:
    """The path of the output that a record's file is named after, '' where it is none."""
    text = "".join(part.removeprefix("@") for part in name.parts)
    try:
        return base64.b64decode(text, altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _record(file: Path, *, output: str) -> dict[str, Any] | None:
    """What a record says of its job, None where it cannot be read or the output is gone."""
    if not output or not Path(output).exists():
        return None
    try:
        said = json.loads(file.read_bytes())
        started = float(said["starttime"])
        ended = float(said["endtime"])
        log = str(said["log"][0]) if said["log"] else output
        return {"rule": str(said["rule"]), "log": log, "started": started, "ended": ended}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _processor() -> str:
    """The model of the processor, '' where Linux does not tell."""
    if not _CPU.is_file():
        return ""
    lines = _CPU.read_text(encoding="utf-8", errors="replace").splitlines()
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(models, "")


def _gpus() -> list[str]:
    """The names of the GPUs that nvidia-smi lists."""
    command = shutil.which("nvidia-smi")
    if command is None:
        return []
    asked = [command, "--query-gpu=name", "--format=csv,noheader"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return [line.strip() for line in done.stdout.splitlines()] if done.returncode == 0 else []
