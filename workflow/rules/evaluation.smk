"""Evaluation: every policy and baseline through its test window, once, and the stitched record."""


rule evaluate_agent:
    input:
        policies=once_cut(
            expand(
                "results/agents/{{agent}}/{fold}/seed_{{seed}}/policy/manifest.json", fold=FOLDS
            )
        ),
        parts=once_cut(
            expand(
                "results/agents/{{agent}}/{fold}/seed_{{seed}}/policy/{file}",
                fold=FOLDS,
                file=["config.json", "policy.safetensors"],
            )
        ),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        frames=expand(
            "results/evaluation/{{agent}}/{fold}/seed_{{seed}}/{frame}.parquet",
            fold=["warm_in", *FOLDS],
            frame=["daily", "weights", "ledger"],
        ),
        closing="results/evaluation/{agent}/seed_{seed}/closing.safetensors",
    log:
        "results/logs/evaluate_agent/{agent}/seed_{seed}.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.record(),
        code=PLAN.evaluate_code,
    script:
        "../scripts/evaluate_agent.py"


# What ranks, beside each seed: of one seed it would be that seed's record again.
rule evaluate_consensus:
    input:
        policies=once_cut(
            expand(
                "results/agents/{{agent}}/{fold}/seed_{seed}/policy/manifest.json",
                fold=FOLDS,
                seed=SEEDS,
            )
        ),
        parts=once_cut(
            expand(
                "results/agents/{{agent}}/{fold}/seed_{seed}/policy/{file}",
                fold=FOLDS,
                seed=SEEDS,
                file=["config.json", "policy.safetensors"],
            )
        ),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        expand(
            "results/evaluation/{{agent}}/{fold}/consensus/{frame}.parquet",
            fold=["warm_in", *FOLDS],
            frame=["daily", "weights", "ledger"],
        ),
    log:
        "results/logs/evaluate_consensus/{agent}.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.record(),
        code=PLAN.consensus_code,
    script:
        "../scripts/evaluate_consensus.py"


# It reads the source too, as ingest_bars did: a file that is new there is the bars' affair.
rule audit_chain:
    input:
        bars=ancient("results/bars/bars.parquet"),
        issues=ancient("results/bars/issues.parquet"),
        policies=once_cut(
            expand(
                "results/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
                agent=AGENTS,
                fold=[*FOLDS, "live"],
                seed=SEEDS,
            )
        ),
        parts=once_cut(
            expand(
                "results/agents/{agent}/{fold}/seed_{seed}/policy/{file}",
                agent=AGENTS,
                fold=[*FOLDS, "live"],
                seed=SEEDS,
                file=["config.json", "policy.safetensors"],
            )
        ),
        agents=once_cut(
            expand(
                "results/evaluation/{agent}/{fold}/seed_{seed}/{frame}.parquet",
                agent=AGENTS,
                fold=["warm_in", *FOLDS],
                seed=SEEDS,
                frame=["daily", "weights", "ledger"],
            )
        ),
        consensus=once_cut(
            expand(
                "results/evaluation/{agent}/{fold}/consensus/{frame}.parquet",
                agent=TOGETHER,
                fold=["warm_in", *FOLDS],
                frame=["daily", "weights", "ledger"],
            )
        ),
        closings=once_cut(
            expand(
                "results/evaluation/{agent}/seed_{seed}/closing.safetensors",
                agent=AGENTS,
                seed=SEEDS,
            )
        ),
        baselines=once_cut(
            expand(
                "results/evaluation/baselines/{baseline}/{fold}/{frame}.parquet",
                baseline=BASELINES,
                fold=["warm_in", *FOLDS],
                frame=["daily", "weights", "ledger"],
            )
        ),
        random=once_cut(
            expand(
                "results/evaluation/random/{agent}/{fold}/returns.parquet",
                agent=AGENTS,
                fold=FOLDS,
            )
        ),
        returns=once_cut("results/evaluation/returns.parquet"),
        manifests=once_cut(expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"])),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        found="results/evaluation/chain.parquet",
    log:
        "results/logs/audit_chain.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.keys("audit", "features", "splits")
        | PLAN.data()
        | PLAN.baselines()
        | PLAN.random_policies(),
        code=PLAN.code("audit_chain.py", *AGENTS),
    script:
        "../scripts/audit_chain.py"


rule evaluate_baselines:
    input:
        trains=once_cut(expand("results/folds/{fold}/manifest.json", fold=FOLDS)),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        expand(
            "results/evaluation/baselines/{baseline}/{fold}/{frame}.parquet",
            baseline=BASELINES,
            fold=["warm_in", *FOLDS],
            frame=["daily", "weights", "ledger"],
        ),
    log:
        "results/logs/evaluate_baselines.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.baselines(),
        code=PLAN.code("evaluate_baselines.py"),
    script:
        "../scripts/evaluate_baselines.py"


rule evaluate_random:
    input:
        dailies=once_cut(
            expand(
                "results/evaluation/{{agent}}/{fold}/seed_{seed}/daily.parquet",
                fold=["warm_in", *FOLDS],
                seed=SEEDS,
            )
        ),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        expand("results/evaluation/random/{{agent}}/{fold}/returns.parquet", fold=FOLDS),
    log:
        "results/logs/evaluate_random/{agent}.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.random_policies(),
        code=PLAN.code("evaluate_random.py"),
    script:
        "../scripts/evaluate_random.py"


rule measure_costs:
    input:
        manifests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        costs="results/evaluation/costs.parquet",
    log:
        "results/logs/measure_costs.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.record(),
        code=PLAN.code("measure_costs.py"),
    script:
        "../scripts/measure_costs.py"


rule roll_sensitivity:
    input:
        policies=once_cut(
            expand(
                "results/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
                agent=AGENTS,
                fold=FOLDS,
                seed=SEEDS,
            )
        ),
        parts=once_cut(
            expand(
                "results/agents/{agent}/{fold}/seed_{seed}/policy/{file}",
                agent=AGENTS,
                fold=FOLDS,
                seed=SEEDS,
                file=["config.json", "policy.safetensors"],
            )
        ),
        manifests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        returns="results/evaluation/sensitivity/returns.parquet",
    log:
        "results/logs/roll_sensitivity.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=PLAN.record() | PLAN.keys("sensitivity"),
        code=PLAN.code("roll_sensitivity.py", *AGENTS),
    script:
        "../scripts/roll_sensitivity.py"


rule measure_sensitivity:
    input:
        returns=once_cut("results/evaluation/sensitivity/returns.parquet"),
    output:
        figures="results/evaluation/sensitivity/figures.parquet",
        findings="results/evaluation/sensitivity/findings.json",
    log:
        "results/logs/measure_sensitivity.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        config=PLAN.sensitivity(),
        code=PLAN.code("measure_sensitivity.py"),
    script:
        "../scripts/measure_sensitivity.py"


rule stitch_returns:
    input:
        agents=once_cut(
            expand(
                "results/evaluation/{agent}/{fold}/seed_{seed}/daily.parquet",
                agent=AGENTS,
                fold=FOLDS,
                seed=SEEDS,
            )
        ),
        consensus=once_cut(
            expand(
                "results/evaluation/{agent}/{fold}/consensus/daily.parquet",
                agent=TOGETHER,
                fold=FOLDS,
            )
        ),
        baselines=once_cut(
            expand(
                "results/evaluation/baselines/{baseline}/{fold}/daily.parquet",
                baseline=BASELINES,
                fold=FOLDS,
            )
        ),
    output:
        returns="results/evaluation/returns.parquet",
        metrics="results/evaluation/metrics.parquet",
    log:
        "results/logs/stitch_returns.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        code=PLAN.code("stitch_returns.py"),
    script:
        "../scripts/stitch_returns.py"


# No verdict before the chain is known to be free of leaks.
rule assess_record:
    input:
        audit=once_cut("results/evaluation/chain.parquet"),
        returns=once_cut("results/evaluation/returns.parquet"),
        random=once_cut(
            expand(
                "results/evaluation/random/{agent}/{fold}/returns.parquet",
                agent=AGENTS,
                fold=FOLDS,
            )
        ),
    output:
        verdict="results/evaluation/verdict.json",
        strategies="results/evaluation/strategies.parquet",
        against="results/evaluation/against.parquet",
    log:
        "results/logs/assess_record.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        config=PLAN.keys("verdict"),
        trials=PLAN.trials("results/trials"),
        opened=told(PLAN.holdout_opened),
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("assess_record.py"),
    script:
        "../scripts/assess_record.py"


checkpoint seal_holdout:
    input:
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
        folds=ancient("results/folds/latest.json"),
    output:
        manifest="results/holdout/sealed.json",
    log:
        "results/logs/seal_holdout.log",
    conda:
        "../../envs/evaluation.yaml"
    params:
        config=PLAN.keys("holdout", warm_in_days="evaluation.warm_in_days"),
        code=PLAN.code("seal_holdout.py"),
    script:
        "../scripts/seal_holdout.py"


rule roll_holdout:
    input:
        manifest=once_sealed,
        policies=expand(
            "results/agents/{agent}/live/seed_{seed}/policy/manifest.json",
            agent=AGENTS,
            seed=SEEDS,
        ),
        parts=expand(
            "results/agents/{agent}/live/seed_{seed}/policy/{file}",
            agent=AGENTS,
            seed=SEEDS,
            file=["config.json", "policy.safetensors"],
        ),
        tensor=ancient("results/features/market.safetensors"),
        names=ancient("results/features/market.json"),
    output:
        returns="results/holdout/returns.parquet",
        metrics="results/holdout/metrics.parquet",
        opening="results/holdout/opening.json",
    log:
        "results/logs/roll_holdout.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        access=str(PLAN.access),
        digest=not_compared(PLAN.digest()),
        config=PLAN.baselines(),
        code=PLAN.code("roll_holdout.py", *AGENTS),
    script:
        "../scripts/roll_holdout.py"


rule open_holdout:
    input:
        rules.roll_holdout.output,
        "results/holdout/holdout.html",


rule backtest_policy:
    input:
        policy=given_policy,
        checked="results/bars/checked.json",
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
    output:
        daily="results/backtest/daily.parquet",
        weights="results/backtest/weights.parquet",
        ledger="results/backtest/ledger.parquet",
        metrics="results/backtest/metrics.parquet",
        found="results/backtest/backtest.json",
    log:
        "results/logs/backtest_policy.log",
    conda:
        "../../envs/evaluation.yaml"
    threads: 1
    resources:
        gpu=PLAN.gpus,
        device=PLAN.device,
    params:
        config=told(PLAN.backtest),
        policy=PLAN.policy_hash,
        code=PLAN.backtest_code,
    script:
        "../scripts/backtest_policy.py"


rule backtest:
    input:
        rules.backtest_policy.output,
        "results/backtest/metrics.html",


rule evaluation:
    input:
        rules.stitch_returns.output,
        rules.assess_record.output,
        PLAN.seals("results/holdout/sealed.json"),
        rules.audit_chain.output,
        rules.measure_costs.output,
        rules.measure_sensitivity.output,
        expand("results/evaluation/{page}.html", page=["chain", "costs"]),
