"""Reporting: pictures, tables, the summary page, and the last words of a run that failed."""

for handler in logger.handlers:
    if type(handler).__name__ == "ColorizingTextHandler":
        handler.addFilter(Untold())


onerror:
    failed = sorted(path for job in workflow.scheduler.failed for path in job.log)
    told = [sys.executable, ROOT / "workflow/tell_failure.py", *failed, "--", *sys.argv[1:]]
    subprocess.run(told, check=False, start_new_session=True)  # Ctrl-C leaves it its last words
    close_results(whole=False)


include: "figures.smk"


rule record_config:
    input:
        folds=ancient("results/folds/latest.json"),
    output:
        config="results/config.yaml",
    log:
        "results/logs/record_config.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        config=PLAN.digest(),
        text=PLAN.text,
        code=PLAN.code("record_config.py"),
    script:
        "../scripts/record_config.py"


rule plot_figures:
    input:
        returns=once_cut("results/evaluation/returns.parquet"),
    output:
        equity_png=report(
            "results/figures/equity.png",
            category="2. Evaluation",
            caption="../report/equity.rst",
        ),
        equity_svg="results/figures/equity.svg",
        drawdown_png=report(
            "results/figures/drawdown.png",
            category="2. Evaluation",
            caption="../report/drawdown.rst",
        ),
        drawdown_svg="results/figures/drawdown.svg",
        exposure_png=report(
            "results/figures/exposure.png",
            category="2. Evaluation",
            caption="../report/exposure.rst",
        ),
        exposure_svg="results/figures/exposure.svg",
    log:
        "results/logs/plot_figures.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("plot_figures.py"),
    script:
        "../scripts/plot_figures.py"


rule write_metrics:
    input:
        metrics=once_cut("results/evaluation/metrics.parquet"),
    output:
        html=report(
            "results/evaluation/metrics.html",
            category="2. Evaluation",
            caption="../report/metrics.rst",
        ),
    log:
        "results/logs/write_metrics.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("write_metrics.py"),
    script:
        "../scripts/write_metrics.py"


rule write_evidence:
    input:
        verdict=once_cut("results/evaluation/verdict.json"),
        strategies=once_cut("results/evaluation/strategies.parquet"),
        against=once_cut("results/evaluation/against.parquet"),
    output:
        html=report(
            "results/evaluation/evidence.html",
            category="2. Evaluation",
            caption="../report/evidence.rst",
        ),
    log:
        "results/logs/write_evidence.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        code=PLAN.code("write_evidence.py"),
    script:
        "../scripts/write_evidence.py"


rule plot_evidence:
    input:
        verdict=once_cut("results/evaluation/verdict.json"),
        strategies=once_cut("results/evaluation/strategies.parquet"),
    output:
        png=report(
            "results/figures/sharpe.png",
            category="2. Evaluation",
            caption="../report/sharpe.rst",
        ),
        svg="results/figures/sharpe.svg",
    log:
        "results/logs/plot_evidence.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        code=PLAN.code("plot_evidence.py"),
    script:
        "../scripts/plot_evidence.py"


rule plot_sensitivity:
    input:
        figures=once_cut("results/evaluation/sensitivity/figures.parquet"),
        findings=once_cut("results/evaluation/sensitivity/findings.json"),
    output:
        costs_png=report(
            "results/figures/cost_sensitivity.png",
            category="3. Sensitivity",
            caption="../report/cost_sensitivity.rst",
        ),
        costs_svg="results/figures/cost_sensitivity.svg",
        delay_png=report(
            "results/figures/execution_delay.png",
            category="3. Sensitivity",
            caption="../report/execution_delay.rst",
        ),
        delay_svg="results/figures/execution_delay.svg",
        capital_png=report(
            "results/figures/capacity.png",
            category="3. Sensitivity",
            caption="../report/capacity.rst",
        ),
        capital_svg="results/figures/capacity.svg",
    log:
        "results/logs/plot_sensitivity.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        code=PLAN.code("plot_sensitivity.py"),
    script:
        "../scripts/plot_sensitivity.py"


rule write_sensitivity:
    input:
        figures=once_cut("results/evaluation/sensitivity/figures.parquet"),
        findings=once_cut("results/evaluation/sensitivity/findings.json"),
    output:
        html=report(
            "results/evaluation/sensitivity.html",
            category="3. Sensitivity",
            caption="../report/sensitivity.rst",
        ),
    log:
        "results/logs/write_sensitivity.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        code=PLAN.code("write_sensitivity.py"),
    script:
        "../scripts/write_sensitivity.py"


rule write_summary:
    input:
        verdict="results/evaluation/verdict.json",
        strategies="results/evaluation/strategies.parquet",
        against="results/evaluation/against.parquet",
        returns="results/evaluation/returns.parquet",
        metrics="results/evaluation/metrics.parquet",
        sharpe="results/figures/sharpe.png",
        equity="results/figures/equity.png",
        drawdown="results/figures/drawdown.png",
        varied=[
            "results/figures/cost_sensitivity.png",
            "results/figures/execution_delay.png",
            "results/figures/capacity.png",
            "results/evaluation/sensitivity.html",
        ],
        ranking="results/rankings/latest.parquet",
        bars="results/bars/bars.parquet",
        features="results/features/features.parquet",
        quality="results/bars/quality.json",
        parity="results/features/parity.parquet",
        audit="results/features/audit.parquet",
        chain="results/evaluation/chain.parquet",
        manifests=expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"]),
        tests=expand("results/folds/{fold}/test.json", fold=FOLDS),
        config="results/config.yaml",
        # The report is left alone while a picture is newer than the summary. Not the folder of
        # trades, whose time says nothing once it was copied: their page holds those pictures.
        pictures=[
            *[each for each in rules.figures.input if "/trades/" not in each],
            *rules.measure_health.output,
        ],
    output:
        html=report(
            "results/evaluation/summary.html",
            category="1. Summary",
            caption="../report/summary.rst",
        ),
    log:
        "results/logs/write_summary.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        config=PLAN.report(),
        code=PLAN.code("write_summary.py"),
    script:
        "../scripts/write_summary.py"


rule write_profile:
    input:
        profiles=once_cut(
            expand(
                "results/logs/train_agent/{agent}/{fold}/seed_{seed}.profile.json",
                agent=AGENTS,
                fold=[*FOLDS, "live"],
                seed=SEEDS,
            )
        ),
    output:
        html=report(
            "results/logs/profile.html",
            category="7. Training",
            caption="../report/profile.rst",
        ),
    log:
        "results/logs/write_profile.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        code=PLAN.code("write_profile.py"),
    script:
        "../scripts/write_profile.py"


# The last of all: it tells what the rest was made with, and how long that took.
rule write_provenance:
    input:
        config="results/config.yaml",
        artifacts=[
            "results/bars/bars.parquet",
            "results/features/market.safetensors",
            *expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"]),
            *expand("results/folds/{fold}/test.json", fold=FOLDS),
            "results/evaluation/returns.parquet",
            "results/evaluation/metrics.parquet",
            "results/evaluation/strategies.parquet",
            "results/evaluation/against.parquet",
            "results/evaluation/verdict.json",
            "results/rankings/latest.parquet",
            "results/evaluation/summary.html",
        ],
        policies=once_cut(
            expand(
                "results/agents/{agent}/{fold}/seed_{seed}/policy/manifest.json",
                agent=AGENTS,
                fold=[*FOLDS, "live"],
                seed=SEEDS,
            )
        ),
    output:
        html=report(
            "results/provenance.html",
            category="8. Provenance",
            caption="../report/provenance.rst",
        ),
        durations=report(
            "results/logs/durations.html",
            category="8. Provenance",
            caption="../report/durations.rst",
        ),
    log:
        "results/logs/write_provenance.log",
    conda:
        "../../envs/reporting.yaml"
    params:
        jobs=".snakemake/metadata",
        all_code=PLAN.all_code(),
        code=PLAN.code("write_provenance.py"),
    script:
        "../scripts/write_provenance.py"


rule reporting:
    input:
        rules.figures.input,
        rules.write_summary.output,
        rules.write_metrics.output,
        rules.write_evidence.output,
        rules.plot_figures.output,
        rules.plot_evidence.output,
        rules.plot_sensitivity.output,
        rules.write_sensitivity.output,
        rules.write_profile.output,
        rules.write_provenance.output,
