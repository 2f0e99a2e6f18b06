"""Figures: pictures of folds, trainings, positions, trades and returns."""


rule plot_folds:
    input:
        manifests=once_cut(expand("results/folds/{fold}/manifest.json", fold=[*FOLDS, "live"])),
        tests=once_cut(expand("results/folds/{fold}/test.json", fold=FOLDS)),
    output:
        png=report(
            "results/figures/folds.png",
            category="6. Folds",
            caption="../report/folds.rst",
        ),
        svg="results/figures/folds.svg",
    log:
        "results/logs/plot_folds.log",
    conda:
        "../../envs/figures.yaml"
    params:
        config=PLAN.section("holdout"),
        code=PLAN.code("plot_folds.py"),
    script:
        "../scripts/plot_folds.py"


rule plot_training:
    input:
        curves=once_cut(
            expand(
                "results/agents/{{agent}}/{fold}/seed_{seed}/training.parquet",
                fold=[*FOLDS, "live"],
                seed=SEEDS,
            )
        ),
    output:
        png=report(
            "results/figures/training_{agent}.png",
            category="7. Training",
            caption="../report/training.rst",
        ),
        svg="results/figures/training_{agent}.svg",
    log:
        "results/logs/plot_training/{agent}.log",
    conda:
        "../../envs/figures.yaml"
    params:
        code=PLAN.code("plot_training.py"),
    script:
        "../scripts/plot_training.py"


rule plot_positions:
    input:
        dailies=once_cut(
            expand(
                "results/evaluation/{{agent}}/{fold}/seed_{seed}/daily.parquet",
                fold=FOLDS,
                seed=SEEDS,
            )
        ),
        weights=once_cut(
            expand(
                "results/evaluation/{{agent}}/{fold}/seed_{seed}/weights.parquet",
                fold=FOLDS,
                seed=SEEDS,
            )
        ),
        equal=once_cut(
            expand("results/evaluation/baselines/equal_weight/{fold}/daily.parquet", fold=FOLDS)
        ),
    output:
        weights_png=report(
            "results/figures/weights_{agent}.png",
            category="2. Evaluation",
            caption="../report/weights.rst",
        ),
        weights_svg="results/figures/weights_{agent}.svg",
        turnover_png=report(
            "results/figures/turnover_{agent}.png",
            category="2. Evaluation",
            caption="../report/turnover.rst",
        ),
        turnover_svg="results/figures/turnover_{agent}.svg",
    log:
        "results/logs/plot_positions/{agent}.log",
    conda:
        "../../envs/figures.yaml"
    params:
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("plot_positions.py"),
    script:
        "../scripts/plot_positions.py"


# Which symbols are drawn is known once the ledger is; the page names them.
rule plot_trades:
    input:
        ledgers=once_cut(
            expand(
                "results/evaluation/{{agent}}/{fold}/seed_{seed}/ledger.parquet",
                fold=FOLDS,
                seed=SEEDS[0],
            )
        ),
        dailies=once_cut(
            expand(
                "results/evaluation/{{agent}}/{fold}/seed_{seed}/daily.parquet",
                fold=FOLDS,
                seed=SEEDS[0],
            )
        ),
        bars=ancient("results/bars/bars.parquet"),
    output:
        html=report(
            "results/figures/trades_{agent}.html",
            category="2. Evaluation",
            caption="../report/trades.rst",
        ),
        pictures=directory("results/figures/trades/{agent}"),
    log:
        "results/logs/plot_trades/{agent}.log",
    conda:
        "../../envs/figures.yaml"
    params:
        most=PLAN.config["report"]["trade_pictures"],
        seed=SEEDS[0],
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("plot_trades.py"),
    script:
        "../scripts/plot_trades.py"


rule plot_returns:
    input:
        returns=once_cut("results/evaluation/returns.parquet"),
    output:
        rolling_png=report(
            "results/figures/rolling_sharpe.png",
            category="2. Evaluation",
            caption="../report/rolling_sharpe.rst",
        ),
        rolling_svg="results/figures/rolling_sharpe.svg",
        monthly_png=report(
            "results/figures/monthly_returns.png",
            category="2. Evaluation",
            caption="../report/monthly_returns.rst",
        ),
        monthly_svg="results/figures/monthly_returns.svg",
        distribution_png=report(
            "results/figures/return_distribution.png",
            category="2. Evaluation",
            caption="../report/return_distribution.rst",
        ),
        distribution_svg="results/figures/return_distribution.svg",
        seeds_png=report(
            "results/figures/seeds_and_folds.png",
            category="2. Evaluation",
            caption="../report/seeds_and_folds.rst",
        ),
        seeds_svg="results/figures/seeds_and_folds.svg",
    log:
        "results/logs/plot_returns.log",
    conda:
        "../../envs/figures.yaml"
    params:
        execution=PLAN.config["market"]["execution"],
        code=PLAN.code("plot_returns.py"),
    script:
        "../scripts/plot_returns.py"


rule figures:
    input:
        rules.plot_folds.output,
        rules.plot_returns.output,
        expand(
            [
                "results/figures/{picture}_{agent}.{kind}",
                "results/figures/trades_{agent}.html",
                "results/figures/trades/{agent}",
            ],
            picture=["training", "weights", "turnover"],
            agent=AGENTS,
            kind=["png", "svg"],
        ),
