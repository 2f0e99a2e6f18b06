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


rule plot_ablation:
    input:
        parquet=once_cut("results/ablation/ablation.parquet"),
        json=once_cut("results/ablation/ablation.json"),
    output:
        png="results/figures/ablation.png",
        svg="results/figures/ablation.svg",
    log:
        "results/logs/plot_ablation.log",
    conda:
        "../../envs/ablation.yaml"
    params:
        code=PLAN.code("plot_ablation.py"),
    script:
        "../scripts/plot_ablation.py"


rule write_ablation:
    input:
        parquet=once_cut("results/ablation/ablation.parquet"),
        json=once_cut("results/ablation/ablation.json"),
        png=once_cut("results/figures/ablation.png"),
    output:
        html="results/ablation/ablation.html",
    log:
        "results/logs/write_ablation.log",
    conda:
        "../../envs/ablation.yaml"
    params:
        code=PLAN.code("write_ablation.py"),
    script:
        "../scripts/write_ablation.py"


rule ablation:
    input:
        rules.measure_ablation.output,
        rules.plot_ablation.output,
        rules.write_ablation.output,
