"""Folds: which rows each may read. A checkpoint, so that an unchanged manifest stops the chain.

It waits for every check of data and features: Snakemake would look at nothing that is downstream of
a pending job by ancient() alone, so the gates stand here and nowhere further down.
"""


checkpoint cut_folds:
    input:
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
        checked="results/bars/checked.json",
        parity="results/features/parity.parquet",
        audit="results/features/audit.parquet",
    output:
        train=update(expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"])),
        test=update(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        latest=update("results/folds/latest.json"),
        hashes=update(
            [
                *expand("results/folds/{fold}/manifest.json.sha256", fold=[*FOLDS, "live"]),
                *expand("results/folds/{fold}/test.json.sha256", fold=FOLDS),
                "results/folds/latest.json.sha256",
            ]
        ),
    log:
        "results/logs/cut_folds.log",
    conda:
        "../../envs/splits.yaml"
    params:
        config=PLAN.keys(
            "splits", coverage="ranking.coverage", warm_in_days="evaluation.warm_in_days"
        ),
        code=PLAN.code("cut_folds.py"),
    script:
        "../scripts/cut_folds.py"


rule measure_health:
    input:
        manifests=once_cut(expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"])),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        health="results/features/health.parquet",
        terms="results/features/health.json",
    log:
        "results/logs/measure_health.log",
    conda:
        "../../envs/splits.yaml"
    params:
        code=PLAN.code("measure_health.py"),
    script:
        "../scripts/measure_health.py"


rule splits:
    input:
        "results/folds/latest.json",
        rules.measure_health.output,
        "results/features/health.html",
        expand("results/figures/health.{kind}", kind=["png", "svg"]),
