"""Bars: from the configured source to one table; update() keeps the old one if the new fails."""


rule ingest_bars:
    input:
        source=PLAN.sources,
    output:
        bars=update("results/bars/bars.parquet"),
    log:
        "results/logs/ingest_bars.log",
    conda:
        "../../envs/data.yaml"
    params:
        config=PLAN.section("data"),
        span=PLAN.split_span,
        code=PLAN.code("ingest_bars.py"),
    script:
        "../scripts/ingest_bars.py"


rule data:
    input:
        rules.ingest_bars.output,
