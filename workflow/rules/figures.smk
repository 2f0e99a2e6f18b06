"""Figures: every picture of the catalogue, each by its module; and those of trades."""


rule plot_figure:
    input:
        unpack(figure_inputs),
    output:
        png=report(
            "results/figures/{figure}.png",
            category=figure_category,
            caption="../report/caption.rst",
        ),
        svg="results/figures/{figure}.svg",
    log:
        "results/logs/plot_figure/{figure}.log",
    wildcard_constraints:
        figure=places(FIGURES),
    conda:
        "../../envs/figures.yaml"
    params:
        config=PLAN.figure_config,
        caption=figure_caption,
        code=PLAN.figure_code,
    script:
        "../scripts/plot_figure.py"


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
        traded="results/figures/trades/{agent}.json",
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


rule figures:
    input:
        expand("results/figures/{figure}.{kind}", figure=PLAN.shown(FIGURES), kind=["png", "svg"]),
        expand("results/figures/trades/{agent}", agent=AGENTS),
