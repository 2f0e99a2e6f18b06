"""Reporting: every page of the catalogue, provenance, and the last words of a run that failed."""

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
        text=not_compared(PLAN.text()),
        code=PLAN.code("record_config.py"),
    script:
        "../scripts/record_config.py"


rule write_page:
    input:
        unpack(page_inputs),
    output:
        html=report(
            "results/{page}.html",
            category=page_category,
            caption="../report/caption.rst",
        ),
    log:
        "results/logs/write_page/{page}.log",
    wildcard_constraints:
        page=places(PAGES),
    conda:
        "../../envs/reporting.yaml"
    params:
        config=PLAN.page_config,
        caption=page_caption,
        code=PLAN.page_code,
    script:
        "../scripts/write_page.py"


# The rankings of other dates are no part of the report.
use rule write_page as write_ranking with:
    output:
        html="results/{page}.html",
    wildcard_constraints:
        page=places(PAGES, of=("date",)),


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
        expand("results/{page}.html", page=PLAN.shown(PAGES)),
        rules.write_provenance.output,
