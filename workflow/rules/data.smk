"""Bars and their quality; update() keeps what was there when a new source is rejected."""


rule ingest_bars:
    input:
        source=told(PLAN.sources),
    output:
        bars=update("results/bars/bars.parquet"),
        quarantine=update("results/bars/quarantine.parquet"),
        issues=update("results/bars/issues.parquet"),
        quality=update("results/bars/quality.json"),
        hashes=update(
            [
                "results/bars/bars.parquet.sha256",
                "results/bars/quarantine.parquet.sha256",
                "results/bars/issues.parquet.sha256",
                "results/bars/quality.json.sha256",
            ]
        ),
    log:
        "results/logs/ingest_bars.log",
    conda:
        "../../envs/data.yaml"
    params:
        config=PLAN.data(),
        span=not_compared(PLAN.keys("splits")),
        code=PLAN.code("ingest_bars.py"),
    script:
        "../scripts/ingest_bars.py"


rule check_quality:
    input:
        quality="results/bars/quality.json",
        page=ancient("results/bars/quality.html"),  # it says why, where the gate stops a run
    output:
        checked="results/bars/checked.json",
    log:
        "results/logs/check_quality.log",
    priority: 10
    conda:
        "../../envs/data.yaml"
    params:
        config=PLAN.keys(quality_gate="data.quality_gate"),
        code=PLAN.code("check_quality.py"),
    script:
        "../scripts/check_quality.py"


rule data:
    input:
        rules.ingest_bars.output,
        "results/bars/quality.html",
        rules.check_quality.output,
