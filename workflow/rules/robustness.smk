"""Robustness: combinatorial purged cross-validation, beside the record and never in place of it.

Nothing else depends on it. Its checkpoint waits for every check of data and features, as that of
the folds does.
"""


checkpoint cut_splits:
    input:
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
        checked="results/bars/checked.json",
        parity="results/features/parity.parquet",
        audit="results/features/audit.parquet",
    output:
        train=update(expand("results/robustness/splits/{fold}/manifest.json", fold=PLAN.splits)),
        test=update(
            expand("results/robustness/splits/{fold}/test.json", fold=[*PLAN.splits, "groups"])
        ),
        hashes=update(
            [
                *expand(
                    "results/robustness/splits/{fold}/manifest.json.sha256",
                    fold=PLAN.splits,
                ),
                *expand(
                    "results/robustness/splits/{fold}/test.json.sha256",
                    fold=[*PLAN.splits, "groups"],
                ),
            ]
        ),
    log:
        "results/logs/cut_splits.log",
    conda:
        "../../envs/robustness.yaml"
    params:
        config=PLAN.keys("robustness", "splits", warm_in_days="evaluation.warm_in_days"),
        code=PLAN.code("cut_splits.py"),
    script:
        "../scripts/cut_splits.py"


use rule train_agent as train_split with:
    input:
        manifest=once_cut("results/robustness/splits/{fold}/manifest.json", by="cut_splits"),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        policy="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
        config="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/config.json",
        tensors="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/policy.safetensors",
        exported="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/policy.zip",
        curve="results/robustness/agents/{agent}/{fold}/seed_{seed}/training.parquet",
        profile="results/logs/train_split/{agent}/{fold}/seed_{seed}.profile.json",
    log:
        "results/logs/train_split/{agent}/{fold}/seed_{seed}.log",
    wildcard_constraints:
        fold="split_[0-9]+",


rule evaluate_split:
    input:
        policy="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
        config="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/config.json",
        tensors="results/robustness/agents/{agent}/{fold}/seed_{seed}/policy/policy.safetensors",
        manifest=once_cut("results/robustness/splits/{fold}/test.json", by="cut_splits"),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        daily="results/robustness/evaluation/{agent}/{fold}/seed_{seed}/daily.parquet",
    log:
        "results/logs/evaluate_split/{agent}/{fold}/seed_{seed}.log",
    wildcard_constraints:
        fold="split_[0-9]+",
    conda:
        "../../envs/robustness.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.record(),
        code=PLAN.split_code,
    script:
        "../scripts/evaluate_split.py"


rule evaluate_groups:
    input:
        manifest=once_cut("results/robustness/splits/groups/test.json", by="cut_splits"),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        daily="results/robustness/evaluation/baselines/daily.parquet",
    log:
        "results/logs/evaluate_groups.log",
    conda:
        "../../envs/robustness.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.record(),
        code=PLAN.code("evaluate_groups.py"),
    script:
        "../scripts/evaluate_groups.py"


rule measure_robustness:
    input:
        agents=once_cut(
            expand(
                "results/robustness/evaluation/{agent}/{fold}/seed_{seed}/daily.parquet",
                agent=AGENTS,
                fold=PLAN.splits,
                seed=SEEDS,
            ),
            by="cut_splits",
        ),
        baselines=once_cut("results/robustness/evaluation/baselines/daily.parquet", by="cut_splits"),
        groups=once_cut("results/robustness/splits/groups/test.json", by="cut_splits"),
        record=once_cut("results/evaluation/returns.parquet"),
    output:
        paths="results/robustness/paths.parquet",
        figures="results/robustness/robustness.json",
    log:
        "results/logs/measure_robustness.log",
    conda:
        "../../envs/robustness.yaml"
    params:
        config=PLAN.keys("robustness", "splits", warm_in_days="evaluation.warm_in_days"),
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("measure_robustness.py"),
    script:
        "../scripts/measure_robustness.py"


rule robustness:
    input:
        rules.measure_robustness.output,
        expand("results/figures/robustness.{kind}", kind=["png", "svg"]),
        "results/robustness/robustness.html",
