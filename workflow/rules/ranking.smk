"""Rankings: what the policies would do at a date, and the newest one as latest.*."""


rule rank_symbols:
    input:
        policies=ranking_policies,
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
    output:
        parquet=update("results/rankings/{date}/ranking.parquet"),
        csv=update("results/rankings/{date}/ranking.csv"),
        html=update("results/rankings/{date}/ranking.html"),
        hashes=update(
            expand(
                "results/rankings/{{date}}/ranking.{kind}.sha256", kind=["parquet", "csv", "html"]
            )
        ),
    log:
        "results/logs/rank_symbols/{date}.log",
    conda:
        "../../envs/ranking.yaml"
    threads: 1
    params:
        config=PLAN.section("ranking"),
        code=PLAN.code("rank_symbols.py", RANKED_BY),
    script:
        "../scripts/rank_symbols.py"


rule publish_ranking:
    input:
        newest=latest_ranking,
    output:
        parquet="results/rankings/latest.parquet",
        csv="results/rankings/latest.csv",
        html=report(
            "results/rankings/latest.html",
            category="3. Ranking",
            caption="../report/ranking.rst",
        ),
    log:
        "results/logs/publish_ranking.log",
    conda:
        "../../envs/ranking.yaml"
    params:
        code=PLAN.code("publish_ranking.py"),
    script:
        "../scripts/publish_ranking.py"


rule ranking:
    input:
        rules.publish_ranking.output,
