"""walkforge: daily price bars to trading recommendations, with out-of-sample evidence."""

from snakemake.utils import min_version

min_version("9.27")


include: "workflow/rules/common.smk"


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/data.smk"
include: "workflow/rules/features.smk"
include: "workflow/rules/splits.smk"
include: "workflow/rules/training.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/ablation.smk"
include: "workflow/rules/ranking.smk"
include: "workflow/rules/reporting.smk"
include: "workflow/rules/robustness.smk"
include: "workflow/rules/corrections.smk"
include: "workflow/rules/closing.smk"


rule all:
    default_target: True
    input:
        rules.data.input,
        rules.features.input,
        rules.splits.input,
        rules.evaluation.input,
        rules.ranking.input,
        rules.reporting.input,


onsuccess:
    close_results(whole=True)
    write_report()
