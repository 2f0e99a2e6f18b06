"""What a plan asks of each job, and plans of scratch copies of the project."""

import shutil
from pathlib import Path

from configurations import ROOT
from walkforge.planning import Plan, make_plan
from walkforge.reporting.catalogue import FIGURES, PAGES, catalogue

SLICES = ("money", "record", "baselines", "random_policies", "sensitivity", "ablation",
          "backtest", "data")  # fmt: skip


def planned(tmp_path: Path, root: Path = ROOT, **given: object) -> Plan:
    """The plan of the default configuration of a copy of the project, with values over it."""
    access = tmp_path / "access.jsonl"
    return make_plan(root, [root / "config.yaml"], environ={}, given=given, access=access)


def copy_of_the_project(folder: Path) -> Path:
    """All that a plan reads, copied into a new folder."""
    for name in ("src", "workflow"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    shutil.copy(ROOT / "config.yaml", folder)
    return folder


def asked_of(plan: Plan) -> dict[str, object]:
    """What each rule's params ask of a plan: code by script, and all that slices hold."""
    agents = plan.config["agents"]
    scripts = sorted(path.name for path in (plan.root / "workflow/scripts").glob("*.py"))
    return {
        **{script: plan.code(script, *agents) for script in scripts},
        **{name: getattr(plan, name)() for name in SLICES},
        **{f"agent {name}": plan.agent(name) for name in agents},
        **{f"trial {name}": plan.tried(name) for name in agents},
    }


def shown_by(plan: Plan) -> dict[str, object]:
    """What each page and picture asks of a plan: its code, its keys, and what it is made of."""
    found = {}
    for kind, script in ((PAGES, "write_page.py"), (FIGURES, "plot_figure.py")):
        for module, entry in catalogue(kind).items():
            keys = plan.keys(*entry.keys)
            found[module] = (plan._digest(script, module), keys, dict(entry.inputs))
    return found
