"""Bars: from the configured source to one table."""


rule ingest_bars:
    input:
        source=PLAN.sources,
    output:
        bars="results/bars/bars.parquet",
    params:
        config=PLAN.section("data"),
        code=PLAN.code("ingest_bars.py"),
    log:
        "results/logs/ingest_bars.log",
    conda:
        "../../envs/data.yaml"
    script:
        "../scripts/ingest_bars.py"


rule data:
    input:
        rules.ingest_bars.output,
