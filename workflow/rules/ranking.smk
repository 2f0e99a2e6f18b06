"""Rankings: what the policies would do at a date, and the newest one as latest.*."""


# On the CPU: walkforge.ranking.Infer ranks there too, to the same bits.
rule rank_symbols:
    input:
        policies=ranking_policies,
        accounts=ranking_accounts,
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
        bars="results/bars/bars.parquet",
    output:
        parquet=update("results/rankings/{date}/ranking.parquet"),
        csv=update("results/rankings/{date}/ranking.csv"),
        changes=update("results/rankings/{date}/changes.csv"),
        changes_parquet=update("results/rankings/{date}/changes.parquet"),
        summary=update("results/rankings/{date}/summary.json"),
        hashes=update(
            expand(
                "results/rankings/{{date}}/{file}.sha256",
                file=[
                    "ranking.parquet",
                    "ranking.csv",
                    "changes.csv",
                    "changes.parquet",
                    "summary.json",
                ],
            )
        ),
    log:
        "results/logs/rank_symbols/{date}.log",
    conda:
        "../../envs/ranking.yaml"
    threads: 1
    params:
        config=PLAN.keys("ranking", "splits", "data.minimum_bars") | PLAN.record(),
        code=PLAN.code("rank_symbols.py", RANKED_BY),
    script:
        "../scripts/rank_symbols.py"


rule publish_ranking:
    input:
        newest=latest_ranking,
        latest=once_cut("results/folds/latest.json"),
    output:
        parquet="results/rankings/latest.parquet",
        csv="results/rankings/latest.csv",
        changes="results/rankings/latest_changes.csv",
        summary="results/rankings/latest.json",
    log:
        "results/logs/publish_ranking.log",
    conda:
        "../../envs/ranking.yaml"
    params:
        code=PLAN.code("publish_ranking.py"),
    script:
        "../scripts/publish_ranking.py"


# The configuration too: walkforge.ranking.Infer ranks by the one that is recorded.
rule ranking:
    input:
        rules.publish_ranking.output,
        "results/rankings/latest.html",
        "results/config.yaml",
