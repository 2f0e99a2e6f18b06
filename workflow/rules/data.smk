"""Bars: from the configured source to one table."""


rule ingest_bars:
    input:
        source=source_files,
    output:
        bars="results/bars/bars.parquet",
    params:
        config=section("data"),
        code=digest_of("ingest_bars.py"),
    log:
        "results/logs/ingest_bars.log",
    conda:
        "../../envs/data.yaml"
    script:
        "../scripts/ingest_bars.py"


rule data:
    input:
        rules.ingest_bars.output,
