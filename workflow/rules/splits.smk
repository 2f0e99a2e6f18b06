"""Folds: which rows each may read. A checkpoint, so that an unchanged manifest stops the chain."""


checkpoint cut_folds:
    input:
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
    output:
        train=expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"]),
        test=expand("results/folds/{fold}/test.json", fold=FOLDS),
        latest="results/folds/latest.json",
    params:
        config=PLAN.section("splits"),
        code=PLAN.code("cut_folds.py"),
    log:
        "results/logs/cut_folds.log",
    conda:
        "../../envs/splits.yaml"
    script:
        "../scripts/cut_folds.py"


rule splits:
    input:
        "results/folds/latest.json",
