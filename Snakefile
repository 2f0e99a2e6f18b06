"""walkforge: daily price bars to trading recommendations, with out-of-sample evidence."""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


rule all:
    input:
        "results/config.yaml",
        "results/evaluation/summary.html",
        "results/evaluation/metrics.html",
        "results/figures/equity.png",
        "results/figures/drawdown.png",
        "results/rankings/latest.html",
        "results/bars/quality.html",


include: "workflow/rules/data.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/ranking.smk"
include: "workflow/rules/reporting.smk"


onsuccess:
    subprocess.run(
        [sys.executable, ROOT / "workflow/write_report.py", *rules.all.input], check=True
    )
