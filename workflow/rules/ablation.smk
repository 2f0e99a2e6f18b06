"""Ablation: an agent trained anew on parts of its features; no other target asks for it."""


rule measure_ablation:
    input:
        possible=PLAN.can_ablate,
        dailies=once_cut(
            expand(
                "results/evaluation/{agent}/{fold}/seed_{seed}/daily.parquet",
                agent=PLAN.reading.ablated(),
                fold=FOLDS,
                seed=SEEDS,
            )
        ),
    output:
        parquet="results/ablation/ablation.parquet",
        json="results/ablation/ablation.json",
    log:
        "results/logs/measure_ablation.log",
    conda:
        "../../envs/ablation.yaml"
    threads: 1
    params:
        config=PLAN.ablation(),
        code=PLAN.code("measure_ablation.py"),
    script:
        "../scripts/measure_ablation.py"


rule ablation:
    input:
        rules.measure_ablation.output,
        expand("results/figures/ablation.{kind}", kind=["png", "svg"]),
        "results/ablation/ablation.html",
