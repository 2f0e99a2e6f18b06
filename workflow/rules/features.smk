"""Features: the selected indicators, and the market tensor that training reads."""


rule compute_features:
    input:
        bars="results/bars/bars.parquet",
    output:
        features="results/features/features.parquet",
    log:
        "results/logs/compute_features.log",
    conda:
        "../../envs/features.yaml"
    threads: 4
    params:
        config=PLAN.keys("features"),
        code=PLAN.code("compute_features.py"),
    script:
        "../scripts/compute_features.py"


rule check_indicators:
    input:
        bars=ancient("results/bars/bars.parquet"),
    output:
        found="results/features/parity.parquet",
        terms="results/features/parity.json",
    log:
        "results/logs/check_indicators.log",
    conda:
        "../../envs/features.yaml"
    params:
        config=PLAN.keys("audit", "features") | PLAN.data(),
        code=PLAN.code("check_indicators.py"),
    script:
        "../scripts/check_indicators.py"


rule audit_features:
    input:
        bars=ancient("results/bars/bars.parquet"),
    output:
        found="results/features/audit.parquet",
        memory="results/features/memory.parquet",
        terms="results/features/memory.json",
    log:
        "results/logs/audit_features.log",
    conda:
        "../../envs/features.yaml"
    threads: 1
    params:
        config=PLAN.keys("audit", "features") | PLAN.data(),
        code=PLAN.code("audit_features.py"),
    script:
        "../scripts/audit_features.py"


rule build_market:
    input:
        bars="results/bars/bars.parquet",
        features="results/features/features.parquet",
    output:
        tensor="results/features/market.safetensors",
        names="results/features/market.json",
    log:
        "results/logs/build_market.log",
    conda:
        "../../envs/features.yaml"
    params:
        code=PLAN.code("build_market.py"),
    script:
        "../scripts/build_market.py"


rule features:
    input:
        rules.compute_features.output,
        rules.check_indicators.output,
        rules.audit_features.output,
        rules.build_market.output,
        "results/features/parity.html",
        "results/features/audit.html",
        expand("results/figures/memory.{kind}", kind=["png", "svg"]),
